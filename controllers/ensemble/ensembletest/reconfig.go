package ensembletest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// reconfig carries out a reconfiguration in the order of checks of a server:
// version, arguments, quorum of the new configuration, and only then the right.
func (e *Ensemble) reconfig(in *decoder, super bool) (code int32) {
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
	case !super:
		return codeNoAuth
	}
	e.commit(servers)
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
