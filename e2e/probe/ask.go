package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// askTimeout bounds one question to one member.
const askTimeout = 2 * time.Second

// ask asks one member for its state by the four-letter word mntr.
func ask(ctx context.Context, addr string) history.Member {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return history.Member{State: stateOfError(err)}
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(conn, "mntr"); err != nil {
		return history.Member{State: stateOfError(err)}
	}
	answer, err := io.ReadAll(conn)
	if err != nil || len(answer) == 0 {
		return history.Member{State: stateOfError(err)}
	}
	return parseMonitor(string(answer))
}

// stateOfError tells a process that is away from one that may be there: only
// a name that does not exist, a host that is not there and a port on which
// nothing listens are evidence.
func stateOfError(err error) history.State {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound,
		errors.Is(err, syscall.ECONNREFUSED),
		errors.Is(err, syscall.EHOSTUNREACH),
		errors.Is(err, syscall.ENETUNREACH):
		return history.Gone
	default:
		return history.Silent
	}
}

// parseMonitor reads the answer to mntr: lines of a key, a tab and a value.
func parseMonitor(answer string) history.Member {
	values := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(answer))
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), "\t"); ok {
			values[key] = value
		}
	}
	number := func(key string) int {
		n, _ := strconv.ParseFloat(values[key], 64) // absent on all but the leader
		return int(n)
	}
	state := stateOf(values["zk_server_state"], values["zk_peer_state"])
	if state != history.Leading {
		return history.Member{State: state}
	}
	return history.Member{
		State:          state,
		QuorumSize:     number("zk_quorum_size"),
		Synced:         number("zk_synced_followers"),
		SyncedNonVoter: number("zk_synced_non_voting_followers"),
	}
}

func stateOf(server, peer string) history.State {
	serving := map[string]history.State{
		"leader": history.Leading, "follower": history.Following, "observer": history.Observing,
	}
	state, ok := serving[server]
	switch {
	case !ok:
		return history.Waiting
	case !strings.HasSuffix(peer, "broadcast"):
		return history.Syncing
	}
	return state
}
