package zkclient

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// guarded is the connection of a session. It hands an answer on only when it has
// all of it, and only one that the client library can take.
//
// The library believes every length and time-out that a server sends. It does so
// in goroutines of its own, where a panic ends the process, and makes room for
// what a length claims before it looks at anything.
type guarded struct {
	net.Conn
	answer []byte // what the library has not read yet
	buffer []byte

	mu        sync.Mutex // requests are written while answers are read
	connected bool       // the connect request was sent
	asked     []request  // and not answered yet; a server answers in order
}

// request is a request of the client protocol.
type request struct{ xid, op int32 }

const (
	// answerLimit bounds an answer. The longest is the configuration of 47
	// servers whose names are as long as names can be, which has 15 KiB.
	answerLimit = 20 << 10
	// requestLimit bounds a request. The longest has as many server lines.
	requestLimit = 20 << 10
)

// The operations that a session uses, and the length of what every answer to
// one starts with.
const (
	opGetData    = 4
	opSync       = 9
	opReconfig   = 16
	headerLength = 16
	statLength   = 68
)

// The connect answer holds a version, the time-out, the session's id and its
// password, and says since 3.4 whether the server is read-only.
const (
	connectLength  = 4 + 4 + 8 + 4
	passwordLength = 16
)

// leastTimeout is the shortest time-out of a session in milliseconds that is
// taken from a server. The library sends a ping in each third of it.
const leastTimeout = 100

// errNotZooKeeper means that an answer is none that a server gives.
var errNotZooKeeper = errors.New("the answer is not that of a ZooKeeper server")

// Write sends a request, which the library always hands over as a whole, and
// notes that it will be answered.
func (g *guarded) Write(p []byte) (int, error) {
	g.mu.Lock()
	if g.connected && len(p) >= 12 {
		g.asked = append(g.asked, request{xid: int32At(p, 4), op: int32At(p, 8)})
	}
	g.connected = true
	g.mu.Unlock()
	return g.Conn.Write(p)
}

// Read hands on a part of an answer that is plausible.
func (g *guarded) Read(p []byte) (int, error) {
	if len(g.answer) == 0 {
		if err := g.receive(); err != nil {
			return 0, err
		}
	}
	n := copy(p, g.answer)
	g.answer = g.answer[n:]
	return n, nil
}

// receive reads the next answer whole.
func (g *guarded) receive() error {
	first := g.buffer == nil
	if first {
		g.buffer = make([]byte, 4+answerLimit)
	}
	if _, err := io.ReadFull(g.Conn, g.buffer[:4]); err != nil {
		return err
	}
	length := binary.BigEndian.Uint32(g.buffer)
	if length > answerLimit {
		return fmt.Errorf("%w: it claims to have %d bytes", errNotZooKeeper, length)
	}
	answer := g.buffer[:4+length]
	if _, err := io.ReadFull(g.Conn, answer[4:]); err != nil {
		return err
	}
	if first && !connectAnswer(answer[4:]) || !first && !g.expected(answer[4:]) {
		return errNotZooKeeper
	}
	g.answer = answer
	return nil
}

// connectAnswer reports whether an answer gives a session.
func connectAnswer(answer []byte) bool {
	return len(answer) >= connectLength+passwordLength && len(answer) <= connectLength+passwordLength+1 &&
		int32At(answer, 4) >= leastTimeout && int32At(answer, connectLength-4) == passwordLength
}

// expected reports whether an answer is the one to the oldest request, and has
// what the library reads from it. Nothing is watched, so no server has anything
// to say unasked.
func (g *guarded) expected(answer []byte) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(answer) < headerLength || len(g.asked) == 0 || int32At(answer, 0) != g.asked[0].xid {
		return false
	}
	op, failed, body := g.asked[0].op, int32At(answer, 12) != 0, answer[headerLength:]
	g.asked = g.asked[1:]
	switch {
	case failed:
		return true // the library reads no further
	case op == opGetData || op == opReconfig:
		return holds(body, statLength)
	case op == opSync:
		return holds(body, 0)
	default:
		return true // a ping, a proof of identity and a farewell are answered with a header alone
	}
}

// holds reports whether a body has a text of the length that it claims, and so
// many bytes behind it.
func holds(body []byte, more int) bool {
	if len(body) < 4 {
		return false
	}
	length := int32At(body, 0)
	return length >= 0 && int(length) <= len(body)-4-more
}

func int32At(p []byte, at int) int32 { return int32(binary.BigEndian.Uint32(p[at:])) }
