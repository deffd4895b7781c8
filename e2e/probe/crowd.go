package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/go-zookeeper/zk"
	"golang.org/x/sync/errgroup"
)

const (
	// crowdTimeout bounds the making of a crowd.
	crowdTimeout = 80 * time.Second
	// crowdWidth is how many creates of one session are under way at once.
	crowdWidth = 32
)

// crowd makes many znodes at the root and deletes every second one again. A
// server counts for each name that its root ever had, and never forgets one.
func crowd(ctx context.Context, server, count string) error {
	names, err := strconv.Atoi(count)
	if err != nil {
		return fmt.Errorf("number of znodes: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, crowdTimeout)
	defer cancel()
	conn, done, err := connectFor(ctx, server)
	if err != nil {
		return err
	}
	defer done()
	if err := awaitCatchUp(ctx, conn); err != nil {
		return fmt.Errorf("%s: no session: %w", server, err)
	}
	var group errgroup.Group
	group.SetLimit(crowdWidth)
	for n := range names {
		group.Go(func() error {
			path := fmt.Sprintf("/one-of-the-crowd-%08d", n)
			if _, err := conn.Create(path, nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
				return fmt.Errorf("create %s: %w", path, err)
			}
			if n%2 == 0 {
				return nil
			}
			if err := conn.Delete(path, -1); err != nil {
				return fmt.Errorf("delete %s: %w", path, err)
			}
			return nil
		})
	}
	return group.Wait()
}
