package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
	"github.com/zkensemble/zookeeper-operator/e2e/session"
)

// writeInterval is how often each connection writes, unless an answer takes
// longer.
const writeInterval = 5 * time.Millisecond

// writer counts upwards in a znode of its own, through one server.
type writer struct {
	server *server
	conn   *zk.Conn
	meter  *load.Meter

	mu           sync.Mutex
	acknowledged int64 // the last number that was acknowledged
	count        int32 // how many were
}

func (w *writer) path() string { return fmt.Sprintf("/writer-%d", w.server.id) }

// startWriters starts one for each server and returns when all can write.
func startWriters(ctx context.Context, e *ensemble, m *load.Meter) ([]*writer, error) {
	var writers []*writer
	for _, s := range e.servers {
		conn, _, err := session.Connect(ctx, s.clientAddr())
		if err != nil {
			return nil, err
		}
		w := &writer{server: s, conn: conn, meter: m}
		if _, err := conn.Create(w.path(), []byte("0"), 0, zk.WorldACL(zk.PermAll)); err != nil {
			return nil, fmt.Errorf("create %s: %w", w.path(), err)
		}
		writers = append(writers, w)
	}
	for _, w := range writers {
		go w.write(ctx)
	}
	return writers, nil
}

func (w *writer) write(ctx context.Context) {
	ticker := time.NewTicker(writeInterval)
	defer ticker.Stop()
	for n := int64(1); ; n++ {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		_, err := w.conn.Set(w.path(), strconv.AppendInt(nil, n, 10), -1)
		switch {
		case err == nil:
			w.mu.Lock()
			w.acknowledged = n
			w.count++
			w.mu.Unlock()
			w.meter.Acknowledged()
		case ctx.Err() != nil:
			return
		default:
			w.meter.Failed()
		}
	}
}

// check reads what a writer wrote through every server. Each must show all that
// was acknowledged before: the last number or a later one, and at least as many
// changes as there were acknowledgements, so that none was lost in between.
func check(ctx context.Context, e *ensemble, writers []*writer) error {
	var errs []error
	for _, s := range e.servers {
		conn, done, err := session.Connect(ctx, s.clientAddr())
		if err != nil {
			return err
		}
		for _, w := range writers {
			if err := w.checkThrough(conn); err != nil {
				errs = append(errs, fmt.Errorf("through server %d: %w", s.id, err))
			}
		}
		done()
	}
	return errors.Join(errs...)
}

func (w *writer) checkThrough(conn *zk.Conn) error {
	w.mu.Lock()
	acknowledged, count := w.acknowledged, w.count
	w.mu.Unlock()
	if _, err := conn.Sync(w.path()); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	data, stat, err := conn.Get(w.path())
	if err != nil {
		return fmt.Errorf("read %s: %w", w.path(), err)
	}
	got, err := strconv.ParseInt(string(data), 10, 64)
	if err != nil {
		return err
	}
	if got < acknowledged || stat.Version < count {
		return fmt.Errorf("%s: %d after %d changes, but %d was acknowledged after %d: a write was lost",
			w.path(), got, stat.Version, acknowledged, count)
	}
	return nil
}
