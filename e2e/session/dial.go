package session

import (
	"net"
	"time"
)

// connect is the library's dialer with a limit on every read.
func (l limits) connect(network, addr string, _ time.Duration) (net.Conn, error) {
	conn, err := net.DialTimeout(network, addr, l.dial)
	if err != nil {
		return nil, err
	}
	return impatient{conn, l.session * 2 / 3}, nil
}

// impatient bounds the wait for the answer to the handshake, for which the library
// allows ten times as long as for any other, and which a frozen server never gives.
type impatient struct {
	net.Conn

	patience time.Duration
}

// SetReadDeadline never allows more than the library allows any other answer.
func (c impatient) SetReadDeadline(deadline time.Time) error {
	if limit := time.Now().Add(c.patience); deadline.After(limit) {
		deadline = limit
	}
	return c.Conn.SetReadDeadline(deadline)
}
