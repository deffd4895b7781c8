package plan

import (
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// nightly turns on the deeper runs, which take minutes.
var nightly = os.Getenv("PLAN_DEPTH") == "nightly"

// recorded is the version of every members record in these tests.
const recorded = 2

// size is a membership of the first n servers.
func size(n int32) *Membership { return &Membership{Version: recorded, Voters: UpTo(n)} }

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

func keep[T any](all []T, wanted func(T) bool) []T {
	var kept []T
	for _, one := range all {
		if wanted(one) {
			kept = append(kept, one)
		}
	}
	return kept
}

// settings are named changes to an observation, of which exactly one is made.
type settings []func(*Observation)

func choice(all *[]Observation, of settings) {
	vary(all, func(o *Observation, set func(*Observation)) { set(o) }, of...)
}

// forbidden is what comes before everything else: each alone, and all at once.
func forbidden() settings {
	return settings{
		func(*Observation) {},
		func(o *Observation) { o.Paused = true },
		func(o *Observation) { o.NameConflict = true },
		func(o *Observation) { o.Invalid = true },
		func(o *Observation) { o.Stop = true },
		func(o *Observation) { o.Unbound = true },
		func(o *Observation) { o.Paused, o.NameConflict, o.Invalid, o.Stop = true, true, true, true },
		func(o *Observation) { o.Invalid, o.Stop = true, true },
	}
}

// formations are the states of the formation record. Remains matters only while
// the record is missing, and then no founders are known.
func formations() settings {
	var all settings
	for _, founders := range []int32{0, 1, 3} {
		all = append(all,
			func(o *Observation) { o.Formation, o.Founders = Closed, founders },
			func(o *Observation) { o.Formation, o.Founders = Open, founders })
	}
	return append(all,
		func(o *Observation) { o.Formation = Garbled },
		func(o *Observation) { o.Formation, o.Founders = Ownerless, 3 },
		func(o *Observation) { o.Formation = Missing },
		func(o *Observation) { o.Formation, o.Remains = Missing, true })
}

// records are the states of the members record.
func records() settings {
	return settings{
		func(*Observation) {},
		func(o *Observation) { o.Unreadable = true },
		func(o *Observation) { o.Record = size(1) },
		func(o *Observation) { o.Record = size(3) },
	}
}

// readings are what the servers say about the membership: nothing, what is on
// record, less and more.
func readings() settings {
	return settings{
		func(*Observation) {},
		func(o *Observation) { o.Committed = o.Record },
		func(o *Observation) { o.Committed = &Membership{Version: recorded - 1, Voters: SetOf(0)} },
		func(o *Observation) { o.Committed = &Membership{Version: recorded + 1, Voters: SetOf(0, 1, 2)} },
	}
}

// contexts are observations without members in which formation, the records,
// sizes and what forbids everything take every value. Sizes are none, one and
// three: the planner only compares them with each other and takes majorities of
// them, and these are the smallest that differ in both. Versions are older than
// the record, equal to it and newer.
func contexts() []Observation {
	all := []Observation{{}}
	choice(&all, forbidden())
	choice(&all, formations())
	vary(&all, func(o *Observation, v int32) { o.Volumes = v }, 0, 3)
	choice(&all, records())
	choice(&all, readings())
	vary(&all, func(o *Observation, v bool) { o.Doubted = v }, false, true)
	vary(&all, func(o *Observation, v int32) { o.Replicas = v }, 0, 1, 3)
	vary(&all, func(o *Observation, v int32) { o.Desired = v }, 1, 3)
	vary(&all, func(o *Observation, v bool) { o.Commits = v }, false, true)
	vary(&all, func(o *Observation, v int) { o.Synced = v }, 1, 3)
	return keep(counted(all), func(o Observation) bool {
		return (!o.Unreadable || o.Synced == 3 && o.Doubted) && (!o.Unbound || o.Record == nil && o.Synced == 3)
	})
}

// changing are the contexts of an ensemble whose members may have to change:
// records of up to three servers, what the servers say
// beside it, and every size of the StatefulSet and of the specification.
func changing() []Observation {
	all := []Observation{{Commits: true}}
	vary(&all, func(o *Observation, v Set) { o.Record = &Membership{Version: recorded, Voters: v} },
		SetOf(0), SetOf(2), SetOf(0, 2), SetOf(1, 2), SetOf(0, 1, 2))
	choice(&all, append(readings(), func(o *Observation) { o.Committed = &Membership{Version: recorded + 1, Voters: SetOf(0)} }))
	vary(&all, func(o *Observation, v int32) { o.Replicas = v }, 1, 2, 3)
	vary(&all, func(o *Observation, v int32) { o.Desired = v }, 1, 2, 3)
	vary(&all, func(o *Observation, v int) { o.Synced = v }, 1, 3)
	vary(&all, func(o *Observation, v Set) { o.Leftover = v }, 0, SetOf(1, 2))
	return counted(all)
}

// counted has the leader know the voters that are committed.
func counted(all []Observation) []Observation {
	for i := range all {
		all[i].QuorumSize = all[i].Electorate()
	}
	return all
}

// invaded are the contexts in which the servers committed somebody else's servers,
// or the leader knows fewer voters than are committed, or more.
func invaded() []Observation {
	all := keep(changing(), func(o Observation) bool { return o.Leftover == 0 && o.Committed != nil })
	vary(&all, func(o *Observation, v int) {
		with := *o.Committed
		with.Foreign, with.ForeignVoters = v >= 0, max(0, v)
		o.Committed = &with
	}, -1, 0, 1, 2)
	all = counted(all)
	vary(&all, func(o *Observation, v int) { o.QuorumSize += v }, -1, 0, 1)
	return all
}

// refusing are the contexts in which members may have to change, and to be restarted,
// while the servers would refuse a change of the membership.
func refusing() []Observation {
	all := keep(changing(), func(o Observation) bool {
		return o.Synced == 3 && o.Committed != nil && o.Committed.Version == recorded
	})
	vary(&all, func(o *Observation, v Hold) { o.Holds[Servers] = v },
		Hold{}, Hold{Exists: true}, Hold{Exists: true, Armed: true}, Hold{Exists: true, Armed: true, Changes: true})
	vary(&all, func(o *Observation, v Update) { o.Update = v }, Update{}, Update{Handover: true})
	for i := range all {
		all[i].SuperuserUnknown = true
	}
	return all
}

// refusingObservers are the contexts in which observers may have to change then.
func refusingObservers() []Observation {
	all := keep(watching(), func(o Observation) bool { return plain(o) && o.Committed == o.Record && o.Commits })
	for i := range all {
		all[i].SuperuserUnknown = true
	}
	return all
}

// blocking are the contexts in which members may have to be started, some of them
// on volumes of somebody else.
func blocking() []Observation {
	all := keep(changing(), func(o Observation) bool { return o.Synced == 3 && o.Leftover == 0 })
	vary(&all, func(o *Observation, v Set) { o.Blocked = v }, SetOf(0), SetOf(1), SetOf(2))
	vary(&all, func(o *Observation, v int32) { o.Volumes = v }, 0, 3)
	return all
}

// terminating are the contexts in which members may change, stop or be replaced
// while volumes are being deleted.
func terminating() []Observation {
	all := keep(changing(), func(o Observation) bool { return o.Synced == 3 && o.Leftover == 0 && o.Replicas > 1 })
	all = append(all, rolling(2)[0], forming(2), fresh(2))
	vary(&all, func(o *Observation, v Set) { o.Terminating = v }, SetOf(0), SetOf(1), SetOf(2), SetOf(0, 1), SetOf(1, 2), SetOf(0, 1, 2))
	vary(&all, func(o *Observation, v bool) { o.Stop = v }, false, true)
	vary(&all, func(o *Observation, v bool) { o.Holds[Servers].Exists = v }, false, true)
	return all
}

// watching are the contexts of ensembles with observers, which come beside one
// voter: members that leave, join, and are as they should be.
func watching() []Observation {
	all := []Observation{{Replicas: 1, Desired: 1, Synced: 1}}
	vary(&all, func(o *Observation, v bool) { o.Commits = v }, false, true)
	vary(&all, func(o *Observation, v Set) {
		o.Record = &Membership{Version: recorded, Voters: SetOf(0), Observers: v}
	}, 0, SetOf(0), SetOf(1), SetOf(0, 1))
	choice(&all, settings{
		func(*Observation) {},
		func(o *Observation) { o.Committed = o.Record },
		func(o *Observation) { o.Committed = &Membership{Version: recorded + 1, Voters: SetOf(0)} },
	})
	vary(&all, func(o *Observation, v int32) { o.ObserverReplicas = v }, 0, 1, 2)
	vary(&all, func(o *Observation, v int32) { o.DesiredObservers = v }, 0, 1, 2)
	vary(&all, func(o *Observation, v Set) { o.LeftoverObservers = v }, 0, SetOf(0, 1))
	vary(&all, func(o *Observation, v bool) { o.Stop = v }, false, true)
	vary(&all, func(o *Observation, v Update) { o.Update = v },
		Update{}, Update{Overdue: true, BudgetExhausted: true}, Update{SecondBudget: true})
	return counted(all)
}

// rolling are the contexts of an ensemble of the given size that lacks nothing
// but what its members lack, with every value of everything that a roll rests on.
func rolling(n int32) []Observation {
	o := whole(n)
	all := []Observation{o}
	choice(&all, settings{
		func(*Observation) {},
		func(o *Observation) { o.Committed = o.Record },
	})
	vary(&all, func(o *Observation, v Update) { o.Update = v }, Update{}, Update{Handover: true}, Update{Handover: true, HandoverTried: true})
	flags := []func(*Update) *bool{
		func(u *Update) *bool { return &u.Paused },
		func(u *Update) *bool { return &u.Withheld },
		func(u *Update) *bool { return &u.Approved },
		func(u *Update) *bool { return &u.Settling },
		func(u *Update) *bool { return &u.Overdue },
		func(u *Update) *bool { return &u.WrongVersion },
		func(u *Update) *bool { return &u.BudgetExhausted },
		func(u *Update) *bool { return &u.SecondBudget },
	}
	for _, flag := range flags {
		vary(&all, func(o *Observation, v bool) { *flag(&o.Update) = v }, false, true)
	}
	vary(&all, func(o *Observation, v int) { o.Update.Canary = v }, 0, 1, 2)
	return all
}

// forming, fresh and whole are an ensemble while the record is open, before
// there is a members record, and one that lacks nothing but what its members
// lack.
func forming(n int32) Observation {
	return Observation{Formation: Open, Founders: n, Volumes: n, Replicas: n, Desired: n}
}

func fresh(n int32) Observation {
	return Observation{
		Founders: n, Volumes: n, Replicas: n, Desired: n,
		Commits: true, Synced: int(n), QuorumSize: int(n), Doubted: true, Committed: size(n),
	}
}

func whole(n int32) Observation {
	return Observation{
		Founders: n, Volumes: n, Replicas: n, Desired: n, Commits: true, Synced: int(n), QuorumSize: int(n), Record: size(n),
	}
}

// membersMatter are the contexts in which the decision depends on members.
func membersMatter(n int32) []Observation {
	joining, leaving := whole(n), whole(n)
	joining.Record, joining.Synced = size(max(n-2, 1)), int(max(n-2, 1))
	leaving.Desired = max(n-2, 1)
	for _, o := range []*Observation{&joining, &leaving} {
		o.Committed = o.Record
	}
	all := []Observation{forming(n), fresh(n), whole(n), joining, leaving}
	vary(&all, func(o *Observation, v bool) { o.Commits = v }, false, true)
	vary(&all, func(o *Observation, v bool) { o.Invalid = v }, false, true)
	return counted(all)
}

// memberStates are all values that a member can have, without its ordinal.
func memberStates() []Member {
	all := []Member{{}}
	vary(&all, func(m *Member, v Health) { m.Health = v }, Unknown, Down, Electing, Syncing, Observing, Following, Leading)
	vary(&all, func(m *Member, v Pod) { m.Pod = v }, NoPod, Going, Present)
	vary(&all, func(m *Member, v Revision) { m.Revision = v }, UnknownRevision, Current, Outdated)
	vary(&all, func(m *Member, v Volumes) { m.Volumes = v }, VolumesFit, VolumesTooSmall, VolumesGrowing, VolumesFixed)
	vary(&all, func(m *Member, v bool) { m.Granted = v }, false, true)
	vary(&all, func(m *Member, v bool) { m.NeedsNewPod = v }, false, true)
	vary(&all, func(m *Member, v bool) { m.Departed = v }, false, true)
	return append(all, outlasting(all)...)
}

// outlasting are members like those of a list that may get another revision because they are
// down: with evidence that lasts, without any server that served, and both. Those
// of the newest revision may be stranded.
func outlasting(all []Member) []Member {
	var more []Member
	for _, m := range all {
		if m.NeedsNewPod || m.Health > Down {
			continue
		}
		if m.Revision == Current && (m.Pod == Going || m.Pod == Present && m.Health == Down) {
			m.Stranded = true
			more = append(more, m)
		}
		if m.Health != Down || m.Pod != Present {
			continue
		}
		if m.Revision != Outdated {
			continue
		}
		for _, v := range [][2]bool{{true, false}, {false, true}, {true, true}} {
			m.Lasting, m.NeverServed = v[0], v[1]
			more = append(more, m)
		}
	}
	return more
}

// observable are the states of members with volumes that fit, where a member
// without a Pod has neither a revision nor an agent that could ask for a new one.
func observable() []Member {
	return keep(memberStates(), func(m Member) bool {
		return m.Volumes == VolumesFit && !m.Departed && (m.Pod != NoPod || m.Revision == Current && !m.NeedsNewPod)
	})
}

// essential are the observable states without what only formation looks at.
func essential() []Member {
	return keep(observable(), func(m Member) bool { return !m.Granted && (m.Pod != NoPod || m.Health <= Down) })
}

// kinds are one server of each kind that any rule or promise tells apart.
func kinds() []Member {
	return []Member{
		{Pod: NoPod, Health: Down, Revision: Current},
		{Pod: NoPod, Health: Down, Revision: Current, Departed: true},
		{Pod: Going, Health: Down, Revision: Outdated, NeedsNewPod: true},
		{Pod: Going, Health: Following, Revision: Current},
		{Pod: Present, Health: Unknown, Revision: Outdated, NeedsNewPod: true},
		{Pod: Present, Health: Down, Revision: Current, Volumes: VolumesFixed},
		{Pod: Present, Health: Down, Revision: Outdated, Volumes: VolumesTooSmall, Lasting: true},
		{Pod: Present, Health: Down, Revision: UnknownRevision, NeedsNewPod: true},
		{Pod: Present, Health: Electing, Revision: Outdated, Granted: true},
		{Pod: Present, Health: Syncing, Revision: Current, Granted: true, Volumes: VolumesGrowing},
		{Pod: Present, Health: Observing, Revision: Current, Granted: true},
		{Pod: Present, Health: Following, Revision: Current},
		{Pod: Present, Health: Following, Revision: Outdated, Granted: true, Volumes: VolumesFixed},
		{Pod: Present, Health: Leading, Revision: Current},
		{Pod: Present, Health: Leading, Revision: Outdated},
		{Pod: Present, Health: Leading, Revision: UnknownRevision},
	}
}

// watchers are one observer of each kind.
func watchers() []Member {
	all := []Member{
		{Pod: NoPod, Health: Down, Revision: Current},
		{Pod: NoPod, Health: Down, Revision: Current, Departed: true},
		{Pod: Going, Health: Observing, Revision: Current},
		{Pod: Present, Health: Unknown, Revision: Outdated},
		{Pod: Present, Health: Down, Revision: Outdated, Lasting: true},
		{Pod: Present, Health: Syncing, Revision: Current},
		{Pod: Present, Health: Following, Revision: Current, Volumes: VolumesGrowing},
		{Pod: Present, Health: Observing, Revision: Current},
		{Pod: Present, Health: Observing, Revision: Outdated, Volumes: VolumesFixed},
		{Pod: Present, Health: Observing, Revision: UnknownRevision, Volumes: VolumesTooSmall},
	}
	for i := range all {
		all[i].Group = Observers
	}
	return all
}

// rollers are the kinds of members that a roll meets.
func rollers() []Member {
	all := keep(kinds(), func(m Member) bool {
		return m.Pod == Present && m.Health != Electing && m.Health != Observing || m.Pod == Going
	})
	return append(all,
		Member{Pod: Present, Health: Leading, Revision: Current, Volumes: VolumesFixed},
		Member{Pod: Present, Health: Down, Revision: Outdated},
		Member{Pod: Present, Health: Down, Revision: Outdated, Lasting: true, NeverServed: true},
		Member{Pod: Present, Health: Down, Revision: Current, Stranded: true},
		Member{Pod: Going, Health: Unknown, Revision: Current, Stranded: true})
}

// sequences calls visit with every sequence that takes one member from each of
// the lists, ordinals set. The slice is reused. Work is spread over all
// processors, so visit must be safe for concurrent use.
func sequences(lists [][]Member, visit func([]Member)) {
	if len(lists) == 0 {
		visit(nil)
		return
	}
	spread(len(lists[0]), func(first int) {
		members := make([]Member, len(lists))
		place(members, 0, lists[0][first])
		fill(lists, members, 1, visit)
	})
}

func fill(lists [][]Member, members []Member, at int, visit func([]Member)) {
	if at == len(members) {
		visit(members)
		return
	}
	for _, m := range lists[at] {
		place(members, at, m)
		fill(lists, members, at+1, visit)
	}
}

// place puts a member at an index. Its ordinal is the next one of its group.
func place(members []Member, at int, m Member) {
	for _, earlier := range members[:at] {
		if earlier.Group == m.Group {
			m.Ordinal = earlier.Ordinal + 1
		}
	}
	members[at] = m
}

// times is a list of n times the same.
func times(n int, states []Member) [][]Member {
	return slices.Repeat([][]Member{states}, n)
}

// spread calls work with every number below n, on all processors.
func spread(n int, work func(int)) {
	var group sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

// standing is a server and what the specification and the membership say of it.
type standing struct {
	Member
	unwanted, listed bool
}

// standings are what larger ensembles are made of: servers that do not
// contradict themselves, those that are wanted first. A server without a Pod or
// that asks for a new one does not run, one that no membership names leads
// nobody, and only voters that stay are told apart by all that a roll looks at.
func standings() []standing {
	stays := keep(essential(), func(m Member) bool {
		switch {
		case m.Health == Observing, m.Pod == NoPod && m.Health != Down, m.Pod == Going && m.Revision != Current:
			return false
		case m.NeedsNewPod:
			return m.Pod == Present && m.Health == Down && m.Revision == Current
		default:
			return m.Health > Down || m.Revision != UnknownRevision
		}
	})
	comes := keep(stays, func(m Member) bool { return m.Health != Leading && m.Health != Electing && m.Revision == Current })
	goes := keep(stays, func(m Member) bool { return m.Health != Electing && m.Revision == Current && !m.NeedsNewPod })
	var all []standing
	add := func(members []Member, unwanted, listed bool) {
		for _, m := range members {
			all = append(all, standing{m, unwanted, listed})
		}
	}
	add(stays, false, true)
	add(comes, false, false)
	add(goes, true, true)
	add([]Member{
		{Pod: NoPod, Health: Down, Revision: Current, Departed: true},
		{Pod: Present, Health: Unknown, Revision: Current},
		{Pod: Going, Health: Down, Revision: Current, Departed: true},
	}, true, false)
	return all
}

// multisets calls visit with every multiset of n standings and the membership
// and desired size that they stand for. The order of members does not matter to
// the planner, see order_test.go, and that of standings does not but for which
// ordinal is the highest.
func multisets(of []standing, n int, visit func(members []Member, listed Set, desired int32)) {
	spread(len(of), func(first int) {
		chosen := make([]int, n)
		chosen[0] = first
		choose(of, chosen, 1, make([]Member, n), visit)
	})
}

func choose(of []standing, chosen []int, at int, members []Member, visit func([]Member, Set, int32)) {
	if at < len(chosen) {
		for i := chosen[at-1]; i < len(of); i++ {
			chosen[at] = i
			choose(of, chosen, at+1, members, visit)
		}
		return
	}
	var listed Set
	desired := int32(0)
	for at, i := range chosen {
		place(members, at, of[i].Member)
		if of[i].listed {
			listed = listed.With(int32(at))
		}
		if !of[i].unwanted {
			desired++
		}
	}
	if listed != 0 && desired > 0 {
		visit(members, listed, desired)
	}
}

// checker checks observations and counts them.
type checker struct {
	t     *testing.T
	count *atomic.Int64
}

// all checks the given members in every context.
func (c checker) all(lists [][]Member, contexts []Observation) {
	c.t.Helper()
	sequences(lists, func(members []Member) {
		var o Observation // one for all of them: it is on the heap, because promises look at it
		for i := range contexts {
			o = contexts[i]
			o.Members = members
			if !c.one(&o) {
				return
			}
		}
		c.count.Add(int64(len(contexts)))
	})
}

// one checks one observation, and reports whether to go on.
func (c checker) one(o *Observation) bool {
	d := Next(o)
	if broken := brokenPromise(o, d); broken != "" && !c.t.Failed() {
		c.t.Error(counterexample(broken, o))
	}
	if d.Kind == Prove {
		c.outcomes(o, d.Members)
	}
	return !c.t.Failed()
}

// outcomes checks what becomes of a step once it was tried to prove that the
// ensemble commits: through all voters that were asked, and through all but one.
func (c checker) outcomes(o *Observation, asked Set) {
	before, unproved := o.Proved, o.Unproved
	for v := range asked.All() {
		o.Proved, o.Unproved = before|asked&^SetOf(v), SetOf(v)
		if d := Next(o); d.Reason != NotCommitting && !c.t.Failed() {
			c.t.Error(counterexample("a step that rests on a proof is not taken when one voter fails to give it", o))
		}
	}
	o.Proved, o.Unproved = before|asked, 0
	if d := Next(o); (d.Kind == Prove || brokenPromise(o, d) != "") && !c.t.Failed() {
		c.t.Error(counterexample("a step that was proved is taken: "+brokenPromise(o, d), o))
	}
	o.Proved, o.Unproved = before, unproved
}

// check runs a part of the enumeration.
func check(t *testing.T, name string, part func(checker)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		c := checker{t, &atomic.Int64{}}
		part(c)
		t.Logf("%d observations", c.count.Load())
	})
}

