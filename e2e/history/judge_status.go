package history

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// ackFresh is how recent the last acknowledged write must be for the ensemble
// to count as committing.
const ackFresh = 5 * time.Second

// judgeStatus holds that no statement of the status differs from what the
// servers show for longer than StatusLag.
func judgeStatus(entries []Entry, end time.Time) []Violation {
	var out []Violation
	watch := statusWatch{faults: faults{}}
	wrongSince := map[string]time.Time{}
	weigh := func(at time.Time) {
		wrong := watch.wrong(at)
		maps.DeleteFunc(wrongSince, func(what string, _ time.Time) bool { return !slices.Contains(wrong, what) })
		for _, what := range wrong {
			since, known := wrongSince[what]
			switch {
			case !known:
				wrongSince[what] = at
			case !since.IsZero() && at.Sub(since) > StatusLag:
				out = append(out, Violation{
					At: at, Rule: "a true status",
					What: fmt.Sprintf("for %s: %s", at.Sub(since).Round(time.Second/10), what),
				})
				wrongSince[what] = time.Time{} // told once
			}
		}
	}
	for _, e := range entries {
		// What was wrong until now is weighed before the entry changes it.
		weigh(e.At)
		watch.see(e)
		weigh(e.At)
	}
	weigh(end)
	return out
}

type statusWatch struct {
	view    View
	status  *Resource
	ackedAt time.Time
	faults  faults
}

func (w *statusWatch) see(e Entry) {
	w.faults.see(e)
	switch e.Kind {
	case Saw:
		w.view = e.View
	case Status:
		w.status = e.Status
	case Acked:
		w.ackedAt = e.At
	default:
	}
}

// wrong lists the statements of the status that the servers contradict.
func (w *statusWatch) wrong(at time.Time) []string {
	if w.status == nil || w.status.Absent || len(w.view) == 0 || w.faults.cover(Operator) {
		return nil
	}
	var out []string
	leader, serving := w.view.Leader()
	commits := at.Sub(w.ackedAt) <= ackFresh
	available := w.status.Conditions["Available"]
	switch {
	case available == "True" && !serving && !commits:
		out = append(out, "Available is True, and no leader serves and nothing commits")
	case available != "True" && serving && commits:
		out = append(out, fmt.Sprintf("Available is %q, and %s leads a majority and commits", available, leader))
	}
	if serving && w.status.Leader != leader {
		out = append(out, fmt.Sprintf("leader is %q, and %s leads", w.status.Leader, leader))
	}
	for _, name := range slices.Sorted(maps.Keys(w.view)) {
		out = append(out, w.wrongAbout(name, w.view[name].State)...)
	}
	return out
}

func (w *statusWatch) wrongAbout(name string, state State) []string {
	var out []string
	if w.status.Conditions["Ready"] == "True" && !state.Serves() {
		out = append(out, fmt.Sprintf("Ready is True, and %s is %s", name, state))
	}
	ordinal := name[strings.LastIndex(name, "-")+1:]
	health := w.status.Members[ordinal]
	if (health == "Serving") != state.Serves() {
		out = append(out, fmt.Sprintf("the health of %s is %q, and it is %s", name, health, state))
	}
	return out
}
