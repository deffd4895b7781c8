package zkclienttest

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

const notServing = "This ZooKeeper instance is not currently serving requests\n"

// answer returns what a server says to a four-letter word.
func (m *fakeMember) answer(word string) (string, bool) {
	e := m.ensemble
	e.mu.Lock()
	defer e.mu.Unlock()
	following := e.follows(m) && !e.mute(m)
	switch word {
	case "ruok":
		return "imok", true
	case "isro":
		if !following {
			return "null", true
		}
		return "rw", true
	case "srvr":
		if !following {
			return notServing, true
		}
		return fmt.Sprintf("Zookeeper version: %s\nMode: %s\n", e.build(m), e.role(m)), true
	case "mntr":
		if !following {
			return notServing, true
		}
		return e.monitor(m), true
	default:
		return "", false
	}
}

func (e *Ensemble) build(m *fakeMember) string {
	return cmp.Or(e.versions[m.id], e.version) + "-0123abcd, built on 2026-01-01 00:00 UTC"
}

func (e *Ensemble) monitor(m *fakeMember) string {
	role := cmp.Or(m.lies.Role, e.role(m))
	var b strings.Builder
	b.WriteString(m.lies.Monitor)
	line := func(key string, value any) { fmt.Fprintf(&b, "zk_%s\t%v\n", key, value) }
	line("version", e.build(m))
	line("server_state", role)
	line("peer_state", peerState(role, m.mode))
	line("num_alive_connections", "1")
	line("quorum_size", len(e.membership.Voters()))
	if role == "leader" {
		line("leader_uptime", time.Since(e.led).Milliseconds())
		synced, nonVoting := e.followers()
		line("synced_followers", synced)
		line("synced_non_voting_followers", nonVoting)
	}
	return b.String()
}

func peerState(role string, mode Mode) string {
	doing := map[string]string{"leader": "leading", "follower": "following", "observer": "observing"}[role]
	if mode == Syncing {
		return doing + " - synchronization - snap"
	}
	return doing + " - broadcast"
}
