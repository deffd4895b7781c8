package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
	"golang.org/x/sync/errgroup"

	"github.com/zkensemble/zookeeper-operator/e2e/linear"
	"github.com/zkensemble/zookeeper-operator/e2e/session"
)

// Clients that contend for the same znodes.
const (
	contended      = root + "/contended"
	contenders     = 6
	contendPace    = 150 * time.Millisecond // of each of them
	contendSession = 20 * time.Second       // for which each of them stays with a session
	// A few znodes at a time are contended for, and others after a while: the time
	// to check the history of one grows fast with its length.
	keysAtOnce = 3
	keysLast   = 5 * time.Second
	// Some reads look at the znodes of the last minute: what was written just
	// before a failure is still there after it.
	keysLookBack = 12
)

// contend lets clients work on the same znodes through different members until
// the input ends, reads all znodes once more through each client, and tells every
// operation.
func contend(ctx context.Context, in io.Reader, out io.Writer, members []member) error {
	stopping, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, in)
		stop()
	}()
	all := &contest{began: time.Now(), out: json.NewEncoder(out)}
	group, ctx := errgroup.WithContext(ctx)
	for i := range contenders {
		group.Go(func() error {
			c := &contender{contest: all, id: i, addrs: rotated(members, i), seen: map[string]znodeSeen{}}
			for stopping.Err() == nil {
				if err := c.play(ctx, stopping); err != nil {
					return err
				}
			}
			return c.readAll(ctx)
		})
	}
	return group.Wait()
}

// rotated are the addresses of the members, from one of them on.
func rotated(members []member, from int) []string {
	var addrs []string
	for i := range members {
		addrs = append(addrs, members[(from+i)%len(members)].addr)
	}
	return addrs
}

// contest is what all contenders share.
type contest struct {
	began time.Time
	mu    sync.Mutex
	out   *json.Encoder
}

func (c *contest) tell(o linear.Op) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Encode(o)
}

func (c *contest) now() time.Duration { return time.Since(c.began) }

// generation numbers the znodes that are contended for now.
func (c *contest) generation() int { return int(c.now() / keysLast) }

// keyOf is one of them. Those of another contest have other names.
func (c *contest) keyOf(generation, n int) string {
	return fmt.Sprintf("%s/%d-%05d-%d", contended, c.began.Unix(), generation, n)
}

// znodeSeen is what a client believes of a znode.
type znodeSeen struct {
	there   bool
	version int32
}

type contender struct {
	*contest
	id     int
	addrs  []string
	writes int
	seen   map[string]znodeSeen
}

func (c *contender) name() string { return fmt.Sprintf("contender-%d", c.id) }

// play is one session of the client, which ends between two operations. The next
// one begins with another member.
func (c *contender) play(ctx, stopping context.Context) error {
	conn, done, err := session.ConnectAny(ctx, c.addrs...)
	if err != nil {
		return err
	}
	defer done()
	c.addrs = append(c.addrs[1:], c.addrs[0])
	stopping, cancel := context.WithTimeout(stopping, contendSession)
	defer cancel()
	prepared := false
	return every(stopping, contendPace, func() error {
		if !prepared {
			prepared = ensure(conn, contended) == nil
			return nil
		}
		return c.step(conn)
	})
}

// step draws an operation, does it, and tells it.
func (c *contender) step(conn *zk.Conn) error {
	o := c.draw()
	sent := c.do(conn, &o)
	if !sent {
		return nil
	}
	c.learn(o)
	return c.tell(o)
}

func (c *contender) draw() linear.Op {
	o := linear.Op{Client: c.id, Key: c.keyOf(c.generation(), rand.IntN(keysAtOnce))}
	draw := rand.IntN(20)
	if !c.seen[o.Key].there && draw >= 8 {
		draw = 16
	}
	switch {
	case draw < 2:
		o.Kind, o.Key = linear.Read, c.keyOf(max(0, c.generation()-rand.IntN(keysLookBack)), rand.IntN(keysAtOnce))
	case draw < 8:
		o.Kind = linear.Read
	case draw < 14:
		o.Kind, o.Asked = linear.Set, c.seen[o.Key].version
	case draw < 16:
		o.Kind, o.Asked = linear.Set, linear.AnyVersion
	case draw < 18:
		o.Kind = linear.Create
	default:
		o.Kind, o.Asked = linear.Delete, c.seen[o.Key].version
	}
	if o.Kind == linear.Create || o.Kind == linear.Set {
		c.writes++
		o.Value = fmt.Sprintf("%d.%d", c.id, c.writes)
	}
	return o
}

