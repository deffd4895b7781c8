// Package plan decides the one step that moves a ZooKeeper ensemble closer to
// its specification.
//
// Everything here is pure. Nothing reads a clock, dials a member or calls the
// API server: the controllers package observes the world, hands the
// observation over as plain values and carries out what comes back. The same
// observation always yields the same [Decision], whatever the order of its
// members, so every promise below is checked by enumerating observations and by
// exploring what can follow from each decision.
//
// # Promises
//
// Data. A formation record is opened only where nothing remains of an earlier
// ensemble, so that a blank disk is given the right to vote once in the life
// of an ensemble and never again. A record that is closed stays closed.
//
// Quorum. A Pod is replaced only when its member is surely [Down], which takes
// evidence that its server serves nobody. A member that cannot be reached is
// [Unknown], and Unknown delays a step but never permits one.
//
// Size. The StatefulSet is never given fewer replicas than it has, nor fewer
// than the members that are on record. Membership itself is left alone.
//
// One at a time. A decision holds one step, and no Pod is replaced while
// another one is still going away.
package plan
