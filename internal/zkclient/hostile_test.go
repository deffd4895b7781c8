package zkclient_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// numbers are the parts of an answer: int32 has 4 bytes, int64 has 8.
func numbers(all ...any) []byte {
	var b []byte
	for _, n := range all {
		switch n := n.(type) {
		case int:
			b = binary.BigEndian.AppendUint32(b, uint32(n))
		case int64:
			b = binary.BigEndian.AppendUint64(b, uint64(n))
		case string:
			b = append(b, n...)
		}
	}
	return b
}

// token is the password of a session, with its length.
var token = string(numbers(16, strings.Repeat("p", 16)))

// accepted is an honest answer to a connect request.
var accepted = zkclienttest.Packet(numbers(0, 10_000, int64(1), token))

const most = 1<<31 - 1 // the largest length there is

// reply is an answer to whatever was asked, with a body.
func reply(body ...any) func(int32, int32) []byte {
	return func(xid, _ int32) []byte {
		return zkclienttest.Packet(zkclienttest.ReplyHeader(xid, 1, 0), numbers(body...))
	}
}

// instead is an answer that does not depend on what was asked.
func instead(bytes []byte) func(int32, int32) []byte {
	return func(int32, int32) []byte { return bytes }
}

// only is a reply to one kind of request.
func only(lied int32, reply func(int32, int32) []byte) func(int32, int32) []byte {
	return func(xid, op int32) []byte {
		if op != lied {
			return nil
		}
		return reply(xid, op)
	}
}

const getData = 4

// hostile are answers of a server that would end the process or fill its memory
// if they were believed.
var hostile = map[string]zkclienttest.Lies{
	"a connect answer of 2 GiB":             {Connect: numbers(most)},
	"a connect answer of a negative length": {Connect: numbers(-1)},
	"a connect answer of nothing":           {Connect: numbers(0)},
	"half a connect answer":                 {Connect: zkclienttest.Packet(numbers(0, 10_000))},
	"a time-out of 0":                       {Connect: zkclienttest.Packet(numbers(0, 0, int64(1), token))},
	"a negative time-out":                   {Connect: zkclienttest.Packet(numbers(0, -1, int64(1), token))},
	"a time-out of a millisecond":           {Connect: zkclienttest.Packet(numbers(0, 1, int64(1), token))},
	"a password of 2 GiB":                   {Connect: zkclienttest.Packet(numbers(0, 10_000, int64(1), most, strings.Repeat("p", 16)))},
	"a password of a negative length":       {Connect: zkclienttest.Packet(numbers(0, 10_000, int64(1), -1, strings.Repeat("p", 16)))},
	"an event of four bytes":                {Connect: append(slices.Clip(accepted), numbers(4, -1)...)},
	"an event instead of an answer":         {Reply: instead(zkclienttest.Packet(zkclienttest.ReplyHeader(-1, -1, 0), numbers(1, 3, 1, "/")))},
	"an answer of 2 GiB":                    {Reply: instead(numbers(most))},
	"an answer of a negative length":        {Reply: instead(numbers(-1))},
	"an answer of nothing":                  {Reply: instead(numbers(0))},
	"an answer of eight bytes":              {Reply: func(xid, _ int32) []byte { return zkclienttest.Packet(numbers(int(xid), 0)) }},
	"an answer to another request":          {Reply: func(xid, _ int32) []byte { return zkclienttest.Packet(zkclienttest.ReplyHeader(xid+1, 1, 0)) }},
	"an answer to a ping that was not sent": {Reply: instead(zkclienttest.Packet(zkclienttest.ReplyHeader(-2, 1, 0)))},
	"an answer without a body":              {Reply: reply()},
	"a body of 2 GiB":                       {Reply: reply(most, "text")},
	"a znode of 2 GiB":                      {Reply: only(getData, reply(most, "text"))},
	"a znode without what belongs to it":    {Reply: only(getData, reply(4, "text"))},
	"a body of a negative length":           {Reply: reply(-2, "text")},
	"a body that ends in its length":        {Reply: reply("\x00\x00")},
	"another protocol":                      {Connect: []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), Reply: instead([]byte("HTTP/1.1 200 OK\r\n\r\n"))},
}

// truthful are the lies that a proof does not ask for.
var truthful = map[string]bool{"a znode of 2 GiB": true, "a znode without what belongs to it": true}

// TestHostileServer holds that no answer ends the process, or makes it allocate
// what a length claims. It does not run beside other tests, whose allocations it
// would count.
func TestHostileServer(t *testing.T) { //nolint:paralleltest // See above.
	brief := &zkclient.Client{SessionTimeout: time.Second}
	for name, lies := range hostile {
		t.Run(name, func(t *testing.T) {
			e := zkclienttest.New(t, 1)
			e.Lie(1, lies)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			e.SetPassword(password)
			change := zkclient.Change{Version: e.Membership().Version, Leaving: []int64{2}}
			for asked, err := range map[string]error{
				"the membership": second(brief.Membership(t.Context(), e.ClientAddr(1))),
				"a change":       second(brief.Reconfig(t.Context(), e.ClientAddr(1), password, change)),
			} {
				if !errors.Is(err, zkclient.ErrNoSession) && !errors.Is(err, zkclient.ErrUnknownOutcome) {
					t.Errorf("%s: got %v", asked, err)
				}
			}
			if err := brief.ProveCommit(t.Context(), e.ClientAddr(1)); err == nil && !truthful[name] {
				t.Error("it proves a commit")
			}
			runtime.ReadMemStats(&after)
			// The library makes 1.5 MiB of room for a session that it never uses.
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 3*(2<<20) {
				t.Errorf("%d MiB were allocated", grown>>20)
			}
		})
	}
}

