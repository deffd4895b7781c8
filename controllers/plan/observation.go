package plan

import "github.com/zkensemble/zookeeper-operator/zkconfig"

// Formation is the state of the formation record, which says whether a blank
// disk may still be given a vote. The zero value permits nothing.
type Formation int

const (
	// Closed means that no blank disk is ever given a vote again.
	Closed Formation = iota
	// Open means that the first servers are being started on blank disks.
	Open
	// Missing means that a live read found no record.
	Missing
)

// Health is how much a member contributes to its ensemble right now. It is
// ordered: the more a member contributes, the higher its value.
type Health int

// Down needs evidence, because replacing the Pod of such a member is held to
// be free. A member that merely cannot be reached may be serving clients at
// this moment, so it is Unknown.
const (
	Unknown   Health = iota // cannot be reached, and nothing proves that it does not run
	Down                    // certainly serves nobody: its container does not run, or its server is shut out by a serving majority
	Electing                // its server answers, but serves nobody yet
	Syncing                 // follows or observes, and is not in sync
	Observing               // in sync, without a vote
	Following               // in sync and counted towards the quorum
	Leading                 // leads
)

// String names the health in words.
func (h Health) String() string {
	return [...]string{"unreachable", "down", "not serving", "not in sync", "observing", "following", "leading"}[h]
}

// Serves reports whether clients of a member with this health are served.
func (h Health) Serves() bool { return h >= Observing }

// Pod is where the Pod of a member is in its life.
type Pod int

const (
	// NoPod means that the Pod does not exist; its StatefulSet creates it.
	NoPod Pod = iota
	// Going means that the Pod is being deleted.
	Going
	// Present means that the Pod exists and is not being deleted.
	Present
)

// Revision compares a member's Pod with what the StatefulSet would create now.
type Revision int

const (
	// UnknownRevision means that the StatefulSet's controller has not said yet.
	UnknownRevision Revision = iota
	// Current means that a new Pod would be the same.
	Current
	// Outdated means that a new Pod would differ.
	Outdated
)

// Member is one observed member.
type Member struct {
	Ordinal  int32
	Voter    bool // the membership on record names it a voter
	Pod      Pod
	Health   Health
	Revision Revision
	// Granted says that the member's agent reports a grant that cannot be lost
	// any more: its blank disk was given a vote while the formation record was
	// open, and holds a snapshot since. A grant that a server could still use up
	// and die must not be counted, because nobody can repeat it after closing.
	Granted bool
	// NeedsNewPod says that the member's agent gave up on this Pod and that only
	// a new one can continue, see agentstate.ExitNeedsNewPod.
	NeedsNewPod bool
}

// Membership is what the planner needs to know of a committed configuration.
type Membership struct {
	Version uint64 // the configuration's version; higher is newer
	Voters  int
	Highest int32 // the highest ordinal among all its servers
}

// Size is the number of ordinals that the membership spans.
func (m *Membership) Size() int32 { return m.Highest + 1 }

// Observation is everything that a decision rests on. Its zero value permits
// nothing.
type Observation struct {
	// Paused is spec.mode: Pause.
	Paused bool
	// Invalid says that the specification cannot be carried out as it is.
	Invalid bool
	// NameTaken says that an object which this ensemble needs exists and belongs
	// to something else.
	NameTaken bool

	Formation Formation
	// Remains says that a live list found a StatefulSet, a volume claim or a
	// members record of this name. It matters only while Formation is Missing.
	Remains bool
	// Founders is the number of servers in the formation record's list, 0 when
	// the record was restored without knowledge of them.
	Founders int32
	// Volumes is the highest ordinal that has a data volume claim, plus one.
	Volumes int32

	// Record is the members record, nil when there is none.
	Record *Membership
	// Committed is the configuration as the servers gave it in this pass. It is
	// nil when they were not asked, which is so while Record is known to agree.
	Committed *Membership
	// Doubted says that the members record is missing or that the leader counts
	// another number of voters than it names.
	Doubted bool

	// Replicas is what the StatefulSet asks for now, 0 when there is none.
	Replicas int32
	// Desired is spec.replicas.
	Desired int32

	// Commits says that the quorum proved, by a new session, that it commits.
	Commits bool
	Members []Member
}

// Voters is the number of voters that a quorum is counted of: those on record,
// before there is a record the founders, and in an ensemble that was created
// again on kept volumes one for each volume.
func (o *Observation) Voters() int {
	switch {
	case o.Record != nil:
		return o.Record.Voters
	case o.Founders > 0:
		return int(o.Founders)
	default:
		return int(o.replicas())
	}
}

// QuorumMissing says why there is no quorum: one leader that provably commits
// with a majority of the voters. It returns "" when there is one.
func (o *Observation) QuorumMissing() Reason {
	short := o.count(votes) < zkconfig.Majority(o.Voters())
	switch {
	case o.count(present) > 0 && o.count(known) == 0:
		return MembersUnreachable
	case short && o.Record == nil:
		return Forming
	case short:
		return QuorumLost
	case o.count(leads) != 1:
		return NoSingleLeader
	case !o.Commits:
		return NotCommitting
	default:
		return ""
	}
}

// count returns how many members satisfy all of the given predicates.
func (o *Observation) count(is func(*Member) bool) int {
	n := 0
	for i := range o.Members {
		if is(&o.Members[i]) {
			n++
		}
	}
	return n
}

func leads(m *Member) bool   { return m.Health == Leading }
func serves(m *Member) bool  { return m.Health.Serves() }
func known(m *Member) bool   { return m.Health != Unknown }
func granted(m *Member) bool { return m.Voter && m.Granted }
func going(m *Member) bool   { return m.Pod == Going }
func present(m *Member) bool { return m.Pod == Present }

// votes reports whether a member is part of the quorum that serves now.
func votes(m *Member) bool { return m.Voter && m.Health >= Following }
