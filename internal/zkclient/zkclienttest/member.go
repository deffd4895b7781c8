package zkclienttest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// fakeMember is a server and its agent. Mode, lies, state and committed are guarded by
// the ensemble.
type fakeMember struct {
	ensemble *Ensemble
	id       int64
	mode     Mode
	lies     Lies
	state    *member.State
	// committed is the version of the newest configuration on the disk; 0 if
	// there is none.
	committed uint64

	server *listener
	agent  *http.Server
	// agentPort is closed by itself: the HTTP server closes it only once it serves.
	agentPort net.Listener
}

var blocks atomic.Uint32

// reserveAddresses returns the first three numbers of loopback addresses that no
// other ensemble uses, in this process or in another that runs at the same time.
func reserveAddresses(tb testing.TB) string {
	tb.Helper()
	for range 1 << 16 {
		n := uint32(os.Getpid())*31 + blocks.Add(1)
		prefix := fmt.Sprintf("127.%d.%d", 1+n>>8%250, n%250)
		// The lock is an address that no member has.
		lock, err := net.Listen("tcp", fmt.Sprintf("%s.254:%d", prefix, ClientPort))
		if err != nil {
			continue
		}
		tb.Cleanup(func() { _ = lock.Close() })
		return prefix
	}
	tb.Fatal("no free loopback addresses")
	return ""
}

func (m *fakeMember) listen() {
	e := m.ensemble
	m.server = &listener{addr: e.ClientAddr(m.id), handle: m.handle}
	if err := m.server.open(); err != nil {
		e.tb.Fatal(err)
	}
	m.agent = &http.Server{Handler: http.HandlerFunc(m.serveAgent), ReadHeaderTimeout: 5 * time.Second}
	var err error
	if m.agentPort, err = net.Listen("tcp", e.AgentAddr(m.id)); err != nil {
		e.tb.Fatal(err)
	}
	go func() { _ = m.agent.Serve(m.agentPort) }()
}

func (m *fakeMember) stop() {
	m.server.close()
	_ = m.agent.Close()
	if m.agentPort != nil {
		_ = m.agentPort.Close()
	}
}

// restartServer ends all connections and listens again if open.
func (m *fakeMember) restartServer(open bool) {
	m.server.close()
	if !open {
		return
	}
	if err := m.server.open(); err != nil {
		m.ensemble.tb.Error(err)
	}
}

func (m *fakeMember) serveAgent(w http.ResponseWriter, r *http.Request) {
	state := m.agentState()
	if state == nil || r.URL.Path != member.StatePath {
		http.Error(w, "no state", http.StatusServiceUnavailable)
		return
	}
	_ = json.NewEncoder(w).Encode(state)
}

// agentState adds what the disk holds to what the test said, where it said
// nothing else.
func (m *fakeMember) agentState() *member.State {
	m.ensemble.mu.Lock()
	defer m.ensemble.mu.Unlock()
	if m.state == nil || m.state.ConfigVersion != "" || m.committed == 0 {
		return m.state
	}
	state := *m.state
	state.ConfigVersion = strconv.FormatUint(m.committed, 16)
	return &state
}

// handle serves one connection until either side ends it.
func (m *fakeMember) handle(conn net.Conn) {
	m.ensemble.mu.Lock()
	mode := m.mode
	m.ensemble.mu.Unlock()
	var first [4]byte
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		return
	}
	switch mode {
	case Hung:
		_, _ = io.Copy(io.Discard, conn)
	case Garbage:
		_, _ = conn.Write([]byte("\xff\xfe\xfdHTTP/1.1 400 Bad Request\r\n\r\n"))
	case HalfOpen:
		_, _ = conn.Write([]byte("zk_version\t3.9.5\nzk_ser"))
		reset(conn)
	case Up, Syncing, Electing, Closed, CutOff:
		if answer, ok := m.answer(string(first[:])); ok {
			_, _ = io.WriteString(conn, answer)
			return
		}
		m.serveSession(conn, binary.BigEndian.Uint32(first[:]))
	}
}

// reset ends a connection without the courtesy of an end.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// listener accepts connections and can end all of them.
type listener struct {
	addr   string
	handle func(net.Conn)

	mu    sync.Mutex
	inner net.Listener
	conns map[net.Conn]struct{}
}

func (l *listener) open() error {
	inner, err := net.Listen("tcp", l.addr)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inner, l.conns = inner, map[net.Conn]struct{}{}
	go l.accept(inner, l.conns)
	return nil
}

func (l *listener) accept(inner net.Listener, conns map[net.Conn]struct{}) {
	for {
		conn, err := inner.Accept()
		if err != nil {
			return
		}
		l.mu.Lock()
		late := l.inner != inner
		conns[conn] = struct{}{}
		l.mu.Unlock()
		if late {
			_ = conn.Close()
			return
		}
		go func() {
			l.handle(conn)
			_ = conn.Close()
			l.mu.Lock()
			delete(conns, conn)
			l.mu.Unlock()
		}()
	}
}

func (l *listener) close() {
	l.mu.Lock()
	if l.inner != nil {
		_ = l.inner.Close()
		l.inner = nil
	}
	l.mu.Unlock()
	l.hangUp(nil)
}

func (l *listener) hangUp(spare net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.conns {
		if conn != spare {
			_ = conn.Close()
		}
	}
}
