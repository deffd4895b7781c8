package zkclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/go-zookeeper/zk"
)

// session is a new ZooKeeper session through one server. The ensemble has
// committed its creation once a first request was answered.
//
// It never moves to another server and never connects twice: who asks one
// member must not get the answer of another, and a lost connection must show.
type session struct {
	conn *zk.Conn
}

// withSession opens a session through the server at addr, calls do and closes
// the session, all within the time that ctx and the client allow. When that
// time is over it returns, whatever the server does.
func (c *Client) withSession(ctx context.Context, addr string, do func(*session) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.sessionTimeout(), fmt.Errorf("%s took too long", addr))
	defer cancel()
	s, err := c.connect(ctx, addr)
	if err != nil {
		return fmt.Errorf("%w at %s: %w", ErrNoSession, addr, err)
	}
	if err := s.run(ctx, do); err != nil {
		return fmt.Errorf("session with %s: %w", addr, err)
	}
	return nil
}

// run ends when do does, or when ctx does, which ends do.
func (s *session) run(ctx context.Context, do func(*session) error) error {
	result, closed := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(closed)
		result <- do(s)
		// In order, so that the server forgets the session at once.
		s.conn.Close()
	}()
	select {
	case err := <-result:
		select {
		case <-closed:
		case <-ctx.Done():
		}
		return s.unlessNone(err)
	case <-ctx.Done():
		go s.conn.Close()
		return s.interrupted(ctx, s.unlessNone(<-result))
	}
}

// interrupted adds why, unless do was done just in time.
func (s *session) interrupted(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", context.Cause(ctx), err)
}

// unlessNone says that there was no session where the library only knows that
// there is none any more.
func (s *session) unlessNone(err error) error {
	if errors.Is(err, ErrUnknownOutcome) && s.conn.SessionID() == 0 {
		return ErrNoSession
	}
	return err
}

func (c *Client) connect(ctx context.Context, addr string) (*session, error) {
	host := &oneHost{addr: addr}
	conn, _, err := zk.Connect([]string{addr}, c.sessionTimeout(),
		zk.WithHostProvider(host),
		zk.WithDialer(host.dialer(ctx)),
		zk.WithLogger(silent{}),
		zk.WithLogInfo(false),
		zk.WithMaxBufferSize(answerLimit),
		zk.WithMaxConnBufferSize(requestLimit))
	if err != nil {
		return nil, err
	}
	return &session{conn: conn}, nil
}

// sync makes what the session reads next at least as new as everything that was
// committed before the call.
func (s *session) sync(path string) error {
	_, err := s.conn.Sync(path)
	return translate(err)
}

func (s *session) get(path string) (string, error) {
	data, _, err := s.conn.Get(path)
	return string(data), translate(err)
}

// oneHost lets the client library connect to one address, once.
type oneHost struct {
	addr   string
	tried  bool
	dialed atomic.Bool
}

// Init is given the addresses of the connect call, which are ours already.
func (h *oneHost) Init([]string) error { return nil }

// Len is the number of addresses.
func (h *oneHost) Len() int { return 1 }

// Next tells the library from the second call on that every address was tried,
// which makes it fail what is queued.
func (h *oneHost) Next() (server string, retryStart bool) {
	retryStart, h.tried = h.tried, true
	return h.addr, retryStart
}

// Connected is told about success, which changes nothing.
func (h *oneHost) Connected() {}

var errOnce = errors.New("a session connects once")

func (h *oneHost) dialer(ctx context.Context) zk.Dialer {
	return func(network, address string, timeout time.Duration) (net.Conn, error) {
		if h.dialed.Swap(true) {
			return nil, errOnce
		}
		dialer := net.Dialer{Timeout: timeout}
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		// The library waits for the answer to its connect request without
		// looking at Close, so the end of ctx closes the connection itself.
		// A session that is closed in order is over by then.
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		return &guarded{Conn: conn}, nil
	}
}

// silent drops the library's log: whatever matters is returned.
type silent struct{}

// Printf drops a line.
func (silent) Printf(string, ...any) {}
