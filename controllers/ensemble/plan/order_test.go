package plan

import (
	"slices"
	"testing"
)

// TestTheOrderOfMembersDoesNotMatter lets the other tests leave it out.
func TestTheOrderOfMembersDoesNotMatter(t *testing.T) {
	t.Parallel()
	same := func(lists [][]Member, contexts []Observation) {
		sequences(lists, func(members []Member) {
			for _, o := range contexts {
				o.Members = members
				want := Next(&o)
				permute(slices.Clone(members), 0, func(permuted []Member) {
					o.Members = permuted
					if got := Next(&o); got != want && !t.Failed() {
						t.Errorf("the order of members changed the decision from %+v\n%s", want, counterexample("order", &o))
					}
				})
			}
		})
	}
	same(times(2, observable()), membersMatter(2))
	same(times(3, kinds()), membersMatter(3))
	same(times(3, kinds()), keep(changing(), func(o Observation) bool { return o.Replicas == 3 && o.Synced == 3 }))
	same(append([][]Member{rollers()}, times(2, watchers())...), keep(watching(), plain))
}

// plain are observations without what does not depend on members.
func plain(o Observation) bool {
	return !o.Stop && o.Update == Update{} && o.LeftoverObservers == 0
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

// TestUnknownNeverPermitsAStep makes a wanted member unreachable in observations
// where the planner waits or is done: no Pod may be touched for it, no membership
// and no size changed, no record opened or closed. It is no such member that
// claimed to lead beside another one, who proved that it commits, nor one that
// only waited for the membership to be read so that it could join.
func TestUnknownNeverPermitsAStep(t *testing.T) {
	t.Parallel()
	silence := func(lists [][]Member, contexts []Observation) {
		sequences(lists, func(members []Member) {
			for _, o := range contexts {
				o.Members = slices.Clone(members)
				before := Next(&o)
				if before.Kind != Wait && before.Kind != Done {
					continue
				}
				about := judge(&o)
				for i := range o.Members {
					health := o.Members[i].Health
					if !about.wants(o.Members[i]) || health == Leading && before.Reason == NoSingleLeader {
						continue
					}
					o.Members[i].Health = Unknown
					if after := Next(&o); after.Kind != Wait && !t.Failed() {
						t.Errorf("member %d became unknown and %s turned into %s\n%s", i, before.Kind, after.Kind, counterexample("unknown is not down", &o))
					}
					o.Members[i].Health = health
				}
			}
		})
	}
	silence(times(1, observable()), membersMatter(1))
	silence(times(2, observable()), membersMatter(2))
	silence(times(3, kinds()), membersMatter(3))
	silence(times(3, kinds()), keep(changing(), func(o Observation) bool { return o.Replicas == 3 && o.Synced == 3 }))
	silence(append([][]Member{rollers()}, times(2, watchers())...), keep(watching(), func(o Observation) bool {
		return plain(o) && o.Committed != nil
	}))
}

// TestThoseThatLeftAreNobodysConcern adds a server that is no member, not to
// become one and has no Pod, only volumes that say so: nothing else is decided.
func TestThoseThatLeftAreNobodysConcern(t *testing.T) {
	t.Parallel()
	forgotten := func(lists [][]Member, contexts []Observation, group Group) {
		sequences(lists, func(members []Member) {
			for _, o := range contexts {
				o.Members = members
				want := Next(&o)
				for _, revision := range []Revision{UnknownRevision, Current, Outdated} {
					left := Member{Group: group, Ordinal: 9, Health: Down, Revision: revision, Departed: true}
					o.Members = append(slices.Clone(members), left)
					if got := Next(&o); got != want && !t.Failed() {
						t.Errorf("one that left changed the decision from %+v\n%s", want, counterexample("who left has left", &o))
					}
				}
			}
		})
	}
	forgotten(times(2, observable()), membersMatter(2), Servers)
	forgotten(times(2, kinds()), keep(changing(), func(o Observation) bool { return o.Synced == 3 }), Servers)
	forgotten([][]Member{rollers(), watchers()}, keep(watching(), plain), Observers)
	forgotten([][]Member{rollers(), watchers()}, rolling(1), Observers)
}
