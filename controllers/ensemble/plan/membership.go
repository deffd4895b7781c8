package plan

// leaving are the members of a group that are listed and no longer wanted. An
// ensemble always keeps a voter: where all of them would leave, the wanted ones
// have to join first. Nobody leaves while the servers refuse it.
func (o *Observation) leaving(g Group) Set {
	if o.SuperuserUnknown {
		return 0
	}
	listed := o.Listed(g)
	leavers := listed & from(o.DesiredReplicas(g))
	if g == Servers && leavers == listed {
		return 0
	}
	return leavers
}

// downVotersLeave takes voters out that are certainly down and no longer wanted,
// once all others are well. It takes nobody away who serves, and raises what the
// rest tolerates.
func downVotersLeave(o *Observation) (Decision, bool) {
	down := o.set(func(m *Member) bool { return m.Health == Down && o.Voter(m) }) & o.leaving(Servers)
	if down == 0 || !o.healthyBut(down) {
		return Decision{}, false
	}
	return o.change(RemoveMembers, ScalingDown, Servers, down), true
}

// leave takes all members out that are no longer wanted, in one change.
func leave(g Group) rule {
	return func(o *Observation) (Decision, bool) {
		leavers := o.leaving(g)
		return o.change(RemoveMembers, ScalingDown, g, leavers), leavers != 0
	}
}

// votersJoin gives a vote to all new members at once, so that the number of
// voters goes from odd to odd. Until each of them follows in sync, none votes.
// None does while the newest revision runs another version than the specified one,
// or while the volume of one of them is being deleted. Where one of them is stale,
// or the servers would refuse it, the roll comes first.
func votersJoin(o *Observation) (Decision, bool) {
	joiners := UpTo(o.Desired) &^ o.Voters()
	ready := o.set(func(m *Member) bool { return m.Group == Servers && m.Health == Following && m.Pod == Present })
	switch {
	case joiners == 0, o.SuperuserUnknown:
		return Decision{}, false
	case o.Update.WrongVersion:
		return o.anotherVersion(), true
	case joiners&^ready != 0:
		return o.late(JoinersNotReady), true
	case joiners&o.stale(Servers) != 0:
		return Decision{}, false
	case joiners&o.Terminating != 0:
		return o.stalled(VolumesTerminating), true
	default:
		return o.change(AddMembers, PromotingMembers, Servers, joiners), true
	}
}

// observersJoin makes each new member an observer as soon as it is in sync, under
// the same conditions.
func observersJoin(o *Observation) (Decision, bool) {
	ready := o.set(func(m *Member) bool { return m.Group == Observers && m.Health.Serves() && m.Pod == Present })
	joiners := UpTo(o.DesiredObservers) &^ o.Listed(Observers) &^ o.TerminatingObservers &^ o.stale(Observers) & ready
	if o.SuperuserUnknown {
		return Decision{}, false
	}
	if joiners != 0 && o.Update.WrongVersion {
		return o.anotherVersion(), true
	}
	return o.change(AddMembers, PromotingMembers, Observers, joiners), joiners != 0
}

// stale are the servers of a group with a revision that nobody may join with: it is
// not the newest, nor the one that all ran last where a member runs that too. Of a
// group without members Kubernetes takes the first for what all ran.
func (o *Observation) stale(g Group) Set {
	shown := o.count(func(m *Member) bool { return m.Group == g && m.Ran && o.Listed(g).Has(m.Ordinal) }) > 0
	return o.set(func(m *Member) bool { return m.Group == g && m.Revision != Current && (!m.Ran || !shown) })
}

// anotherVersion keeps servers of another version than the specified one from
// becoming members. A voter through which nothing is committed is told first.
func (o *Observation) anotherVersion() Decision {
	if d, told := unproved(o); told {
		return d
	}
	return o.stalled(VersionDiffers)
}

// change is a change of the committed configuration. It is compared and set on
// the version that was read in this pass. No voter leaves while too few
// of the voters keep their volumes for a quorum, nor where that would be so of those
// that stay.
func (o *Observation) change(kind Kind, reason Reason, g Group, members Set) Decision {
	if !o.certain() {
		return o.decide(Wait, MembershipUnread)
	}
	d := o.decide(kind, reason)
	d.Group, d.Members = g, members
	switch {
	case kind != RemoveMembers:
		return d
	case g == Servers && (o.dataGoes(o.Voters()) || o.dataGoes(o.Voters()&^members)):
		return o.stalled(VolumesTerminating)
	case g == Servers:
		return o.proven(d, members)
	default:
		return o.proven(d, 0)
	}
}

// shrink lets the Pods go of those that left. It leaves a Pod to every member of
// the committed configuration, which was read in this pass. Their volumes are
// labelled before, so that an ensemble that is created again on what was kept
// starts without them. While the data of the voters goes with their Pods, a Pod
// stays whose volumes would go as well: they may hold what the others lose.
func shrink(g Group) rule {
	return func(o *Observation) (Decision, bool) {
		size := max(o.DesiredReplicas(g), o.Listed(g).Span())
		if o.LiveReplicas(g) <= size {
			// Volumes that do not say that their member left start it once more.
			return o.decide(Wait, DepartedPodsRemoved), g == Servers && o.replicas() > size
		}
		if !o.certain() {
			return o.decide(Wait, MembershipUnread), true
		}
		if g == Servers && o.dataGoes(o.Voters()) && o.Terminating&from(size)&UpTo(o.Replicas) != 0 {
			return o.stalled(VolumesTerminating), true
		}
		left := o.highest(func(m *Member) bool { return m.Group == g && m.Ordinal >= size && !m.Departed })
		if left != nil {
			d := o.decide(MarkDeparted, DepartedVolumesLabelled)
			d.Group, d.Ordinal = g, left.Ordinal
			return d, true
		}
		d := o.decide(Shrink, DepartedPodsRemoved)
		d.Group, d.Size = g, size
		return d, true
	}
}

// grow starts new members. The members record they start from is that of this
// pass. Those that the servers would refuse are not started; members are.
func grow(g Group) rule {
	return func(o *Observation) (Decision, bool) {
		size := o.DesiredReplicas(g)
		if o.SuperuserUnknown {
			size = min(size, o.Listed(g).Span())
		}
		if o.LiveReplicas(g) >= size {
			return Decision{}, false
		}
		if o.unblocked(g, size) < size {
			return o.stalled(NameConflict), true
		}
		if !o.certain() {
			return o.decide(Wait, MembershipUnread), true
		}
		d := o.decide(Grow, ScalingUp)
		d.Group = g
		if g == Observers {
			d.ObserverReplicas = size
		} else {
			d.Replicas = max(d.Replicas, size)
		}
		return d, true
	}
}

// superuserUnknown tells that another membership is specified than there is, and that
// the servers would refuse to change it. The leader is restarted with the super user
// of the Secret by the roll that the Secret causes, which comes before. Where there is
// none to come, a person has to restart the leader.
func superuserUnknown(o *Observation) (Decision, bool) {
	if !o.MembersWait() {
		return Decision{}, false
	}
	if h := &o.Holds[Servers]; !h.Exists || h.Changes || !h.Armed {
		return o.decide(Wait, SuperuserUnknown), true
	}
	return o.stalled(SuperuserUnknown), true
}

// MembersWait reports whether other members are specified than there are, and the
// servers would refuse to change them.
func (o *Observation) MembersWait() bool {
	fit := o.Voters() == UpTo(o.Desired) && o.Listed(Observers) == UpTo(o.DesiredObservers)
	return o.SuperuserUnknown && !fit
}
