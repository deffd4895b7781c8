package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// promise is what must hold for an observation and what is decided about it.
type promise struct {
	says string
	kept func(*Observation, Decision) bool
}

// promises are checked for every enumerated observation and for every decision
// that the explorer meets.
var promises = []promise{
	{
		"every decision says why, with a reason that is explained",
		func(_ *Observation, d Decision) bool { return explained[d.Reason] },
	},
	{
		"a paused ensemble is left alone entirely",
		func(o *Observation, d Decision) bool { return !o.Paused || d == Decision{Kind: Wait, Reason: Paused} },
	},
	{
		"blank disks may vote only where nothing remains of an earlier ensemble and a right specification asks for one",
		func(o *Observation, d Decision) bool {
			return d.Kind != OpenFormation || o.Formation == Missing && !o.Remains && !o.Invalid && !o.NameTaken
		},
	},
	{
		"a formation record that is missing where something remains is restored, closed",
		func(o *Observation, d Decision) bool {
			return o.Formation != Missing || !o.Remains || o.Paused || o.NameTaken || d.Kind == CloseFormation
		},
	},
	{
		"the formation record is closed as soon as any member serves",
		func(o *Observation, d Decision) bool {
			return o.Formation != Open || !anyMember(o, serving) || o.Paused || o.NameTaken || d.Kind == CloseFormation
		},
	},
	{
		"before any member serves, the record is closed by a majority of grants and by nothing less",
		func(o *Observation, d Decision) bool {
			enough := howMany(o, func(m Member) bool { return m.Voter && m.Granted }) >= zkconfig.Majority(electorate(o))
			judged := o.Formation == Open && !anyMember(o, serving) && !o.Paused && !o.NameTaken
			return !judged || (d.Kind == CloseFormation) == enough
		},
	},
	{
		"a record that is closed stays as it is",
		func(o *Observation, d Decision) bool {
			return o.Formation != Closed || d.Kind != OpenFormation && d.Kind != CloseFormation
		},
	},
	{
		"no object that could start a server precedes the formation record",
		func(o *Observation, d Decision) bool { return o.Formation != Missing || !d.Apply },
	},
	{
		"the StatefulSet never gets fewer replicas than it has, than are on record, or than volumes were kept",
		func(o *Observation, d Decision) bool { return !d.Apply || d.Replicas >= fewest(o) && d.Replicas > 0 },
	},
	{
		"a changed spec.replicas changes nothing in an ensemble that exists",
		func(o *Observation, d Decision) bool { return !d.Apply || fewest(o) == 0 || d.Replicas == fewest(o) },
	},
	{
		"only the Pod of a member that is surely down, and that a new Pod may heal, is replaced",
		func(o *Observation, d Decision) bool {
			return d.Kind != ReplacePod || anyMember(o, func(m Member) bool { return m.Ordinal == d.Ordinal && replaceable(m) })
		},
	},
	{
		"of several Pods that may be replaced the one with the highest ordinal goes first",
		func(o *Observation, d Decision) bool {
			return d.Kind != ReplacePod || !anyMember(o, func(m Member) bool { return m.Ordinal > d.Ordinal && replaceable(m) })
		},
	},
	{
		"no Pod is replaced while another one is going away",
		func(o *Observation, d Decision) bool { return d.Kind != ReplacePod || !anyMember(o, leaving) },
	},
	{
		"a repair that costs nothing waits for nothing but what forbids every step, the record and a Pod that is going",
		func(o *Observation, d Decision) bool {
			forbidden := o.Paused || o.NameTaken || o.Invalid || o.Formation == Missing || d.Kind == CloseFormation
			return forbidden || anyMember(o, leaving) || !anyMember(o, replaceable) || d.Kind == ReplacePod
		},
	},
	{
		"a wrong specification or a foreign object changes no object and replaces no Pod",
		func(o *Observation, d Decision) bool {
			return !o.Invalid && !o.NameTaken || !d.Apply && d.Kind != ReplacePod
		},
	},
	{
		"a foreign object stops every step",
		func(o *Observation, d Decision) bool {
			return !o.NameTaken || o.Paused || d.Kind == Wait && d.Reason == NameTaken && d.Stalled
		},
	},
	{
		"a wrong specification is always reported as what only a person can solve, unless the record comes first",
		func(o *Observation, d Decision) bool {
			return !o.Invalid || o.Paused || o.NameTaken || d.Kind == CloseFormation || d.Stalled && d.Reason == InvalidSpec
		},
	},
	{
		"only a committing majority with one leader changes the members record, and only to a newer membership",
		func(o *Observation, d Decision) bool {
			return d.Kind != RecordMembers || quorum(o) && o.Committed != nil &&
				(o.Record == nil || o.Committed.Version > o.Record.Version)
		},
	},
	{
		"a newer membership is recorded by any committing majority that nothing more urgent keeps from it",
		func(o *Observation, d Decision) bool {
			newer := o.Committed != nil && (o.Record == nil || o.Committed.Version > o.Record.Version)
			return !newer || !quorum(o) || blocked(o, d) || d.Kind == RecordMembers
		},
	},
	{
		"done means that every member serves, in sync, with one leader that commits, as specified",
		func(o *Observation, d Decision) bool {
			return d.Kind != Done || d.Reason == AsSpecified && quorum(o) && everyoneServes(o) && !o.Doubted &&
				o.Formation == Closed && o.Desired == d.Replicas && !anyMember(o, leaving) &&
				!anyMember(o, func(m Member) bool { return m.Revision != Current })
		},
	},
	{
		"an ensemble that lacks nothing is done",
		func(o *Observation, d Decision) bool {
			newer := o.Committed != nil && (o.Record == nil || o.Committed.Version > o.Record.Version)
			lacks := newer || o.Doubted || !quorum(o) || !everyoneServes(o) || o.Desired != d.Replicas ||
				anyMember(o, func(m Member) bool { return m.Pod == Going || m.Revision != Current })
			return lacks || blocked(o, d) || d.Kind == Done
		},
	},
	{
		"what this version does not change never hides that an ensemble is unwell",
		func(o *Observation, d Decision) bool {
			shallow := d.Reason == ReplicasDiffer || d.Reason == RevisionUnknown || d.Reason == MembersOutdated
			return !shallow || quorum(o) && everyoneServes(o) && !o.Doubted && !anyMember(o, leaving)
		},
	},
	{
		"the reason why there is no quorum is the one that is true",
		func(o *Observation, d Decision) bool {
			short := votersServing(o) < zkconfig.Majority(electorate(o))
			switch d.Reason {
			case MembersUnreachable:
				return anyMember(o, func(m Member) bool { return m.Pod == Present }) &&
					!anyMember(o, func(m Member) bool { return m.Health != Unknown })
			case Forming:
				return short && o.Record == nil
			case QuorumLost:
				return short && o.Record != nil
			case NoSingleLeader:
				return !short && leaders(o) != 1
			case NotCommitting:
				return !short && leaders(o) == 1 && !o.Commits
			default:
				return true
			}
		},
	},
	{
		"only waiting can be stalled",
		func(_ *Observation, d Decision) bool { return !d.Stalled || d.Kind == Wait },
	},
	{
		"a change that this version does not bring about needs a person",
		func(_ *Observation, d Decision) bool {
			return d.Reason != ReplicasDiffer && d.Reason != MembersOutdated || d.Stalled
		},
	},
}

