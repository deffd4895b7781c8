package main

import (
	"net"
	"slices"
	"sync"
)

// visitors is how many connections the agent keeps. Each needs memory of the
// server's container.
const visitors = 512

// crowded is a listener that keeps a number of connections. Who comes when there
// are as many takes the place of the one that has been there longest: whoever has
// a question is answered at once, and whoever only fills the room is not kept.
type crowded struct {
	net.Listener
	most int

	mu   sync.Mutex
	kept []*visit // in the order in which they came
}

// Accept waits for the next connection.
func (c *crowded) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	v := &visit{Conn: conn, room: c}
	c.mu.Lock()
	var oldest *visit
	if len(c.kept) >= c.most {
		oldest = c.kept[0]
	}
	c.kept = append(c.kept, v)
	c.mu.Unlock()
	if oldest != nil {
		_ = oldest.Close()
	}
	return v, nil
}

// visit is a connection that leaves the room when it is closed.
type visit struct {
	net.Conn
	room *crowded
}

// Close makes room.
func (v *visit) Close() error {
	v.room.mu.Lock()
	v.room.kept = slices.DeleteFunc(v.room.kept, func(other *visit) bool { return other == v })
	v.room.mu.Unlock()
	return v.Conn.Close()
}
