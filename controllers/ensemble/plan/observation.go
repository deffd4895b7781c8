package plan

import "github.com/zkensemble/zookeeper-operator/zkconfig"

// Formation is the state of the formation record, which says whether a blank
// disk may still be given a vote. The zero value permits nothing.
type Formation uint8

const (
	// Closed means that no blank disk is ever given a vote again.
	Closed Formation = iota
	// Open means that the first servers are being started on blank disks.
	Open
	// Missing means that a live read found no record.
	Missing
	// Garbled means that there is a record which cannot be read. It permits no
	// more than a closed one.
	Garbled
	// Ownerless means that there is a record which nobody owns and which is not
	// closed, as one that was restored from a backup. What it permits was permitted
	// at an earlier time, so it permits no more than a closed one.
	Ownerless
)

// Group is one of the two StatefulSets of an ensemble.
type Group uint8

const (
	// Servers are the voters, and those that are about to vote or did.
	Servers Group = iota
	// Observers never vote.
	Observers
)

// Health is how much a member contributes to its ensemble right now. It is
// ordered: the more a member contributes, the higher its value.
type Health uint8

// Down needs evidence, because replacing the Pod of such a member is held to
// be free. A member that merely cannot be reached may be serving clients at
// this moment, so it is Unknown.
const (
	Unknown   Health = iota // cannot be reached, and nothing proves that it does not run
	Down                    // certainly serves nobody: its container does not run, or its server is shut out by a serving majority
	Electing                // its server answers, but serves nobody yet
	Syncing                 // follows or observes, and is not in sync
	Observing               // in sync, without a vote
	Following               // in sync, and counted towards the quorum if it is a voter
	Leading                 // leads
)

// String names the health in words.
func (h Health) String() string {
	return [...]string{"unreachable", "down", "not serving", "not in sync", "observing", "following", "leading"}[h]
}

// Serves reports whether clients of a member with this health are served.
func (h Health) Serves() bool { return h >= Observing }

// Pod is where the Pod of a member is in its life.
type Pod uint8

const (
	// NoPod means that the Pod does not exist; its StatefulSet creates it.
	NoPod Pod = iota
	// Going means that the Pod is being deleted.
	Going
	// Present means that the Pod exists and is not being deleted.
	Present
)

// Revision compares a member's Pod with what the StatefulSet would create now.
type Revision uint8

const (
	// UnknownRevision means that the StatefulSet's controller has not said yet.
	UnknownRevision Revision = iota
	// Current means that a new Pod would be the same.
	Current
	// Outdated means that a new Pod would differ.
	Outdated
)

// Volumes compares the volume claims of a member with the sizes that are
// specified.
type Volumes uint8

const (
	// VolumesFit means that none is too small.
	VolumesFit Volumes = iota
	// VolumesTooSmall means that one is too small and can be expanded.
	VolumesTooSmall
	// VolumesGrowing means that more was asked for and is not there yet.
	VolumesGrowing
	// VolumesFixed means that one is too small and its class cannot expand it.
	VolumesFixed
)

// Member is one observed member.
type Member struct {
	Group    Group
	Ordinal  int32
	Pod      Pod
	Health   Health
	Revision Revision
	Volumes  Volumes
	// Granted says that the member's agent reports a grant that cannot be lost
	// any more: its blank disk was given a vote while the formation record was
	// open, and holds a snapshot since. A grant that a server could still use up
	// and die must not be counted, because nobody can repeat it after closing.
	Granted bool
	// NeedsNewPod says that the member's agent gave up on this Pod and that only
	// a new one can continue, see member.ExitNeedsNewPod.
	NeedsNewPod bool
	// Lasting says of a member that is Down that it will not come back by itself,
	// as far as can be told: a container that ended once is started again in place.
	Lasting bool
	// NeverServed says that no server ever served in this Pod, so that its
	// revision may be what fails.
	NeverServed bool
	// Ran says that its revision is the one that all members ran last.
	Ran bool
	// Stranded says that the member's Pod may never run, or never be gone, by no
	// fault of its revision: it has no node, or its node does not end it.
	Stranded bool
	// Refused says that the API server refused the member's Pod when it was last to
	// be created.
	Refused bool
	// Departed says that no volume claim of the member lacks the label of those
	// that left.
	Departed bool
}

