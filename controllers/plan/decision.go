package plan

// Kind is what is to be done. The zero value does nothing.
type Kind int

const (
	// Wait does nothing now; the decision's reason says what is waited for.
	Wait Kind = iota
	// Done means that everything is as specified.
	Done
	// OpenFormation creates the formation record, open. It fails where one exists.
	OpenFormation
	// CloseFormation closes the formation record for ever, or creates it closed.
	CloseFormation
	// RecordMembers writes the members record from the committed configuration.
	RecordMembers
	// ReplacePod deletes the Pod of a member that is surely down, so that its
	// StatefulSet creates it anew.
	ReplacePod
)

// String names the kind as events and logs do.
func (k Kind) String() string {
	return [...]string{"Wait", "Done", "OpenFormation", "CloseFormation", "RecordMembers", "ReplacePod"}[k]
}

// Reason says in one word why a decision was taken. Each is explained in
// docs/operations/steps.md.
type Reason string

// The reasons, in the order in which the rules that give them are tried.
const (
	Paused             Reason = "Paused"             // spec.mode is Pause
	NameTaken          Reason = "NameTaken"          // a needed object belongs to something else
	InvalidSpec        Reason = "InvalidSpec"        // the specification cannot be carried out
	FormationStarts    Reason = "FormationStarts"    // nothing remains of an earlier ensemble
	RecordRestored     Reason = "RecordRestored"     // something remains, so no blank disk may vote
	FormationCompleted Reason = "FormationCompleted" // a majority has its grant, or a member serves
	PodTerminating     Reason = "PodTerminating"     // a Pod is still going away
	MemberDown         Reason = "MemberDown"         // a member is surely down and a new Pod may heal it
	MembershipChanged  Reason = "MembershipChanged"  // the servers committed another membership than is on record
	MembershipUnread   Reason = "MembershipUnread"   // the committed membership could not be read
	Forming            Reason = "Forming"            // the first servers are starting
	MembersUnreachable Reason = "MembersUnreachable" // no member can be reached
	QuorumLost         Reason = "QuorumLost"         // fewer than a majority of the voters serve
	NoSingleLeader     Reason = "NoSingleLeader"     // the members do not agree on one leader
	NotCommitting      Reason = "NotCommitting"      // there is a leader, but it did not prove that it commits
	MembersNotServing  Reason = "MembersNotServing"  // a majority serves, but not every member
	ReplicasDiffer     Reason = "ReplicasDiffer"     // spec.replicas is not the size of the ensemble
	RevisionUnknown    Reason = "RevisionUnknown"    // the StatefulSet's controller has not seen the newest template
	MembersOutdated    Reason = "MembersOutdated"    // members run an older template
	AsSpecified        Reason = "AsSpecified"        // everything is as specified
)

// Decision is what to do next, and why.
type Decision struct {
	Kind   Kind
	Reason Reason
	// Ordinal is the member whose Pod is replaced by ReplacePod.
	Ordinal int32
	// Apply says that the ordinary objects may be brought up to date.
	Apply bool
	// Replicas is what the StatefulSet is to ask for when Apply is set.
	Replicas int32
	// Stalled says that only a person can make progress possible.
	Stalled bool
}

// Reasons returns every reason, in the order in which they are explained.
func Reasons() []Reason {
	return []Reason{
		Paused, NameTaken, InvalidSpec,
		FormationStarts, RecordRestored, FormationCompleted, Forming,
		PodTerminating, MemberDown, MembersNotServing,
		MembershipChanged, MembershipUnread,
		MembersUnreachable, QuorumLost, NoSingleLeader, NotCommitting,
		ReplicasDiffer, RevisionUnknown, MembersOutdated, AsSpecified,
	}
}
