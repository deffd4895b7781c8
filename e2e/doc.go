// Package e2e shows the project's promises on a real cluster with real
// ZooKeeper servers.
//
// It is a black box test: it knows the API types and ZooKeeper's own
// vocabulary, and nothing of the operator's code. Every spec runs under watch:
// a probe inside the cluster writes, reads and asks the members without pause,
// the suite records the status, the Pods and the budget, and the history of
// both is judged when the spec ends. The specs themselves need the build tag
// e2e and a cluster; see README.md.
package e2e