// Membership is what the planner needs to know of a committed configuration:
// the ordinals of its servers.
type Membership struct {
	Version   uint64 // the configuration's version; higher is newer
	Voters    Set
	Observers Set
	// Foreign says that it names a server which is none of the ensemble's, a voter or
	// not. ForeignVoters is how many of these vote; they are no part of Voters.
	Foreign       bool
	ForeignVoters int
}

// Update is what a roll rests on.
type Update struct {
	// Paused is spec.update.paused.
	Paused bool
	// Withheld says that the pause keeps a newer template from the StatefulSet.
	Withheld bool
	// Canary is the number of members that may get a new revision before a
	// person approves of it, 0 when no approval is needed.
	Canary int
	// Approved says that a person approved of this very revision.
	Approved bool
	// Handover is spec.update.leaderHandover: the leader hands over before it is
	// restarted.
	Handover bool
	// HandoverTried says that the leader has the quorum port which a handover gives:
	// the last one failed, or was of an earlier roll. It is not tried again, so that
	// every roll comes to its end.
	HandoverTried bool
	// Settling says that a member came back more recently than the spec wants.
	Settling bool
	// Overdue says that a member of the newest revision has not come up in the
	// time that the spec gives it.
	Overdue bool
	// WrongVersion says that a server of the newest revision reports another
	// version than the specified one.
	WrongVersion bool
	// BudgetExhausted says that the ensemble's own budget allows no disruption.
	BudgetExhausted bool
	// SecondBudget says that a budget which is not ours selects our Pods, with
	// which the API server evicts none of them.
	SecondBudget bool
}

// Observation is everything that a decision rests on: what is specified and what was
// seen, and nothing that follows from it. Its zero value permits nothing.
type Observation struct {
	// Paused is spec.mode: Pause, Stop is spec.mode: Stop.
	Paused, Stop bool
	// Invalid says that the specification cannot be carried out as it is.
	Invalid bool
	// NameConflict says that an object which this ensemble needs exists and belongs
	// to something else.
	NameConflict bool

	Formation Formation
	// Remains says that a live list found a StatefulSet, a volume claim or a
	// members record of this name. It matters only while Formation is Missing.
	Remains bool
	// Founders is the number of servers in the formation record's list, 0 when
	// the record was restored without knowledge of them.
	Founders int32
	// Volumes is the highest ordinal that has a data volume claim without the
	// label of those that left, plus one.
	Volumes int32

	// Unbound says that no volume claim was ever bound and that one of them cannot
	// be, so that nothing can have been written.
	Unbound bool

	// Record is the members record, nil when there is none.
	// It names nobody else than servers of the ensemble.
	Record *Membership
	// Unreadable says that there is a members record which cannot be read, so
	// Record is nil. The ensemble has served, and nobody knows who its members
	// are until the servers say so.
	Unreadable bool
	// Committed is the configuration as the servers gave it in this pass. It is
	// nil when they were not asked or did not answer.
	Committed *Membership
	// Doubted says that the members record does not suffice to go on: there is
	// none, the servers know a newer one, or the sizes are not as specified.
	Doubted bool

	// Replicas is what the voters' StatefulSet asks for now, 0 when there is
	// none, and ObserverReplicas what that of the observers does.
	Replicas, ObserverReplicas int32
	// Desired is spec.replicas, DesiredObservers is spec.observers.replicas.
	Desired, DesiredObservers int32
	// Blocked and BlockedObservers are the ordinals of which a volume claim exists
	// that belongs to something else: no member is started there.
	Blocked, BlockedObservers Set
	// Terminating and TerminatingObservers are the ordinals of which a volume claim
	// of ours is being deleted. That is never taken back, and the claim is gone, with
	// its data, as soon as no Pod uses it.
	Terminating, TerminatingObservers Set
	// Leftover are the ordinals with volume claims to delete, once it is certain
	// that no server of that ordinal is a member: they carry the label of those
	// that left, no Pod uses them, and the spec does not retain them.
	Leftover, LeftoverObservers Set

	// Commits says that the quorum proved, by a new session through a voter, that
	// it commits, and that no election and no change of its voters came since.
	Commits bool
	// Proved are the voters through each of which a new session was committed in
	// this very pass, Unproved those through which it was not although it was asked
	// for.
	Proved, Unproved Set
	// SuperuserUnknown says that the server of the leader was started with another
	// super user than that of the Secret, which was made anew since. It refuses every
	// change of the membership until it is started again.
	SuperuserUnknown bool
	// Synced is how many voters follow in sync, itself included, as the leader
	// counts them. QuorumSize is how many voters the leader knows.
	Synced, QuorumSize int
	Members            []Member

	Update Update
	// Holds are how the StatefulSets make Pods anew, by group.
	Holds [2]Hold
}

