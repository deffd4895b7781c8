package plan

import (
	"os"
	"runtime"
	"sync"
	"testing"
)

// nightly turns on the deeper runs, which take minutes.
var nightly = os.Getenv("PLAN_DEPTH") == "nightly"

// contexts are all observations without members, over every value of every
// other field. Sizes take the values none, one and three: the planner only
// compares them with each other and takes majorities of them, and one and three
// are the smallest that differ in both. Versions are older than the record,
// equal to it and newer.
func contexts() []Observation {
	all := []Observation{{}}
	vary(&all, func(o *Observation, v bool) { o.Paused = v }, false, true)
	vary(&all, func(o *Observation, v bool) { o.NameTaken = v }, false, true)
	vary(&all, func(o *Observation, v bool) { o.Invalid = v }, false, true)
	vary(&all, func(o *Observation, v Formation) { o.Formation = v }, Closed, Open, Missing)
	vary(&all, func(o *Observation, v bool) { o.Remains = v }, false, true)
	vary(&all, func(o *Observation, v int32) { o.Founders = v }, 0, 1, 3)
	vary(&all, func(o *Observation, v int32) { o.Volumes = v }, 0, 3)
	vary(&all, func(o *Observation, v *Membership) { o.Record = v }, nil, size(1), size(3))
	vary(&all, func(o *Observation, v uint64) {
		if v > 0 {
			o.Committed = &Membership{Version: v, Voters: 3, Highest: 2}
		}
	}, 0, recorded-1, recorded, recorded+1)
	vary(&all, func(o *Observation, v bool) { o.Doubted = v }, false, true)
	vary(&all, func(o *Observation, v int32) { o.Replicas = v }, 0, 1, 3)
	vary(&all, func(o *Observation, v int32) { o.Desired = v }, 1, 3)
	vary(&all, func(o *Observation, v bool) { o.Commits = v }, false, true)
	return all
}

// recorded is the version of every members record in these tests.
const recorded = 2

func size(voters int) *Membership {
	return &Membership{Version: recorded, Voters: voters, Highest: int32(voters) - 1}
}

// vary replaces every element by one copy for each value.
func vary[T, V any](all *[]T, set func(*T, V), values ...V) {
	varied := make([]T, 0, len(*all)*len(values))
	for _, one := range *all {
		for _, v := range values {
			changed := one
			set(&changed, v)
			varied = append(varied, changed)
		}
	}
	*all = varied
}

// memberStates are all values that a member can have, without its ordinal.
func memberStates() []Member {
	all := []Member{{}}
	vary(&all, func(m *Member, v Health) { m.Health = v }, Unknown, Down, Electing, Syncing, Observing, Following, Leading)
	vary(&all, func(m *Member, v Pod) { m.Pod = v }, NoPod, Going, Present)
	vary(&all, func(m *Member, v Revision) { m.Revision = v }, UnknownRevision, Current, Outdated)
	vary(&all, func(m *Member, v bool) { m.Granted = v }, false, true)
	vary(&all, func(m *Member, v bool) { m.NeedsNewPod = v }, false, true)
	vary(&all, func(m *Member, v bool) { m.Voter = v }, false, true)
	return all
}

// observable are the states that can be observed at all: a member without a
// Pod has neither a revision nor an agent that could ask for a new Pod.
func observable() []Member {
	return keep(memberStates(), func(m Member) bool {
		return m.Pod != NoPod || m.Revision == Current && !m.NeedsNewPod
	})
}

// settledStates are what larger ensembles are made of: observable members that
// do not contradict themselves. A server without a Pod or that asks for a new
// one does not run, a voter does not observe, a server without a vote leads
// nobody, and grants are not given any more.
func settledStates() []Member {
	return keep(observable(), func(m Member) bool {
		runs := m.Health >= Electing
		switch {
		case m.Granted, m.Pod == NoPod && runs, m.NeedsNewPod && (runs || m.Pod != Present):
			return false
		case m.Pod == Going && m.Revision != Current:
			return false
		case m.Voter:
			return m.Health != Observing
		default:
			return m.Health != Following && m.Health != Leading && m.Revision == Current
		}
	})
}

// kinds are one member of each kind that any rule or promise tells apart.
func kinds() []Member {
	return []Member{
		{Voter: true, Pod: NoPod, Health: Down, Revision: Current},
		{Voter: true, Pod: Going, Health: Down, Revision: Outdated, NeedsNewPod: true},
		{Voter: true, Pod: Going, Health: Following, Revision: Current},
		{Voter: true, Pod: Present, Health: Unknown, Revision: Outdated, NeedsNewPod: true},
		{Voter: true, Pod: Present, Health: Down, Revision: Current},
		{Voter: true, Pod: Present, Health: Down, Revision: Outdated},
		{Voter: true, Pod: Present, Health: Down, Revision: UnknownRevision, NeedsNewPod: true},
		{Voter: true, Pod: Present, Health: Electing, Revision: Outdated, Granted: true},
		{Voter: true, Pod: Present, Health: Syncing, Revision: Current, Granted: true},
		{Voter: true, Pod: Present, Health: Following, Revision: Current},
		{Voter: true, Pod: Present, Health: Following, Revision: Outdated, Granted: true},
		{Voter: true, Pod: Present, Health: Leading, Revision: Current},
		{Voter: true, Pod: Present, Health: Leading, Revision: UnknownRevision},
		{Voter: false, Pod: Present, Health: Observing, Revision: Current, Granted: true},
		{Voter: false, Pod: Present, Health: Down, Revision: Outdated},
	}
}

