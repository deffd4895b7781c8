// Package session opens sessions for the probe and for measurements: some that come
// back at once, some that go through a list of servers, and some that a user of the
// client library has.
package session

import (
	"context"
	"fmt"
	"time"

	"github.com/go-zookeeper/zk"
)

// limits are for how long a session waits.
type limits struct {
	session time.Duration // without its server, until it is over
	dial    time.Duration // for a connection
}

var (
	// measuring lets a session survive the restart of its server on most trees, and
	// dials quickly, because an address may be that of a Pod that is gone.
	measuring = limits{session: 10 * time.Second, dial: 500 * time.Millisecond}
	// probing gives up on a server that does not answer within two thirds of the time.
	probing = limits{session: 6 * time.Second, dial: 2 * time.Second}
)

// Connect opens a session through one server, to which it always comes back at
// once, resolving its name anew. The client library by itself would pause for a
// second after each attempt, which would be measured as if the server were away.
// The session ends with the context, or when done is called.
func Connect(ctx context.Context, addr string) (conn *zk.Conn, done func(), err error) {
	return open(ctx, []string{addr}, measuring, func(closed <-chan struct{}) zk.HostProvider { return &single{closed: closed} })
}

// ConnectAny opens a session through any of the servers, which are tried in turn.
// Their names are resolved anew at every attempt, because a member's address changes
// with its Pod. The session ends with the context, or when done is called.
func ConnectAny(ctx context.Context, addrs ...string) (conn *zk.Conn, done func(), err error) {
	return open(ctx, addrs, probing, func(<-chan struct{}) zk.HostProvider { return &roundRobin{} })
}

// ConnectStock opens a session through any of the servers, with nothing of the
// library changed but its log: it tries the servers in turn, pauses for a second
// when it has tried all of them, and resolves their names only once.
func ConnectStock(ctx context.Context, addrs []string) (conn *zk.Conn, done func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	conn, _, err = zk.Connect(addrs, measuring.session, zk.WithLogger(silent{}), zk.WithLogInfo(false))
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("connect to %v: %w", addrs, err)
	}
	return conn, closing(ctx, cancel, conn), nil
}

// open opens a session through the servers that hosts offers, which learns of its end.
func open(ctx context.Context, addrs []string, wait limits, hosts func(closed <-chan struct{}) zk.HostProvider) (*zk.Conn, func(), error) {
	ctx, cancel := context.WithCancel(ctx)
	conn, _, err := zk.Connect(addrs, wait.session,
		zk.WithHostProvider(hosts(ctx.Done())),
		zk.WithDialer(wait.connect),
		zk.WithLogger(silent{}),
		zk.WithLogInfo(false))
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("connect to %v: %w", addrs, err)
	}
	return conn, closing(ctx, cancel, conn), nil
}

// closing closes the session with the context, which ends whatever waits for an
// answer.
func closing(ctx context.Context, cancel context.CancelFunc, conn *zk.Conn) func() {
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() {
		conn.Close()
		close(closed)
	})
	return func() {
		cancel()
		<-closed
	}
}

// silent drops the library's log: the probe's standard output is the history.
type silent struct{}

// Printf drops a line.
func (silent) Printf(string, ...any) {}
