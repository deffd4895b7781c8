package main

import (
	"fmt"
	"strings"
)

// inventions are configurations that name members which are none.
var inventions = []trick{
	{"members that move the cursor", commits("server.7=" + escape + "evil:2888:3888:participant;0.0.0.0:2181\nversion=100000001")},
	{"a member of a long name", commits("server.9=" + strings.Repeat("long.", 2000) + "name:2888:3888:participant;0.0.0.0:2181\nversion=100000002")},
	{"a hundred members", commits(strangers(100) + "version=100000003")},
	{"a member of an id without end", commits("server.4294967297=here:2888:3888:participant;0.0.0.0:2181\nversion=100000004")},
	{"one member twelve hundred times", commits(strings.Repeat("server.1=a:1:1\n", 1200) + "version=100000005")},
	{"the version of the end of time", commits("server.8=evil.example:2888:3888:participant;0.0.0.0:2181\nversion=7fffffffffffffff")},
	{"no member", commits("version=100000006")},
	{"no configuration", commits(escape)},
}

func strangers(n int) string {
	var b strings.Builder
	for id := range n {
		fmt.Fprintf(&b, "server.%d=stranger-%d.example:2888:3888:participant;0.0.0.0:2181\n", id+1, id+1)
	}
	return b.String()
}

// commits serves a session as a leader does that commits, and answers every
// reading with a configuration of its own.
func commits(config string) func(*caller) {
	// What is known of a znode beside its data.
	const statLength = 68
	return admits(func(r request) []byte {
		switch r.op {
		case opPing, opClose:
			return framed(header(r))
		case opGetData:
			return framed(header(r), text(config), strings.Repeat("\x00", statLength))
		default:
			return framed(header(r), text("/"))
		}
	})
}
