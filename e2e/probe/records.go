package main

import (
	"errors"
	"fmt"

	"github.com/go-zookeeper/zk"
)

// Paths that the probe uses.
const (
	root    = "/e2e"
	records = root + "/records"
)

// Records are named by their number, so that each can exist once only, and
// hold a value that depends on it.
func recordName(n int64) string { return fmt.Sprintf("r%08d", n) }

func recordPath(n int64) string { return records + "/" + recordName(n) }

func recordValue(n int64) string {
	return fmt.Sprintf("%d:%x", n, uint64(n)*0x9e3779b97f4a7c15)
}

// ensure creates a path and its parents where they are missing.
func ensure(conn *zk.Conn, path string) error {
	for i := 1; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		_, err := conn.Create(path[:i], nil, 0, zk.WorldACL(zk.PermAll))
		if err != nil && !errors.Is(err, zk.ErrNodeExists) {
			return fmt.Errorf("create %s: %w", path[:i], err)
		}
	}
	return nil
}

// catchUp makes the member behind the session apply everything that was
// committed before the call: a write of the session's own is ordered after all
// of it, and is answered only once the member has applied it. A sync alone
// would not do, because a leader that was deposed and does not know it answers
// it too.
func catchUp(conn *zk.Conn, who string) error {
	path := root + "/reader-" + who
	_, err := conn.Set(path, nil, -1)
	if errors.Is(err, zk.ErrNoNode) {
		err = ensure(conn, path)
	}
	return err
}