func second(_ zkconfig.Membership, err error) error { return err }

// TestLongestMembership holds that the bound on an answer leaves room for the
// largest ensemble with the longest names.
func TestLongestMembership(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 1)
	m := e.Membership()
	host := strings.Repeat("a", 250)
	for id := int64(101); id < 147; id++ {
		m.Servers = append(m.Servers, zkconfig.Server{
			ID: id, Role: zkconfig.Observer, ClientHost: "0.0.0.0", ClientPort: zkclienttest.ClientPort,
			Addresses: []zkconfig.Address{{Host: host, QuorumPort: 2888, ElectionPort: 3888}},
		})
	}
	e.SetMembership(m)
	got, err := quick.Membership(t.Context(), e.ClientAddr(1))
	if err != nil || len(got.Servers) != 47 {
		t.Errorf("%d servers, %v", len(got.Servers), err)
	}
	e.SetPassword(password)
	change := zkclient.Change{Version: got.Version, Joining: got.Servers[1:]}
	if _, err := quick.Reconfig(t.Context(), e.ClientAddr(1), password, change); err != nil {
		t.Errorf("a change of as many servers: %v", err)
	}
}

// TestLyingMembersFillNoMemory asks as many members as there can be, each of which
// sends as much as is taken from it and then keeps the connection.
func TestLyingMembersFillNoMemory(t *testing.T) { //nolint:paralleltest // It measures the heap.
	const members, each = 47, 64 << 10
	endless := strings.Repeat("zk_sum_lock\t1.0\n", 1<<16)
	line := strings.Repeat("x", 1<<20)
	for name, say := range map[string]struct{ server, agent string }{
		"words without end":   {endless, "HTTP/1.1 200 OK\r\n\r\n" + endless},
		"a line without end":  {line, "HTTP/1.1 200 " + line},
		"a key without end":   {"zk_server_state\t" + line, "HTTP/1.1 200 OK\r\nKey: " + line},
		"headers without end": {endless, "HTTP/1.1 200 OK\r\n" + strings.Repeat("Some-Key: value\r\n", 1<<16)},
		"a state without end": {endless, "HTTP/1.1 200 OK\r\n\r\n{\"waiting\":\"" + line},
	} {
		t.Run(name, func(t *testing.T) {
			var all []zkclient.Target
			for range members {
				all = append(all, zkclient.Target{ClientAddr: talker(t, say.server), AgentAddr: talker(t, say.agent)})
			}
			before := heap()
			done := make(chan []zkclient.Report)
			go func() { done <- (&zkclient.Client{AskTimeout: 2 * time.Second}).Ask(t.Context(), all) }()
			var peak uint64
			for {
				select {
				case reports := <-done:
					for _, r := range reports {
						if r.Serving || r.NotServing || r.Agent != nil || r.Err == nil || len(r.Err.Error()) > 500 {
							t.Fatalf("%.1000v", r)
						}
					}
					if limit := before + members*each; peak > limit {
						t.Errorf("%d KiB were held, %d for each member", (peak-before)>>10, (peak-before)>>10/members)
					}
					return
				default:
					peak = max(peak, heap())
				}
			}
		})
	}
}

// heap is how much memory is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// talker says the same to everybody, again and again, and never hangs up.
func talker(t *testing.T, words string) (addr string) {
	t.Helper()
	bytes := []byte(words)
	return serve(t, func(conn net.Conn) {
		_, _ = io.ReadFull(conn, make([]byte, 4))
		for range 16 {
			if _, err := conn.Write(bytes); err != nil {
				return
			}
		}
		_, _ = io.Copy(io.Discard, conn)
	})
}

// serve lets a function have every connection, and closes it then.
func serve(tb testing.TB, handle func(net.Conn)) (addr string) {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	return listener.Addr().String()
}

// FuzzSession answers the requests of a real session with anything at all.
func FuzzSession(f *testing.F) {
	for _, lies := range hostile {
		first, then := lies.Connect, []byte(nil)
		if first == nil {
			first = accepted
		}
		if lies.Reply != nil {
			then = lies.Reply(1, 4)
		}
		f.Add(first, then)
	}
	f.Add(accepted, reply(4, "text")(1, 4))
	var current atomic.Pointer[[2][]byte]
	addr := serve(f, func(conn net.Conn) {
		answers := *current.Load()
		request := make([]byte, 1<<10)
		for _, answer := range answers {
			if _, err := conn.Read(request); err != nil {
				return
			}
			_, _ = conn.Write(answer)
		}
	})
	f.Fuzz(func(t *testing.T, first, then []byte) {
		current.Store(&[2][]byte{first, then})
		brief := &zkclient.Client{SessionTimeout: 50 * time.Millisecond}
		start := time.Now()
		if _, err := brief.Membership(t.Context(), addr); err == nil {
			t.Error("two answers are no membership")
		}
		_ = brief.ProveCommit(t.Context(), addr)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
