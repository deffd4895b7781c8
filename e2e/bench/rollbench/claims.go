package main

import (
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// share is which part of the plain StatefulSet's time without writes a roll of
	// ours may take, one in so many.
	share = 3
	// longest is how long a roll of ours may be without writes.
	longest = 5 * time.Second
	// fewest is how many rolls of each it takes to claim anything.
	fewest = 5
)

// claim says whether what is promised of a roll was seen, and fails when it was
// not.
func claim(out io.Writer, rolls []roll) error {
	broken := judge(rolls)
	if err := errors.Join(broken...); err != nil {
		return fmt.Errorf("the claims do not hold: %w", err)
	}
	fmt.Fprintf(out, "\nEvery roll of ours had one leader change and was without writes for %v at the most, "+
		"by the medians for a third of the plain StatefulSet's time at the most. No acknowledged record was lost.\n", longest)
	return nil
}

// judge returns what the rolls break of the claims.
func judge(rolls []roll) (broken []error) {
	theirs, own := rollsOf(rolls, plain), rollsOf(rolls, ours)
	if len(theirs) < fewest || len(own) < fewest {
		return []error{fmt.Errorf("%d rolls of the plain StatefulSet and %d of ours are too few to claim anything", len(theirs), len(own))}
	}
	for _, r := range own {
		if r.changes != 1 {
			broken = append(broken, fmt.Errorf("roll %d of ours had %d leader changes", r.number, r.changes))
		}
		if without := max(r.members.Total, r.members.Largest); without > longest {
			broken = append(broken, fmt.Errorf("roll %d of ours was without writes for %v", r.number, without))
		}
	}
	for _, r := range rolls {
		if r.from != rolls[0].from {
			broken = append(broken, fmt.Errorf("roll %d of %s began with leader %d, the first with %d", r.number, r.ensemble, r.from, rolls[0].from))
		}
	}
	total := func(r roll) time.Duration { return r.members.Total }
	if a, b := spread(theirs, total).median, spread(own, total).median; b*share > a {
		broken = append(broken, fmt.Errorf("ours is without writes for %v by the median, the plain StatefulSet for %v", b, a))
	}
	return broken
}
