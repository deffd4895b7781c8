package ensembletest

import "github.com/zkensemble/zookeeper-operator/zkconfig"

// elect finds a leader where there should be one. A leader stays as long as it
// can; otherwise the voter with the highest id leads. Where the leader changes,
// every server drops its clients, as servers do when they look for a leader.
func (e *Ensemble) elect() {
	leader := e.nextLeader()
	if leader == e.leader {
		return
	}
	e.leader = leader
	for _, m := range e.members {
		m.server.hangUp()
	}
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
func (e *Ensemble) serves(m *member) bool {
	return e.leader != 0 && m.mode == Up
}

// role is what mntr calls server_state.
func (e *Ensemble) role(m *member) string {
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
		if e.role(m) != "follower" || !e.serves(m) {
			continue
		}
		synced++
		if !e.membership.Voter(id) {
			nonVoting++
		}
	}
	return synced, nonVoting
}
