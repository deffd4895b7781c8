package main

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
	"github.com/zkensemble/zookeeper-operator/e2e/words"
)

// askTimeout bounds one question to one member.
const askTimeout = 2 * time.Second

// ask asks one member for its state by the four-letter word mntr.
func ask(ctx context.Context, addr string) history.Member {
	answer, err := words.Ask(ctx, askTimeout, addr, "mntr")
	if err != nil || answer == "" {
		return history.Member{State: stateOfError(err)}
	}
	return memberOf(words.ParseMonitor(answer))
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

// memberOf is what a member that answered says of itself. Only a leader knows of the
// others.
func memberOf(says words.State) history.Member {
	m := history.Member{State: stateOf(says)}
	if m.State == history.Leading {
		m.QuorumSize, m.Synced, m.SyncedNonVoter = says.Voters, says.Following, says.NonVoting
	}
	return m
}

func stateOf(says words.State) history.State {
	serving := map[string]history.State{
		words.Leading: history.Leading, words.Following: history.Following, words.Observing: history.Observing,
	}
	state, ok := serving[says.Role]
	switch {
	case !ok:
		return history.Waiting
	case !says.Broadcasting:
		return history.Syncing
	}
	return state
}
