package zkconfig

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

// Membership is a server list with its version: what /zookeeper/config holds,
// and what a dynamic file and its name hold together.
type Membership struct {
	// Version is the zxid of the reconfig that made the list; 0 for a list
	// that the ensemble has not committed yet.
	Version uint64
	// Servers is sorted by id.
	Servers []Server
}

// errHierarchical refuses quorums whose majority is not a count of servers.
var errHierarchical = errors.New("groups and weights make a hierarchical quorum, which is not a majority of servers; " +
	"list the servers without group and weight lines")

// ParseMembership reads server lines and at most one version line, the form of
// /zookeeper/config.
//
// Group and weight lines are refused, because all quorum arithmetic here counts
// servers. Two lines for one id are refused as well; the server keeps one of
// them without saying which.
func ParseMembership(text string) (Membership, error) {
	properties, err := Parse(text)
	if err != nil {
		return Membership{}, err
	}
	return membershipOf(properties)
}

func membershipOf(properties Properties) (Membership, error) {
	var m Membership
	for _, property := range properties {
		if err := m.add(property); err != nil {
			return Membership{}, fmt.Errorf("line %d: %w", property.Line, syntax.Shortened(err))
		}
	}
	slices.SortFunc(m.Servers, func(a, b Server) int { return cmp.Compare(a.ID, b.ID) })
	for i := 1; i < len(m.Servers); i++ {
		if m.Servers[i-1].ID == m.Servers[i].ID {
			return Membership{}, fmt.Errorf("%s appears twice", m.Servers[i].Key())
		}
	}
	return m, nil
}

func (m *Membership) add(property Property) error {
	switch {
	case strings.HasPrefix(property.Key, syntax.ServerPrefix):
		server, err := ParseServer(property.Key, property.Value)
		m.Servers = append(m.Servers, server)
		return err
	case property.Key == syntax.VersionKey:
		version, err := syntax.ParseHexVersion(strings.TrimFunc(property.Value, IsJavaBlank))
		m.Version = version
		return err
	case syntax.IsHierarchical(property.Key):
		return fmt.Errorf("%s: %w", property.Key, errHierarchical)
	default:
		return fmt.Errorf("%s does not belong into a server list", property.Key)
	}
}

// String returns the canonical lines and the version, the form that
// [ParseMembership] reads.
func (m Membership) String() string {
	return m.Lines() + "version=" + strconv.FormatUint(m.Version, 16) + "\n"
}

// Lines returns the canonical server lines only. A dynamic file must hold
// nothing else; its version is in its name.
func (m Membership) Lines() string {
	var b strings.Builder
	for _, server := range m.Servers {
		b.WriteString(server.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// Voters returns the servers that count for the quorum.
func (m Membership) Voters() []Server { return m.withRole(Participant) }

// Observers returns the servers that do not count for the quorum.
func (m Membership) Observers() []Server { return m.withRole(Observer) }

func (m Membership) withRole(role Role) []Server {
	var servers []Server
	for _, server := range m.Servers {
		if server.Role == role {
			servers = append(servers, server)
		}
	}
	return servers
}

// Count returns how many servers have a role.
func (m Membership) Count(role Role) int {
	n := 0
	for i := range m.Servers {
		if m.Servers[i].Role == role {
			n++
		}
	}
	return n
}

// Server returns the server with this id.
func (m Membership) Server(id int64) (Server, bool) {
	i := slices.IndexFunc(m.Servers, func(s Server) bool { return s.ID == id })
	if i < 0 {
		return Server{}, false
	}
	return m.Servers[i], true
}

// Voter reports whether a server with this id is listed and votes.
func (m Membership) Voter(id int64) bool {
	server, ok := m.Server(id)
	return ok && server.Role == Participant
}

// dynamicPrefix starts the names of the files, next to zoo.cfg, in which the server
// keeps a committed membership; the version follows in hexadecimal.
const dynamicPrefix = "zoo.cfg.dynamic."

// NewestDynamicFile returns the name of the committed membership with the
// highest version. It never returns zoo.cfg.dynamic.next, which holds a proposal
// that may not have been committed.
func NewestDynamicFile(names []string) (name string, version uint64, ok bool) {
	for _, candidate := range names {
		suffix, isDynamic := strings.CutPrefix(candidate, dynamicPrefix)
		if !isDynamic {
			continue
		}
		v, err := syntax.ParseHexVersion(suffix)
		if err != nil || (ok && v <= version) {
			continue
		}
		name, version, ok = candidate, v, true
	}
	return name, version, ok
}
