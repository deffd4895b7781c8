package history

import (
	"reflect"
	"slices"
	"time"
)

// judgeSilence holds that the operator sends no write request while the
// ensemble is settled: every member serves, the status says Ready, and nothing
// has happened for SettleTime.
func judgeSilence(entries []Entry, _ time.Time) []Violation {
	unrest := unrestTimes(entries)
	var out []Violation
	for _, e := range entries {
		if e.Kind == Wrote && settledAt(unrest, e.At) {
			out = append(out, Violation{At: e.At, Rule: "settled means silent", What: e.Text})
		}
	}
	return out
}

// settledAt reports whether the nearest unrest is far enough from a moment.
func settledAt(unrest []time.Time, at time.Time) bool {
	next, _ := slices.BinarySearchFunc(unrest, at, time.Time.Compare)
	if next == 0 {
		return false
	}
	if next < len(unrest) && unrest[next].Sub(at) < settleEdge {
		return false
	}
	return at.Sub(unrest[next-1]) >= SettleTime
}

// unrestTimes lists the times at which something happened or was not as it
// should be, in order. Silence is judged only between them.
func unrestTimes(entries []Entry) []time.Time {
	var out []time.Time
	now := newScene()
	for _, e := range entries {
		changed := false
		switch e.Kind {
		case Status:
			changed = now.status == nil || !reflect.DeepEqual(now.status, e.Status)
		case Fault, Healed, Pod, Committed, Budget, Begin, End:
			changed = true
		default:
		}
		now.see(e)
		ready := now.status != nil && now.status.Conditions["Ready"] == "True"
		if changed || len(now.faults) > 0 || !now.whole() || !ready {
			out = append(out, e.At)
		}
	}
	return out
}
