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

// Reasons of conditions and events.
const (
	// ReasonNameTaken says that an object of a name that the ensemble needs
	// exists and is not the ensemble's: it is never touched.
	ReasonNameTaken = "NameTaken"
	// ReasonInvalidConfig says that the spec cannot be carried out; the message
	// names the key, the reason and the fix, and nothing was changed.
	ReasonInvalidConfig = "InvalidConfig"
	// ReasonMembersUnreachable says that no member answers, which proves neither
	// that they serve nor that they do not.
	ReasonMembersUnreachable = "MembersUnreachable"
	// ReasonBudgetExhausted says that the disruption budget refuses to let a
	// member go now.
	ReasonBudgetExhausted = "BudgetExhausted"
	// ReasonSecondBudget says that another disruption budget selects the
	// members too, with which Kubernetes evicts none of them.
	ReasonSecondBudget = "SecondBudget"
	// ReasonPaused says that spec.mode is Pause.
	ReasonPaused = "Paused"
)
