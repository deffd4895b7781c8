package history

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// ConfigLag is how long a committed configuration may take to be seen. A
	// voter that is no longer one that much later has already left.
	ConfigLag = 5 * time.Second
	// tookEarly is how long a voter must have been out of service for nobody to
	// take another one: less may be the consequence of the taking itself, and of
	// the order in which both were seen.
	tookEarly = 3 * time.Second
)

const oneAtATime = "one voter at a time"

// judgeVoters holds that nobody but the test ever takes a voter away while
// another one is away. A voter is away when its process is gone or its Pod
// terminates; one that is merely silent is not known to be, unless the test
// silenced it. Nor may the Pod of a serving voter be taken while another voter
// does not serve. The time before every member served for the first time is
// not judged. Members are looked at twice a second, and one that has just come
// back may be seen first by the kubelet, which finds its Pod ready.
func judgeVoters(entries []Entry, _ time.Time) []Violation {
	var out []Violation
	watch := voterWatch{scene: newScene(), leaving: leavers(entries), idleSince: map[string]time.Time{}, back: map[string]bool{}}
	var reported string
	for _, e := range entries {
		if what := watch.takes(e); what != "" {
			out = append(out, Violation{At: e.At, Rule: oneAtATime, What: what})
		}
		watch.see(e)
		all, own := watch.away(e.At)
		broken := watch.formed && len(all) > 1 && len(own) > 0
		what := strings.Join(all, ", ")
		if broken && what != reported {
			out = append(out, Violation{
				At: e.At, Rule: oneAtATime,
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

// voterWatch keeps what is known of every voter at one moment.
type voterWatch struct {
	*scene
	formed    bool
	leaving   func(name string, at time.Time) bool
	idleSince map[string]time.Time // since when a member does not serve
	back      map[string]bool      // whose Pod became ready since the members were looked at
}

func (w *voterWatch) see(e Entry) {
	before := w.pods[e.Member]
	w.scene.see(e)
	switch e.Kind {
	case Pod:
		if now := e.PodState; now.Ready && (!before.Ready || before.UID != now.UID) {
			w.back[e.Member] = true
			delete(w.idleSince, e.Member)
		}
	case Saw:
		clear(w.back)
		w.formed = w.formed || (!w.absent() && w.whole())
		inSync := e.View.InSync()
		for name, member := range e.View {
			_, idle := w.idleSince[name]
			switch serves := inSync || member.State.Serves(); {
			case serves:
				delete(w.idleSince, name)
			case !idle:
				w.idleSince[name] = e.At
			}
		}
	case Status:
		// A deleted ensemble takes all of its members away, and forms anew.
		w.formed = w.formed && !w.absent()
	default:
	}
}

// present are the voters that are to stay.
func (w *voterWatch) present(at time.Time) []string {
	return slices.DeleteFunc(slices.Clone(w.voters()), func(name string) bool { return w.leaving(name, at) })
}

// away returns the voters that are away, and those of them that the test did
// not take away.
func (w *voterWatch) away(at time.Time) (all, own []string) {
	for _, name := range w.present(at) {
		pod, disturbed := w.pods[name], w.faults.cover(name)
		state := w.view[name].State
		gone, silenced := state == Gone && !w.back[name], disturbed && state == Silent
		if !gone && !silenced && !pod.Terminating && pod.Phase != PodAbsent {
			continue
		}
		all = append(all, name)
		if !disturbed {
			own = append(own, name)
		}
	}
	slices.Sort(all)
	slices.Sort(own)
	return all, own
}

// takes tells what is wrong when an entry shows that the Pod of a serving
// voter is being taken.
func (w *voterWatch) takes(e Entry) string {
	if e.Kind != Pod || !e.PodState.Terminating || w.pods[e.Member].Terminating || !w.formed || w.faults.cover(e.Member) {
		return ""
	}
	voters := w.present(e.At)
	if !slices.Contains(voters, e.Member) || w.idleFor(e.Member, e.At) > tookEarly {
		return ""
	}
	for _, name := range voters {
		if idle := w.idleFor(name, e.At); name != e.Member && idle > tookEarly {
			return fmt.Sprintf("%s was taken while %s did not serve for %s", e.Member, name, idle.Round(time.Second/10))
		}
	}
	return ""
}

func (w *voterWatch) idleFor(name string, at time.Time) time.Duration {
	since, idle := w.idleSince[name]
	if !idle {
		return 0
	}
	return at.Sub(since)
}

// leavers tells of each voter whether it has left by what is seen of the
// configuration within ConfigLag.
func leavers(entries []Entry) func(name string, at time.Time) bool {
	var configs []Entry
	all := newScene()
	for _, e := range entries {
		before := all.config
		all.see(e)
		if all.config != before {
			configs = append(configs, e)
		}
	}
	return func(name string, at time.Time) bool {
		horizon := at.Add(ConfigLag)
		next, _ := slices.BinarySearchFunc(configs, horizon, func(e Entry, at time.Time) int { return e.At.Compare(at) })
		return next > 0 && !slices.Contains(configs[next-1].Config.Voters, name)
	}
}
