package plan

import (
	"slices"
	"testing"
)

// TestTheOrderOfMembersDoesNotMatter lets the other tests enumerate multisets
// instead of sequences.
func TestTheOrderOfMembersDoesNotMatter(t *testing.T) {
	t.Parallel()
	states := keep(observable(), func(m Member) bool { return m.Voter && m.Health != Syncing || !m.Granted })
	for n := 2; n <= 3; n++ {
		sample := states
		if n == 3 {
			sample = kinds()
		}
		multisets(sample, n, func(members []Member) {
			for _, o := range membersMatter(n) {
				o.Members = members
				want := Next(o)
				permute(slices.Clone(members), 0, func(permuted []Member) {
					o.Members = permuted
					if got := Next(o); got != want && !t.Failed() {
						t.Errorf("the order of members changed the decision from %+v\n%s", want, counterexample("order", o))
					}
				})
			}
		})
	}
}

// permute visits every order of the members; their ordinals stay with them.
func permute(members []Member, from int, visit func([]Member)) {
	if from == len(members) {
		visit(members)
		return
	}
	for i := from; i < len(members); i++ {
		members[from], members[i] = members[i], members[from]
		permute(members, from+1, visit)
		members[from], members[i] = members[i], members[from]
	}
}

// TestUnknownNeverPermitsAStep makes a member unreachable in observations where
// the planner waits or is done: no Pod may be touched and no record opened or
// closed for it. Only the members record may follow, when one of two members
// that claimed to lead falls silent and the other one proved that it commits.
func TestUnknownNeverPermitsAStep(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 3; n++ {
		states := observable()
		if n == 3 {
			states = kinds()
		}
		multisets(states, n, func(members []Member) {
			for _, o := range membersMatter(n) {
				o.Members = slices.Clone(members)
				before := Next(o)
				if before.Kind != Wait && before.Kind != Done {
					continue
				}
				for i := range o.Members {
					health := o.Members[i].Health
					o.Members[i].Health = Unknown
					if after := Next(o); after.Kind != Wait && after.Kind != RecordMembers && !t.Failed() {
						t.Errorf("member %d became unknown and %s turned into a step\n%s", i, before.Kind, counterexample("unknown is not down", o))
					}
					o.Members[i].Health = health
				}
			}
		})
	}
}
