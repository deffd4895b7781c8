// Package session opens sessions for measurements: such that come back at once,
// and such as a user of the client library has.
package session

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/go-zookeeper/zk"
)

const (
	// sessionTimeout lets a session survive the restart of its server on most
	// trees.
	sessionTimeout = 10 * time.Second
	// dialTimeout is short, because an address may be that of a Pod that is gone.
	dialTimeout = 500 * time.Millisecond
	// retryPause keeps attempts from taking the processors of those who are to
	// answer them.
	retryPause = 10 * time.Millisecond
)

// Connect opens a session through one server, to which it always comes back at
// once, resolving its name anew. The client library by itself would pause for a
// second after each attempt, which would be measured as if the server were away.
// The session ends with the context, or when done is called.
func Connect(ctx context.Context, addr string) (conn *zk.Conn, done func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	conn, _, err = zk.Connect([]string{addr}, sessionTimeout,
		zk.WithHostProvider(&single{closed: ctx.Done()}),
		zk.WithDialer(dial),
		zk.WithLogger(silent{}),
		zk.WithLogInfo(false))
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("connect to %s: %w", addr, err)
	}
	return conn, closing(ctx, cancel, conn), nil
}

// ConnectStock opens a session through any of the servers, with nothing of the
// library changed but its log: it tries the servers in turn, pauses for a second
// when it has tried all of them, and resolves their names only once.
func ConnectStock(ctx context.Context, addrs []string) (conn *zk.Conn, done func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	conn, _, err = zk.Connect(addrs, sessionTimeout, zk.WithLogger(silent{}), zk.WithLogInfo(false))
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

// single offers the same server again and again.
type single struct {
	addr   string
	closed <-chan struct{}
}

// Init takes the server.
func (s *single) Init(addrs []string) error {
	s.addr = addrs[0]
	return nil
}

// Len is the number of servers.
func (s *single) Len() int { return 1 }

// Next says that the list is at its end only once the session is closed: the
// library looks for that nowhere else while it cannot connect.
func (s *single) Next() (server string, retryStart bool) {
	select {
	case <-s.closed:
		return s.addr, true
	case <-time.After(retryPause):
		return s.addr, false
	}
}

// Connected is told of success, which changes nothing.
func (s *single) Connected() {}

func dial(network, addr string, _ time.Duration) (net.Conn, error) {
	conn, err := net.DialTimeout(network, addr, dialTimeout)
	if err != nil {
		return nil, err
	}
	return impatient{conn}, nil
}

// impatient bounds the wait for the answer to the handshake, for which the
// library allows ten times as long as for any other.
type impatient struct{ net.Conn }

// SetReadDeadline never allows more than the library allows any other answer.
func (c impatient) SetReadDeadline(deadline time.Time) error {
	if limit := time.Now().Add(sessionTimeout * 2 / 3); deadline.After(limit) {
		deadline = limit
	}
	return c.Conn.SetReadDeadline(deadline)
}

// silent drops the library's log.
type silent struct{}

// Printf drops a line.
func (silent) Printf(string, ...any) {}
