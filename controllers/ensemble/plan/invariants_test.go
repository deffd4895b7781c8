package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// promise is what must hold for an observation and what is decided about it.
type promise struct {
	says string
	kept func(*truth, Decision) bool
}

// promises are checked for every enumerated observation and for every decision
// that an explorer meets.
var promises = slices.Concat(
	generalPromises, formationPromises, quorumPromises, foreignPromises, proofPromises, membershipPromises, rollPromises, volumePromises, donePromises, holdPromises,
)

var explained = func() map[Reason]bool {
	set := map[Reason]bool{}
	for _, r := range Reasons() {
		set[r] = true
	}
	return set
}()

// brokenPromise returns the first promise that a decision breaks, or "".
func brokenPromise(o *Observation, d Decision) string {
	t := truths.Get().(*truth)
	defer truths.Put(t)
	*t = judge(o)
	for i := range promises {
		if !promises[i].kept(t, d) {
			return promises[i].says
		}
	}
	return ""
}

// truths are used again and again, since promises keep them from the stack.
var truths = sync.Pool{New: func() any { return &truth{} }}

// counterexample is the failure message: the promise, then what breaks it.
func counterexample(broken string, o *Observation) string {
	return fmt.Sprintf("broken promise: %s\n%s\ndecision: %+v", broken, describe(o), Next(o))
}

func describe(o *Observation) string {
	var text strings.Builder
	context := *o
	context.Members, context.Record, context.Committed = nil, nil, nil
	fmt.Fprintf(&text, "observation: %+v\nrecord: %+v committed: %+v", context, o.Record, o.Committed)
	for _, m := range o.Members {
		fmt.Fprintf(&text, "\nmember: %+v", m)
	}
	return text.String()
}

// truth is what the judges say of an observation. It is found out anew, not
// borrowed from the rules that are judged.
type truth struct {
	*Observation
	listed  [2]Set // who is a member, by group
	wanted  [2]Set // who is one or is to become one
	voting  Set    // voters that lead or follow
	settled Set    // those of them whose Pod stays
	down    Set    // voters that are certainly down
	leading Set    // voters that say that they lead
	silent  Set    // voters with a Pod of which nothing is known
	leaders int
	anyone  bool // some server serves
	going   bool // the Pod of a wanted member goes away
	stuck   bool // it does, and all that do may never be gone
	sound   Set  // servers that run, or do not because of an older revision
	never   Set  // servers that may never come, for which no revision is to blame
	idle    Set  // voters that are down, or say that they serve nobody
	lost    bool // there certainly is no quorum
	failing bool // in an ensemble that has served, a wanted server of the newest revision may not run
	newer   bool // the servers committed something newer than the record
	certain bool // the servers were read, and said what is on record
	foreign int  // voters that are none of the ensemble's
	quorum  bool // one leader commits with a majority, and a member can be reached
}

func judge(o *Observation) truth {
	t := truth{Observation: o}
	t.newer = o.Committed != nil && (o.Record == nil || o.Committed.Version > o.Record.Version)
	t.certain = o.Committed != nil && o.Record != nil && o.Committed.Version == o.Record.Version
	switch {
	case t.newer:
		t.listed = [2]Set{o.Committed.Voters, o.Committed.Observers}
	case o.Record != nil:
		t.listed = [2]Set{o.Record.Voters, o.Record.Observers}
	case o.Founders > 0:
		t.listed[Servers] = UpTo(o.Founders)
	default:
		t.listed[Servers] = UpTo(t.fewest())
		if t.fewest() == 0 {
			t.listed[Servers] = UpTo(o.Desired)
		}
	}
	t.wanted = [2]Set{t.listed[Servers] | UpTo(o.Desired), t.listed[Observers] | UpTo(o.DesiredObservers)}
	for _, m := range o.Members {
		t.count(m)
	}
	t.stuck = t.going && !t.any(func(m Member) bool {
		return m.Pod == Going && t.wants(m) && (m.Group == Observers || !t.never.Has(m.Ordinal))
	})
	if o.Committed != nil {
		t.foreign = o.Committed.ForeignVoters
	}
	if t.lost = 2*((t.listed[Servers]&^t.idle).Len()+t.foreign) <= t.all(); t.lost {
		t.sound |= t.never
	}
	t.failing = (o.Record != nil || o.Unreadable) && UpTo(cmp.Or(t.fewest(), o.Desired))&t.wanted[Servers]&^t.sound != 0
	reached := t.any(func(m Member) bool { return m.Health != Unknown && t.wants(m) })
	t.quorum = !t.short() && reached && (t.leaders == 1 || t.outled()) && o.Commits
	return t
}

