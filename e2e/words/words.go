// Package words asks ZooKeeper servers by four-letter words, as a person with a
// terminal would.
package words

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Timeout is for how long measurements wait for the answer of a server.
const Timeout = time.Second

// State is what a server says about itself; the zero value is one that says
// nothing, or that it serves nobody.
type State struct {
	Role string
	// Broadcasting is true for a server that is in sync.
	Broadcasting bool
	// Voters, Following and NonVoting are known to a leader only: how many vote,
	// how many follow in sync, and how many of these without a vote.
	Voters, Following, NonVoting int
	// Elections is how often it has looked for a leader since its start.
	Elections int
	// DataSize is the approximate size of the tree in bytes.
	DataSize int64
}

// Roles of servers that are part of a quorum, or follow one without a vote.
const (
	Leading   = "leader"
	Following = "follower"
	Observing = "observer"
)

// Ask sends one word, and returns the answer if it comes in time.
func Ask(ctx context.Context, timeout time.Duration, addr, word string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // fails if it is closed
	defer stop()
	if _, err := io.WriteString(conn, word); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(conn)
	return string(answer), err
}

// ParseMonitor reads the answer to mntr.
func ParseMonitor(answer string) State {
	values := map[string]string{}
	for line := range strings.Lines(answer) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			values[key] = value
		}
	}
	number := func(key string) int64 {
		n, err := strconv.ParseFloat(values[key], 64)
		if err != nil {
			return 0 // only leaders report some
		}
		return int64(n)
	}
	return State{
		Role:         values["zk_server_state"],
		Broadcasting: strings.HasSuffix(values["zk_peer_state"], "- broadcast"),
		Voters:       int(number("zk_quorum_size")),
		Following:    int(number("zk_synced_followers")),
		NonVoting:    int(number("zk_synced_non_voting_followers")),
		Elections:    int(number("zk_looking_count")),
		DataSize:     number("zk_approximate_data_size"),
	}
}

// ParseServer reads the role of a server and the number of the leadership under
// which it last saw a transaction, from the answer to srvr.
func ParseServer(answer string) (role string, epoch uint64, err error) {
	for line := range strings.Lines(answer) {
		line = strings.TrimSpace(line)
		if mode, ok := strings.CutPrefix(line, "Mode: "); ok {
			role = mode
		}
		if zxid, ok := strings.CutPrefix(line, "Zxid: 0x"); ok {
			n, err := strconv.ParseUint(zxid, 16, 64)
			if err != nil {
				return "", 0, err
			}
			epoch = n >> 32
		}
	}
	if role == "" {
		return "", 0, fmt.Errorf("no mode in %q", answer)
	}
	return role, epoch, nil
}

// States are what several servers say, by whatever names them.
type States[Name comparable] map[Name]State

// AskAll asks all servers at once, by their names and addresses.
func AskAll[Name comparable](ctx context.Context, addrs map[Name]string) States[Name] {
	var mu sync.Mutex
	states := States[Name]{}
	var group sync.WaitGroup
	for name, addr := range addrs {
		group.Go(func() {
			var state State
			if answer, err := Ask(ctx, Timeout, addr, "mntr"); err == nil {
				state = ParseMonitor(answer)
			}
			mu.Lock()
			defer mu.Unlock()
			states[name] = state
		})
	}
	group.Wait()
	return states
}

// Leader returns the name of the one leader, and no name if there is none or
// more than one.
func (s States[Name]) Leader() Name {
	var leader, none Name
	for name, state := range s {
		if state.Role != Leading {
			continue
		}
		if leader != none {
			return none
		}
		leader = name
	}
	return leader
}

// InSync reports whether every server votes and serves, and follows the leader
// in sync.
func (s States[Name]) InSync() bool {
	leader := s[s.Leader()]
	if leader.Voters != len(s) || leader.Following != len(s)-1 || leader.NonVoting != 0 {
		return false
	}
	for _, state := range s {
		if state.Role != Leading && state.Role != Following || !state.Broadcasting {
			return false
		}
	}
	return true
}
