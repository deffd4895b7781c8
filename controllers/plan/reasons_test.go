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

// TestEveryReasonIsGiven finds an observation for every reason. That no other
// reason is given is one of the promises.
func TestEveryReasonIsGiven(t *testing.T) {
	t.Parallel()
	var given sync.Map
	missing := func() []Reason {
		return keep(Reasons(), func(r Reason) bool { _, ok := given.Load(r); return !ok })
	}
	all := contexts()
	for n := range 3 {
		multisets(kinds(), n, func(members []Member) {
			if len(missing()) == 0 {
				return
			}
			seen := map[Reason]bool{}
			for _, o := range all {
				o.Members = members
				if r := Next(o).Reason; !seen[r] {
					seen[r] = true
					given.Store(r, true)
				}
			}
		})
	}
	for _, r := range missing() {
		t.Errorf("no observation gives the reason %s", r)
	}
}

// TestEveryRuleMatters removes one rule at a time: some decision must change.
func TestEveryRuleMatters(t *testing.T) {
	t.Parallel()
	all := contexts()
	for i := range rules {
		without := slices.Delete(slices.Clone(rules), i, i+1)
		var changed atomic.Bool
		for n := range 3 {
			multisets(kinds(), n, func(members []Member) {
				for _, o := range all {
					if changed.Load() {
						return
					}
					o.Members = members
					if decideBy(without, o) != Next(o) {
						changed.Store(true)
					}
				}
			})
		}
		if !changed.Load() {
			t.Errorf("rule %d of the list decides nothing that the other rules would not decide as well", i)
		}
	}
}

// decideBy is Next with another list of rules.
func decideBy(rules []rule, o Observation) Decision {
	for _, r := range rules {
		if d, ok := r(&o); ok {
			return d
		}
	}
	return o.decide(Done, AsSpecified)
}

// TestEveryReasonIsDocumented keeps the page for people on call complete.
func TestEveryReasonIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operations/steps.md")
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
