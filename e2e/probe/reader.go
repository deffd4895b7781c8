package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

const readPace = time.Second

// read checks through one member, again and again, that every acknowledged
// record is there.
func read(ctx context.Context, out *printer, m member, acked *atomic.Int64) error {
	conn, done, err := connectFor(ctx, m.addr)
	if err != nil {
		return err
	}
	defer done()
	r := reader{conn: conn, out: out, member: m.name}
	return every(ctx, readPace, func() error { return r.check(acked.Load()) })
}

type reader struct {
	conn   *zk.Conn
	out    *printer
	member string
	config string // the committed configuration that was seen last
}

// check reads through the member after making it catch up. A member that
// cannot be used is nothing to tell: the watcher does that.
func (r *reader) check(acked int64) error {
	session := r.conn.SessionID()
	if catchUp(r.conn, r.member) != nil {
		return nil
	}
	_, stat, err := r.conn.Get(records)
	if err != nil && !errors.Is(err, zk.ErrNoNode) {
		return nil
	}
	var count int64
	if stat != nil && err == nil {
		count = int64(stat.NumChildren)
	}
	var sample int64
	var value []byte
	var sampleErr error
	if acked > 0 {
		sample = 1 + rand.Int64N(acked)
		value, _, sampleErr = r.conn.Get(recordPath(sample))
	}
	// A new session knows nothing of what the old one had seen.
	if r.conn.SessionID() != session {
		return nil
	}
	switch {
	case count < acked:
		return r.lost(acked, fmt.Sprintf("%d records are there, %d were acknowledged", count, acked))
	case errors.Is(sampleErr, zk.ErrNoNode):
		return r.lost(sample, "it is not there")
	case sampleErr == nil && sample > 0 && string(value) != recordValue(sample):
		return r.lost(sample, fmt.Sprintf("it holds %q", value))
	}
	return r.tellConfig()
}

func (r *reader) lost(n int64, what string) error {
	return r.out.print(history.Entry{Kind: history.Lost, Member: r.member, N: n, Text: what})
}

// tellConfig tells the committed configuration whenever it is another one.
func (r *reader) tellConfig() error {
	config, _, err := r.conn.Get("/zookeeper/config")
	if err != nil || string(config) == r.config {
		return nil
	}
	r.config = string(config)
	return r.out.print(history.Entry{Kind: history.Voters, Member: r.member, Text: r.config})
}