// all is the number of voters, whoever runs them.
func (t *truth) all() int { return t.listed[Servers].Len() + t.foreign }

// short reports whether fewer than a majority of all voters serve: of those that are
// none of the ensemble's as many as the leader counts beside ours, or as it takes
// to commit what one of them committed as the leader.
func (t *truth) short() bool {
	ours := t.voting.Len()
	if t.outled() {
		return 2*(ours+t.foreign) <= t.all()
	}
	return 2*max(ours, min(t.Synced, ours+t.foreign)) <= t.all()
}

// unseen reports whether a majority may serve that cannot be seen: some that say that
// they serve, and some that say nothing. The one that leads serves with no more than
// it counts in sync.
func (t *truth) unseen() bool {
	silent := t.silent.Len() + t.foreign
	for ours := range t.voting.Len() + 1 {
		for others := 1; others <= silent; others++ {
			led := t.leading.Len() == 1 && ours == t.voting.Len()
			if 2*(ours+others) > t.all() && (!led || ours+others <= t.Synced) {
				return true
			}
		}
	}
	return false
}

// outled reports whether something was committed through a member and none leads,
// beside voters that are none of the ensemble's.
func (t *truth) outled() bool {
	serves := func(m Member) bool { return m.Health >= Observing && t.wants(m) }
	return t.leaders == 0 && t.foreign > 0 && t.Commits && t.any(serves)
}

func (t *truth) count(m Member) {
	voter := t.votes(m)
	switch {
	case voter && m.Health == Down:
		t.down = t.down.With(m.Ordinal)
	case voter && m.Health >= Following:
		t.voting = t.voting.With(m.Ordinal)
		if m.Pod == Present {
			t.settled = t.settled.With(m.Ordinal)
		}
	}
	if m.Group == Servers && m.Health == Leading {
		t.leaders++
	}
	if voter && m.Health == Leading {
		t.leading = t.leading.With(m.Ordinal)
	}
	if voter && m.Health == Unknown && m.Pod != NoPod {
		t.silent = t.silent.With(m.Ordinal)
	}
	if voter && (m.Health == Down || m.Health == Electing) {
		t.idle = t.idle.With(m.Ordinal)
	}
	if m.Stranded && m.Group == Servers && m.Revision == Current {
		t.never = t.never.With(m.Ordinal)
	}
	t.anyone = t.anyone || m.Health >= Observing
	t.going = t.going || m.Pod == Going && t.wants(m)
	if runs := m.Health >= Electing; m.Group == Servers && (runs || m.Pod != NoPod && m.Revision != Current || m.NeedsNewPod) {
		t.sound = t.sound.With(m.Ordinal)
	}
}

// fewest is the smallest StatefulSet of voters that starts every server that may
// hold data, 0 when there is none.
func (t *truth) fewest() int32 {
	n := max(t.Replicas, t.Volumes)
	switch {
	case t.newer:
		return max(n, t.Committed.Voters.Span())
	case t.Record != nil:
		return max(n, t.Record.Voters.Span())
	default:
		return max(n, t.Founders)
	}
}

func (t *truth) votes(m Member) bool { return m.Group == Servers && t.listed[Servers].Has(m.Ordinal) }
func (t *truth) wants(m Member) bool { return t.wanted[m.Group].Has(m.Ordinal) }

// healthy reports whether every voter serves in sync, by its own word and by
// that of the one leader, who commits, while no Pod goes away.
func (t *truth) healthy() bool { return t.healthyWithout(0) }

// healthyWithout says that of all voters but the given ones.
func (t *truth) healthyWithout(gone Set) bool {
	others := t.listed[Servers] &^ gone
	return t.quorum && others&^t.settled == 0 && t.Synced >= others.Len() && t.QuorumSize == t.all() && !t.going
}

// forbids reports whether a person or the formation record forbids every step.
func (t *truth) forbids() bool {
	return t.Paused || t.NameConflict || t.Invalid || t.Stop || t.unusable()
}

// unusable reports whether there is no formation record that says anything.
func (t *truth) unusable() bool {
	return t.Formation == Missing || t.Formation == Garbled || t.Formation == Ownerless
}

