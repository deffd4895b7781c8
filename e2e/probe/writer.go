package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
	"github.com/zkensemble/zookeeper-operator/e2e/session"
)

// writePace is the pause between two records.
const writePace = 100 * time.Millisecond

// write appends numbered records through a client that knows all members. A
// record is repeated until its fate is known and only then followed by the
// next, so the acknowledged records are a prefix of the numbers.
func write(ctx context.Context, out *printer, members []member, acked *atomic.Int64) error {
	addrs := make([]string, 0, len(members))
	for _, m := range members {
		addrs = append(addrs, m.addr)
	}
	conn, done, err := session.ConnectAny(ctx, addrs...)
	if err != nil {
		return err
	}
	defer done()

	prepared := false
	w := writer{conn: conn, out: out, next: 1}
	return every(ctx, writePace, func() error {
		if !prepared {
			prepared = ensure(conn, records) == nil
			return nil
		}
		n, err := w.attempt()
		acked.Store(n)
		return err
	})
}

type writer struct {
	conn     *zk.Conn
	out      *printer
	next     int64 // the record to write
	attempts int   // made so far at writing it
	began    time.Time
}

// attempt tries to write the next record and returns the number of the last
// one that was acknowledged.
func (w *writer) attempt() (acked int64, err error) {
	if w.attempts == 0 {
		w.began = time.Now()
	}
	w.attempts++
	switch err := w.create(); {
	case errors.Is(err, errForeign):
		return w.next - 1, fmt.Errorf("record %d: %w", w.next, err)
	case err != nil:
		return w.next - 1, w.out.print(history.Entry{Kind: history.Unknown, N: w.next, Attempts: w.attempts, Text: err.Error()})
	}
	entry := history.Entry{
		Kind: history.Acked, N: w.next, Attempts: w.attempts,
		Took: time.Since(w.began), Member: w.conn.Server(),
	}
	w.next++
	w.attempts = 0
	return w.next - 1, w.out.print(entry)
}

var errForeign = errors.New("it existed before it was written")

// create returns nil once the record is certainly committed.
func (w *writer) create() error {
	_, err := w.conn.Create(recordPath(w.next), []byte(recordValue(w.next)), 0, zk.WorldACL(zk.PermAll))
	switch {
	case !errors.Is(err, zk.ErrNodeExists):
		return err
	case w.attempts == 1:
		return errForeign
	}
	return nil // an earlier attempt had been committed
}