var explained = func() map[Reason]bool {
	set := map[Reason]bool{}
	for _, r := range Reasons() {
		set[r] = true
	}
	return set
}()

// brokenPromise returns the first promise that a decision breaks, or "".
func brokenPromise(o *Observation, d Decision) string {
	for i := range promises {
		if !promises[i].kept(o, d) {
			return promises[i].says
		}
	}
	return ""
}

// counterexample is the failure message: the promise, then what breaks it.
func counterexample(broken string, o Observation) string {
	return fmt.Sprintf("broken promise: %s\n%s\ndecision: %+v", broken, describe(o), Next(o))
}

func describe(o Observation) string {
	var text strings.Builder
	context := o
	context.Members, context.Record, context.Committed = nil, nil, nil
	fmt.Fprintf(&text, "observation: %+v\nrecord: %+v committed: %+v", context, o.Record, o.Committed)
	for _, m := range o.Members {
		fmt.Fprintf(&text, "\nmember: %+v", m)
	}
	return text.String()
}

// The judges below are written anew, not borrowed from the rules they judge.

func serving(m Member) bool { return m.Health >= Observing }
func leaving(m Member) bool { return m.Pod == Going }

func replaceable(m Member) bool {
	return m.Pod == Present && m.Health == Down && (m.Revision == Outdated || m.NeedsNewPod)
}

func anyMember(o *Observation, is func(Member) bool) bool { return slices.ContainsFunc(o.Members, is) }

func howMany(o *Observation, is func(Member) bool) int {
	n := 0
	for i := range o.Members {
		if is(o.Members[i]) {
			n++
		}
	}
	return n
}

func votersServing(o *Observation) int {
	return howMany(o, func(m Member) bool { return m.Voter && (m.Health == Following || m.Health == Leading) })
}

func leaders(o *Observation) int {
	return howMany(o, func(m Member) bool { return m.Health == Leading })
}

// quorum reports whether one leader commits with a majority.
func quorum(o *Observation) bool {
	return votersServing(o) >= zkconfig.Majority(electorate(o)) && leaders(o) == 1 && o.Commits
}

func everyoneServes(o *Observation) bool {
	return votersServing(o) >= electorate(o) && howMany(o, serving) == len(o.Members)
}

// electorate is how many servers a majority is counted of.
func electorate(o *Observation) int {
	switch {
	case o.Record != nil:
		return o.Record.Voters
	case o.Founders > 0:
		return int(o.Founders)
	default:
		return int(cmp.Or(fewest(o), o.Desired))
	}
}

// blocked reports whether what is more urgent than membership was decided.
func blocked(o *Observation, d Decision) bool {
	return o.Paused || o.NameTaken || o.Invalid || o.Formation == Missing ||
		d.Kind == CloseFormation || d.Kind == ReplacePod
}

// fewest is the smallest StatefulSet that starts every server that may hold
// data, 0 when there is none.
func fewest(o *Observation) int32 {
	if o.Record != nil {
		return max(o.Replicas, o.Record.Highest+1)
	}
	if o.Founders > 0 {
		return max(o.Replicas, o.Founders)
	}
	return max(o.Replicas, o.Volumes)
}
