// Package ensemble keeps ZooKeeper ensembles as their resources specify.
//
// One pass observes, decides, acts and reports. It observes the Kubernetes
// objects and asks every member over the network; package plan decides from
// that observation alone; the pass then brings the ordinary objects up to date,
// carries out at most one step and writes the status if it changed.
//
// No progress is kept between passes: not in memory, nor in annotations, nor in
// the status. Each pass looks again, so the operator can be killed between any
// two writes, and a second operator with a stale view does no harm: every
// deletion carries the UID and the resource version that it was decided on.
package ensemble
