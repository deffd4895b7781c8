// Package linear holds what clients saw of an ensemble against what a single
// server without failures could have shown them. Clients work on the same znodes
// at once; a history of theirs is linearizable when every operation can be given
// one moment between its call and its return, such that all of them, done one
// after the other at these moments, have the results that were seen. A lost
// write, a change by a version that is no longer the newest and a value that
// comes back have no such order.
//
// An operation without a clear answer may have been done at any time after its
// call, or never.
package linear
