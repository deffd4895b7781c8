package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"sync"

	"github.com/go-zookeeper/zk"

	"github.com/zkensemble/zookeeper-operator/e2e/session"
)

// sizes of the znodes, in KiB, in turns.
var sizes = []int{1, 2, 5, 10, 20, 50, 100}

// creators is how many connections build the tree.
const creators = 8

// grow creates znodes until their data has the size, and returns what the
// servers say that they hold.
func (e *ensemble) grow(ctx context.Context, megabytes int) (int64, error) {
	log.Printf("building a tree of %d MB", megabytes)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := make(chan int)
	failures := make(chan error, creators)
	var group sync.WaitGroup
	for i := range creators {
		group.Go(func() {
			if err := e.create(ctx, e.servers[i%len(e.servers)], next); err != nil {
				failures <- err
				cancel()
			}
		})
	}
	for size := 0; size < megabytes*1e6 && ctx.Err() == nil; {
		for _, kib := range sizes {
			select {
			case next <- kib:
				size += kib << 10
			case <-ctx.Done():
			}
		}
	}
	close(next)
	group.Wait()
	close(failures)
	var errs []error
	for err := range failures {
		errs = append(errs, err)
	}
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return 0, err
	}
	all, err := e.await(ctx, patience, states.InSync)
	return all[all.Leader()].DataSize, err
}

// create makes a znode of each size that it is given, with content that no
// compression makes smaller.
func (e *ensemble) create(ctx context.Context, s *server, next <-chan int) error {
	conn, done, err := session.Connect(ctx, s.clientAddr())
	if err != nil {
		return err
	}
	defer done()
	data := make([]byte, sizes[len(sizes)-1]<<10)
	_, _ = rand.Read(data) // which never fails
	for kib := range next {
		if _, err := conn.Create("/data-", data[:kib<<10], zk.FlagSequence, zk.WorldACL(zk.PermAll)); err != nil {
			return fmt.Errorf("create a znode of %d KiB through server %d: %w", kib, s.id, err)
		}
	}
	return nil
}