// do does an operation and reports whether it was sent. A read that was not
// answered, or by another session than the one that has written before it, tells
// nothing and counts as one that was not sent.
func (c *contender) do(conn *zk.Conn, o *linear.Op) (sent bool) {
	o.Called = c.now()
	defer func() { o.Returned = c.now() }()
	if o.Kind == linear.Read {
		began := conn.SessionID()
		return catchUp(conn, c.name()) == nil && readKey(conn, o) && conn.SessionID() == began
	}
	err := change(conn, o)
	o.Result = resultOf(err)
	return !errors.Is(err, zk.ErrNoServer)
}

func change(conn *zk.Conn, o *linear.Op) error {
	switch o.Kind {
	case linear.Create:
		_, err := conn.Create(o.Key, []byte(o.Value), 0, zk.WorldACL(zk.PermAll))
		return err
	case linear.Delete:
		return conn.Delete(o.Key, o.Asked)
	default:
		stat, err := conn.Set(o.Key, []byte(o.Value), o.Asked)
		if err == nil {
			o.Version = stat.Version
		}
		return err
	}
}

// readKey reads a znode, and reports whether there was an answer.
func readKey(conn *zk.Conn, o *linear.Op) bool {
	value, stat, err := conn.Get(o.Key)
	o.Result = resultOf(err)
	if err == nil {
		o.Value, o.Version = string(value), stat.Version
	}
	return o.Result != linear.Unknown
}

// resultOf reads an answer. Whatever else went wrong says nothing about whether
// the operation was done.
func resultOf(err error) linear.Result {
	switch {
	case err == nil:
		return linear.Done
	case errors.Is(err, zk.ErrNodeExists):
		return linear.Exists
	case errors.Is(err, zk.ErrNoNode):
		return linear.Absent
	case errors.Is(err, zk.ErrBadVersion):
		return linear.BadVersion
	default:
		return linear.Unknown
	}
}

// learn keeps what an operation showed of its znode.
func (c *contender) learn(o linear.Op) {
	switch {
	case o.Result == linear.Absent, o.Result == linear.Done && o.Kind == linear.Delete:
		c.seen[o.Key] = znodeSeen{}
	case o.Result == linear.Done:
		c.seen[o.Key] = znodeSeen{there: true, version: o.Version}
	case o.Result == linear.Exists:
		c.seen[o.Key] = znodeSeen{there: true, version: c.seen[o.Key].version}
	default:
	}
}

// readAll reads every znode that was ever contended for, through one session. It
// begins again when the session is lost.
func (c *contender) readAll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, auditTimeout)
	defer cancel()
	for {
		reads, err := c.readThrough(ctx)
		switch {
		case err == nil:
			for _, o := range reads {
				if err := c.tell(o); err != nil {
					return err
				}
			}
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("read all contended znodes: %w", err)
		}
	}
}

func (c *contender) readThrough(ctx context.Context) ([]linear.Op, error) {
	conn, done, err := session.ConnectAny(ctx, c.addrs...)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := awaitCatchUp(ctx, conn); err != nil {
		return nil, err
	}
	began, called := conn.SessionID(), c.now()
	if err := catchUp(conn, c.name()); err != nil {
		return nil, err
	}
	var reads []linear.Op
	for generation := range c.generation() + 1 {
		for n := range keysAtOnce {
			o := linear.Op{Client: c.id, Key: c.keyOf(generation, n), Kind: linear.Read, Called: called}
			if !readKey(conn, &o) || conn.SessionID() != began {
				return nil, errors.New("the session was lost")
			}
			o.Returned = c.now()
			reads = append(reads, o)
		}
	}
	return reads, nil
}