// TestEveryObservationKeepsThePromises takes every observation apart in several
// ways, because their full product has more than 10^20 elements. Each part
// varies together what some rules look at together; a sample of the full product
// and the explorers are for what none of the parts thinks of.
func TestEveryObservationKeepsThePromises(t *testing.T) {
	t.Parallel()
	check(t, "every context with up to two members of every kind", func(c checker) {
		c.all(nil, contexts())
		c.all(times(1, kinds()), contexts())
		c.all(times(2, kinds()), keep(contexts(), func(o Observation) bool { return o.Synced == 3 || nightly }))
	})
	check(t, "formation and records with three members of every kind", func(c checker) {
		all := keep(contexts(), func(o Observation) bool {
			return !o.Paused && !o.NameConflict && !o.Stop && o.Founders != 1 && (o.Doubted || nightly)
		})
		kinds := kinds()
		if !nightly {
			kinds = keep(kinds, func(m Member) bool { return m.Volumes == VolumesFit })
			all = keep(all, func(o Observation) bool { return o.Volumes == 3 && o.Replicas != 1 })
		}
		c.all(times(3, kinds), all)
	})
	check(t, "every state of up to two members", func(c checker) {
		c.all(times(1, memberStates()), membersMatter(3))
		states := memberStates()
		if !nightly {
			states = keep(states, func(m Member) bool { return m.Volumes != VolumesFixed && !m.Departed })
		}
		c.all(times(2, states), []Observation{forming(2), whole(2)})
	})
	check(t, "every observable state of three members", func(c checker) {
		if nightly {
			c.all(times(3, observable()), membersMatter(3))
		} else {
			c.all(times(3, essential()), []Observation{whole(3)})
		}
	})
	check(t, "changes of up to three members", func(c checker) {
		c.all(times(3, kinds()), changing())
	})
	check(t, "changes beside volumes of somebody else", func(c checker) {
		c.all(times(2, kinds()), blocking())
	})
	check(t, "changes and rolls while the servers would refuse a change of the membership", func(c checker) {
		c.all(times(2, kinds()), refusing())
		c.all(times(3, rollers()), refusing())
		c.all(append([][]Member{rollers()}, times(2, watchers())...), refusingObservers())
	})
	check(t, "changes while volumes are being deleted", func(c checker) {
		c.all(times(2, kinds()), terminating())
		c.all(times(2, rollers()), terminating())
		c.all(times(2, tried()), terminating())
		c.all(append(times(2, rollers()), kinds()), keep(terminating(), func(o Observation) bool {
			return !o.Stop && o.Replicas == 3 && o.Committed != nil && o.Terminating.Len() > 1
		}))
	})
	check(t, "changes beside servers of somebody else", func(c checker) {
		c.all(times(2, kinds()), invaded())
	})
	check(t, "a voter with observers", func(c checker) {
		for n := range 3 {
			lists := append([][]Member{rollers()}, times(n, watchers())...)
			c.all(lists, watching())
		}
	})
	check(t, "rolls of up to three members and an observer", func(c checker) {
		for n := 1; n <= 3; n++ {
			c.all(times(n, rollers()), rolling(int32(n)))
		}
		observed := rolling(1)
		for i := range observed {
			record := *observed[i].Record
			record.Observers = SetOf(0)
			observed[i].Record = &record
			observed[i].ObserverReplicas, observed[i].DesiredObservers = 1, 1
		}
		c.all([][]Member{rollers(), watchers()}, observed)
	})
}