// urgent reports whether a step was decided that does not wait for a quorum.
func urgent(d Decision) bool {
	return d.Kind == CloseFormation || d.Kind == ReplacePod || d.Kind == ExpandVolumes
}

// any reports whether there is a member of which something is true.
func (t *truth) any(is func(Member) bool) bool { return slices.ContainsFunc(t.Members, is) }

// target is the member that a decision is about, if there is one.
func (t *truth) target(d Decision) (Member, bool) {
	if d.Kind == Wait || d.Kind == Done {
		return Member{}, false
	}
	i := slices.IndexFunc(t.Members, func(m Member) bool { return m.Group == d.Group && m.Ordinal == d.Ordinal })
	if i < 0 {
		return Member{}, false
	}
	return t.Members[i], true
}

// desired is how many members of a group are specified.
func (t *truth) specified(g Group) int32 { return [2]int32{t.Desired, t.DesiredObservers}[g] }

// asks is what the StatefulSet of a group asks for.
func (t *truth) asks(g Group) int32 { return [2]int32{t.Replicas, t.ObserverReplicas}[g] }

var generalPromises = []promise{
	{
		"every decision says why, with a reason that is explained",
		func(_ *truth, d Decision) bool { return explained[d.Reason] },
	},
	{
		"a paused ensemble is left alone entirely",
		func(t *truth, d Decision) bool { return !t.Paused || d == Decision{Kind: Wait, Reason: Paused} },
	},
	{
		"a foreign object stops every step, but that a formation record is closed",
		func(t *truth, d Decision) bool {
			closes := d.Kind == CloseFormation && !d.Apply && (t.Formation == Ownerless || t.Formation == Open)
			return !t.NameConflict || t.Paused || closes || d == Decision{Kind: Wait, Reason: NameConflict, Stalled: true}
		},
	},
	{
		"a wrong specification changes no object and takes no step, but that a formation record is closed",
		func(t *truth, d Decision) bool {
			return !t.Invalid || !d.Apply && (d.Kind == Wait || d.Kind == CloseFormation)
		},
	},
	{
		"a wrong specification is always reported as what only a person can solve, unless the record comes first",
		func(t *truth, d Decision) bool {
			return !t.Invalid || t.Paused || t.NameConflict || d.Kind == CloseFormation || d.Stalled && d.Reason == InvalidSpec
		},
	},
	{
		"a StatefulSet never gets fewer replicas in passing than it has",
		func(t *truth, d Decision) bool {
			return !d.Apply || d.Replicas >= t.Replicas && d.ObserverReplicas >= t.ObserverReplicas
		},
	},
	{
		"members that are on record, were founded or have kept volumes are started again, whatever the specification says",
		func(t *truth, d Decision) bool {
			return !d.Apply || t.Stop || d.Replicas >= max(t.fewest(), 1) || t.Blocked.Has(d.Replicas)
		},
	},
	{
		"no member is started on a volume of somebody else",
		func(t *truth, d Decision) bool {
			started := (UpTo(d.Replicas)&^UpTo(t.Replicas))&t.Blocked | (UpTo(d.ObserverReplicas)&^UpTo(t.ObserverReplicas))&t.BlockedObservers
			return !d.Apply || started == 0
		},
	},
	{
		"a StatefulSet gets more replicas than its members need only where members are wanted and it is time to add them",
		func(t *truth, d Decision) bool {
			grows := func(g Group) bool { return d.Kind == Grow && d.Group == g }
			voters := grows(Servers) || t.fewest() == 0 || d.Replicas == t.fewest() || d.Replicas < t.fewest() && t.Blocked.Has(d.Replicas)
			observers := grows(Observers) || d.ObserverReplicas == t.ObserverReplicas
			return !d.Apply || t.Stop || voters && observers
		},
	},
	{
		"a stopped ensemble is given no Pod and no step but its end, the observers' first",
		func(t *truth, d Decision) bool {
			ends := d.Kind == Shrink && d.Size == 0 && t.asks(d.Group) > 0 && (d.Group == Observers || t.ObserverReplicas == 0)
			formation := d.Kind == OpenFormation || d.Kind == CloseFormation
			still := d.Replicas <= t.Replicas && d.ObserverReplicas <= t.ObserverReplicas
			return !t.Stop || still && (d.Kind == Wait || ends || formation)
		},
	},
	{
		"an ensemble counts as stopped only once no StatefulSet asks for a Pod and no Pod is left",
		func(t *truth, d Decision) bool {
			left := t.Replicas > 0 || t.ObserverReplicas > 0 || t.any(func(m Member) bool { return m.Pod != NoPod })
			return d.Reason != Stopped || t.Stop && !left
		},
	},
	{
		"only waiting can be stalled, and it is whenever only a person can help",
		func(t *truth, d Decision) bool {
			switch d.Reason {
			case NameConflict, InvalidSpec, ProgressDeadlineExceeded, VersionDiffers, SecondBudget, VolumeNotExpandable, VolumesNotBound,
				VolumesTerminating, ForeignMember:
				return d.Stalled && d.Kind == Wait
			case RecordAhead:
				return d.Stalled == (d.Kind == Wait)
			case RecordUnreadable:
				return d.Stalled == (d.Kind == Wait)
			case SuperuserUnknown:
				h := t.Holds[Servers]
				return d.Kind == Wait && d.Stalled == (h.Exists && h.Armed && !h.Changes)
			default:
				return !d.Stalled
			}
		},
	},
	{
		"waiting for members to come up becomes a person's business when it is overdue, and not before",
		func(t *truth, d Decision) bool {
			coming := d.Reason == Forming || d.Reason == MembersNotServing || d.Reason == JoinersNotReady
			return !coming || !t.Update.Overdue
		},
	},
	{
		"a deadline is exceeded only where one was set and a member is missing",
		func(t *truth, d Decision) bool {
			return d.Reason != ProgressDeadlineExceeded || t.Update.Overdue && !t.complete()
		},
	},
}

