package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strconv"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
	"github.com/zkensemble/zookeeper-operator/e2e/session"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// way is how the leader is restarted.
type way string

const (
	plain    way = "plain"
	handover way = "handover"
)

// bench takes the measurements, one after the other.
type bench struct {
	ensemble *ensemble
	options  *options
	burner   *burner
	meter    *load.Meter
	writers  []*writer
}

// run measures all pairs and prints each run when it is over.
func (b *bench) run(ctx context.Context, out io.Writer, size int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var err error
	if b.writers, err = startWriters(ctx, b.ensemble, b.meter); err != nil {
		return err
	}
	printHeader(out, b.options, b.ensemble.collector(), size)
	var runs []run
	for pair := range b.options.pairs {
		// Whatever one way leaves behind for the next must not favour one of them.
		order := []way{plain, handover}
		if pair%2 == 1 {
			order = []way{handover, plain}
		}
		for _, way := range order {
			r, err := b.measure(ctx, way)
			if err != nil {
				return fmt.Errorf("pair %d, %s: %w", pair+1, way, err)
			}
			r.pair = pair + 1
			runs = append(runs, r)
			printRun(out, r)
		}
	}
	printSummary(out, runs)
	return nil
}

// quiet is for how long the writer is watched before each run, under the load,
// as a measure of the noise.
const quiet = 2 * time.Second

// measure restarts the leader in one way, from full health to full health.
func (b *bench) measure(ctx context.Context, way way) (run, error) {
	before, leader, err := b.settle(ctx)
	if err != nil {
		return run{}, fmt.Errorf("before: %w", err)
	}
	epoch, err := b.ensemble.epoch(ctx, leader.id)
	if err != nil {
		return run{}, err
	}
	log.Printf("%s of server %d begins", way, leader.id)
	start := time.Now()
	r := run{way: way, from: leader.id, noise: b.meter.Reset().Largest}
	move := b.stop
	if way == handover {
		move = b.handover
	}
	if r.moved, err = move(ctx, leader, epoch); err != nil {
		return run{}, err
	}
	if r.move, err = b.afterNextWrite(ctx); err != nil {
		return run{}, err
	}
	if err := b.burner.rest(); err != nil {
		return run{}, err
	}
	if r.moved == leader.id {
		log.Print("the old leader leads again, and is killed as such")
		if _, err = b.stop(ctx, leader, epoch); err != nil {
			return run{}, err
		}
	}
	leader.kill()
	if err := b.ensemble.start(ctx, leader); err != nil {
		return run{}, err
	}
	after, err := b.ensemble.await(ctx, patience, states.InSync)
	if err != nil {
		return run{}, fmt.Errorf("after: %w", err)
	}
	end := time.Now()
	r.Reading, r.took, r.to = b.meter.Reset(), end.Sub(start), after.Leader()
	for id := range after {
		if id != leader.id {
			r.elections = max(r.elections, after[id].Elections-before[id].Elections)
		}
	}
	now, err := b.ensemble.epoch(ctx, r.to)
	r.changes = int(now - epoch)
	return r, errors.Join(err, check(ctx, b.ensemble, b.writers))
}

// settle waits for full health, and then for the noise to be measured.
func (b *bench) settle(ctx context.Context) (states, *server, error) {
	if _, err := b.ensemble.await(ctx, patience, states.InSync); err != nil {
		return nil, nil, err
	}
	for _, s := range b.ensemble.servers {
		if err := s.prune(); err != nil {
			return nil, nil, err
		}
	}
	if err := b.burner.work(); err != nil {
		return nil, nil, err
	}
	b.meter.Reset()
	if err := load.Pause(ctx, quiet); err != nil {
		return nil, nil, err
	}
	all, err := b.ensemble.await(ctx, patience, states.InSync)
	if err != nil {
		return nil, nil, err
	}
	return all, b.ensemble.server(all.Leader()), nil
}

// afterNextWrite returns what was seen until the ensemble works again.
func (b *bench) afterNextWrite(ctx context.Context) (load.Reading, error) {
	for start := time.Now(); ; {
		if seen, ok := b.meter.Seen(start); ok {
			return seen, nil
		}
		if err := load.Pause(ctx, writeInterval); err != nil {
			return load.Reading{}, err
		}
	}
}

// stop kills the leader and returns who leads in its place. Only then it starts
// again, because a new Pod needs longer than that.
func (b *bench) stop(ctx context.Context, leader *server, _ uint64) (int64, error) {
	leader.kill()
	all, err := b.ensemble.await(ctx, patience, func(all states) bool {
		other := all.Leader()
		return other != 0 && other != leader.id
	})
	if err != nil {
		return 0, fmt.Errorf("nobody leads in its place: %w", err)
	}
	return all.Leader(), nil
}

// handover moves the leadership and waits until the old leader follows in sync
// with its vote. Then it can be restarted as the follower that it is. If the
// others do not reach the one that is to lead, there is an election, which the
// old leader may win.
func (b *bench) handover(ctx context.Context, leader *server, epoch uint64) (int64, error) {
	if err := b.changeQuorumPort(ctx, leader); err != nil {
		return 0, fmt.Errorf("change the quorum port of server %d: %w", leader.id, err)
	}
	all, err := b.ensemble.await(ctx, patience, func(all states) bool {
		if !all.InSync() {
			return false
		}
		now, err := b.ensemble.epoch(ctx, all.Leader())
		return err == nil && now > epoch
	})
	if err != nil {
		return 0, fmt.Errorf("the old leader does not follow: %w", err)
	}
	log.Printf("all are in sync with server %d", all.Leader())
	return all.Leader(), nil
}

// changeQuorumPort asks the leader itself. That the answer is lost is no error:
// what follows shows whether the port has changed.
func (b *bench) changeQuorumPort(ctx context.Context, leader *server) error {
	conn, done, err := session.Connect(ctx, leader.clientAddr())
	if err != nil {
		return err
	}
	defer done()
	if err := conn.AddAuth("digest", []byte("super:"+b.ensemble.password)); err != nil {
		return err
	}
	text, _, err := conn.Get("/zookeeper/config")
	if err != nil {
		return err
	}
	membership, err := zkconfig.ParseMembership(string(text))
	if err != nil {
		return err
	}
	listed, ok := membership.Server(leader.id)
	if !ok {
		return errors.New("it is not listed")
	}
	port := quorumPort + handoverPort - listed.Addresses[0].QuorumPort
	_, err = conn.IncrementalReconfig([]string{leader.line(port).String()}, nil, int64(membership.Version))
	if errors.Is(err, zk.ErrConnectionClosed) {
		log.Print("the answer is lost")
		return nil
	}
	log.Print("port " + strconv.Itoa(port) + " is committed")
	return err
}