// membership is the newest one that is known, nil when none is. What a server
// gives can be older than the record, when it lags behind.
func (o *Observation) membership() *Membership {
	if o.Record == nil || o.Committed != nil && o.Committed.Version > o.Record.Version {
		return o.Committed
	}
	return o.Record
}

// Voters is the set of voters that a quorum is counted of: those committed, or
// else on record; before there is a record the founders, and in an ensemble that
// was created again on kept volumes one for each volume.
func (o *Observation) Voters() Set {
	switch m := o.membership(); {
	case m != nil:
		return m.Voters
	case o.Founders > 0:
		return UpTo(o.Founders)
	default:
		return UpTo(o.replicas())
	}
}

// Listed are the members of a group that the newest known membership names.
func (o *Observation) Listed(g Group) Set {
	if g == Servers {
		return o.Voters()
	}
	if m := o.membership(); m != nil {
		return m.Observers
	}
	return 0
}

// certain reports whether the servers were asked for the membership in this
// pass and it is the one on record.
func (o *Observation) certain() bool {
	return o.Committed != nil && o.Record != nil && o.Committed.Version == o.Record.Version
}

// QuorumMissing says why nothing may rest on a quorum: one leader, whoever runs it,
// that provably commits with a majority of the voters, all by their own words. It
// returns "" when there is one. Where nobody knows the voters there is none.
//
// [MembersUnreachable] says that a majority may serve all the same, and [QuorumLost]
// that none does.
func (o *Observation) QuorumMissing() Reason {
	short := o.ServingVoters() < zkconfig.Majority(o.Electorate())
	leaders := o.count(leads)
	switch {
	case o.count(o.present) > 0 && o.count(o.known) == 0:
		return MembersUnreachable
	case o.Unreadable && o.Committed == nil:
		return RecordUnreadable
	case short:
		return o.tooFewServe()
	case o.ForeignLeads():
		return "" // it commits, or nobody would know that
	case leaders == 0 && o.silentMajority():
		return MembersUnreachable
	case leaders != 1:
		return NoSingleLeader
	case !o.Commits:
		return NotCommitting
	default:
		return ""
	}
}

// tooFewServe says why too few voters serve, as far as they can be seen.
func (o *Observation) tooFewServe() Reason {
	switch {
	case o.forms():
		return Forming
	case o.silentMajority():
		return MembersUnreachable
	default:
		return QuorumLost
	}
}

// forms reports whether the first servers are starting: there is no members record,
// and they cannot serve already. Clients come once no blank disk can vote any more.
func (o *Observation) forms() bool {
	return o.Record == nil && !o.Unreadable && (o.Formation != Closed || o.Unbound || !o.silentMajority())
}