// TestFourAndFiveMembersKeepThePromises goes through the multisets of members,
// each with the membership and the specification that it stands for.
func TestFourAndFiveMembersKeepThePromises(t *testing.T) {
	t.Parallel()
	for _, n := range []int{4, 5} {
		check(t, map[int]string{4: "four", 5: "five"}[n], func(c checker) {
			multisets(standings(), n, func(members []Member, listed Set, desired int32) {
				o := Observation{Replicas: int32(n), Desired: desired, Commits: true, QuorumSize: listed.Len(), Members: members}
				o.Record = &Membership{Version: recorded, Voters: listed}
				var varied Observation
				contexts := larger
				if n == 5 && !nightly {
					contexts = larger[2:]
				}
				for i := range contexts {
					varied = o
					contexts[i](&varied)
					if !c.one(&varied) {
						return
					}
				}
				c.count.Add(int64(len(contexts)))
			})
		})
	}
}

// larger are the contexts in which larger ensembles are looked at.
var larger = settings{
	func(o *Observation) { o.Committed, o.Synced = o.Record, o.Record.Voters.Len()-1 },
	func(o *Observation) { o.Synced = o.Record.Voters.Len() },
	func(o *Observation) { o.Committed, o.Synced = o.Record, o.Record.Voters.Len() },
	func(o *Observation) {
		o.Committed, o.Synced = o.Record, o.Record.Voters.Len()
		o.Update = Update{Canary: 2, Handover: true}
	},
}
