package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
	"github.com/zkensemble/zookeeper-operator/e2e/session"
)

// quiet is for how long is written before each roll, as a measure of the noise.
const quiet = 5 * time.Second

// roll is one measurement.
type roll struct {
	number   int
	ensemble string
	// begun is when the template changed.
	begun time.Time
	// from and to are the ordinals that led before and after.
	from, to int
	// changes counts the leaderships that began, numbers what they used up.
	changes, numbers int
	// noise is the largest gap between two acknowledged writes before the roll.
	noise time.Duration
	// members is what the connections to single members saw together, stock what
	// the stock client saw.
	members, stock load.Reading
	// took is the time from the change of the template until every Pod was new and
	// every member in sync.
	took time.Duration
	// checked counts the acknowledged records, all of which were found through
	// every member.
	checked int
}

// measure rolls once, from full health to full health.
func (e *ensemble) measure(ctx context.Context, o *options, number int) (roll, error) {
	if err := e.lead(ctx, o.leader); err != nil {
		return roll{}, fmt.Errorf("bring leadership to member %d: %w", o.leader, err)
	}
	writing, err := e.startWriting(ctx, o, number)
	if err != nil {
		return roll{}, err
	}
	defer writing.end()
	if err := load.Pause(ctx, quiet); err != nil {
		return roll{}, err
	}
	r := roll{number: number, ensemble: e.name}
	if r.from, err = e.leader(ctx); err != nil {
		return roll{}, err
	}
	log.Printf("%s: roll %d begins", e.name, number)
	r.noise = writing.members.Reset().Largest
	writing.stock.Reset()
	r.begun = time.Now()
	if err := e.restart(ctx); err != nil {
		return roll{}, err
	}
	if err := await(ctx, "the roll is over", e.updated); err != nil {
		return roll{}, err
	}
	r.took = time.Since(r.begun)
	r.members, r.stock = writing.members.Reset(), writing.stock.Reset()
	if r.to, err = e.leader(ctx); err != nil {
		return roll{}, err
	}
	writing.end()
	r.changes, r.numbers = writing.watcher.changes()
	r.checked, err = e.check(ctx, writing)
	return r, err
}

// writing is what goes on beside a roll: a writer through each member, a writer
// with a stock client, and a watcher of the leadership.
type writing struct {
	end            func() // stops it, and returns when nothing goes on
	members, stock *load.Meter
	writers        []*load.Writer
	folders        []string
	watcher        watcher
}

func (e *ensemble) startWriting(ctx context.Context, o *options, number int) (*writing, error) {
	ctx, cancel := context.WithCancel(ctx)
	var sessions []func()
	var group sync.WaitGroup
	w := &writing{members: load.NewMeter(o.threshold), stock: load.NewMeter(o.threshold)}
	w.end = sync.OnceFunc(func() {
		cancel()
		for _, done := range sessions {
			done()
		}
		group.Wait()
	})
	add := func(name string, conn *zk.Conn, done func(), meter *load.Meter) error {
		sessions = append(sessions, done)
		folder := fmt.Sprintf("%s/%d-%s", records, number, name)
		writer, err := load.NewWriter(conn, folder, meter)
		if err != nil {
			return err
		}
		w.writers, w.folders = append(w.writers, writer), append(w.folders, folder)
		return nil
	}
	connect := func() error {
		for name, addr := range e.addrs() {
			conn, done, err := session.Connect(ctx, addr)
			if err == nil {
				err = add(name, conn, done, w.members)
			}
			if err != nil {
				return err
			}
		}
		conn, done, err := session.ConnectStock(ctx, e.lasting())
		if err != nil {
			return err
		}
		return add("stock", conn, done, w.stock)
	}
	if err := connect(); err != nil {
		w.end()
		return nil, err
	}
	for _, writer := range w.writers {
		group.Go(func() { writer.Write(ctx) })
	}
	group.Go(func() { w.watcher.watch(ctx, e.addrs()) })
	return w, nil
}

// check reads every acknowledged record through each member, and then removes
// them, so that the tree is the same before every roll.
func (e *ensemble) check(ctx context.Context, w *writing) (checked int, err error) {
	var errs []error
	for name, addr := range e.addrs() {
		n, err := e.checkThrough(ctx, name, addr, w)
		checked = n
		if err != nil {
			errs = append(errs, fmt.Errorf("through %s: %w", name, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return checked, err
	}
	conn, done, err := session.Connect(ctx, e.addr(0))
	if err != nil {
		return checked, err
	}
	defer done()
	for _, folder := range w.folders {
		if err := prune(conn, folder); err != nil {
			return checked, err
		}
	}
	return checked, nil
}

func (e *ensemble) checkThrough(ctx context.Context, name, addr string, w *writing) (checked int, err error) {
	conn, done, err := session.Connect(ctx, addr)
	if err != nil {
		return 0, err
	}
	defer done()
	// A write of the session's own makes its server catch up first.
	if _, err := conn.Set(records, []byte(name), -1); err != nil {
		return 0, err
	}
	for _, writer := range w.writers {
		n, err := writer.Check(conn)
		if err != nil {
			return 0, err
		}
		checked += n
	}
	return checked, nil
}
