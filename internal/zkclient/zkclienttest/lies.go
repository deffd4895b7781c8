package zkclienttest

import "strings"

// Lies are what a member says instead of the truth. What is left out is true.
type Lies struct {
	// Connect is sent instead of the answer to a connect request, with its length.
	Connect []byte
	// Reply is sent instead of the answer to a request of a session, with its
	// length. It is told the number of the request and what is asked for, and
	// returns nil for the truth.
	Reply func(xid, op int32) []byte
	// Monitor stands before what the word mntr is answered with.
	Monitor string
	// Role is claimed in the answer to mntr.
	Role string
	// Mute makes it say that it does not serve while it leads, and let nobody in, as
	// with leaderServes=no.
	Mute bool
}

// Lie makes a member lie from now on.
func (e *Ensemble) Lie(id int64, lies Lies) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running(id).lies = lies
}

// mute reports whether a member leads and does not say so.
func (e *Ensemble) mute(m *fakeMember) bool { return m.lies.Mute && m.id == e.leader }

// lie is what a member answers to a request instead of the truth, or nil.
func (m *fakeMember) lie(xid, op int32) []byte {
	m.ensemble.mu.Lock()
	reply := m.lies.Reply
	m.ensemble.mu.Unlock()
	if reply == nil {
		return nil
	}
	return reply(xid, op)
}

// TopLevel is what mntr says of so many top-level znodes.
func TopLevel(znodes int) string {
	var b strings.Builder
	for range znodes {
		for _, metric := range []string{"avg", "min", "max", "cnt", "sum"} {
			b.WriteString("zk_" + metric + "_lock-0000000001_write_per_namespace\t1048576.0\n")
		}
	}
	return b.String()
}

// Packet is a packet of the client protocol: its length and its parts.
func Packet(parts ...[]byte) []byte { return packet(parts...) }

// ReplyHeader starts the answer to a request.
func ReplyHeader(xid int32, zxid int64, code int32) []byte { return header(xid, zxid, code) }
