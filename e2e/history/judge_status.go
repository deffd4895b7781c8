package history

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// ackFresh is how recent the last acknowledged write must be for the ensemble
// to count as committing.
const ackFresh = 5 * time.Second

// judgeStatus holds that no statement of the status differs from what the
// servers show for longer than StatusLag.
func judgeStatus(entries []Entry, end time.Time) []Violation {
	var out []Violation
	watch := statusWatch{newScene()}
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

type statusWatch struct{ *scene }

// wrong lists the statements of the status that the servers contradict.
func (w *statusWatch) wrong(at time.Time) []string {
	if w.status == nil || w.absent() || len(w.view) == 0 || w.faults.cover(Operator) {
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
	members := w.members()
	for _, name := range slices.Sorted(maps.Keys(w.view)) {
		state, health := w.view[name].State, w.status.Members[name]
		if w.status.Conditions["Ready"] == "True" && !state.Serves() && slices.Contains(members, name) {
			out = append(out, fmt.Sprintf("Ready is True, and %s is %s", name, state))
		}
		if (health == "Serving") != state.Serves() {
			out = append(out, fmt.Sprintf("the health of %s is %q, and it is %s", name, health, state))
		}
	}
	return out
}
