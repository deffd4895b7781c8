package plan

import (
	"math/rand/v2"
	"testing"
)

// TestASampleKeepsThePromises draws observations from the product of all values
// of all fields, always the same ones, for what none of the parts of the
// enumeration varies together.
func TestASampleKeepsThePromises(t *testing.T) {
	t.Parallel()
	draws := 400_000
	if nightly {
		draws *= 100
	}
	check(t, "everything at once", func(c checker) {
		spread(8, func(seed int) {
			r := &draw{rand.New(rand.NewPCG(uint64(seed), 4))}
			for range draws / 8 {
				o := r.observation()
				if !c.one(&o) {
					return
				}
			}
			c.count.Add(int64(draws / 8))
		})
	})
}

// draw draws observations in which most is as it should be, since one that lacks
// everything is decided by the first rules.
type draw struct{ *rand.Rand }

// rarely is true for one in sixteen.
func (r *draw) rarely() bool { return r.IntN(16) == 0 }

func (r *draw) upTo(n int) int32 { return int32(r.IntN(n + 1)) }

func (r *draw) observation() Observation {
	o := Observation{
		Paused: r.rarely(), Stop: r.rarely(), Invalid: r.rarely(), NameConflict: r.rarely(), Unbound: r.rarely(),
		Founders: r.upTo(4), Volumes: r.upTo(5), Replicas: r.upTo(5), ObserverReplicas: r.upTo(2),
		Desired: 1 + r.upTo(4), DesiredObservers: r.upTo(2),
		SuperuserUnknown: r.IntN(8) == 0, Doubted: r.IntN(2) == 0, Commits: !r.rarely(), Synced: int(r.upTo(5)),
	}
	if r.rarely() {
		o.Formation, o.Remains = Formation(r.IntN(5)), r.rarely()
	}
	switch {
	case !r.rarely():
		o.Record = r.membership(recorded)
	default:
		o.Unreadable = r.IntN(2) == 0
	}
	switch r.IntN(4) {
	case 0:
		o.Committed = r.membership(recorded - 1 + uint64(r.IntN(3)))
	case 1, 2:
		o.Committed = o.Record
	default:
	}
	if o.Record != nil && o.Committed != nil && o.Committed.Version == o.Record.Version {
		o.Committed = o.Record // of one version there is one configuration
	}
	if o.Committed != nil && r.rarely() {
		with := *o.Committed
		with.Foreign, with.ForeignVoters = true, int(r.upTo(2))
		o.Committed = &with
	}
	if o.QuorumSize = o.Electorate(); r.rarely() {
		o.QuorumSize = int(r.upTo(6))
	}
	if r.IntN(4) == 0 {
		o.Leftover, o.LeftoverObservers = Set(r.IntN(32)), Set(r.IntN(4))
	}
	if r.IntN(4) == 0 {
		o.Proved = Set(r.IntN(32))
		o.Unproved = Set(r.IntN(32)&r.IntN(32)) &^ o.Proved
	}
	if r.rarely() {
		o.Blocked, o.BlockedObservers = Set(r.IntN(64)&r.IntN(64)), Set(r.IntN(4))
	}
	if r.IntN(4) == 0 {
		o.Terminating, o.TerminatingObservers = Set(r.IntN(64)), Set(r.IntN(4))
	}
	o.Update = r.update()
	o.Members = r.members(o.Replicas, Servers)
	o.Members = append(o.Members, r.members(o.ObserverReplicas, Observers)...)
	return o
}

func (r *draw) membership(version uint64) *Membership {
	return &Membership{Version: version, Voters: UpTo(1+r.upTo(4))&^Set(r.IntN(32)&r.IntN(32)) | SetOf(r.upTo(4)), Observers: Set(r.IntN(4))}
}

func (r *draw) update() Update {
	return Update{
		Paused: r.rarely(), Withheld: r.rarely(), Canary: max(0, r.IntN(8)-5), Approved: r.IntN(2) == 0, Handover: r.IntN(2) == 0,
		HandoverTried: r.IntN(4) == 0,
		Settling:      r.rarely(), Overdue: r.rarely(), WrongVersion: r.rarely(), BudgetExhausted: r.rarely(), SecondBudget: r.rarely(),
	}
}

// members are those of one group. The first server leads, for the most part.
func (r *draw) members(n int32, g Group) []Member {
	var all []Member
	for ordinal := range n + r.upTo(1) {
		m := Member{Group: g, Ordinal: ordinal, Pod: Present, Health: Following, Revision: Current}
		switch {
		case g == Servers && ordinal == 0 && !r.rarely():
			m.Health = Leading
		case g == Observers:
			m.Health = Observing
		}
		if r.IntN(4) == 0 {
			m.Health = Health(r.IntN(7))
		}
		if r.rarely() {
			m.Pod = Pod(r.IntN(3))
		}
		if r.IntN(3) == 0 {
			m.Revision = Revision(r.IntN(3))
		}
		if r.rarely() {
			m.Volumes = Volumes(r.IntN(4))
		}
		m.Lasting, m.NeverServed = m.Health == Down && !r.rarely(), r.IntN(4) == 0
		m.Stranded = m.Health <= Down && r.IntN(4) == 0
		m.Refused = m.Pod == NoPod && r.IntN(2) == 0
		m.Granted, m.NeedsNewPod, m.Departed = r.rarely(), r.rarely(), r.IntN(2) == 0
		all = append(all, m)
	}
	return all
}
