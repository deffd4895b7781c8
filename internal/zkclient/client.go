package zkclient

import (
	"cmp"
	"time"
)

// Client asks members. Its zero value is ready to use, and it is safe for
// concurrent use.
type Client struct {
	// AskTimeout bounds what one member may take to answer [Client.Ask].
	// Default 2 s.
	AskTimeout time.Duration
	// SessionTimeout bounds each call that opens a session, and is what the
	// server is asked to keep the session for if it is not closed in order.
	// Default 5 s.
	SessionTimeout time.Duration
}

func (c *Client) askTimeout() time.Duration { return cmp.Or(c.AskTimeout, 2*time.Second) }

func (c *Client) sessionTimeout() time.Duration { return cmp.Or(c.SessionTimeout, 5*time.Second) }
