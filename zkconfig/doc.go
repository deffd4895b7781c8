// Package zkconfig is ZooKeeper's own vocabulary: properties, server lines, lists
// of servers, dynamic files, myid, versions and quorum arithmetic. The package
// catalogue beside it knows every property, and the package lint judges a whole
// configuration.
//
// Parsers answer what the server would see, so they accept what ZooKeeper accepts,
// with few exceptions that are named where they are made.
//
// Everything here is pure: the standard library only, no clock, no network, no
// files. The same input always yields the same output.
package zkconfig
