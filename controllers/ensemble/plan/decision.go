package plan

// Kind is what is to be done. The zero value does nothing.
type Kind uint8

const (
	// Wait does nothing now; the decision's reason says what is waited for.
	Wait Kind = iota
	// Done means that everything is as specified.
	Done
	// Prove opens a new session through each of Members, voters all of them, and
	// decides again with what came of it. It is the step of the decision's reason
	// that waits for that.
	Prove
	// OpenFormation creates the formation record, open. It fails where one exists.
	OpenFormation
	// CloseFormation closes the formation record for ever, or creates it closed.
	CloseFormation
	// RecordMembers writes the members record from the committed configuration.
	RecordMembers
	// ReplacePod deletes the Pod of a member that is certainly down, so that its
	// StatefulSet creates it anew.
	ReplacePod
	// RestartMember evicts the Pod of a member that serves, so that its
	// StatefulSet creates it anew.
	RestartMember
	// HandOver changes the quorum port of the leader, which makes another voter
	// lead while this one stays a voter.
	HandOver
	// RemoveMembers takes members out of the committed configuration.
	RemoveMembers
	// AddMembers makes members voters, or observers.
	AddMembers
	// MarkDeparted labels the volume claims of a member that left.
	MarkDeparted
	// DeleteVolumes deletes the volume claims of a member that left.
	DeleteVolumes
	// ExpandVolumes asks for larger volumes for one member.
	ExpandVolumes
	// Grow raises the replicas of a StatefulSet.
	Grow
	// Shrink lowers the replicas of a StatefulSet.
	Shrink
)

// String names the kind as events and logs do.
func (k Kind) String() string {
	return [...]string{
		"Wait", "Done", "Prove", "OpenFormation", "CloseFormation", "RecordMembers", "ReplacePod", "RestartMember", "HandOver",
		"RemoveMembers", "AddMembers", "MarkDeparted", "DeleteVolumes", "ExpandVolumes", "Grow", "Shrink",
	}[k]
}

// Reason says in one word why a decision was taken. Each is explained in
// docs/operations/steps.md.
type Reason string

