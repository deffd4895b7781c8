package v1alpha1

// Types of conditions.
const (
	// ConditionAvailable is true while a majority of the voters serves and
	// provably commits, false while none does by their own words, and unknown while
	// those that cannot be reached may.
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

// Conditions are all types of conditions that the operator sets.
var Conditions = []string{
	ConditionAvailable, ConditionReady, ConditionReconciling, ConditionStalled, ConditionFaultTolerant,
}

// Reasons of what the operator does or waits for. They are reasons of Ready,
// Reconciling and Stalled, and those that speak of the quorum also of Available.
const (
	// ReasonPaused says that spec.mode is Pause.
	ReasonPaused = "Paused"
	// ReasonNameConflict says that an object of a name that the ensemble needs exists
	// and is not the ensemble's: it is never touched.
	ReasonNameConflict = "NameConflict"
	// ReasonInvalidSpec says that the spec cannot be carried out; the message
	// names the key, the reason and the fix, and nothing was changed.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonStopping says that spec.mode is Stop and that the servers are being
	// ended.
	ReasonStopping = "Stopping"
	// ReasonStopped says that spec.mode is Stop and that nothing runs. Everything
	// that the servers wrote is kept.
	ReasonStopped = "Stopped"
	// ReasonVolumesTerminating says that volume claims are being deleted and that
	// what is asked for would lose their data; the message names them, and the way
	// out.
	ReasonVolumesTerminating = "VolumesTerminating"
	// ReasonFormationStarts says that nothing remains of an earlier ensemble of
	// this name, so a new one is formed on blank volumes.
	ReasonFormationStarts = "FormationStarts"
	// ReasonRecordRestored says that the formation record was missing while
	// something remains of the ensemble, so it is restored closed.
	ReasonRecordRestored = "RecordRestored"
	// ReasonObjectsAdopted says that objects with the ensemble's labels had no owner, as
	// after a restore from a backup, and are the ensemble's own now; a formation record
	// among them is closed.
	ReasonObjectsAdopted = "ObjectsAdopted"
	// ReasonFormationCompleted says that the formation record is closed: from then
	// on no blank volume is given a vote.
	ReasonFormationCompleted = "FormationCompleted"
	// ReasonForming says that the first members are starting.
	ReasonForming = "Forming"
	// ReasonVolumesNotBound says that no volume claim was ever bound and that one of
	// them cannot be; the message has the claim's own reason and the commands that
	// start anew.
	ReasonVolumesNotBound = "VolumesNotBound"
	// ReasonPodTerminating says that a Pod is still going away.
	ReasonPodTerminating = "PodTerminating"
	// ReasonMemberDown says that the Pod of a member that is certainly down is
	// replaced.
	ReasonMemberDown = "MemberDown"
	// ReasonMembersNotServing says that a majority serves, but not every member.
	ReasonMembersNotServing = "MembersNotServing"
	// ReasonProgressDeadlineExceeded says that a member of the newest revision, or
	// a new member, did not serve within spec.update.progressDeadlineSeconds.
	ReasonProgressDeadlineExceeded = "ProgressDeadlineExceeded"
	// ReasonMembershipChanged says that the servers committed another membership
	// than is on record, and that it is recorded.
	ReasonMembershipChanged = "MembershipChanged"
	// ReasonMembershipUnread says that the committed membership could not be read
	// from the servers.
	ReasonMembershipUnread = "MembershipUnread"
	// ReasonRecordAhead says that the members record is newer than what the servers
	// committed, as after volumes were put back to an older state.
	ReasonRecordAhead = "RecordAhead"
	// ReasonForeignMember says that the servers committed a server that is none of
	// the ensemble's. No member is changed or taken until a person removes it.
	ReasonForeignMember = "ForeignMember"
	// ReasonRecordUnreadable says that the formation record or the members record
	// cannot be read. Where that is safe it is written anew; the message names the
	// ConfigMap, the key and what to do.
	ReasonRecordUnreadable = "RecordUnreadable"
	// ReasonMembersUnreachable says that no member answers, or so few that the others
	// may be a quorum or have the leader among them. That proves neither that they
	// serve nor that they do not.
	ReasonMembersUnreachable = "MembersUnreachable"
	// ReasonQuorumLost says that certainly fewer than a majority of the voters serve.
	ReasonQuorumLost = "QuorumLost"
	// ReasonNoSingleLeader says that the members do not agree on one leader.
	ReasonNoSingleLeader = "NoSingleLeader"
	// ReasonNotCommitting says that there is a leader, but that a new session was
	// not committed.
	ReasonNotCommitting = "NotCommitting"
	// ReasonScalingDown says that the servers are asked to commit a membership
	// without the members that the spec no longer wants.
	ReasonScalingDown = "ScalingDown"
	// ReasonDepartedVolumesLabelled says that the volume claims of members that left are
	// marked, so that what they hold is known to be old.
	ReasonDepartedVolumesLabelled = "DepartedVolumesLabelled"
	// ReasonDepartedPodsRemoved says that the Pods of members that left are removed, after
	// the servers themselves said that they left.
	ReasonDepartedPodsRemoved = "DepartedPodsRemoved"
	// ReasonDeletingDepartedVolumes says that the volume claims of a member that left are
	// deleted, as spec.storage.retention asks.
	ReasonDeletingDepartedVolumes = "DeletingDepartedVolumes"
	// ReasonScalingUp says that Pods of new members are created. They have no
	// vote yet.
	ReasonScalingUp = "ScalingUp"
	// ReasonJoinersNotReady says that new members do not follow in sync yet, so
	// they are given no vote.
	ReasonJoinersNotReady = "JoinersNotReady"
	// ReasonPromotingMembers says that the servers are asked to commit a membership
	// with the new members.
	ReasonPromotingMembers = "PromotingMembers"
	// ReasonSuperuserUnknown says that the server of the leader was started with
	// another super user than that of the Secret, so that it would refuse to change
	// the membership.
	ReasonSuperuserUnknown = "SuperuserUnknown"
	// ReasonRevisionUnknown says that Kubernetes has not seen the newest Pod
	// template yet, or has not noted yet that all members run it.
	ReasonRevisionUnknown = "RevisionUnknown"
	// ReasonVersionDiffers says that a member of the newest revision reports
	// another ZooKeeper version than spec.version: the image holds another one.
	ReasonVersionDiffers = "VersionDiffers"
	// ReasonUpdatePaused says that spec.update.paused holds back a change of the
	// Pods.
	ReasonUpdatePaused = "UpdatePaused"
	// ReasonApprovalNeeded says that as many members as spec.update.canary asks
	// for run the newest revision, and that a person must approve it.
	ReasonApprovalNeeded = "ApprovalNeeded"
	// ReasonSettling says that full health has not yet lasted for
	// spec.update.settleSeconds.
	ReasonSettling = "Settling"
	// ReasonSecondBudget says that a PodDisruptionBudget that is not the
	// operator's selects members' Pods. Kubernetes then refuses every eviction.
	ReasonSecondBudget = "SecondBudget"
	// ReasonBudgetExhausted says that the budget allows no disruption now.
	ReasonBudgetExhausted = "BudgetExhausted"
	// ReasonRestartingMember says that a follower or an observer is replaced, so
	// that it gets the newest Pod template.
	ReasonRestartingMember = "RestartingMember"
	// ReasonRestartingLeader says that the leader is replaced, last of all, so that
	// it gets the newest Pod template.
	ReasonRestartingLeader = "RestartingLeader"
	// ReasonLeaderHandover says that the leader hands over leadership before it is
	// replaced.
	ReasonLeaderHandover = "LeaderHandover"
	// ReasonVolumeTooSmall says that a volume claim is smaller than the spec asks
	// for, and is expanded.
	ReasonVolumeTooSmall = "VolumeTooSmall"
	// ReasonVolumeExpanding says that a volume claim was expanded, and that the
	// volume has not grown yet.
	ReasonVolumeExpanding = "VolumeExpanding"
	// ReasonVolumeNotExpandable says that a volume is smaller than the spec asks
	// for, and that its StorageClass does not allow expansion.
	ReasonVolumeNotExpandable = "VolumeNotExpandable"
	// ReasonAsSpecified says that everything is as specified.
	ReasonAsSpecified = "AsSpecified"
)

// Further reasons of conditions and events.
const (
	// ReasonQuorumServes says that a majority of the voters serves and commits.
	ReasonQuorumServes = "QuorumServes"
	// ReasonObserveFailed says that the operator could not look at the ensemble;
	// the message is that of whoever refused.
	ReasonObserveFailed = "ObserveFailed"
	// ReasonOtherOperator says that another operator keeps the ensemble, and that this
	// one stands back; the message has the command that hands it over.
	ReasonOtherOperator = "OtherOperator"
	// ReasonWriteRefused says that the API server refuses what the operator
	// writes; the message is the API server's.
	ReasonWriteRefused = "WriteRefused"
	// ReasonObjectsTerminating says that objects which the ensemble needs, or the whole
	// namespace, are being deleted. They are not written any more, and made anew once
	// they are gone.
	ReasonObjectsTerminating = "ObjectsTerminating"
	// ReasonReconfigRefused says that the servers refuse to change the
	// membership; the message is theirs.
	ReasonReconfigRefused = "ReconfigRefused"
	// ReasonSpecWarning says that something in the spec is accepted, but unwise, that
	// an admission policy changes what the operator writes for it, or that a volume
	// claim is being deleted.
	ReasonSpecWarning = "SpecWarning"
	// ReasonQuorumSpread says that the quorum outlives the loss of any one node,
	// and of any one zone where a spread over zones is asked for.
	ReasonQuorumSpread = "QuorumSpread"
	// ReasonQuorumInOnePlace says that losing one node or zone loses the quorum.
	ReasonQuorumInOnePlace = "QuorumInOnePlace"
	// ReasonMembersNotScheduled says that not every voter has a node yet.
	ReasonMembersNotScheduled = "MembersNotScheduled"
	// ReasonNodesUnreadable says that the operator cannot read the zones of the
	// nodes.
	ReasonNodesUnreadable = "NodesUnreadable"
)
