package plan

import "github.com/zkensemble/zookeeper-operator/zkconfig"

// memberDown replaces a Pod that serves nobody where a new one would differ, or
// where its agent asked for a new one. This costs nothing, so it needs no
// quorum: it is the way out of a first specification with which no member came
// up. A Pod that would come back the same is left to the kubelet. It waits for Pods
// that are going, unless they may never go and the quorum is lost.
func memberDown(o *Observation) (Decision, bool) {
	if o.count(func(m *Member) bool { return o.going(m) && !o.excused(m) }) > 0 {
		return Decision{}, false
	}
	stuck := o.count(o.going) > 0
	candidate := o.replaceable(func(m *Member) bool {
		return o.free(m) && (!stuck || o.served() && m.Lasting && m.Revision == Outdated)
	})
	if candidate == nil {
		return Decision{}, false
	}
	d := o.restart(ReplacePod, MemberDown, candidate)
	d.PutBack = o.comesBack(candidate)
	return d, true
}

// replaceable returns the member with the highest ordinal that satisfies a predicate
// and whose Pod may be deleted: the member is certainly down, and no volume that may
// be needed goes with the Pod. Every rule that replaces a Pod takes it from here.
func (o *Observation) replaceable(is func(*Member) bool) *Member {
	return o.highest(func(m *Member) bool { return m.Pod == Present && m.Health == Down && is(m) && !o.losesDisk(m) })
}

// free reports whether replacing the Pod of a member costs nothing and may heal
// it. Once an ensemble has served, only a member that will not come back by itself
// gets the newest revision in that way, and no sooner than one that serves would.
func (o *Observation) free(m *Member) bool {
	switch {
	case m.Pod != Present || m.Health != Down:
		return false
	case m.NeedsNewPod:
		return true
	case m.Revision != Outdated:
		return false
	default:
		return !o.served() || m.Lasting && !o.newestFails() && !o.withheldFrom(m) && !o.othersFirst(m)
	}
}

// withheldFrom reports whether a person keeps the newest revision from a member
// that is down. Where no server ever served in its Pod, that revision may be what
// was put back.
func (o *Observation) withheldFrom(m *Member) bool {
	return !m.NeverServed && o.withheld()
}

// othersFirst reports whether a member that is down, and served before, waits for
// one that has the newest revision already to serve and to settle. It does as long
// as the quorum may come without it, unless all who could be that quorum say for
// too long that they serve nobody.
func (o *Observation) othersFirst(m *Member) bool {
	voters := o.Voters()
	lost := o.set(func(other *Member) bool {
		return o.Voter(other) && (other == m || other.Health == Down && other.Lasting)
	})
	electing := o.set(func(other *Member) bool { return o.Voter(other) && other.Health == Electing })
	may := voters &^ lost
	if m.NeverServed || may.Len()+o.foreignVoters() < zkconfig.Majority(o.Electorate()) || o.Update.Overdue && may&^electing == 0 {
		return false
	}
	return o.Update.Settling || o.count(func(other *Member) bool {
		return o.Voter(other) && (other.Pod == Going || other.Revision == Current && other.Health != Down && other.Health < Observing)
	}) > 0
}

// lost reports whether there certainly is no quorum: too few voters are left that
// do not say themselves that they serve nobody.
func (o *Observation) lost() bool {
	idle := o.set(func(m *Member) bool { return o.Voter(m) && (m.Health == Down || m.Health == Electing) })
	return (o.Voters()&^idle).Len()+o.foreignVoters() < zkconfig.Majority(o.Electorate())
}

// served reports whether the ensemble has had a members record, and so a quorum.
func (o *Observation) served() bool { return o.Record != nil || o.Unreadable }

// newestFails reports whether a server of the newest revision does not run, as
// far as is known. What has no Pod may be created with that revision.
func (o *Observation) newestFails() bool {
	due := UpTo(o.replicas()) & (UpTo(o.Desired) | o.Voters())
	return due&^o.set(func(m *Member) bool {
		return m.Group == Servers && (m.Health > Down || m.Pod != NoPod && m.Revision != Current || m.NeedsNewPod || o.excused(m))
	}) != 0
}

// excused reports whether a server may never come while the quorum is lost, and the
// newest revision that it has is not to blame.
func (o *Observation) excused(m *Member) bool {
	return m.Group == Servers && m.Revision == Current && m.Stranded && o.lost()
}

