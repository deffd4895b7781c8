package zkclient

import (
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// Role is what a server says that it does now. It is empty while the server
// takes part in no quorum.
type Role string

const (
	// Leader orders all writes.
	Leader Role = "leader"
	// Follower votes, or is about to join the voters.
	Follower Role = "follower"
	// Observer serves clients and never votes.
	Observer Role = "observer"
	// Standalone serves without any ensemble.
	Standalone Role = "standalone"
)

// Target is a member to ask.
type Target struct {
	// ClientAddr and AgentAddr are host:port. The host is the Pod's IP, so that
	// an answer is this Pod's and not that of an older bearer of its name.
	ClientAddr, AgentAddr string
}

// Report is what could be learned about a member. Only what a member said
// itself is in it: nothing is concluded from silence.
type Report struct {
	Target
	// Serving means that the server answered as a part of a quorum.
	Serving bool
	// NotServing means that the server said itself that it is part of none: it
	// looks for a leader, or loads its data. With neither, the member is unknown:
	// no answer, and one that is cut off, garbled or refused, say nothing.
	NotServing bool
	Role       Role
	// Broadcasting means that the server is past synchronization. Only then is
	// a follower in sync.
	Broadcasting bool
	// Version is the release of the server, such as 3.9.5.
	Version string

	// Only a leader reports these. QuorumSize is the number of all voters.
	QuorumSize, SyncedFollowers, SyncedNonVoting int
	// LeaderUptime is for how long it has led.
	LeaderUptime time.Duration

	// Agent is nil if the agent did not answer.
	Agent *member.State

	// Err is why the server, or else the agent, gave no usable answer.
	Err error
	// Duration is how long the member took to answer, or to fail to.
	Duration time.Duration
}

// SyncedVoters is how many voters follow in sync, itself included, as the
// server counts them if it leads. All are in sync when they are QuorumSize.
func (r *Report) SyncedVoters() int { return 1 + r.SyncedFollowers - r.SyncedNonVoting }
