package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/go-zookeeper/zk"

	"github.com/zkensemble/zookeeper-operator/e2e/session"
	"github.com/zkensemble/zookeeper-operator/e2e/words"
)

const (
	// znodeSize is that of every znode of the tree, in bytes.
	znodeSize = 10_000
	// batch is how many znodes one transaction makes. It must stay below the size
	// of a request that servers accept.
	batch = 50
	// tree and records are the parents of the znodes that stay and of those that
	// the writers make.
	tree    = "/tree"
	records = "/records"
)

// grow fills a new ensemble with as many megabytes, and waits until every member
// says that it holds them.
func (e *ensemble) grow(ctx context.Context, megabytes int) error {
	if err := await(ctx, e.name+" is settled", e.settled); err != nil {
		return err
	}
	log.Printf("%s: building a tree of %d MB", e.name, megabytes)
	conn, done, err := session.Connect(ctx, e.addr(0))
	if err != nil {
		return err
	}
	defer done()
	for _, parent := range []string{records, tree} {
		if _, err := conn.Create(parent, nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
			return fmt.Errorf("create %s: %w", parent, err)
		}
	}
	for n := 0; n*znodeSize < megabytes*1e6; n += batch {
		if _, err := conn.Multi(znodes(n)...); err != nil {
			return fmt.Errorf("create %d znodes: %w", batch, err)
		}
	}
	return await(ctx, "every member holds the tree", func(ctx context.Context) error {
		for name, state := range words.AskAll(ctx, e.addrs()) {
			if state.DataSize < int64(megabytes*1e6) {
				return fmt.Errorf("%s holds %d bytes", name, state.DataSize)
			}
		}
		return nil
	})
}

// znodes makes one batch of the tree, which begins at a number.
func znodes(from int) []any {
	data := make([]byte, znodeSize)
	operations := make([]any, 0, batch)
	for n := from; n < from+batch; n++ {
		operations = append(operations, &zk.CreateRequest{
			Path: fmt.Sprintf("%s/%06d", tree, n), Data: data, Acl: zk.WorldACL(zk.PermAll),
		})
	}
	return operations
}

// prune removes a folder with all its records.
func prune(conn *zk.Conn, folder string) error {
	const many = 1000
	names, _, err := conn.Children(folder)
	if err != nil {
		return err
	}
	var operations []any
	for _, name := range names {
		operations = append(operations, &zk.DeleteRequest{Path: folder + "/" + name, Version: -1})
	}
	operations = append(operations, &zk.DeleteRequest{Path: folder, Version: -1})
	for len(operations) > 0 && err == nil {
		n := min(many, len(operations))
		_, err = conn.Multi(operations[:n]...)
		operations = operations[n:]
	}
	if err != nil {
		return errors.Join(fmt.Errorf("remove %s", folder), err)
	}
	return nil
}
