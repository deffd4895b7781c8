// Package lint reads a configuration as the server does, and then says what the
// server would not say.
//
// ZooKeeper reads its configuration leniently. A key that it does not know
// becomes a Java system property that nothing reads, many malformed numbers
// silently become the default, and several values that look harmless keep a
// server from ever serving. [Read] answers what the server would see, [Validate]
// whether that is a good idea, and [Diff] what a change needs.
//
// Everything here is pure: no clock, no network, no files.
package lint
