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
// of an ensemble and never again. A record that is closed stays closed. Volumes
// are deleted only of members that the committed configuration, read in the same
// pass, no longer names.
//
// Quorum. A voter that may be serving is taken away, by a restart or by a
// change of the membership, only when every other voter serves in sync under
// one leader, and a new session through each of them was committed in this very
// pass; voters that are certainly [Down] may leave before that. A Pod is replaced without such health only when its member is
// certainly Down, which takes evidence that its server serves nobody, and not to
// spread a revision with which another one may not run. A member that cannot be
// reached is [Unknown], and Unknown delays a step but never permits one. The
// leader is restarted last.
//
// Size. The StatefulSets are given fewer replicas only by [Shrink], which leaves
// every member of the committed configuration its Pod, unless a person stops the
// whole ensemble. New members vote only once they follow in sync without a vote,
// and all of them begin to vote at once.
//
// One at a time. A decision holds one step, and no Pod of a member is taken away
// while another one is still going.
package plan
