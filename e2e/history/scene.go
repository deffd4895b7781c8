package history

import (
	"maps"
	"slices"
	"time"
)

// Config is a committed configuration of the ensemble: who votes and who
// observes, by the names of their Pods.
type Config struct {
	Version   uint64   `json:"version"`
	Voters    []string `json:"voters"`
	Observers []string `json:"observers,omitempty"`
}

// scene is what is known of an ensemble at one moment of its history.
type scene struct {
	view    View
	pods    map[string]PodState
	status  *Resource
	config  *Config // nil until one was seen
	ackedAt time.Time
	faults  faults
	// renewed is set while the next configuration replaces the known one
	// whatever its version: the ensemble was deleted and may form anew.
	renewed bool
}

func newScene() *scene { return &scene{pods: map[string]PodState{}, faults: faults{}} }

func (s *scene) see(e Entry) {
	s.faults.see(e)
	switch e.Kind {
	case Saw:
		s.view = e.View
	case Pod:
		s.pods[e.Member] = *e.PodState
	case Status:
		s.status = e.Status
		s.renewed = s.renewed || e.Status.Absent
	case Committed:
		if s.config == nil || s.renewed || e.Config.Version > s.config.Version {
			s.config, s.renewed = e.Config, false
		}
	case Acked:
		s.ackedAt = e.At
	default:
	}
}

// members are those of the view that belong to the ensemble: they are in its
// committed configuration or have a Pod. The probe also asks for members that
// are yet to come. Before a configuration is known they all count.
func (s *scene) members() []string {
	var out []string
	for name := range s.view {
		if s.config == nil || slices.Contains(s.config.Voters, name) ||
			slices.Contains(s.config.Observers, name) || s.hasPod(name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// voters are the committed voters, or everyone in the view before a
// configuration is known.
func (s *scene) voters() []string {
	if s.config == nil {
		return slices.Sorted(maps.Keys(s.view))
	}
	return s.config.Voters
}

func (s *scene) hasPod(name string) bool {
	pod, known := s.pods[name]
	return known && pod.Phase != PodAbsent
}

// absent reports whether the resource does not exist.
func (s *scene) absent() bool { return s.status != nil && s.status.Absent }

// whole reports whether every member serves and every voter is in sync.
func (s *scene) whole() bool { return s.view.Whole(s.members()) }

// faults are the disturbances by the test that are not put right yet, by the
// text that names each of them.
type faults map[string][]string

func (f faults) see(e Entry) {
	switch e.Kind {
	case Fault:
		f[e.Text] = e.Members
	case Healed:
		delete(f, e.Text)
	default:
	}
}

func (f faults) cover(name string) bool {
	for _, members := range f {
		if slices.Contains(members, name) {
			return true
		}
	}
	return false
}
