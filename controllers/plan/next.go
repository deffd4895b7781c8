package plan

import (
	"cmp"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// rule looks at an observation and either decides or passes.
type rule func(*Observation) (Decision, bool)

// rules in the order in which they are tried; the first that decides wins.
//
// What forbids everything comes first. The formation record comes before every
// object that could start a server, because a server that starts without it
// could be given a vote that the record would have refused. Repair comes before
// the quorum, since it is the way out where there is none, and the quorum before
// the members record, since only a quorum can say what is committed.
// Differences that this version leaves alone come last, so that they never hide
// that an ensemble is unwell.
var rules = []rule{
	paused,
	nameTaken,
	formationMissing,
	formationOpen,
	invalid,
	memberDown,
	quorumMissing,
	membersRecord,
	podGoing,
	membersMissing,
	replicasDiffer,
	outdated,
}

// Next returns what to do about an observation.
func Next(o Observation) Decision {
	for _, r := range rules {
		if d, ok := r(&o); ok {
			return d
		}
	}
	return o.decide(Done, AsSpecified)
}

// decide makes a decision that lets the ordinary objects be applied.
func (o *Observation) decide(kind Kind, reason Reason) Decision {
	return Decision{Kind: kind, Reason: reason, Apply: !o.Invalid, Replicas: o.replicas()}
}

// replicas is never less than what the StatefulSet has or what is on record.
// Before anything is on record it is the number of founders, or of the volumes
// that were kept: these members come back first, whatever spec.replicas says
// and whoever scaled the StatefulSet down.
func (o *Observation) replicas() int32 {
	known := cmp.Or(o.Founders, o.Volumes)
	if o.Record != nil {
		known = o.Record.Size()
	}
	return cmp.Or(max(known, o.Replicas), o.Desired)
}

func paused(o *Observation) (Decision, bool) {
	return Decision{Kind: Wait, Reason: Paused}, o.Paused
}

// nameTaken stops before anything is written: an object that is not ours is
// never touched, and an ensemble without one of its objects is not whole.
func nameTaken(o *Observation) (Decision, bool) {
	return Decision{Kind: Wait, Reason: NameTaken, Stalled: true}, o.NameTaken
}

// formationMissing opens the record where nothing remains, and otherwise
// restores it closed. An invalid specification forms nothing.
func formationMissing(o *Observation) (Decision, bool) {
	switch {
	case o.Formation != Missing:
		return Decision{}, false
	case o.Remains:
		return Decision{Kind: CloseFormation, Reason: RecordRestored}, true
	case o.Invalid:
		return Decision{Kind: Wait, Reason: InvalidSpec, Stalled: true}, true
	default:
		return Decision{Kind: OpenFormation, Reason: FormationStarts}, true
	}
}

// formationOpen closes the record as early as the ensemble can live without
// it: a majority of granted disks elects a leader and brings in the rest. A
// member that serves has found a quorum, so the grants have done their work
// even if their agents could not be asked.
func formationOpen(o *Observation) (Decision, bool) {
	if o.Formation != Open {
		return Decision{}, false
	}
	enough := o.count(granted) >= zkconfig.Majority(o.Voters())
	return o.decide(CloseFormation, FormationCompleted), enough || o.count(serves) > 0
}

// invalid keeps a wrong specification from reaching a running ensemble: its
// objects stay as they are until the specification is put right.
func invalid(o *Observation) (Decision, bool) {
	return Decision{Kind: Wait, Reason: InvalidSpec, Stalled: true}, o.Invalid
}

// memberDown replaces a Pod that serves nobody where a new one would differ, or
// where its agent asked for a new one. This costs nothing, so it needs no
// quorum: it is the way out of a first specification with which no member came
// up. A Pod that would come back the same is left to the kubelet.
func memberDown(o *Observation) (Decision, bool) {
	if o.count(going) > 0 {
		return Decision{}, false
	}
	var candidate *Member
	for i := range o.Members {
		m := &o.Members[i]
		if free(m) && (candidate == nil || m.Ordinal > candidate.Ordinal) {
			candidate = m
		}
	}
	if candidate == nil {
		return Decision{}, false
	}
	d := o.decide(ReplacePod, MemberDown)
	d.Ordinal = candidate.Ordinal
	return d, true
}

// free reports whether replacing the Pod of a member costs nothing and may heal it.
func free(m *Member) bool {
	return m.Pod == Present && m.Health == Down && (m.Revision == Outdated || m.NeedsNewPod)
}

// quorumMissing waits for one leader that provably commits with a majority.
func quorumMissing(o *Observation) (Decision, bool) {
	missing := o.QuorumMissing()
	return o.decide(Wait, missing), missing != ""
}

// membersRecord writes down what the servers committed before anything can
// depend on it: members start from the record when their own disk cannot be
// trusted. An older reading than the record never replaces it.
func membersRecord(o *Observation) (Decision, bool) {
	if o.Committed != nil && (o.Record == nil || o.Committed.Version > o.Record.Version) {
		return o.decide(RecordMembers, MembershipChanged), true
	}
	return o.decide(Wait, MembershipUnread), o.Doubted
}

func podGoing(o *Observation) (Decision, bool) {
	return o.decide(Wait, PodTerminating), o.count(going) > 0
}

// membersMissing waits until every voter on record serves, and every further
// Pod of the StatefulSet too.
func membersMissing(o *Observation) (Decision, bool) {
	missing := o.count(votes) < o.Voters() || o.count(serves) < len(o.Members)
	return o.decide(Wait, MembersNotServing), missing
}

// replicasDiffer reports a size that this version does not bring about.
func replicasDiffer(o *Observation) (Decision, bool) {
	d := o.decide(Wait, ReplicasDiffer)
	d.Stalled = true
	return d, o.Desired != d.Replicas
}

// outdated reports members that run an older template, which this version does
// not roll.
func outdated(o *Observation) (Decision, bool) {
	if o.count(func(m *Member) bool { return m.Revision == UnknownRevision }) > 0 {
		return o.decide(Wait, RevisionUnknown), true
	}
	d := o.decide(Wait, MembersOutdated)
	d.Stalled = true
	return d, o.count(func(m *Member) bool { return m.Revision == Outdated }) > 0
}
