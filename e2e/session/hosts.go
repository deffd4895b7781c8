package session

import "time"

// retryPause keeps attempts from taking the processors of those who are to answer
// them.
const retryPause = 10 * time.Millisecond

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

// roundRobin offers the servers by name, one after the other.
type roundRobin struct {
	servers       []string
	current, last int
}

// Init takes the servers.
func (r *roundRobin) Init(servers []string) error {
	r.servers, r.current, r.last = servers, -1, -1
	return nil
}

// Len is the number of servers.
func (r *roundRobin) Len() int { return len(r.servers) }

// Next says that the list is at its end when every server was tried since the last
// success: then the library pauses.
func (r *roundRobin) Next() (server string, retryStart bool) {
	r.current = (r.current + 1) % len(r.servers)
	retryStart = r.current == r.last
	if r.last < 0 {
		r.last = 0
	}
	return r.servers[r.current], retryStart
}

// Connected is told of success.
func (r *roundRobin) Connected() { r.last = r.current }
