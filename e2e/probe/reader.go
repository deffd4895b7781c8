package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/go-zookeeper/zk"
	"golang.org/x/sync/errgroup"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
	"github.com/zkensemble/zookeeper-operator/e2e/session"
)

const readPace = time.Second

// read checks through one member, again and again, that every acknowledged
// record is there, and tells its configuration.
func read(ctx context.Context, out *printer, m member, acked *atomic.Int64) error {
	conn, done, err := session.ConnectAny(ctx, m.addr)
	if err != nil {
		return err
	}
	defer done()
	r := reader{conn: conn, out: out, member: m.name}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return every(ctx, readPace, func() error { return r.check(acked.Load()) }) })
	group.Go(func() error { return followConfig(ctx, out, conn, m.name) })
	return group.Wait()
}

type reader struct {
	conn   *zk.Conn
	out    *printer
	member string
}

// check reads through the member after making it catch up. A member that
// cannot be used is nothing to tell: the watcher does that.
func (r *reader) check(acked int64) error {
	session := r.conn.SessionID()
	found, ok := r.look(acked)
	// A new session knows nothing of what the old one had seen.
	if !ok || r.conn.SessionID() != session {
		return nil
	}
	switch {
	case found.count < acked:
		return r.lost(acked, fmt.Sprintf("%d records are there, %d were acknowledged", found.count, acked))
	case found.sample > 0 && !found.there:
		return r.lost(found.sample, "it is not there")
	case found.sample > 0 && found.value != recordValue(found.sample):
		return r.lost(found.sample, fmt.Sprintf("it holds %q", found.value))
	}
	return nil
}

// look counts the records and reads one of those that were acknowledged. It is
// not ok when the member did not answer all of it.
func (r *reader) look(acked int64) (found glance, ok bool) {
	if err := catchUp(r.conn, r.member); err != nil {
		return found, false
	}
	_, stat, err := r.conn.Get(records)
	switch {
	case err == nil:
		found.count = int64(stat.NumChildren)
	case !errors.Is(err, zk.ErrNoNode):
		return found, false
	}
	if acked == 0 {
		return found, true
	}
	found.sample = 1 + rand.Int64N(acked)
	value, _, err := r.conn.Get(recordPath(found.sample))
	found.value, found.there = string(value), err == nil
	return found, err == nil || errors.Is(err, zk.ErrNoNode)
}

// glance is what one look at the records shows.
type glance struct {
	count  int64  // records that are there
	sample int64  // the record that was read, 0 for none
	there  bool   // whether it exists
	value  string // and what it holds
}

func (r *reader) lost(n int64, what string) error {
	return r.out.print(history.Entry{Kind: history.Lost, Member: r.member, N: n, Text: what})
}
