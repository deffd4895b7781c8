package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/go-zookeeper/zk"
)

// sessionTimeout gives up on a server that does not answer within two thirds
// of it.
const sessionTimeout = 6 * time.Second

// connect opens a session through any of the servers. Their names are resolved
// anew at every attempt, because a member's address changes with its Pod.
func connect(servers ...string) (*zk.Conn, error) {
	conn, _, err := zk.Connect(servers, sessionTimeout,
		zk.WithHostProvider(&roundRobin{}),
		zk.WithDialer(dialImpatiently),
		zk.WithLogger(quiet{}),
		zk.WithLogInfo(false),
	)
	if err != nil {
		return nil, fmt.Errorf("connect to %v: %w", servers, err)
	}
	return conn, nil
}

// connectFor is connect with an end: the session closes with the context,
// which ends whatever waits for an answer.
func connectFor(ctx context.Context, servers ...string) (*zk.Conn, func(), error) {
	conn, err := connect(servers...)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, conn.Close)
	return conn, func() {
		if stop() {
			conn.Close()
		}
	}, nil
}

// roundRobin offers the servers by name, one after the other.
type roundRobin struct {
	servers       []string
	current, last int
}

func (r *roundRobin) Init(servers []string) error {
	r.servers, r.current, r.last = servers, -1, -1
	return nil
}

func (r *roundRobin) Len() int { return len(r.servers) }

func (r *roundRobin) Next() (server string, retryStart bool) {
	r.current = (r.current + 1) % len(r.servers)
	retryStart = r.current == r.last
	if r.last < 0 {
		r.last = 0
	}
	return r.servers[r.current], retryStart
}

func (r *roundRobin) Connected() { r.last = r.current }

// dialImpatiently connects with a limit on every read. The client library
// would wait ten times as long for the answer to a handshake, which a frozen
// server never gives.
func dialImpatiently(network, addr string, _ time.Duration) (net.Conn, error) {
	conn, err := net.DialTimeout(network, addr, 2*time.Second)
	if err != nil {
		return nil, err
	}
	return impatient{conn}, nil
}

type impatient struct{ net.Conn }

func (c impatient) SetReadDeadline(t time.Time) error {
	if limit := time.Now().Add(sessionTimeout * 2 / 3); t.After(limit) {
		t = limit
	}
	return c.Conn.SetReadDeadline(t)
}

// quiet drops the client library's log: standard output is the history.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
