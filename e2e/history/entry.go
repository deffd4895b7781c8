package history

import (
	"time"
)

// Kind says what an entry tells.
type Kind string

// Kinds of entries. The probe inside the cluster writes the first group, the
// suite the second.
const (
	Acked     Kind = "acked"     // record N was acknowledged
	Unknown   Kind = "unknown"   // an attempt to write record N had no clear answer
	Lost      Kind = "lost"      // a member that had to know an acknowledged record did not
	Saw       Kind = "saw"       // what every member answered: View
	Committed Kind = "committed" // the committed configuration, read through Member: Config
	Checked   Kind = "checked"   // Member was read record by record: Audit

	Status  Kind = "status"  // what the resource says: Status
	Pod     Kind = "pod"     // a Pod appeared, changed or went: PodState
	Budget  Kind = "budget"  // the disruption budget changed: Text
	Fault   Kind = "fault"   // the test begins to disturb Members
	Healed  Kind = "healed"  // the test has put right what Fault had disturbed
	Wrote   Kind = "wrote"   // the operator sent a write request: Text
	Begin   Kind = "begin"   // a spec begins: Text
	End     Kind = "end"     // a spec ends: Text
	Trouble Kind = "trouble" // the harness itself could not see: Text
)

// Entry is one thing that was seen, at the time it was seen.
type Entry struct {
	At   time.Time `json:"at"`
	Kind Kind      `json:"kind"`
	// Seq numbers the probe's own entries, so that a broken log stream is
	// resumed without a gap or a repetition. It is 0 for the suite's entries.
	Seq      int64         `json:"seq,omitempty"`
	N        int64         `json:"n,omitempty"`
	Attempts int           `json:"attempts,omitempty"`
	Took     time.Duration `json:"took,omitempty"`
	Member   string        `json:"member,omitempty"` // name of the member's Pod
	Members  []string      `json:"members,omitempty"`
	Text     string        `json:"text,omitempty"`
	View     View          `json:"view,omitempty"`
	Config   *Config       `json:"config,omitempty"`
	Status   *Resource     `json:"status,omitempty"`
	PodState *PodState     `json:"pod,omitempty"`
	Audit    *Audit        `json:"audit,omitempty"`
}

// State is what one member answered on its client port.
type State string

// States of a member. Only Gone is evidence that the process is away: a server
// that is Silent may be frozen, slow or serving.
const (
	Leading   State = "leading"   // a leader that broadcasts
	Following State = "following" // in sync, votes or not
	Observing State = "observing"
	Syncing   State = "syncing" // has a role, is not in sync yet
	Waiting   State = "waiting" // answers that it does not serve
	Silent    State = "silent"  // accepts or swallows the connection, never answers
	Gone      State = "gone"    // no name, no host, or nothing listens
)

// Serves reports whether a client could use a member in this state.
func (s State) Serves() bool {
	return s == Leading || s == Following || s == Observing
}

// Member is one member's answer. The counts are the leader's.
type Member struct {
	State          State `json:"state"`
	QuorumSize     int   `json:"quorumSize,omitempty"`
	Synced         int   `json:"synced,omitempty"`
	SyncedNonVoter int   `json:"syncedNonVoter,omitempty"`
}

// View is what all members answered at one moment, by the names of their Pods.
type View map[string]Member

// Leader returns the one leader that a majority of the voters follows.
func (v View) Leader() (name string, ok bool) {
	for pod, member := range v {
		if member.State != Leading || !member.hasMajority() {
			continue
		}
		if ok {
			return "", false
		}
		name, ok = pod, true
	}
	return name, ok
}

func (m Member) hasMajority() bool {
	return 1+m.Synced-m.SyncedNonVoter > m.QuorumSize/2
}

// Whole reports whether every one of the members serves and the leader counts
// all voters as in sync.
func (v View) Whole(members []string) bool {
	for _, name := range members {
		if !v[name].State.Serves() {
			return false
		}
	}
	return v.InSync()
}

// InSync reports whether the leader counts all voters as in sync. It knows of a
// follower that has come back before that one says so itself.
func (v View) InSync() bool {
	leader, ok := v.Leader()
	m := v[leader]
	return ok && 1+m.Synced-m.SyncedNonVoter == m.QuorumSize
}

// Resource is the part of the ensemble's status that is held against the view.
type Resource struct {
	Absent             bool              `json:"absent,omitempty"`
	Generation         int64             `json:"generation,omitempty"`
	ObservedGeneration int64             `json:"observedGeneration,omitempty"`
	Conditions         map[string]string `json:"conditions,omitempty"` // type to status
	Reasons            map[string]string `json:"reasons,omitempty"`    // type to reason
	Leader             string            `json:"leader,omitempty"`
	ReadyReplicas      int32             `json:"readyReplicas,omitempty"`
	Members            map[string]string `json:"members,omitempty"` // health by the name of the Pod
	Activity           string            `json:"activity,omitempty"`
}

// PodAbsent is the phase of a Pod that does not exist.
const PodAbsent = "Absent"

// PodState is the part of a Pod that tells who was restarted.
type PodState struct {
	UID         string `json:"uid"`
	Phase       string `json:"phase"`
	Ready       bool   `json:"ready,omitempty"`
	Terminating bool   `json:"terminating,omitempty"`
	Restarts    int32  `json:"restarts,omitempty"`
	Node        string `json:"node,omitempty"`
	Observer    bool   `json:"observer,omitempty"` // its label says so
}

// Audit is the result of reading one member record by record, after a write of
// its own that made it catch up.
type Audit struct {
	UpTo      int64   `json:"upTo"`                // every record up to this one was looked for
	Present   int64   `json:"present"`             // and so many were found
	Missing   []int64 `json:"missing,omitempty"`   // not there
	Wrong     []int64 `json:"wrong,omitempty"`     // another value than was written
	Unordered []int64 `json:"unordered,omitempty"` // committed before its predecessor
	Err       string  `json:"err,omitempty"`       // the member could not be read
}

// Znode is what the probe prints of one znode.
type Znode struct {
	Data  string `json:"data"`
	Czxid int64  `json:"czxid"`
}

// Attempt is what the probe prints of one try to do what a client must not.
type Attempt struct {
	What    string `json:"what"`
	Refused bool   `json:"refused"` // for want of authentication
	Answer  string `json:"answer"`
}

// Tide is what the probe prints of a flood of connections to one address.
type Tide struct {
	Address string `json:"address"`
	Opened  int64  `json:"opened"`
	Failed  int64  `json:"failed"`
}
