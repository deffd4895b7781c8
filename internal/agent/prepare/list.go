package prepare

import (
	"path/filepath"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// serverList is what the server is to start with: either the file on the volume
// that holds a committed list, or a list that is not committed yet.
type serverList struct {
	source member.Source
	file   string
	inline zkconfig.Membership
	joiner bool
}

// chooseList picks the newest list that can be trusted, and lets this server
// vote in it only if it may. As an observer it reaches the leader, copies the
// data, and becomes whatever the committed configuration says that it is.
func (m *preparation) chooseList(granted bool) (serverList, error) {
	switch {
	case m.trustsVolume():
		return serverList{source: member.FromVolume, file: filepath.Join(m.confDir(), m.dynamic[0])}, nil
	case m.recordIsOlder():
		return serverList{}, &WaitError{m.whyOlder()}
	case m.members.exists:
		return m.joining(member.FromMembers, m.members.Membership)
	case len(m.formation.list.Servers) == 0:
		return serverList{}, &WaitError{m.whyNoList()}
	case m.founding(granted):
		return serverList{source: member.FromFormation, inline: m.formation.list}, nil
	default:
		return m.joining(member.FromFormation, m.formation.list)
	}
}

// trustsVolume reports whether the newest list on the volume may be used. A
// file that cannot be read names nobody; the next older one would be stale.
//
// A list that is newer than the record was committed after it was written, and
// is used although the record does not name this server yet: if the new members
// are a majority, nobody could form the quorum that the record waits for.
func (m *preparation) trustsVolume() bool {
	if m.blank || len(m.dynamic) == 0 {
		return false
	}
	text, exists, err := readOptional(filepath.Join(m.confDir(), m.dynamic[0]))
	if err != nil || !exists {
		return false
	}
	list, err := zkconfig.ParseMembership(text)
	if err != nil {
		return false
	}
	return names(list, m.id) && (!m.members.exists || names(m.members.Membership, m.id) || m.recordIsOlder())
}

// recordIsOlder reports whether a list was committed on this disk after the
// record was written. Such a record overrules nothing: a server that has left,
// and joined the members of before as an observer, could be the vote by which
// one that missed the change forms a quorum of its own.
func (m *preparation) recordIsOlder() bool {
	_, version, listed := zkconfig.NewestDynamicFile(m.dynamic)
	return !m.blank && m.members.exists && listed && version > m.members.Version
}

// founding reports whether this server takes part in the formation: its disk
// may vote, and no configuration has ever been committed on it.
func (m *preparation) founding(granted bool) bool {
	return (granted || !m.blank) && len(m.dynamic) == 0 && m.formation.list.Voter(m.id)
}

// joining makes this server an observer of a list. It waits for a person where
// nobody is left to join, since a server that was alone holds all there was.
func (m *preparation) joining(source member.Source, list zkconfig.Membership) (serverList, error) {
	self := m.own(zkconfig.Observer)
	joined := zkconfig.Membership{}
	for _, server := range list.Servers {
		if server.ID == m.id {
			self = server
			self.Role = zkconfig.Observer
			continue
		}
		joined.Servers = append(joined.Servers, server)
	}
	if len(joined.Voters()) == 0 {
		return serverList{}, &WaitError{m.whyAlone()}
	}
	joined.Servers = append(joined.Servers, self)
	return serverList{source: source, inline: joined, joiner: true}, nil
}

// own is the line of this server in a list that does not have one.
func (m *preparation) own(role zkconfig.Role) zkconfig.Server {
	return zkconfig.Server{
		ID:         m.id,
		Addresses:  []zkconfig.Address{{Host: m.host(), QuorumPort: member.QuorumPort, ElectionPort: member.ElectionPort}},
		Role:       role,
		ClientHost: "0.0.0.0",
		ClientPort: member.ClientPort,
	}
}

func (m *preparation) whyNoList() string {
	if m.blank {
		return "the disk is blank and no record says which servers to join"
	}
	return "no server list on the volume names this server and no record says which servers to join"
}

func (m *preparation) whyOlder() string {
	return "the server list on the volume does not name this server and is newer than the members record: waiting until that is brought up to date"
}

func (m *preparation) whyAlone() string {
	if m.blank {
		return "this server is the only voter and its disk is blank: bring the data back, or delete everything and start anew"
	}
	return "this server is the only voter and no server list on its volume can be trusted"
}

func names(list zkconfig.Membership, id int64) bool {
	_, ok := list.Server(id)
	return ok
}
