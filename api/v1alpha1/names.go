package v1alpha1

// Labels of the objects that the operator makes.
const (
	// LabelEnsemble carries the name of the ensemble on every object.
	LabelEnsemble = "zkensemble.dev/ensemble"
	// LabelComponent tells the voters' Pods, StatefulSet and volume claims
	// from those of other parts of the ensemble.
	LabelComponent = "zkensemble.dev/component"
	// ComponentServer is the value of LabelComponent for the voters.
	ComponentServer = "server"
)

// FieldOwner owns every field that the operator writes by server-side apply.
const FieldOwner = "zookeeper-operator"

// Ports of every member.
const (
	ClientPort   int32 = 2181 // clients; plain text
	QuorumPort   int32 = 2888 // followers and observers talk to the leader
	ElectionPort int32 = 3888 // voters elect the leader
	AgentPort    int32 = 8079 // probes, and what the operator asks the agent
)

// MaxReplicas is the largest number of voters that an ensemble may have.
const MaxReplicas = 15
