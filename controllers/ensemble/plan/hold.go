package plan

// Hold is what is known of how the StatefulSet of a group makes a Pod anew that
// anybody deletes: held it gives the revision that all members ran last, and open
// the newest. The zero value is that of a group without one.
type Hold struct {
	// Exists says that there is a StatefulSet.
	Exists bool
	// Open says that it is open now.
	Open bool
	// Lags says that its controller has not seen what was written last.
	Lags bool
	// Changes says that what is applied now brings another template.
	Changes bool
	// Armed says that the revision which all members ran last is the newest.
	Armed bool
}

// holds lets one member have the newest revision until a member has proved it.
// Whatever a person, a drain or a lost node takes comes back with the revision that
// all members ran last.
func (o *Observation) holds(d Decision) (open [2]bool) {
	for _, g := range []Group{Servers, Observers} {
		open[g] = o.opens(g, d)
	}
	return open
}

// opens reports whether the StatefulSet of a group is to be open while a decision
// is carried out. There is no moment between a new template and its hold.
func (o *Observation) opens(g Group, d Decision) bool {
	h := &o.Holds[g]
	taken := (d.Kind == RestartMember || d.Kind == ReplacePod) && d.Group == g
	switch {
	case h.Changes || !h.Exists:
		return false
	case h.Lags:
		return h.Open
	case h.Armed:
		return false
	case taken && !d.PutBack, o.nothingToKeep(g):
		return true
	case h.Open && o.makesOne(g):
		return true
	default:
		return o.proved(g) && !o.withheld() && !o.complete(g)
	}
}

// nothingToKeep reports whether a wanted Pod of a group is not there, and cannot come
// back with a revision that was proved: none was ever, or it is the only one, and the
// API server refuses it. Somebody else who tries the newest is waited for.
func (o *Observation) nothingToKeep(g Group) bool {
	away := o.set(func(m *Member) bool { return m.Group == g && m.Pod != Present && o.Wanted(m) })
	if !o.served() {
		return away != 0
	}
	refused := o.set(func(m *Member) bool { return m.Group == g && m.Pod == NoPod && m.Refused && o.Wanted(m) })
	tried := o.count(func(m *Member) bool { return m.Group == g && o.tries(m) }) > 0
	return away == refused && away.Len() == 1 && !tried && !o.withheld()
}

// proved reports whether a member of a group serves in sync with the newest
// revision. For the voters that takes one who votes.
func (o *Observation) proved(g Group) bool {
	return o.count(func(m *Member) bool {
		return m.Group == g && m.Pod == Present && m.Revision == Current && (g == Observers && serves(m) || g == Servers && o.votes(m))
	}) > 0
}

// withheld reports whether a person keeps the newest revision from the members.
func (o *Observation) withheld() bool {
	u := &o.Update
	return u.Paused || u.Canary > 0 && !u.Approved
}

// makesOne reports whether exactly one wanted Pod of a group is being made anew,
// and nothing is known against the newest revision.
func (o *Observation) makesOne(g Group) bool {
	away := o.count(func(m *Member) bool { return m.Group == g && m.Pod != Present && o.Wanted(m) })
	quorum := o.QuorumMissing() == ""
	fails := o.count(func(m *Member) bool {
		newest := m.Group == g && m.Pod == Present && m.Revision == Current
		return newest && (m.Health == Down || quorum && !serves(m))
	})
	return away == 1 && fails == 0
}

// complete reports whether every wanted member of a group serves with the newest
// revision, so that its controller may take that for the one that all ran.
func (o *Observation) complete(g Group) bool {
	return o.count(func(m *Member) bool {
		return m.Group == g && o.Wanted(m) && (m.Pod != Present || m.Revision != Current || !serves(m))
	}) == 0
}

// unarmed waits until what all members run is also what a deleted Pod comes back
// with.
func unarmed(o *Observation) (Decision, bool) {
	for _, h := range o.Holds {
		if h.Exists && !h.Armed {
			return o.decide(Wait, RevisionUnknown), true
		}
	}
	return Decision{}, false
}

// putBack takes the newest revision from all members but one as long as none has
// proved it: they got it by accident, in the moment in which the one was made.
func putBack(o *Observation) (Decision, bool) {
	for _, g := range []Group{Servers, Observers} {
		extra := o.replaceable(func(m *Member) bool { return m.Group == g && o.extra(m) })
		if extra != nil && o.count(o.going) == 0 {
			d := o.restart(ReplacePod, MemberDown, extra)
			d.PutBack = true
			return d, true
		}
	}
	return Decision{}, false
}

// extra reports whether a member that will not come back by itself has a revision
// that no member proved, and another member keeps it.
func (o *Observation) extra(m *Member) bool {
	tries := !o.Holds[m.Group].Lags && o.unproved(m.Group) && o.tries(m)
	return tries && m.Health == Down && m.Lasting && m != o.keepsTrying(m.Group)
}

// keepsTrying is the member of a group that keeps a revision which none has proved.
// A Pod that stays because of its volume keeps it anyway, so that all others can be
// put back.
func (o *Observation) keepsTrying(g Group) *Member {
	tries := func(m *Member) bool { return m.Group == g && o.tries(m) }
	if fixed := o.highest(func(m *Member) bool { return tries(m) && o.losesDisk(m) }); fixed != nil {
		return fixed
	}
	return o.highest(tries)
}

// unproved reports whether the newest revision of a group is another one than all
// members ran last, in an ensemble that has served, and no member proves it.
func (o *Observation) unproved(g Group) bool {
	h := &o.Holds[g]
	return o.served() && h.Exists && !h.Armed && !o.proved(g)
}

// tries reports whether a member has the newest revision.
func (o *Observation) tries(m *Member) bool {
	return m.Pod == Present && m.Revision == Current && o.Wanted(m)
}

// comesBack reports whether a member that is down is made anew with the revision
// that all members ran last: another one tries the newest, or it is not the
// revision that the member needs.
func (o *Observation) comesBack(m *Member) bool {
	if m.NeedsNewPod {
		return o.served()
	}
	return !m.Ran && o.unproved(m.Group) && o.count(func(other *Member) bool { return other != m && other.Group == m.Group && o.tries(other) }) > 0
}
