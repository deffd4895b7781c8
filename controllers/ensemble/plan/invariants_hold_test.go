package plan

import "testing"

var holdPromises = []promise{
	{
		"a StatefulSet is opened only where objects are applied, and is held while its template changes",
		func(t *truth, d Decision) bool {
			return t.each(func(g Group, h Hold) bool { return !d.Open[g] || d.Apply && h.Exists && !h.Changes })
		},
	},
	{
		"a write that its controller has not seen is followed by no other",
		func(t *truth, d Decision) bool {
			return t.each(func(g Group, h Hold) bool {
				return !d.Apply || !h.Exists || h.Changes || !h.Lags || d.Open[g] == h.Open
			})
		},
	},
	{
		"a member that is to get the newest revision gets it",
		func(t *truth, d Decision) bool {
			takes := d.Kind == RestartMember || d.Kind == ReplacePod && !d.PutBack
			h := t.Holds[d.Group]
			return !takes || !d.Apply || !h.Exists || h.Changes || h.Lags || h.Armed || d.Open[d.Group]
		},
	},
	{
		"who is put back gets what all members ran last",
		func(t *truth, d Decision) bool {
			h := t.Holds[d.Group]
			return !d.PutBack || d.Kind == ReplacePod && (!d.Open[d.Group] || h.Lags || t.proves(d.Group) || t.making(d.Group))
		},
	},
	{
		"a revision that no member proved is open to nobody but the one member that is being made",
		func(t *truth, d Decision) bool {
			return t.each(func(g Group, h Hold) bool {
				takes := (d.Kind == RestartMember || d.Kind == ReplacePod && !d.PutBack) && d.Group == g
				return !d.Open[g] || h.Lags || takes || t.proves(g) || h.Open && t.making(g) || t.keepsNothing(g)
			})
		},
	},
	{
		"a person who keeps a revision back keeps it from every Pod that others delete",
		func(t *truth, d Decision) bool {
			kept := t.Update.Paused || t.Update.Canary > 0 && !t.Update.Approved
			return t.each(func(g Group, h Hold) bool {
				takes := (d.Kind == RestartMember || d.Kind == ReplacePod) && d.Group == g
				return !kept || !t.served() || !d.Open[g] || h.Lags || takes || h.Open && t.making(g)
			})
		},
	},
	{
		"a Pod that cannot come back with a revision that was proved is made with the newest",
		func(t *truth, d Decision) bool {
			kept := t.Update.Paused || t.Update.Canary > 0 && !t.Update.Approved
			return t.each(func(g Group, h Hold) bool {
				due := d.Apply && h.Exists && !h.Changes && !h.Lags && !h.Armed && t.keepsNothing(g) && (!kept || !t.served())
				return !due || d.Open[g]
			})
		},
	},
	{
		"at rest every StatefulSet is held, and what all members run is what a deleted Pod comes back with",
		func(t *truth, d Decision) bool {
			return d.Kind != Done || t.each(func(g Group, _ Hold) bool { return !d.Open[g] && t.armed(g) })
		},
	},
	{
		"of several members with a revision that none proved, one keeps it and all others that are down for good are put back, but those that keep a volume which is needed",
		func(t *truth, d Decision) bool {
			return t.forbids() || t.going || d.Kind == CloseFormation || d.Kind == ReplacePod || !t.any(t.extra)
		},
	},
}

// each reports whether something is true of both StatefulSets.
func (t *truth) each(is func(Group, Hold) bool) bool {
	return is(Servers, t.Holds[Servers]) && is(Observers, t.Holds[Observers])
}

func (t *truth) armed(g Group) bool { return !t.Holds[g].Exists || t.Holds[g].Armed }

// proves reports whether a member shows that its group can serve with the newest
// revision. An election is won by votes, so that for the servers a voter must.
func (t *truth) proves(g Group) bool {
	return t.any(func(m Member) bool {
		votes := g == Observers && m.Health >= Observing || t.votes(m) && m.Health >= Following
		return m.Group == g && m.Pod == Present && m.Revision == Current && votes
	})
}

// keepsNothing reports whether nobody who is away could come back with a revision
// that was proved: no member ever served, or the only one is refused by the API
// server, and nobody tries the newest.
func (t *truth) keepsNothing(g Group) bool {
	away, refused, tried := 0, 0, false
	for _, m := range t.Members {
		if m.Group != g || !t.wants(m) {
			continue
		}
		tried = tried || m.Pod == Present && m.Revision == Current
		if m.Pod != Present {
			away++
			if m.Pod == NoPod && m.Refused {
				refused++
			}
		}
	}
	return away > 0 && !t.served() || away == 1 && refused == 1 && !tried
}