func keep[T any](all []T, wanted func(T) bool) []T {
	var kept []T
	for _, one := range all {
		if wanted(one) {
			kept = append(kept, one)
		}
	}
	return kept
}

// forming, fresh and whole are the contexts in which members matter most: while
// the record is open, before there is a members record, and in an ensemble that
// lacks nothing but what its members lack.
func forming(n int) Observation {
	return Observation{Formation: Open, Founders: int32(n), Volumes: int32(n), Replicas: int32(n), Desired: int32(n)}
}

func fresh(n int) Observation {
	return Observation{
		Founders: int32(n), Volumes: int32(n), Replicas: int32(n), Desired: int32(n),
		Commits: true, Doubted: true, Committed: size(n),
	}
}

func whole(n int) Observation {
	return Observation{
		Founders: int32(n), Volumes: int32(n), Replicas: int32(n), Desired: int32(n),
		Commits: true, Record: size(n),
	}
}

// multisets calls visit with every multiset of n of the states, ordinals set.
// The order of members does not matter to the planner, see order_test.go. The
// slice is reused. Work is spread over all processors, so visit must be safe
// for concurrent use.
func multisets(states []Member, n int, visit func([]Member)) {
	if n == 0 {
		visit(nil)
		return
	}
	var group sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			members := make([]Member, n)
			for first := range next {
				place(states, members, 0, first)
				choose(states, members, 1, first, visit)
			}
		})
	}
	for first := range states {
		next <- first
	}
	close(next)
	group.Wait()
}

func choose(states, members []Member, at, from int, visit func([]Member)) {
	if at == len(members) {
		visit(members)
		return
	}
	for i := from; i < len(states); i++ {
		place(states, members, at, i)
		choose(states, members, at+1, i, visit)
	}
}

func place(states, members []Member, at, state int) {
	members[at] = states[state]
	members[at].Ordinal = int32(at)
}

// TestEveryObservationKeepsThePromises takes every observation apart in three
// ways, because their full product has more than 10^12 elements: every context
// with up to three members of every kind that a rule or promise tells apart;
// every state of up to three members in the contexts where members matter; and
// four and five members that do not contradict themselves. A rule that looks at
// a field which none of them varies together with its neighbours is what
// explore_test.go is for.
func TestEveryObservationKeepsThePromises(t *testing.T) {
	t.Parallel()
	t.Run("every context", func(t *testing.T) {
		t.Parallel()
		all := contexts()
		for n := range 3 {
			checkAll(t, kinds(), n, all)
		}
		// What forbids every step forbids it whatever the third member does.
		free := keep(all, func(o Observation) bool { return !o.Paused && !o.NameTaken })
		checkAll(t, kinds(), 3, free)
	})
	t.Run("every state of up to three members", func(t *testing.T) {
		t.Parallel()
		for n := range 3 {
			checkAll(t, memberStates(), n, membersMatter(3))
		}
		if nightly {
			checkAll(t, memberStates(), 3, membersMatter(3))
		} else {
			checkAll(t, observable(), 3, []Observation{forming(3), whole(3)})
		}
	})
	t.Run("four and five members", func(t *testing.T) {
		t.Parallel()
		checkAll(t, settledStates(), 4, membersMatter(4))
		if nightly {
			checkAll(t, settledStates(), 5, membersMatter(5))
		} else {
			checkAll(t, settledStates(), 5, []Observation{whole(5)})
		}
	})
}

// membersMatter are the contexts in which the decision depends on members.
func membersMatter(n int) []Observation {
	all := []Observation{forming(n), fresh(n), whole(n)}
	vary(&all, func(o *Observation, v bool) { o.Commits = v }, false, true)
	vary(&all, func(o *Observation, v bool) { o.Invalid = v }, false, true)
	return all
}

func checkAll(t *testing.T, states []Member, n int, contexts []Observation) {
	t.Helper()
	multisets(states, n, func(members []Member) {
		if t.Failed() {
			return
		}
		for i := range contexts {
			o := contexts[i]
			o.Members = members
			if broken := brokenPromise(&o, Next(o)); broken != "" {
				t.Error(counterexample(broken, o))
				return
			}
		}
	})
}