// HoldsRepair reports whether a member keeps others that are down from getting the
// newest revision, since it does not run with it or is only on its way.
func (o *Observation) HoldsRepair(m *Member) bool {
	repairs := o.count(func(m *Member) bool { return m.Pod == Present && m.Health == Down && m.Revision == Outdated }) > 0
	return repairs && o.Wanted(m) && m.Group == Servers && (m.Pod == Going || m.Revision == Current && m.Health < Observing)
}

// restart is a step that has a member's Pod created anew.
func (o *Observation) restart(kind Kind, reason Reason, m *Member) Decision {
	d := o.decide(kind, reason)
	d.Group, d.Ordinal = m.Group, m.Ordinal
	return d
}

// outdated brings the newest revision to one member at a time. It comes after
// every rule that waits for the health of voters, so all of them serve in sync.
func outdated(o *Observation) (Decision, bool) {
	if o.count(func(m *Member) bool { return m.Revision == UnknownRevision && o.Wanted(m) }) > 0 {
		return o.decide(Wait, RevisionUnknown), true
	}
	if o.Update.WrongVersion {
		return o.stalled(VersionDiffers), true
	}
	next := o.nextOutdated()
	if next == nil {
		return Decision{}, false
	}
	if wait, ok := o.holdsBack(next); ok {
		return wait, true
	}
	var taken Set
	if next.Group == Servers {
		taken = SetOf(next.Ordinal)
	}
	switch {
	case next.Health != Leading:
		return o.proven(o.restart(RestartMember, RestartingMember, next), taken), true
	case !o.HandsOver():
		return o.proven(o.restart(RestartMember, RestartingLeader, next), taken), true
	case !o.certain():
		return o.decide(Wait, MembershipUnread), true
	default:
		return o.proven(o.restart(HandOver, LeaderHandover, next), 0), true
	}
}

// nextOutdated is who gets the newest revision next: the followers from the
// highest ordinal down, then the leader, so that a whole roll changes the leader
// once; then the observers. New members that the servers would refuse come later.
func (o *Observation) nextOutdated() *Member {
	due := func(m *Member) bool {
		return m.Revision == Outdated && o.Wanted(m) && (!o.SuperuserUnknown || o.Listed(m.Group).Has(m.Ordinal))
	}
	for _, is := range []func(*Member) bool{
		func(m *Member) bool { return m.Group == Servers && m.Health != Leading },
		leads,
		func(m *Member) bool { return m.Group == Observers },
	} {
		if next := o.highest(func(m *Member) bool { return due(m) && is(m) }); next != nil {
			return next
		}
	}
	return nil
}

// holdsBack says what keeps the roll from going on.
func (o *Observation) holdsBack(next *Member) (Decision, bool) {
	u := &o.Update
	switch {
	case u.Paused:
		return o.decide(Wait, UpdatePaused), true
	case next.Group == Servers && o.dataGoes(o.Voters()):
		return o.stalled(VolumesTerminating), true
	case u.Canary > 0 && !u.Approved && (o.updated() >= u.Canary || next.Health == Leading):
		return o.decide(Wait, ApprovalNeeded), true
	case next.Group == Observers && o.observersMissing():
		return o.late(MembersNotServing), true
	case u.Settling:
		return o.decide(Wait, Settling), true
	case u.SecondBudget:
		return o.stalled(SecondBudget), true
	case u.BudgetExhausted && next.Group == Servers:
		return o.decide(Wait, BudgetExhausted), true
	default:
		return Decision{}, false
	}
}

// observersMissing reports whether an observer that is wanted does not serve.
func (o *Observation) observersMissing() bool {
	return o.count(func(m *Member) bool { return m.Group == Observers && o.Wanted(m) && !serves(m) }) > 0
}

// updated counts the voters, and those that are to vote, that run the newest
// revision.
func (o *Observation) updated() int {
	return o.count(func(m *Member) bool {
		return m.Group == Servers && o.Wanted(m) && m.Pod == Present && m.Revision == Current
	})
}

// templateWithheld says that a newer template waits for the end of a pause.
func templateWithheld(o *Observation) (Decision, bool) {
	return o.decide(Wait, UpdatePaused), o.Update.Withheld
}
