package zkclient

import (
	"context"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// configPath is where every server shows the committed configuration.
const configPath = "/zookeeper/config"

// Membership returns the committed configuration as the server at addr knows
// it, no older than the moment of the call. Anyone may read it.
func (c *Client) Membership(ctx context.Context, addr string) (zkconfig.Membership, error) {
	var membership zkconfig.Membership
	err := c.withSession(ctx, addr, func(s *session) error {
		if err := s.sync(configPath); err != nil {
			return err
		}
		var err error
		membership, err = s.committed()
		return err
	})
	if err != nil {
		return zkconfig.Membership{}, err
	}
	return membership, nil
}

// ProveCommit returns nil only if the ensemble committed something after the
// call, and the server at addr took part: it opens a new session there, which
// is a transaction, and then syncs. It proves nothing where localSessionsEnabled
// is set.
func (c *Client) ProveCommit(ctx context.Context, addr string) error {
	return c.withSession(ctx, addr, func(s *session) error { return s.sync("/") })
}
