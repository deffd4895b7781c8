package lint

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

// readMembership reads the server lines of the file that holds them.
func (r *reader) readMembership() {
	if r.settings.DynamicConfig == "" {
		if r.has("dynamicConfigFile") {
			r.stop(DynamicMembership, StaticFile, r.line("dynamicConfigFile"), "dynamicConfigFile", "There is no file without a name, and the server exits with code 2.", "Remove the line.")
		}
		for i := range r.static {
			r.readMember(r.static[i].Property, StaticFile)
		}
		r.finishMembership()
		return
	}
	if r.config.Dynamic == nil {
		return
	}
	r.settings.Membership.Version = versionOfName(r.settings.DynamicConfig)
	for _, property := range r.config.Dynamic {
		key := strings.TrimFunc(property.Key, zkconfig.IsJavaBlank)
		if !strings.HasPrefix(key, syntax.ServerPrefix) && !syntax.IsHierarchical(key) {
			r.stop(DynamicMembership, MembershipFile, property.Line, key,
				"The file may hold server lines only, and the server exits with code 2.",
				"Move the line to zoo.cfg; a version belongs into the name of the file.")
			continue
		}
		r.readMember(property, MembershipFile)
	}
	r.finishMembership()
}

// versionOfName returns the version that the server takes from the name of a
// dynamic file: what follows the last dot, if it is hexadecimal.
func versionOfName(name string) uint64 {
	version, err := syntax.ParseHexVersion(name[strings.LastIndexByte(name, '.')+1:])
	if err != nil || !strings.Contains(name, ".") {
		return 0
	}
	return version
}

func (r *reader) readMember(property zkconfig.Property, file File) {
	switch {
	case syntax.IsHierarchical(property.Key):
		r.readHierarchical(property, file)
	case property.Key == syntax.VersionKey:
		r.readVersion(property, file)
	case strings.HasPrefix(property.Key, syntax.ServerPrefix):
		r.readServer(property, file)
	}
}

func (r *reader) readVersion(property zkconfig.Property, file File) {
	version, err := strconv.ParseInt(property.Value, 16, 64)
	r.settings.Membership.Version = uint64(max(version, 0))
	r.report(Finding{
		Rule: DynamicMembership, Severity: Error, File: file, Line: property.Line, Key: property.Key,
		Message: "A version in zoo.cfg makes the server list look committed, and the server overwrites what the ensemble agreed on.",
		Fix:     "Remove the line.", Stops: err != nil,
	})
}

func (r *reader) readServer(property zkconfig.Property, file File) {
	server, err := zkconfig.ParseServer(property.Key, property.Value)
	if err == nil && len(server.Addresses) > 1 && !strings.EqualFold(r.config.JVM["zookeeper.multiAddress.enabled"], "true") {
		if slices.ContainsFunc(r.findings, func(f Finding) bool { return f.Rule == MultiAddresses }) {
			return // the flag is what all of them need
		}
		r.stop(MultiAddresses, file, property.Line, property.Key,
			"Several addresses need -Dzookeeper.multiAddress.enabled=true; the key in zoo.cfg is not enough, and the server exits with code 2.",
			"Set the flag on every member, or give one address.")
		return
	}
	if err != nil {
		r.report(r.serverFinding(property, file, errors.Unwrap(err)))
		return
	}
	r.members = append(r.members, memberLine{server: server, file: file, line: property.Line})
}

func (r *reader) serverFinding(property zkconfig.Property, file File, err error) Finding {
	finding := Finding{
		Rule: ServerLine, Severity: Error, File: file, Line: property.Line, Key: property.Key,
		Message: capitalized(err.Error()) + ", and the server exits with code 2.",
		Fix:     "Write " + exampleLine(property.Key) + ".", Stops: !isTolerated(err),
	}
	if !finding.Stops {
		finding.Message = capitalized(err.Error()) + "."
	}
	value := strings.TrimFunc(property.Value, zkconfig.IsJavaBlank)
	if before, _, found := strings.Cut(value, "#"); found {
		finding.Message = "The comment is part of the line: a # starts a comment only at the beginning of one."
		finding.Fix = fmt.Sprintf("A comment needs a line of its own: %s=%s", property.Key, strings.TrimSpace(before))
	} else if bare, quotes := unquoted(value); quotes {
		finding.Message = "The quotes are part of the line."
		finding.Fix = fmt.Sprintf("Write %s=%s, without quotes.", property.Key, bare)
	} else if strings.TrimRightFunc(property.Value, zkconfig.IsJavaBlank) != property.Value && finding.Stops {
		finding.Fix = "Remove the blank at the end of the line: server lines are not trimmed."
	}
	return finding
}

func exampleLine(key string) string {
	if _, err := syntax.ServerID(key); err != nil {
		key = "server.1"
	}
	return key + "=host:2888:3888:participant;2181"
}

// finishMembership keeps one server of each id, as the server does, and stops
// where an ensemble cannot be made of them.
func (r *reader) finishMembership() {
	m := &r.settings.Membership
	places := make(map[int64]int, len(r.members))
	for _, member := range r.members {
		if i, twice := places[member.server.ID]; twice {
			m.Servers[i] = member.server
			continue
		}
		places[member.server.ID] = len(m.Servers)
		m.Servers = append(m.Servers, member.server)
	}
	slices.SortFunc(m.Servers, func(a, b zkconfig.Server) int { return cmp.Compare(a.ID, b.ID) })
	r.finishHierarchy()
	voters, observers := m.Count(zkconfig.Participant), m.Count(zkconfig.Observer)
	switch {
	case voters == 0 && !r.settings.StandaloneEnabled:
		r.stop(VoterCount, r.membershipFile(), r.line("standaloneEnabled"), "standaloneEnabled",
			"With standaloneEnabled=false the server list needs a participant, and without one the server exits with code 2.",
			"Add the server lines of the ensemble.")
	case observers > 0 && voters <= 1 && r.settings.StandaloneEnabled:
		r.stop(VoterCount, r.membershipFile(), 0, "",
			fmt.Sprintf("Observers need an ensemble, but there is no more than one voter (%d), and the server exits with code 2.", voters),
			"Add voters, or set standaloneEnabled=false.")
	}
}

func (r *reader) membershipFile() File {
	if r.settings.DynamicConfig != "" {
		return MembershipFile
	}
	return StaticFile
}

// sameClientAddress compares as the server does: a wildcard matches every
// host. Names are compared as text, because nothing is resolved here.
func sameClientAddress(s Settings, own zkconfig.Server) bool {
	if s.ClientPort != own.ClientPort {
		return false
	}
	return isWildcard(s.ClientAddress) || sameHost(s.ClientAddress, own.ClientHost)
}

func sameHost(a, b string) bool {
	addressA, okA := syntax.IPOf(a)
	addressB, okB := syntax.IPOf(b)
	if !okA || !okB {
		return strings.EqualFold(a, b)
	}
	return addressA == addressB
}

func isWildcard(host string) bool {
	address, ok := syntax.IPOf(host)
	return ok && address.IsUnspecified()
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, ok := syntax.IPOf(host)
	return ok && address.IsLoopback()
}

func hostPort(host string, port int) string {
	return syntax.Bracketed(host) + ":" + strconv.Itoa(max(port, 0))
}
