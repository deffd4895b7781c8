package zkclient

import (
	"errors"
	"fmt"

	"github.com/go-zookeeper/zk"
)

// What a server can answer to a request. Everything else is a connection that
// was lost, which says nothing about whether the request was carried out.
var (
	// ErrNoSession means that the server was not reached, or gave no session.
	ErrNoSession = errors.New("no session with the server")
	// ErrUnknownOutcome means that the connection was lost or time ran out
	// after a request was sent: look again before deciding anything.
	ErrUnknownOutcome = errors.New("the connection was lost; whether the request was carried out is unknown")
	// ErrNoNode means that the znode does not exist.
	ErrNoNode = errors.New("the znode does not exist")
	// ErrNoAuth means that the session lacks the right.
	ErrNoAuth = errors.New("the session has no right to do this")
	// ErrBadVersion means that somebody else was first.
	ErrBadVersion = errors.New("the version has changed")
	// ErrBadArguments means that the server refuses the request as such.
	ErrBadArguments = errors.New("the server refuses the arguments")
	// ErrNewConfigNoQuorum means that too few voters of the new configuration
	// are connected and in sync.
	ErrNewConfigNoQuorum = errors.New("the new configuration would have no quorum in sync")
	// ErrReconfigInProgress means that an earlier one is not committed yet.
	ErrReconfigInProgress = errors.New("another reconfiguration is in progress")
	// ErrReconfigDisabled means that the leader runs without reconfigEnabled.
	ErrReconfigDisabled = errors.New("reconfiguration is disabled")
	// ErrUnimplemented means that the server cannot do this, as a standalone
	// server cannot reconfigure.
	ErrUnimplemented = errors.New("the server does not implement this request")
)

// known maps the errors that the client library has names for.
var known = map[error]error{
	zk.ErrNoNode:           ErrNoNode,
	zk.ErrNoAuth:           ErrNoAuth,
	zk.ErrAuthFailed:       ErrNoAuth,
	zk.ErrBadVersion:       ErrBadVersion,
	zk.ErrBadArguments:     ErrBadArguments,
	zk.ErrReconfigDisabled: ErrReconfigDisabled,
	zk.ErrNoServer:         ErrNoSession,
	zk.ErrSessionExpired:   ErrNoSession,
	zk.ErrConnectionClosed: ErrUnknownOutcome,
	zk.ErrClosing:          ErrUnknownOutcome,
}

// unnamed maps the codes that the library only prints.
var unnamed = map[int]error{
	-6:  ErrUnimplemented,
	-13: ErrNewConfigNoQuorum,
	-14: ErrReconfigInProgress,
}

// translate turns an error of the client library into one of ours. The library
// returns its errors bare.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if ours, ok := known[err]; ok {
		return ours
	}
	var code int
	if _, scanErr := fmt.Sscanf(err.Error(), "unknown error: %d", &code); scanErr == nil {
		if ours, ok := unnamed[code]; ok {
			return ours
		}
		return fmt.Errorf("the server answers with error %d", code)
	}
	return errors.New(err.Error())
}
