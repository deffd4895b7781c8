// Package history holds what was seen of an ensemble while a spec ran, and
// judges it.
//
// A history is linear: entries of the probe inside the cluster (writes, reads,
// answers of the members) and entries of the suite (status, Pods, faults) in
// the order of their times. The judgements are pure functions over it, so each
// of them is tested with fabricated histories that break the promise: a check
// that cannot fail would prove nothing.
package history
