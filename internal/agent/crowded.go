package agent

import (
	"net"
	"slices"
	"sync"
)

// visitors is how many connections the agent keeps. Each needs memory of the
// server's container.
const visitors = 512

// crowded is a listener that keeps a number of connections. Who comes when there
// are as many takes the place of the oldest one of the address that has most of them:
// a flood drowns itself, and the kubelet's question waits for its answer meanwhile.
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
	v := &visit{Conn: conn, room: c, from: host(conn.RemoteAddr())}
	c.mu.Lock()
	var oldest *visit
	if len(c.kept) >= c.most {
		oldest = c.leastWelcome()
	}
	c.kept = append(c.kept, v)
	c.mu.Unlock()
	if oldest != nil {
		_ = oldest.Close()
	}
	return v, nil
}

// leastWelcome is the oldest connection of the address that has most of them.
func (c *crowded) leastWelcome() *visit {
	count, most := map[string]int{}, 0
	for _, v := range c.kept {
		count[v.from]++
		most = max(most, count[v.from])
	}
	return c.kept[slices.IndexFunc(c.kept, func(v *visit) bool { return count[v.from] == most })]
}

// visit is a connection that leaves the room when it is closed.
type visit struct {
	net.Conn
	room *crowded
	from string // whose it is: an address without its port
}

// host is an address without its port.
func host(addr net.Addr) string {
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	return host
}

// Close makes room.
func (v *visit) Close() error {
	v.room.mu.Lock()
	v.room.kept = slices.DeleteFunc(v.room.kept, func(other *visit) bool { return other == v })
	v.room.mu.Unlock()
	return v.Conn.Close()
}
