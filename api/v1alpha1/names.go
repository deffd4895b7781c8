package v1alpha1

// Labels of the objects that the operator makes.
const (
	// LabelEnsemble carries the name of the ensemble on every object.
	LabelEnsemble = "zkensemble.dev/ensemble"
	// LabelComponent tells the voters' Pods, StatefulSet and volume claims
	// from those of the observers.
	LabelComponent = "zkensemble.dev/component"
	// ComponentServer is the value of LabelComponent for the voters.
	ComponentServer = "server"
	// ComponentObserver is the value of LabelComponent for the observers.
	ComponentObserver = "observer"
	// LabelDeparted is "true" on the volume claims of a member that left the
	// ensemble: what they hold is old.
	LabelDeparted = "zkensemble.dev/departed"
)

// AnnotationApprove is what a person puts on an ensemble to approve the
// revision that its canaries run: the value is status.updateRevision. The
// operator never writes it.
const AnnotationApprove = "zkensemble.dev/approve"

// AnnotationOperator names on a StatefulSet, and on the formation record, the
// operator that keeps the ensemble, as <namespace>/<release>. No other operator
// writes anything of it but its status. A person changes it to hand the ensemble
// over.
const AnnotationOperator = "zkensemble.dev/operator"

// FieldOwner owns every field that the operator writes by server-side apply.
const FieldOwner = "zookeeper-operator"

// Ports of every member.
const (
	ClientPort   int32 = 2181 // clients; plain text
	QuorumPort   int32 = 2888 // followers and observers talk to the leader
	ElectionPort int32 = 3888 // voters elect the leader
	AgentPort    int32 = 8079 // probes, and what the operator asks the agent
	// HandoverQuorumPort is the quorum port of a member after every other
	// handover of its leadership.
	HandoverQuorumPort int32 = 2889
)

// Bounds of the size of an ensemble.
const (
	MaxReplicas  = 15 // voters
	MaxObservers = 32 // observers
)
