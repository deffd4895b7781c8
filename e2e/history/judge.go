package history

import (
	"fmt"
	"slices"
	"time"
)

// Limits of what is promised.
const (
	// StatusLag is how long the status may differ from the servers.
	StatusLag = 15 * time.Second
	// BlindLimit is how long the watcher may see nothing before its history
	// counts as incomplete.
	BlindLimit = 20 * time.Second
	// SettleTime is how long nothing must have happened before the operator is
	// expected to be silent.
	SettleTime = 15 * time.Second
	// auditLag is how old an acknowledgement must be for a reading of all records
	// to have to look for it: it takes its way from the probe to the suite.
	auditLag = 5 * time.Second
	// settleEdge is kept free at the end of a settled time: the operator may
	// have seen what ended it a little earlier than the watcher.
	settleEdge = 5 * time.Second
)

// Operator is the name under which faults of the operator itself are recorded:
// while it is down nobody keeps the status true.
const Operator = "operator"

// Violation is one broken promise.
type Violation struct {
	At   time.Time
	Rule string
	What string
}

// String tells the violation in one line.
func (v Violation) String() string {
	return fmt.Sprintf("%s %s: %s", v.At.UTC().Format("15:04:05.000"), v.Rule, v.What)
}

// Judge returns every broken promise of a history that ends at the given time,
// oldest first. Entries must be in the order of their times.
func Judge(entries []Entry, end time.Time) []Violation {
	var all []Violation
	for _, rule := range []func([]Entry, time.Time) []Violation{
		judgeWrites, judgeAudits, judgeVoters, judgeMembers, judgeStatus, judgeSilence, judgeWatch,
	} {
		all = append(all, rule(entries, end)...)
	}
	slices.SortStableFunc(all, func(a, b Violation) int { return a.At.Compare(b.At) })
	return all
}

// judgeWrites holds that no acknowledged write is ever missed, neither by the
// continuous readers nor by a reading of every record.
func judgeWrites(entries []Entry, _ time.Time) []Violation {
	var out []Violation
	var acked int64
	for _, e := range entries {
		bad := func(format string, args ...any) {
			out = append(out, Violation{At: e.At, Rule: "acknowledged writes", What: fmt.Sprintf(format, args...)})
		}
		switch e.Kind {
		case Acked:
			if e.N != acked+1 {
				bad("record %d was acknowledged after record %d", e.N, acked)
			}
			acked = e.N
		case Lost:
			bad("%s: record %d: %s", e.Member, e.N, e.Text)
		case Checked:
			for what, records := range map[string][]int64{
				"are missing": e.Audit.Missing, "hold another value": e.Audit.Wrong, "are out of order": e.Audit.Unordered,
			} {
				if len(records) > 0 {
					bad("%s: records %v %s", e.Member, records, what)
				}
			}
		default:
		}
	}
	return out
}

// judgeAudits holds that every member was read record by record before a spec
// ended, so that a check that did not run is never taken for one that passed.
func judgeAudits(entries []Entry, _ time.Time) []Violation {
	var out []Violation
	now := newScene()
	var acks []Entry
	audits := map[string]Entry{}
	for _, e := range entries {
		now.see(e)
		switch e.Kind {
		case Begin:
			clear(audits)
		case Checked:
			audits[e.Member] = e
		case Acked:
			acks = append(acks, e)
		case End:
			for _, member := range now.members() {
				audit := audits[member]
				asked := audit.At.Add(-audit.Took - auditLag)
				if what := auditFault(audit.Audit, ackedBefore(acks, asked)); what != "" {
					out = append(out, Violation{At: e.At, Rule: "every member is checked", What: member + " " + what})
				}
			}
		default:
		}
	}
	return out
}

// ackedBefore is the last record that was acknowledged before a moment.
func ackedBefore(acks []Entry, at time.Time) int64 {
	next, _ := slices.BinarySearchFunc(acks, at, func(e Entry, at time.Time) int { return e.At.Compare(at) })
	if next == 0 {
		return 0
	}
	return acks[next-1].N
}

func auditFault(audit *Audit, acked int64) string {
	switch {
	case audit == nil:
		return "was not checked before the spec ended"
	case audit.Err != "":
		return "could not be checked: " + audit.Err
	case audit.UpTo < acked:
		return fmt.Sprintf("was checked up to record %d only, not %d", audit.UpTo, acked)
	case audit.Present+int64(len(audit.Missing)) < audit.UpTo:
		return fmt.Sprintf("showed %d records of %d", audit.Present, audit.UpTo)
	}
	return ""
}

// judgeWatch holds that somebody watched all the time.
func judgeWatch(entries []Entry, end time.Time) []Violation {
	var out []Violation
	for _, kind := range []Kind{Saw, Status} {
		var last time.Time
		gap := func(until time.Time) {
			if !last.IsZero() && until.Sub(last) > BlindLimit {
				out = append(out, Violation{
					At: until, Rule: "watched throughout",
					What: fmt.Sprintf("no entry %q for %s", kind, until.Sub(last).Round(time.Second)),
				})
			}
			last = until
		}
		for _, e := range entries {
			if e.Kind == Trouble && kind == Saw {
				out = append(out, Violation{At: e.At, Rule: "watched throughout", What: e.Text})
			}
			if e.Kind == kind || (last.IsZero() && e.Kind == Begin) {
				gap(e.At)
			}
		}
		gap(end)
	}
	return out
}
