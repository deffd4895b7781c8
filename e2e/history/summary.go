package history

import (
	"fmt"
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