// The reasons, in the order in which they are explained.
const (
	Paused                   Reason = "Paused"                   // spec.mode is Pause
	NameConflict             Reason = "NameConflict"             // a needed object belongs to something else
	InvalidSpec              Reason = "InvalidSpec"              // the specification cannot be carried out
	Stopping                 Reason = "Stopping"                 // spec.mode is Stop and members still run
	Stopped                  Reason = "Stopped"                  // spec.mode is Stop and nothing runs
	VolumesTerminating       Reason = "VolumesTerminating"       // volume claims are being deleted, and what is asked for would lose their data
	FormationStarts          Reason = "FormationStarts"          // nothing remains of an earlier ensemble
	RecordRestored           Reason = "RecordRestored"           // something remains, so no blank disk may vote
	ObjectsAdopted           Reason = "ObjectsAdopted"           // an object of the ensemble has no owner, as after a restore
	FormationCompleted       Reason = "FormationCompleted"       // a majority has its grant, or a member serves
	Forming                  Reason = "Forming"                  // the first servers are starting
	VolumesNotBound          Reason = "VolumesNotBound"          // no volume claim was ever bound, and one cannot be
	PodTerminating           Reason = "PodTerminating"           // a Pod is still going away
	MemberDown               Reason = "MemberDown"               // a member is certainly down and a new Pod may heal it
	MembersNotServing        Reason = "MembersNotServing"        // a majority serves, but not every member
	ProgressDeadlineExceeded Reason = "ProgressDeadlineExceeded" // a member of the newest revision did not come up in time
	MembershipChanged        Reason = "MembershipChanged"        // the servers committed another membership than is on record
	MembershipUnread         Reason = "MembershipUnread"         // the committed membership could not be read
	RecordAhead              Reason = "RecordAhead"              // the members record is newer than what the servers committed
	ForeignMember            Reason = "ForeignMember"            // the servers committed a server that is none of the ensemble's
	RecordUnreadable         Reason = "RecordUnreadable"         // a record cannot be read, and is written anew where that is safe
	MembersUnreachable       Reason = "MembersUnreachable"       // those that cannot be reached may be a quorum, or lead one
	QuorumLost               Reason = "QuorumLost"               // certainly fewer than a majority of the voters serve
	NoSingleLeader           Reason = "NoSingleLeader"           // the members do not agree on one leader
	NotCommitting            Reason = "NotCommitting"            // there is a leader, but it did not prove that it commits
	ScalingDown              Reason = "ScalingDown"              // members are no longer wanted
	DepartedVolumesLabelled  Reason = "DepartedVolumesLabelled"  // a member has left and its volumes must say so
	DepartedPodsRemoved      Reason = "DepartedPodsRemoved"      // members have left and their Pods can go
	DeletingDepartedVolumes  Reason = "DeletingDepartedVolumes"  // a member has left and its volumes are not to be retained
	ScalingUp                Reason = "ScalingUp"                // more members are wanted
	JoinersNotReady          Reason = "JoinersNotReady"          // new members do not follow in sync yet
	PromotingMembers         Reason = "PromotingMembers"         // new members follow in sync
	SuperuserUnknown         Reason = "SuperuserUnknown"         // the servers would refuse to change the membership
	RevisionUnknown          Reason = "RevisionUnknown"          // the StatefulSet's controller has not seen the newest template, or that all run it
	VersionDiffers           Reason = "VersionDiffers"           // the newest revision runs another version than the specified one
	UpdatePaused             Reason = "UpdatePaused"             // spec.update.paused holds a newer template back
	ApprovalNeeded           Reason = "ApprovalNeeded"           // the canaries run and nobody has approved yet
	Settling                 Reason = "Settling"                 // a member came back only a moment ago
	SecondBudget             Reason = "SecondBudget"             // another disruption budget makes evictions impossible
	BudgetExhausted          Reason = "BudgetExhausted"          // the disruption budget allows nothing now
	RestartingMember         Reason = "RestartingMember"         // a member runs an older template
	RestartingLeader         Reason = "RestartingLeader"         // only the leader runs an older template
	LeaderHandover           Reason = "LeaderHandover"           // the leader is next and hands over first
	VolumeTooSmall           Reason = "VolumeTooSmall"           // a volume is smaller than specified
	VolumeExpanding          Reason = "VolumeExpanding"          // a volume is being expanded
	VolumeNotExpandable      Reason = "VolumeNotExpandable"      // a volume is too small and its class cannot expand it
	AsSpecified              Reason = "AsSpecified"              // everything is as specified
)

// Decision is what to do next, and why.
type Decision struct {
	Kind   Kind
	Reason Reason
	// Group and Ordinal name the member that a step is about. Steps that are
	// about several of a group name them in Members.
	Group   Group
	Ordinal int32
	Members Set
	// Size is what Shrink leaves of the StatefulSet of Group.
	Size int32
	// Apply says that the ordinary objects may be brought up to date.
	Apply bool
	// Replicas and ObserverReplicas are what the StatefulSets are to ask for when
	// Apply is set. They are never less than what they ask for already.
	Replicas, ObserverReplicas int32
	// PutBack says of ReplacePod that the new Pod gets the revision that all members
	// ran last, and not the newest.
	PutBack bool
	// Open says of each group whether its StatefulSet makes Pods anew with the newest
	// revision, when Apply is set.
	Open [2]bool
	// Stalled says that only a person can make progress possible.
	Stalled bool
}

// Reasons returns every reason, in the order in which they are explained.
func Reasons() []Reason {
	return []Reason{
		Paused, NameConflict, InvalidSpec, Stopping, Stopped, VolumesTerminating,
		FormationStarts, RecordRestored, ObjectsAdopted, FormationCompleted, Forming, VolumesNotBound,
		PodTerminating, MemberDown, MembersNotServing, ProgressDeadlineExceeded,
		MembershipChanged, MembershipUnread, RecordAhead, ForeignMember, RecordUnreadable,
		MembersUnreachable, QuorumLost, NoSingleLeader, NotCommitting,
		ScalingDown, DepartedVolumesLabelled, DepartedPodsRemoved, DeletingDepartedVolumes, ScalingUp, JoinersNotReady, PromotingMembers,
		SuperuserUnknown,
		RevisionUnknown, VersionDiffers, UpdatePaused, ApprovalNeeded, Settling, SecondBudget, BudgetExhausted,
		RestartingMember, RestartingLeader, LeaderHandover,
		VolumeTooSmall, VolumeExpanding, VolumeNotExpandable, AsSpecified,
	}
}