var formationPromises = []promise{
	{
		"blank disks may vote only where nothing remains of an earlier ensemble and a right specification asks for one",
		func(t *truth, d Decision) bool {
			return d.Kind != OpenFormation || t.Formation == Missing && !t.Remains && !t.Unreadable && !t.Invalid && !t.NameConflict
		},
	},
	{
		"a formation record that cannot be read is written anew, closed, before anything else is done",
		func(t *truth, d Decision) bool {
			return t.Formation != Garbled || t.Paused || t.NameConflict || d == Decision{Kind: CloseFormation, Reason: RecordUnreadable}
		},
	},
	{
		"a formation record that nobody owns is closed before anything else is done, whatever stands in the way of others",
		func(t *truth, d Decision) bool {
			return t.Formation != Ownerless || t.Paused || d == Decision{Kind: CloseFormation, Reason: ObjectsAdopted}
		},
	},
	{
		"a formation record that is missing where something remains is restored, closed",
		func(t *truth, d Decision) bool {
			return t.Formation != Missing || !t.Remains || t.Paused || t.NameConflict || d.Kind == CloseFormation
		},
	},
	{
		"the formation record is closed as soon as any member serves, whatever stands in the way of others",
		func(t *truth, d Decision) bool {
			return t.Formation != Open || !t.anyone || t.Paused || d.Kind == CloseFormation
		},
	},
	{
		"before any member serves, the record is closed by a majority of grants or beside a members record, and by nothing less",
		func(t *truth, d Decision) bool {
			var granted Set
			for _, m := range t.Members {
				if m.Granted && t.votes(m) {
					granted = granted.With(m.Ordinal)
				}
			}
			judged := t.Formation == Open && !t.anyone && !t.Paused
			return !judged || (d.Kind == CloseFormation) == (t.served() || 2*granted.Len() > t.listed[Servers].Len())
		},
	},
	{
		"a record that is closed stays as it is",
		func(t *truth, d Decision) bool {
			return t.Formation != Closed || d.Kind != OpenFormation && d.Kind != CloseFormation
		},
	},
	{
		"no object that could start a server precedes the formation record",
		func(t *truth, d Decision) bool { return !t.unusable() || !d.Apply },
	},
}

