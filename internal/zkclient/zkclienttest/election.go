package zkclienttest

import (
	"net"
	"slices"
	"time"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// elect finds a leader where there should be one. A leader stays as long as it
// can; otherwise the voter with the highest id leads.
func (e *Ensemble) elect() {
	if leader := e.nextLeader(); leader != e.leader {
		e.lead(leader, nil)
	}
	e.learn()
}

// lead changes the leader. Every server drops its clients, as servers do when
// they look for a leader, except for the connection to spare.
func (e *Ensemble) lead(leader int64, spare net.Conn) {
	e.leader, e.led = leader, time.Now()
	for _, m := range e.members {
		m.server.hangUp(spare)
	}
}

// learn lets every member that is in sync save the committed configuration.
func (e *Ensemble) learn() {
	for _, m := range e.members {
		if e.serves(m) {
			m.committed = e.membership.Version
		}
	}
}

// designated is who leads after a change of the configuration, without an
// election: the leader, if it still votes and its quorum addresses are the same,
// or else the voter in sync with the lowest id, where there is one. The old
// leader follows it.
func (e *Ensemble) designated(before zkconfig.Membership) int64 {
	was, _ := before.Server(e.leader)
	is, _ := e.membership.Server(e.leader)
	if e.leader == 0 || is.Role == zkconfig.Participant && slices.EqualFunc(was.Addresses, is.Addresses, sameQuorumAddress) {
		return e.leader
	}
	for _, voter := range e.membership.Voters() {
		if voter.ID != e.leader && e.electable(voter.ID) {
			return voter.ID
		}
	}
	return e.leader
}

func sameQuorumAddress(a, b zkconfig.Address) bool {
	return a.Host == b.Host && a.QuorumPort == b.QuorumPort
}

func (e *Ensemble) nextLeader() (leader int64) {
	if !e.quorum(e.membership) {
		return 0
	}
	if e.electable(e.leader) {
		return e.leader
	}
	for _, voter := range e.membership.Voters() {
		if e.electable(voter.ID) {
			leader = voter.ID
		}
	}
	return leader
}

func (e *Ensemble) electable(id int64) bool {
	m := e.members[id]
	return m != nil && m.mode == Up && e.membership.Voter(id)
}

// quorum reports whether a majority of a configuration's voters is up.
func (e *Ensemble) quorum(membership zkconfig.Membership) bool {
	voters, up := membership.Voters(), 0
	for _, voter := range voters {
		if m := e.members[voter.ID]; m != nil && m.mode == Up {
			up++
		}
	}
	return len(voters) > 0 && up >= zkconfig.Majority(len(voters))
}

// serves reports whether clients of a member are served.
func (e *Ensemble) serves(m *fakeMember) bool {
	return e.leader != 0 && m.mode == Up
}

// follows reports whether a member says that it takes part in a quorum.
func (e *Ensemble) follows(m *fakeMember) bool {
	return e.leader != 0 && (m.mode == Up || m.mode == Syncing || m.mode == CutOff)
}

// role is what mntr calls server_state.
func (e *Ensemble) role(m *fakeMember) string {
	server, known := e.membership.Server(m.id)
	switch {
	case m.id == e.leader:
		return "leader"
	case known && server.Role == zkconfig.Observer:
		return "observer"
	default:
		return "follower"
	}
}

// followers counts those in sync, and those among them that do not vote.
func (e *Ensemble) followers() (synced, nonVoting int) {
	for id, m := range e.members {
		if e.role(m) != "follower" || !e.follows(m) || m.mode == Syncing {
			continue
		}
		synced++
		if !e.membership.Voter(id) {
			nonVoting++
		}
	}
	return synced, nonVoting
}
