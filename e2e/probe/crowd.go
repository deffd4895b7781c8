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
	// crowdTimeout bounds the making of one part of a crowd.
	crowdTimeout = 80 * time.Second
	// crowdWidth is how many creates of one session are under way at once.
	crowdWidth = 32
)

// crowd makes many znodes at the root, numbered from first, and deletes every
// second one again. A server counts for each name that its root ever had, and
// never forgets one.
func crowd(ctx context.Context, server, first, count string) error {
	from, err := strconv.Atoi(first)
	if err != nil {
		return fmt.Errorf("number of the first znode: %w", err)
	}
	names, err := strconv.Atoi(count)
	if err != nil {
		return fmt.Errorf("number of znodes: %w", err)
	}
	return within(ctx, crowdTimeout, server, func(conn *zk.Conn) error {
		var group errgroup.Group
		group.SetLimit(crowdWidth)
		for n := range names {
			group.Go(func() error { return comeAndGo(conn, from+n) })
		}
		return group.Wait()
	})
}

// comeAndGo makes one znode, and deletes it again if its number is odd.
func comeAndGo(conn *zk.Conn, n int) error {
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
}
