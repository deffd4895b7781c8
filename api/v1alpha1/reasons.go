package v1alpha1

// Types of conditions.
const (
	// ConditionAvailable is true while a majority of the voters serves and
	// commits, and unknown while no member answers.
	ConditionAvailable = "Available"
	// ConditionReady is true when everything is as the spec says.
	ConditionReady = "Ready"
	// ConditionReconciling is true while the operator works or waits.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is true when only a person can help.
	ConditionStalled = "Stalled"
	// ConditionFaultTolerant is true when no single node carries so many voters
	// that losing it loses the quorum. It is never part of Ready.
	ConditionFaultTolerant = "FaultTolerant"
)

// Reasons of what the operator does or waits for. They are reasons of Ready,
// Reconciling and Stalled, and those that speak of the quorum also of Available.
const (
	// ReasonPaused says that spec.mode is Pause.
	ReasonPaused = "Paused"
	// ReasonNameTaken says that an object of a name that the ensemble needs
	// exists and is not the ensemble's: it is never touched.
	ReasonNameTaken = "NameTaken"
	// ReasonInvalidSpec says that the spec cannot be carried out; the message
	// names the key, the reason and the fix, and nothing was changed.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonFormationStarts says that nothing remains of an earlier ensemble of
	// this name, so a new one is formed on blank volumes.
	ReasonFormationStarts = "FormationStarts"
	// ReasonRecordRestored says that the formation record was missing while
	// something remains of the ensemble, so it is restored closed.
	ReasonRecordRestored = "RecordRestored"
	// ReasonFormationCompleted says that the formation record is closed: from
	// then on no blank volume is given a vote.
	ReasonFormationCompleted = "FormationCompleted"
	// ReasonForming says that the first members are starting.
	ReasonForming = "Forming"
	// ReasonMemberDown says that the Pod of a member that is surely down is
	// replaced.
	ReasonMemberDown = "MemberDown"
	// ReasonMembersUnreachable says that no member answers, which proves neither
	// that they serve nor that they do not.
	ReasonMembersUnreachable = "MembersUnreachable"
	// ReasonQuorumLost says that fewer than a majority of the voters serve.
	ReasonQuorumLost = "QuorumLost"
	// ReasonNoSingleLeader says that the members do not agree on one leader.
	ReasonNoSingleLeader = "NoSingleLeader"
	// ReasonNotCommitting says that there is a leader, but that a new session was
	// not committed.
	ReasonNotCommitting = "NotCommitting"
	// ReasonMembershipChanged says that the servers committed another membership
	// than is on record, and that it is recorded.
	ReasonMembershipChanged = "MembershipChanged"
	// ReasonMembershipUnread says that the committed membership could not be
	// read from the servers.
	ReasonMembershipUnread = "MembershipUnread"
	// ReasonPodTerminating says that a Pod is still going away.
	ReasonPodTerminating = "PodTerminating"
	// ReasonMembersNotServing says that a majority serves, but not every member.
	ReasonMembersNotServing = "MembersNotServing"
	// ReasonReplicasDiffer says that spec.replicas is not the size of the
	// ensemble, which this version does not change.
	ReasonReplicasDiffer = "ReplicasDiffer"
	// ReasonRevisionUnknown says that Kubernetes has not seen the newest Pod
	// template yet.
	ReasonRevisionUnknown = "RevisionUnknown"
	// ReasonMembersOutdated says that members run an older Pod template, which
	// this version does not roll.
	ReasonMembersOutdated = "MembersOutdated"
	// ReasonAsSpecified says that everything is as specified.
	ReasonAsSpecified = "AsSpecified"
)

// Further reasons of conditions and events.
const (
	// ReasonQuorumServes says that a majority of the voters serves and commits.
	ReasonQuorumServes = "QuorumServes"
	// ReasonWriteRefused says that the API server refuses what the operator
	// writes; the message is the API server's.
	ReasonWriteRefused = "WriteRefused"
	// ReasonSpecWarning says that something in the spec is accepted, but unwise.
	ReasonSpecWarning = "SpecWarning"
	// ReasonQuorumSpread says that the quorum outlives the loss of any one node,
	// and of any one zone where a spread over zones is asked for.
	ReasonQuorumSpread = "QuorumSpread"
	// ReasonQuorumOnOnePlace says that losing one node or zone loses the quorum.
	ReasonQuorumOnOnePlace = "QuorumOnOnePlace"
	// ReasonMembersNotScheduled says that not every voter has a node yet.
	ReasonMembersNotScheduled = "MembersNotScheduled"
	// ReasonNodesUnreadable says that the operator cannot read the zones of the
	// nodes.
	ReasonNodesUnreadable = "NodesUnreadable"
)
