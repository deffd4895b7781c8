package history

import (
	"fmt"
	"slices"
	"time"
)

// Summary is what a reader of a test run wants to know of one spec.
type Summary struct {
	Acked         int           // records acknowledged
	Unknown       int           // attempts without a clear answer
	LongestGap    time.Duration // longest time between two acknowledgements
	LeaderChanges int
	NoLeader      time.Duration // time in which no majority followed a leader
}

// Summarise counts what happened between two times.
func Summarise(entries []Entry, from, to time.Time) Summary {
	var s Summary
	var leader string
	var leaderless, lastAck time.Time
	for _, e := range entries {
		if e.At.After(to) {
			break
		}
		inside := !e.At.Before(from)
		switch {
		case e.Kind == Unknown && inside:
			s.Unknown++
		case e.Kind == Acked:
			if inside {
				s.Acked++
				s.LongestGap = max(s.LongestGap, sinceLater(e.At, lastAck, from))
			}
			lastAck = e.At
		case e.Kind == Saw:
			name, ok := e.View.Leader()
			if !leaderless.IsZero() && inside {
				s.NoLeader += sinceLater(e.At, leaderless, from)
			}
			leaderless = time.Time{}
			if !ok {
				leaderless = e.At
				continue
			}
			if inside && leader != "" && leader != name {
				s.LeaderChanges++
			}
			leader = name
		}
	}
	return s
}

// sinceLater is the time since the later of two moments, 0 when the first of
// them is unknown.
func sinceLater(at, first, second time.Time) time.Duration {
	if first.IsZero() {
		return 0
	}
	if second.After(first) {
		first = second
	}
	return at.Sub(first)
}

// String tells the summary in one line.
func (s Summary) String() string {
	return fmt.Sprintf("%d writes acknowledged (%d attempts unclear), longest time without %s, %d leader changes, %s without a leader",
		s.Acked, s.Unknown, s.LongestGap.Round(time.Millisecond), s.LeaderChanges, s.NoLeader.Round(time.Millisecond))
}

// Replaced lists the members whose Pods were replaced by new ones between two
// times, in order.
func Replaced(entries []Entry, from, to time.Time) []string {
	var out []string
	uids := map[string]string{}
	for _, e := range entries {
		if e.Kind != Pod || e.PodState.UID == "" || e.At.After(to) {
			continue
		}
		before, known := uids[e.Member]
		uids[e.Member] = e.PodState.UID
		if known && before != e.PodState.UID && !e.At.Before(from) {
			out = append(out, e.Member)
		}
	}
	return out
}

// CameFirst finds nothing when all of the members served together, after a
// moment, before any other one had a Pod.
func CameFirst(entries []Entry, from time.Time, members []string) error {
	for _, e := range entries {
		switch {
		case e.At.Before(from):
		case e.Kind == Pod && e.PodState.Phase != PodAbsent && !slices.Contains(members, e.Member):
			return fmt.Errorf("%s had a Pod before all of %v served", e.Member, members)
		case e.Kind == Saw && e.View.Whole(members):
			return nil
		}
	}
	return fmt.Errorf("%v were never seen to serve together", members)
}
