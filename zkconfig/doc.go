// Package zkconfig is ZooKeeper's own vocabulary: zoo.cfg, dynamic files,
// server lines, myid and quorum arithmetic.
//
// ZooKeeper reads its configuration leniently. A key that it does not know
// becomes a Java system property that nothing reads, many malformed numbers
// silently become the default, and several values that look harmless keep a
// server from ever serving. This package reads the same text by the same
// rules, and then says what the server would not say.
//
// It separates two questions. Parsing answers what the server would see, so
// parsers accept what ZooKeeper accepts, with few exceptions that are named
// where they are made. [Validate] answers whether that is a good idea.
//
// Everything here is pure: the standard library only, no clock, no network, no
// files. The same input always yields the same output.
package zkconfig
