package member

// Ports of a member. Other programs know the first four by the API's constants of
// the same names.
const (
	ClientPort   = 2181 // clients; plain text
	QuorumPort   = 2888 // followers and observers talk to the leader
	ElectionPort = 3888 // voters elect the leader
	AgentPort    = 8079 // probes, and what the operator asks the agent
)

// Paths that the agent answers at [AgentPort].
const (
	ReadyPath = "/readyz" // is the server fit for clients?
	LivePath  = "/livez"  // is the server certainly not frozen?
	StatePath = "/state"  // a [State] as JSON
)

// ExitNeedsNewPod is the exit code of the agent when its server died after it
// used up the grant of this Pod and before it saved anything, while the
// formation record is open.
//
// A Pod is granted once, because the agent cannot tell this state from a disk
// that was wiped under a running Pod. A new Pod is granted anew as long as the
// record is open, so the operator deletes the Pod.
const ExitNeedsNewPod = 86
