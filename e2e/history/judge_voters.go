package history

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// judgeVoters holds that nobody but the test ever takes a voter away while
// another one is away. A voter is away when its process is gone or its Pod
// terminates; one that is merely silent is not known to be. The time before
// every member served for the first time is not judged.
func judgeVoters(entries []Entry, _ time.Time) []Violation {
	var out []Violation
	watch := voterWatch{pods: map[string]PodState{}, faults: faults{}}
	var reported string
	for _, e := range entries {
		watch.see(e)
		all, own := watch.away()
		broken := watch.formed && len(all) > 1 && len(own) > 0
		what := strings.Join(all, ", ")
		if broken && what != reported {
			out = append(out, Violation{
				At: e.At, Rule: "one voter at a time",
				What: fmt.Sprintf("away at once: %s; not by the test: %s", what, strings.Join(own, ", ")),
			})
		}
		reported = ""
		if broken {
			reported = what
		}
	}
	return out
}

// voterWatch keeps what is known of every member at one moment.
type voterWatch struct {
	formed bool
	absent bool
	view   View
	pods   map[string]PodState
	faults faults
}

func (w *voterWatch) see(e Entry) {
	w.faults.see(e)
	switch e.Kind {
	case Saw:
		w.view = e.View
		w.formed = w.formed || (!w.absent && e.View.Whole())
	case Pod:
		w.pods[e.Member] = *e.PodState
	case Status:
		// A deleted ensemble takes all of its members away, and forms anew.
		w.absent = e.Status.Absent
		w.formed = w.formed && !w.absent
	default:
	}
}

// away returns the members that are away, and those of them that the test did
// not take away.
func (w *voterWatch) away() (all, own []string) {
	for name, member := range w.view {
		pod := w.pods[name]
		if member.State != Gone && !pod.Terminating && pod.Phase != PodAbsent {
			continue
		}
		all = append(all, name)
		if !w.faults.cover(name) {
			own = append(own, name)
		}
	}
	slices.Sort(all)
	slices.Sort(own)
	return all, own
}

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