var quorumPromises = []promise{
	{
		"a voter that may serve is taken away only when every other voter serves in sync under one leader that commits",
		func(t *truth, d Decision) bool { return t.taken(d)&^t.down == 0 || t.healthy() },
	},
	{
		"voters that are certainly down leave only when every other voter serves in sync under one leader that commits",
		func(t *truth, d Decision) bool { return t.healthyWithout(t.taken(d)&t.down) || t.taken(d) == 0 },
	},
	{
		"a majority of those that vote afterwards serves whatever is taken away, where there are three",
		func(t *truth, d Decision) bool {
			after := t.listed[Servers]
			if d.Kind == RemoveMembers {
				after &^= d.Members
			}
			stay := after & t.settled &^ t.taken(d)
			return t.taken(d) == 0 || 2*stay.Len() > after.Len() || d.Kind != RemoveMembers && after.Len() < 3
		},
	},
	{
		"only the Pod of a member that is certainly down, and that a new Pod may heal, is replaced",
		func(t *truth, d Decision) bool {
			m, found := t.target(d)
			return d.Kind != ReplacePod || found && (t.replaceable(m) || d.PutBack && t.extra(m))
		},
	},
	{
		"a revision with which a server may not run is not given to another one of an ensemble that has served",
		func(t *truth, d Decision) bool {
			m, _ := t.target(d)
			return d.Kind != ReplacePod || m.NeedsNewPod || !t.failing || d.PutBack
		},
	},
	{
		"in an ensemble that has served, no Pod is replaced whose container the kubelet may start again in place",
		func(t *truth, d Decision) bool {
			m, _ := t.target(d)
			return d.Kind != ReplacePod || !t.served() || m.NeedsNewPod || m.Lasting
		},
	},
	{
		"a revision that is paused or of which nobody approved repairs only a Pod in which no server ever served",
		func(t *truth, d Decision) bool {
			m, _ := t.target(d)
			held := t.Update.Paused || t.Update.Canary > 0 && !t.Update.Approved
			return d.Kind != ReplacePod || !t.served() || m.NeedsNewPod || m.NeverServed || !held || d.PutBack
		},
	},
	{
		"a Pod that served gets no revision before the first server of that serves and has settled, unless no quorum comes otherwise",
		func(t *truth, d Decision) bool {
			m, _ := t.target(d)
			return d.Kind != ReplacePod || !t.served() || m.NeedsNewPod || m.NeverServed || !t.others(m) || !t.unsettled() || d.PutBack
		},
	},
	{
		"of several Pods that may be replaced that of the server with the highest ordinal goes first",
		func(t *truth, d Decision) bool {
			return d.Kind != ReplacePod || d.PutBack || !t.any(func(m Member) bool {
				return t.replaceable(m) && (m.Group < d.Group || m.Group == d.Group && m.Ordinal > d.Ordinal)
			})
		},
	},
	{
		"no Pod is replaced while that of another member is going away, but to bring a lost quorum back",
		func(t *truth, d Decision) bool {
			m, _ := t.target(d)
			return d.Kind != ReplacePod || !t.going || t.stuck && t.served() && t.lost && m.Lasting && m.Revision == Outdated
		},
	},
	{
		"a repair that costs nothing waits for nothing but what forbids every step, the record and a Pod that is going",
		func(t *truth, d Decision) bool {
			return t.forbids() || d.Kind == CloseFormation || !t.any(t.replaceable) || d.Kind == ReplacePod
		},
	},
	{
		"only a committing majority with one leader changes the members record, and only to a newer membership, or where a " +
			"majority of those on record votes in an older one",
		func(t *truth, d Decision) bool {
			return d.Kind != RecordMembers || t.quorum && (t.newer || t.forgotten())
		},
	},
	{
		"a record that is ahead of what the servers committed is mended or told, and nothing rests on it",
		func(t *truth, d Decision) bool {
			if d.Reason == RecordAhead {
				return t.ahead() && (d.Kind == RecordMembers) == t.forgotten()
			}
			return !t.ahead() || !t.quorum || t.forbids() || urgent(d) || d.Reason == ForeignMember
		},
	},
	{
		"a newer membership is recorded by any committing majority that nothing more urgent keeps from it",
		func(t *truth, d Decision) bool {
			return !t.newer || !t.quorum || t.forbids() || urgent(d) || d.Kind == RecordMembers || d.Reason == ForeignMember
		},
	},
	{
		"while the members record cannot be read nobody is restarted, sized or made a member, until a committing majority wrote it anew",
		func(t *truth, d Decision) bool {
			switch d.Kind {
			case Wait, CloseFormation, ReplacePod, ExpandVolumes, RecordMembers:
				return true
			case Shrink:
				return !t.Unreadable || t.Stop
			default:
				return !t.Unreadable
			}
		},
	},
	{
		"a members record that cannot be read is never taken for one that was not written yet",
		func(t *truth, d Decision) bool {
			return !t.Unreadable || d.Reason != Forming && d.Reason != MembershipUnread && d.Reason != MembershipChanged
		},
	},
	{
		"the reason why there is no quorum is the one that is true",
		func(t *truth, d Decision) bool {
			short := t.short()
			switch d.Reason {
			case MembersUnreachable:
				return !t.any(func(m Member) bool { return m.Health != Unknown && t.wants(m) }) || t.unseen() && (short || t.leaders == 0)
			case Forming:
				return short && t.Record == nil && !t.Unbound && (t.Formation != Closed || !t.unseen())
			case VolumesNotBound:
				return short && t.Record == nil && t.Unbound
			case QuorumLost:
				return short && (t.Record != nil || t.Unreadable) && !t.unseen()
			case RecordUnreadable:
				return t.Unreadable && (t.Committed == nil || d.Kind == RecordMembers) || t.Formation == Garbled
			case NoSingleLeader:
				return !short && t.leaders != 1 && (t.leaders > 1 || !t.unseen())
			case NotCommitting:
				return !short && t.leaders == 1 && (!t.Commits || t.Unproved&t.listed[Servers] != 0)
			default:
				return true
			}
		},
	},
	{
		"what can wait never hides that an ensemble is unwell",
		func(t *truth, d Decision) bool {
			switch d.Reason {
			case RevisionUnknown, VersionDiffers, UpdatePaused, ApprovalNeeded, Settling, SecondBudget, BudgetExhausted,
				SuperuserUnknown, JoinersNotReady, VolumeExpanding, VolumeNotExpandable, AsSpecified:
				return t.healthy()
			default:
				return true
			}
		},
	},
}

