package zkclient

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// Change is an incremental reconfiguration: who leaves, who joins, and what the
// configuration was when this was decided.
type Change struct {
	// Version is that of the configuration that the change was decided on. The
	// servers refuse the change if another one was committed since.
	Version uint64
	// Joining are added, each in the role that its line says. The line of a
	// server that is listed already replaces the listed one.
	Joining []zkconfig.Server
	// Leaving are the ids of servers that are no longer listed.
	Leaving []int64
}

// Reconfig makes the server at addr, which should be the leader, commit a
// change with the rights of the super-user, and returns what is committed then.
//
// Nothing is tried twice. [ErrUnknownOutcome] means that the change may have
// been committed and may still be: a change that moves the leadership ends the
// connection that asks for it about as often as not. Whoever gets it looks at
// [Client.Membership] again. After every other error that this package names,
// the change was not made.
func (c *Client) Reconfig(ctx context.Context, addr, password string, change Change) (zkconfig.Membership, error) {
	// A negative version would mean any.
	if change.Version > math.MaxInt64 {
		return zkconfig.Membership{}, fmt.Errorf("%w: no configuration has the version %x", ErrBadVersion, change.Version)
	}
	var membership zkconfig.Membership
	err := c.withSession(ctx, addr, func(s *session) error {
		if err := s.becomeSuper(password); err != nil {
			return err
		}
		if err := s.reconfig(change); err != nil {
			return err
		}
		var err error
		if membership, err = s.committed(); err != nil {
			return fmt.Errorf("%w: read back: %v", ErrUnknownOutcome, err) //nolint:errorlint // It must not pass for a refusal.
		}
		return nil
	})
	if err != nil {
		return zkconfig.Membership{}, err
	}
	return membership, nil
}

// becomeSuper gives the session the super-user's rights if the password is
// right; otherwise the server refuses what needs them.
func (s *session) becomeSuper(password string) error {
	return translate(s.conn.AddAuth("digest", []byte("super:"+password)))
}

func (s *session) reconfig(change Change) error {
	joining := make([]string, len(change.Joining))
	for i, server := range change.Joining {
		joining[i] = server.String()
	}
	leaving := make([]string, len(change.Leaving))
	for i, id := range change.Leaving {
		leaving[i] = strconv.FormatInt(id, 10)
	}
	_, err := s.conn.IncrementalReconfig(joining, leaving, int64(change.Version))
	return translate(err)
}

// committed is the configuration that the server knows. The answer to a
// reconfiguration carries it too, but the client library drops that; the server
// has it by the time that it answers.
func (s *session) committed() (zkconfig.Membership, error) {
	text, err := s.get(configPath)
	if err != nil {
		return zkconfig.Membership{}, err
	}
	return zkconfig.ParseMembership(text)
}
