// Package zkclient talks to the servers of a ZooKeeper ensemble.
//
// There are two kinds of questions. [Client.Ask] uses four-letter words and the
// agents' HTTP only: it opens no session, so it writes nothing to any
// transaction log, and may be asked of a settled ensemble for ever. A server
// that fails to answer is data, not an error.
//
// [Client.Membership] and [Client.ProveCommit] open a session, which is a write
// that a majority of voters must commit. That is their point: a leader whose
// followers are gone, or one that was elected but may not commit, still answers
// four-letter words, and answers a bare sync as well.
//
// [Client.Reconfig] is the only request that changes something.
//
// No type of the ZooKeeper client library leaves this package.
package zkclient
