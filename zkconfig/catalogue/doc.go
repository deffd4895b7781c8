// Package catalogue knows every property of the ZooKeeper server: its type, default
// and bounds, the releases that have it, what a malformed value does, what a
// change needs; which key a misspelled one most likely stands for; and which
// release may follow which.
package catalogue
