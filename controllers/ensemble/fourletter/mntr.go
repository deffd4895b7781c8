package fourletter

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Monitor is what the word mntr tells about a server. Numbers that the server
// did not report are 0; only a leader reports those about followers.
type Monitor struct {
	// Version is the release, such as 3.9.5, without its build.
	Version string
	// ServerState is leader, follower, observer, standalone or read-only.
	ServerState string
	// PeerState is what the server does in the ensemble, such as
	// "following - broadcast" or "following - synchronization - snap".
	PeerState string
	// QuorumSize is the number of voters in the committed configuration, not
	// how many of them make a majority.
	QuorumSize int
	// SyncedFollowers counts followers that the leader sends commits to, with
	// those that do not vote.
	SyncedFollowers int
	// SyncedNonVoting counts those of SyncedFollowers that do not vote.
	SyncedNonVoting int
	// LeaderUptime is for how long the server has led.
	LeaderUptime time.Duration
}

// Serving reports whether the server takes its part in a quorum that commits:
// it leads, or it follows or observes and is in sync.
func (m Monitor) Serving() bool {
	switch m.ServerState {
	case "leader":
		return true
	case "follower", "observer":
		return m.Broadcasting()
	default:
		return false
	}
}

// Broadcasting reports whether the server is past synchronization.
func (m Monitor) Broadcasting() bool {
	return strings.HasSuffix(m.PeerState, "- broadcast")
}

// Mntr asks the server at addr how it is. The error is [ErrNotServing] while
// the server is in no quorum.
func Mntr(ctx context.Context, addr string) (Monitor, error) {
	answer, err := Ask(ctx, addr, "mntr")
	if err != nil {
		return Monitor{}, err
	}
	return parseMonitor(answer)
}

func parseMonitor(answer string) (Monitor, error) {
	var m Monitor
	for line := range strings.Lines(answer) {
		key, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		if !ok {
			continue
		}
		if err := m.set(key, value); err != nil {
			return Monitor{}, fmt.Errorf("%w: %s: %w", ErrUnexpected, key, err)
		}
	}
	if m.ServerState == "" {
		return Monitor{}, fmt.Errorf("%w: no zk_server_state in %d bytes", ErrUnexpected, len(answer))
	}
	return m, nil
}

func (m *Monitor) set(key, value string) (err error) {
	switch key {
	case "zk_version":
		m.Version, _, _ = strings.Cut(value, "-")
	case "zk_server_state":
		m.ServerState = value
	case "zk_peer_state":
		m.PeerState = value
	case "zk_quorum_size":
		m.QuorumSize, err = count(value)
	case "zk_synced_followers":
		m.SyncedFollowers, err = count(value)
	case "zk_synced_non_voting_followers":
		m.SyncedNonVoting, err = count(value)
	case "zk_leader_uptime":
		var milliseconds int
		milliseconds, err = count(value)
		m.LeaderUptime = time.Duration(milliseconds) * time.Millisecond
	}
	return err
}

// count reads a number that some versions print as a float.
func count(value string) (int, error) {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0, err
	}
	return int(n), nil
}