// silentMajority reports whether a majority may serve, or be led, that cannot be seen
// because some voters say nothing.
//
// A quorum of the leader that was asked has no more voters than that leader counts in
// sync, and one of another leader is without this one.
func (o *Observation) silentMajority() bool {
	silent := o.count(o.Silent) + o.foreignVoters()
	most := o.count(o.votes) + silent
	if o.count(func(m *Member) bool { return leads(m) && o.votes(m) }) == 1 {
		most = max(min(o.Synced, most), most-1)
	}
	return silent > 0 && most >= zkconfig.Majority(o.Electorate())
}

// Silent reports whether a voter has a Pod and nothing is known of its server, which
// may serve.
func (o *Observation) Silent(m *Member) bool {
	return m.Health == Unknown && m.Pod != NoPod && o.Voter(m)
}

// healthyBut reports whether every voter but the given ones serves in sync, by
// its own word and by the leader's, which knows no other voters than these and the
// given ones.
func (o *Observation) healthyBut(gone Set) bool {
	voters := o.Voters() &^ gone
	serving := o.set(func(m *Member) bool { return o.votes(m) && m.Pod == Present })
	return voters&^serving == 0 && o.Synced >= voters.Len() && o.QuorumSize == o.Electorate()
}

// LiveReplicas is what the StatefulSet of a group asks for now.
func (o *Observation) LiveReplicas(g Group) int32 {
	if g == Observers {
		return o.ObserverReplicas
	}
	return o.Replicas
}

// DesiredReplicas is how many members of a group are specified.
func (o *Observation) DesiredReplicas(g Group) int32 {
	if g == Observers {
		return o.DesiredObservers
	}
	return o.Desired
}

// HandsOver reports whether the leader is to hand over before it is restarted, and
// can: it has not tried yet, its server lets the operator change the membership, and
// a majority stays while another voter begins to lead.
func (o *Observation) HandsOver() bool {
	return o.Update.Handover && !o.Update.HandoverTried && !o.SuperuserUnknown && o.Voters().Len() >= 3
}

// count returns how many members satisfy a predicate.
func (o *Observation) count(is func(*Member) bool) int {
	n := 0
	for i := range o.Members {
		if is(&o.Members[i]) {
			n++
		}
	}
	return n
}

// set returns the ordinals of the members that satisfy a predicate.
func (o *Observation) set(is func(*Member) bool) Set {
	var s Set
	for i := range o.Members {
		if is(&o.Members[i]) {
			s = s.With(o.Members[i].Ordinal)
		}
	}
	return s
}

// highest returns the member with the highest ordinal that satisfies a
// predicate, a server before an observer, or nil.
func (o *Observation) highest(is func(*Member) bool) *Member {
	var found *Member
	for i := range o.Members {
		m := &o.Members[i]
		if is(m) && (found == nil || m.Group < found.Group || m.Group == found.Group && m.Ordinal > found.Ordinal) {
			found = m
		}
	}
	return found
}

func leads(m *Member) bool  { return m.Group == Servers && m.Health == Leading }
func serves(m *Member) bool { return m.Health.Serves() }

// Voter reports whether a member is one of those that a quorum is counted of.
func (o *Observation) Voter(m *Member) bool { return m.Group == Servers && o.Voters().Has(m.Ordinal) }

// votes reports whether a member is part of the quorum that serves now.
func (o *Observation) votes(m *Member) bool { return m.Health >= Following && o.Voter(m) }

func (o *Observation) known(m *Member) bool   { return m.Health != Unknown && o.Wanted(m) }
func (o *Observation) present(m *Member) bool { return m.Pod == Present && o.Wanted(m) }

func (o *Observation) granted(m *Member) bool { return m.Granted && o.Voter(m) }

// going reports whether the Pod of a member goes away that should be there.
func (o *Observation) going(m *Member) bool { return m.Pod == Going && o.Wanted(m) }

// Wanted reports whether a member is one, or is to become one.
func (o *Observation) Wanted(m *Member) bool {
	return m.Ordinal < o.DesiredReplicas(m.Group) || o.Listed(m.Group).Has(m.Ordinal)
}
