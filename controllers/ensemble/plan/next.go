package plan

import (
	"cmp"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// rule looks at an observation and either decides or passes.
type rule func(*Observation) (Decision, bool)

// rules in the order in which they are tried; the first that decides wins.
//
// What forbids everything comes first, but for the closing of a formation record: an
// object of somebody else may stand in the way of all other steps for as long as it
// likes, and while the record is open a disk that was lost could be given a vote. The
// record comes before every object that could start a server, because a server that
// starts without it could be given a vote that the record would have refused. Repair
// comes before the quorum, since it is the way out where there is none, and so do
// volumes, since a full disk can be what ails. The quorum comes before the members
// record, since only a quorum can say what is committed. A server that is none of
// the ensemble's is never recorded, so it comes before. The record comes before
// everything that rests on who is a member.
//
// Voters that are certainly down may leave before all others are well; everything
// else waits for full health, and for a proof of it where a member is taken. Membership comes before the roll, because new Pods
// are of the newest revision anyway; where the servers would refuse to change it, it
// comes after the roll, which ends that. Waiting for what never counts for the
// quorum comes last, so that it never hides that an ensemble is unwell and never
// keeps a voter from being cared for.
var rules = []rule{
	paused,
	recordOwnerless,
	formationOpen,
	nameConflict,
	formationMissing,
	invalid,
	stopped,
	putBack,
	memberDown,
	volumeTooSmall,
	quorumMissing,
	foreignMember,
	membersRecord,
	memberBlocked,
	repairLosesData,
	podGoing,
	downVotersLeave,
	membersMissing,
	leave(Servers),
	shrink(Servers),
	grow(Servers),
	votersJoin,
	leave(Observers),
	shrink(Observers),
	grow(Observers),
	observersJoin,
	volumesUnwanted,
	unproved,
	outdated,
	templateWithheld,
	superuserUnknown,
	othersMissing,
	volumesSmall,
	unarmed,
}

// Next returns what to do about an observation.
func Next(o *Observation) Decision {
	d := o.first()
	if d.Apply {
		d.Open = o.holds(d)
	}
	return d
}

// first is what the first rule that decides says.
func (o *Observation) first() Decision {
	for _, r := range rules {
		if d, ok := r(o); ok {
			return d
		}
	}
	return o.decide(Done, AsSpecified)
}

// decide makes a decision that lets the ordinary objects be applied.
func (o *Observation) decide(kind Kind, reason Reason) Decision {
	d := Decision{Kind: kind, Reason: reason, Apply: !o.Invalid && !o.NameConflict, Replicas: o.unblocked(Servers, o.replicas()), ObserverReplicas: o.ObserverReplicas}
	if o.Stop {
		d.Replicas = o.Replicas
	}
	return d
}

// stalled is a wait that only a person can end.
func (o *Observation) stalled(reason Reason) Decision {
	d := o.decide(Wait, reason)
	d.Stalled = true
	return d
}

// late is a wait for members to come up, which is a person's business once they
// have taken longer than the spec allows.
func (o *Observation) late(reason Reason) Decision {
	if o.Update.Overdue {
		return o.stalled(ProgressDeadlineExceeded)
	}
	return o.decide(Wait, reason)
}

// replicas is never less than what the StatefulSet has, what is on record, or
// what has volumes that are not those of members that left: these members come
// back first, whatever spec.replicas says and whoever scaled the StatefulSet
// down. Before anything is on record the founders count.
func (o *Observation) replicas() int32 {
	known := o.Founders
	if m := o.membership(); m != nil {
		known = m.Voters.Span()
	}
	return cmp.Or(max(known, o.Volumes, o.Replicas), o.Desired)
}

// unblocked is a size of the StatefulSet of a group, or where it would start a
// member on a volume of somebody else, the largest below that does not.
func (o *Observation) unblocked(g Group, size int32) int32 {
	blocked := [2]Set{o.Blocked, o.BlockedObservers}[g] & from(o.LiveReplicas(g)) & UpTo(size)
	if blocked == 0 {
		return size
	}
	return blocked.first()
}

// memberBlocked says that a member that there was cannot be started again.
func memberBlocked(o *Observation) (Decision, bool) {
	return o.stalled(NameConflict), o.unblocked(Servers, o.replicas()) < o.replicas()
}

func paused(o *Observation) (Decision, bool) {
	return Decision{Kind: Wait, Reason: Paused}, o.Paused
}

// nameConflict stops before anything is written but a formation record that is closed:
// an object that is not ours is never touched, and an ensemble without one of its
// objects is not whole.
func nameConflict(o *Observation) (Decision, bool) {
	return Decision{Kind: Wait, Reason: NameConflict, Stalled: true}, o.NameConflict
}

// invalid keeps a wrong specification from reaching a running ensemble: its
// objects stay as they are until the specification is put right.
func invalid(o *Observation) (Decision, bool) {
	return Decision{Kind: Wait, Reason: InvalidSpec, Stalled: true}, o.Invalid
}

// stopped ends all members, the observers first. Their volumes and all records
// stay, from which the same members are started again. It does not begin while too few
// volumes would stay for a quorum; what has begun cannot be held.
func stopped(o *Observation) (Decision, bool) {
	if !o.Stop {
		return Decision{}, false
	}
	if o.Replicas > 0 && o.dataGoes(o.Voters()) {
		return o.stalled(VolumesTerminating), true
	}
	for _, g := range []Group{Observers, Servers} {
		if o.LiveReplicas(g) > 0 {
			d := o.decide(Shrink, Stopping)
			d.Group = g
			return d, true
		}
	}
	if o.count(func(m *Member) bool { return m.Pod != NoPod }) > 0 {
		return o.decide(Wait, PodTerminating), true
	}
	return o.decide(Wait, Stopped), true
}

// quorumMissing waits for one leader that provably commits with a majority.
func quorumMissing(o *Observation) (Decision, bool) {
	missing := o.QuorumMissing()
	if missing != "" {
		for _, first := range []rule{memberBlocked, repairLosesData} {
			if d, told := first(o); told {
				return d, true
			}
		}
	}
	switch missing {
	case Forming:
		if o.Unbound {
			return o.stalled(VolumesNotBound), true
		}
		return o.late(Forming), true
	case RecordUnreadable:
		return o.stalled(RecordUnreadable), true
	default:
		return o.decide(Wait, missing), missing != ""
	}
}

// membersRecord writes down what the servers committed before anything can
// depend on it: members start from the record when their own disk cannot be
// trusted. An older one replaces the record only where what is on record can never
// be committed again.
func membersRecord(o *Observation) (Decision, bool) {
	if o.Committed != nil && o.Unreadable {
		return o.decide(RecordMembers, RecordUnreadable), true
	}
	if o.Committed != nil && (o.Record == nil || o.Committed.Version > o.Record.Version) {
		return o.decide(RecordMembers, MembershipChanged), true
	}
	if o.Committed != nil && o.Committed.Version < o.Record.Version {
		if o.recordIsLost() {
			// Whoever is on record only is not to be started for it.
			return Decision{Kind: RecordMembers, Reason: RecordAhead}, true
		}
		return o.stalled(RecordAhead), true
	}
	return o.decide(Wait, MembershipUnread), o.Record == nil || o.Doubted && !o.certain()
}

// recordIsLost reports whether what is on record is lost for certain, and not only
// unknown to those that serve: a majority of its voters votes in an older
// configuration now. The record was committed by a majority of them as well, so a
// disk of both has been put back; and the others, who may still know it, are too few
// to bring it about without these.
func (o *Observation) recordIsLost() bool {
	voters := o.Record.Voters
	voting := o.set(func(m *Member) bool { return o.votes(m) && m.Pod == Present })
	return (voters & o.Committed.Voters & voting).Len() >= zkconfig.Majority(voters.Len())
}

// podGoing lets no step begin while the last one is not over. The Pods of those
// that left are nobody's concern any more.
func podGoing(o *Observation) (Decision, bool) {
	return o.decide(Wait, PodTerminating), o.count(o.going) > 0
}

// membersMissing waits until every voter serves in sync.
func membersMissing(o *Observation) (Decision, bool) {
	return o.late(MembersNotServing), !o.healthyBut(0)
}

// othersMissing waits for those that do not count for the quorum, and for the
// Pods of those that left.
func othersMissing(o *Observation) (Decision, bool) {
	if o.count(func(m *Member) bool { return m.Pod != NoPod && !o.Wanted(m) }) > 0 {
		return o.decide(Wait, PodTerminating), true
	}
	for _, g := range []Group{Servers, Observers} {
		listed, serving := o.Listed(g), o.set(func(m *Member) bool { return m.Group == g && serves(m) })
		switch {
		case UpTo(o.DesiredReplicas(g))&^listed != 0:
			return o.late(JoinersNotReady), true
		case listed&^serving != 0:
			return o.late(MembersNotServing), true
		}
	}
	return Decision{}, false
}