// ahead reports whether the record is newer than what the servers committed.
func (t *truth) ahead() bool {
	return t.Record != nil && t.Committed != nil && t.Committed.Version < t.Record.Version
}

// forgotten reports whether, besides, most voters on record vote by what was committed.
func (t *truth) forgotten() bool {
	return t.ahead() && 2*(t.Record.Voters&t.Committed.Voters&t.settled).Len() > t.Record.Voters.Len()
}

// taken are the voters that a decision takes away, by a restart or by a change
// of the membership.
func (t *truth) taken(d Decision) Set {
	switch {
	case d.Group != Servers:
		return 0
	case d.Kind == RestartMember, d.Kind == HandOver:
		return SetOf(d.Ordinal)
	case d.Kind == RemoveMembers:
		return d.Members
	default:
		return 0
	}
}

// replaceable reports whether a new Pod costs a member nothing and may heal it.
func (t *truth) replaceable(m Member) bool {
	switch {
	case m.Pod != Present || m.Health != Down:
		return false
	case t.needed(m):
		return false // its volume would go with it
	case t.going && (!t.stuck || !t.served() || !t.lost || !m.Lasting || m.Revision != Outdated):
		return false
	case m.NeedsNewPod || !t.served():
		return m.NeedsNewPod || m.Revision == Outdated
	}
	kept := t.Update.Paused || t.Update.Canary > 0 && !t.Update.Approved || t.others(m) && t.unsettled()
	return m.Revision == Outdated && m.Lasting && !t.failing && (m.NeverServed || !kept)
}

// others reports whether a quorum may come without a member: enough voters may
// run, and not all of them have said for too long that they serve nobody.
func (t *truth) others(m Member) bool {
	may, electing := t.listed[Servers], Set(0)
	for _, other := range t.Members {
		self := other.Group == m.Group && other.Ordinal == m.Ordinal
		switch {
		case !t.votes(other):
		case self, other.Health == Down && other.Lasting:
			may &^= SetOf(other.Ordinal)
		case other.Health == Electing:
			electing = electing.With(other.Ordinal)
		}
	}
	return 2*(may.Len()+t.foreign) > t.all() && (!t.Update.Overdue || may&^electing != 0)
}

// unsettled reports whether a voter with the newest revision is still on its way.
func (t *truth) unsettled() bool {
	return t.Update.Settling || t.any(func(m Member) bool {
		coming := m.Revision == Current && (m.Health == Unknown || m.Health == Electing || m.Health == Syncing)
		return t.votes(m) && (m.Pod == Going || coming)
	})
}
