package plan

import (
	"os"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything is what can be looked at when it does not matter how much of it:
// members of every kind in every context that any part of the enumeration uses,
// those first in which most is found.
func everything(visit func(*Observation) (goOn bool)) {
	for _, part := range []struct {
		lists    [][]Member
		contexts []Observation
	}{
		{times(2, tried()), holding(2)},
		{nil, contexts()},
		{times(1, rollers()), append(rolling(1), unprovedIn(whole(1)))},
		{append([][]Member{rollers()}, watchers()), watching()},
		{times(1, kinds()), contexts()},
		{[][]Member{{{Pod: Present, Health: Leading, Revision: Current}}, {{Pod: Present, Health: Following, Revision: Current}}, kinds()}, changing()},
		{times(2, kinds()), changing()},
		{times(2, kinds()), blocking()},
		{[][]Member{{{Pod: Present, Health: Leading, Revision: Current}}, {{Pod: Present, Health: Following, Revision: Current}}, rollers()}, terminating()},
		{times(2, kinds()), invaded()},
		{times(2, kinds()), refusing()},
		{times(3, rollers()), keep(rolling(3), func(o Observation) bool { return o.Update == Update{Handover: true} })},
		{times(3, kinds()), changing()},
	} {
		sequences(part.lists, func(members []Member) {
			for _, o := range part.contexts {
				o.Members = members
				o.Proved = ^o.Unproved
				if !visit(&o) {
					return
				}
			}
		})
	}
}

// unprovedIn is an observation in which nothing is committed through the first
// voter.
func unprovedIn(o Observation) Observation {
	o.Unproved = SetOf(0)
	return o
}

// TestEveryReasonIsGiven finds an observation for every reason. That no other
// reason is given is one of the promises.
func TestEveryReasonIsGiven(t *testing.T) {
	t.Parallel()
	var given sync.Map
	var count atomic.Int32
	everything(func(o *Observation) bool {
		r := Next(o).Reason
		if _, known := given.Load(r); !known {
			if _, known := given.LoadOrStore(r, true); !known {
				count.Add(1)
			}
		}
		return int(count.Load()) < len(Reasons())
	})
	for _, r := range Reasons() {
		if _, ok := given.Load(r); !ok {
			t.Errorf("no observation gives the reason %s", r)
		}
	}
}

// TestEveryRuleMatters removes one rule at a time: some decision must change.
func TestEveryRuleMatters(t *testing.T) {
	t.Parallel()
	without := make([][]rule, len(rules))
	for i := range rules {
		without[i] = slices.Delete(slices.Clone(rules), i, i+1)
	}
	matters := make([]atomic.Bool, len(rules))
	var count atomic.Int32
	everything(func(o *Observation) bool {
		want := Next(o)
		for i := range rules {
			if !matters[i].Load() && decideBy(without[i], o) != want && !matters[i].Swap(true) {
				count.Add(1)
			}
		}
		return int(count.Load()) < len(rules)
	})
	for i := range rules {
		if !matters[i].Load() {
			t.Errorf("rule %d of the list decides nothing that the other rules would not decide as well", i)
		}
	}
}

// decideBy is Next with another list of rules.
func decideBy(rules []rule, o *Observation) Decision {
	d := o.decide(Done, AsSpecified)
	for _, r := range rules {
		if first, ok := r(o); ok {
			d = first
			break
		}
	}
	if d.Apply {
		d.Open = o.holds(d)
	}
	return d
}

// TestEveryReasonIsDocumented keeps the page for people on call complete.
func TestEveryReasonIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/operations/steps.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []Reason
	for _, heading := range regexp.MustCompile("(?m)^### `([A-Za-z]+)`$").FindAllSubmatch(page, -1) {
		documented = append(documented, Reason(heading[1]))
	}
	if diff := cmp.Diff(documented, Reasons()); diff != "" {
		t.Errorf("docs/operations/steps.md has other reasons, or another order, than the planner (-page +planner):\n%s", diff)
	}
}
