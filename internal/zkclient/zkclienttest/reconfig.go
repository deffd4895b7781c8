package zkclienttest

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// Refusal is why the servers refuse every reconfiguration, whatever it says. The
// other reasons follow from what is asked for.
type Refusal int32

const (
	// NotRefused is the ordinary case.
	NotRefused Refusal = 0
	// InProgress means that an earlier reconfiguration is not committed yet.
	InProgress Refusal = codeReconfigInProgress
	// Disabled means that the leader runs without reconfigEnabled.
	Disabled Refusal = codeReconfigDisabled
	// Unimplemented means that the server runs without an ensemble.
	Unimplemented Refusal = codeUnimplemented
)

// Refuse makes the servers refuse reconfigurations until it is called with
// [NotRefused].
func (e *Ensemble) Refuse(refusal Refusal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refusal = refusal
}

// LoseNextReply ends the connection on which the next reconfiguration comes
// that is committed, instead of answering it.
func (e *Ensemble) LoseNextReply() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.loseReply = true
}

// Reconfigs returns how many reconfigurations clients have had committed.
func (e *Ensemble) Reconfigs() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.reconfigs
}

// OnReconfig calls do after every reconfiguration of a client that is committed,
// before it is answered.
func (e *Ensemble) OnReconfig(do func(before, after zkconfig.Membership)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onReconfig = do
}

// reconfigured tells the test about what a request changed, and reports whether
// the answer to it is lost.
func (e *Ensemble) reconfigured(c *client) (lost bool) {
	e.mu.Lock()
	e.reconfigs++
	hook, lost := e.onReconfig, e.loseReply
	e.loseReply = false
	e.mu.Unlock()
	if hook != nil {
		hook(c.before, c.after)
	}
	return lost
}

// reconfig carries out a reconfiguration in the order of checks of a server:
// version, arguments, quorum of the new configuration, and only then the right.
func (c *client) reconfig(in *decoder) (code int32) {
	e := c.member.ensemble
	if e.refusal != NotRefused {
		return int32(e.refusal)
	}
	joining, leaving, members := in.text(), in.text(), in.text()
	if expected := in.int64(); expected != -1 && uint64(expected) != e.membership.Version {
		return codeBadVersion
	}
	servers, ok := e.target(joining, leaving, members)
	if !ok {
		return codeBadArguments
	}
	target := zkconfig.Membership{Servers: servers}
	switch {
	case len(target.Voters()) == 0:
		return codeBadArguments
	case !e.quorum(target):
		return codeNewConfigNoQuorum
	case !c.super:
		return codeNoAuth
	}
	// Only the clients of the old leader have a chance to get an answer to a
	// change that moves the leadership.
	var spare net.Conn
	if c.member.id == e.leader {
		spare = c.conn
	}
	c.before = e.membership
	e.commit(servers, spare)
	c.after = e.membership
	return statusOK
}

// target is the configuration that would result.
func (e *Ensemble) target(joining, leaving, members string) ([]zkconfig.Server, bool) {
	if members != "" {
		return parseServers(members)
	}
	joiners, ok := parseServers(joining)
	if !ok {
		return nil, false
	}
	gone := map[int64]bool{}
	for text := range strings.SplitSeq(leaving, ",") {
		if text == "" {
			continue
		}
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, false
		}
		gone[id] = true
	}
	for _, joiner := range joiners {
		gone[joiner.ID] = true
	}
	stay := slices.DeleteFunc(slices.Clone(e.membership.Servers), func(s zkconfig.Server) bool { return gone[s.ID] })
	return append(stay, joiners...), true
}

func parseServers(lines string) ([]zkconfig.Server, bool) {
	var servers []zkconfig.Server
	for line := range strings.SplitSeq(lines, ",") {
		if line == "" {
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		server, err := zkconfig.ParseServer(key, value)
		if err != nil {
			return nil, false
		}
		servers = append(servers, server)
	}
	return servers, true
}