// making reports whether exactly one wanted Pod of a group is on its way, and
// nothing speaks against the newest revision.
func (t *truth) making(g Group) bool {
	away := 0
	for _, m := range t.Members {
		newest := m.Group == g && m.Pod == Present && m.Revision == Current
		if newest && (m.Health == Down || t.quorum && m.Health < Observing) {
			return false
		}
		if m.Group == g && t.wants(m) && m.Pod != Present {
			away++
		}
	}
	return away == 1
}

// failed reports whether a member that is down for good has a revision that none
// proved, in an ensemble that has served.
func (t *truth) failed(m Member) bool {
	h := t.Holds[m.Group]
	return t.served() && h.Exists && !h.Armed && !h.Lags && !t.proves(m.Group) && t.tries(m) && m.Health == Down && m.Lasting
}

func (t *truth) tries(m Member) bool { return m.Pod == Present && m.Revision == Current && t.wants(m) }

// needed reports whether the Pod of a server keeps a volume that is being deleted, where
// the voters that keep theirs are no quorum, or where there is no quorum at all.
func (t *truth) needed(m Member) bool {
	goes := m.Group == Servers && t.Terminating.Has(m.Ordinal)
	alone := t.votes(m) && t.Formation != Open && (!t.quorum || t.Unreadable && t.Committed == nil)
	return goes && (alone || t.dataGoes(t.listed[Servers]))
}

// extra reports whether a member has a revision that none proved, beside another
// one that keeps it, and is down for good, so that a new Pod costs nothing.
func (t *truth) extra(m Member) bool {
	return t.failed(m) && !t.needed(m) && t.any(func(other Member) bool {
		return other.Group == m.Group && t.tries(other) && (other.Ordinal > m.Ordinal || t.needed(other))
	})
}

// holding are the contexts of an ensemble in which another revision than the one
// that all members ran may be tried.
func holding(n int32) []Observation {
	all := []Observation{whole(n)}
	vary(&all, func(o *Observation, v int) { o.Synced = v }, int(n)-1, int(n))
	vary(&all, func(o *Observation, v bool) { o.Commits = v }, false, true)
	for _, flag := range []func(*Hold) *bool{
		func(h *Hold) *bool { return &h.Open },
		func(h *Hold) *bool { return &h.Lags },
		func(h *Hold) *bool { return &h.Changes },
		func(h *Hold) *bool { return &h.Armed }, // not known while its controller lags
	} {
		vary(&all, func(o *Observation, v bool) { o.Holds[Servers].Exists = true; *flag(&o.Holds[Servers]) = v }, false, true)
	}
	vary(&all, func(o *Observation, v Update) { o.Update = v },
		Update{}, Update{Paused: true}, Update{Canary: 1}, Update{Canary: 1, Approved: true}, Update{Overdue: true})
	vary(&all, func(o *Observation, v Set) { o.Terminating = v }, 0, SetOf(0), SetOf(n-1), UpTo(n-1), UpTo(n))
	return keep(all, func(o Observation) bool {
		h := &o.Holds[Servers]
		return (!h.Lags || !h.Armed) && (o.Terminating == 0 || o.Synced == int(n) && !h.Changes)
	})
}

// tried are the kinds of members of an ensemble that tries a revision.
func tried() []Member {
	return []Member{
		{Pod: NoPod, Health: Unknown, Revision: Current},
		{Pod: NoPod, Health: Down, Revision: Current, Refused: true},
		{Pod: NoPod, Health: Unknown, Revision: Outdated},
		{Pod: Going, Health: Down, Revision: Outdated, Ran: true},
		{Pod: Present, Health: Unknown, Revision: Current},
		{Pod: Present, Health: Down, Revision: Current},
		{Pod: Present, Health: Down, Revision: Current, Lasting: true, NeverServed: true},
		{Pod: Present, Health: Down, Revision: Outdated, Lasting: true, NeverServed: true},
		{Pod: Present, Health: Down, Revision: Outdated, Lasting: true, Ran: true},
		{Pod: Present, Health: Electing, Revision: Current},
		{Pod: Present, Health: Electing, Revision: Outdated, Ran: true},
		{Pod: Present, Health: Observing, Revision: Current},
		{Pod: Present, Health: Following, Revision: Current},
		{Pod: Present, Health: Following, Revision: Outdated, Ran: true},
		{Pod: Present, Health: Leading, Revision: Current},
		{Pod: Present, Health: Leading, Revision: Outdated, Ran: true},
	}
}

// TestAnUnprovedRevisionIsHeld goes through every way in which up to three members
// can try a revision.
func TestAnUnprovedRevisionIsHeld(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 3; n++ {
		check(t, map[int]string{1: "one member", 2: "two", 3: "three"}[n], func(c checker) { c.all(times(n, tried()), holding(int32(n))) })
	}
}
