// Package workload decides what the Kubernetes objects of an ensemble should
// be.
//
// Everything here is pure: the same [Input] yields the same [Objects], byte for
// byte, whatever the clock says and whichever operator process asks. Nothing is
// read from the cluster and nothing is written to it.
//
// # Promises
//
// Names are kept for ever, because ZooKeeper commits them to its configuration.
// Whatever reaches the Pod template or zoo.cfg keeps its value within an API
// version, so that a new operator restarts nobody; the agent's image, the one
// thing that must change with the operator, waits for another change of the
// template, see [AgentImage]. A spec that cannot be carried out yields an error
// that names the field and the fix, and no objects at all.
package workload
