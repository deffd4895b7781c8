package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// start runs one member and returns its address.
func start(t *testing.T, mode, pod string) (addr string) {
	t.Helper()
	s, err := newServer(mode, pod, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() { _ = s.serve(listener) }() // until it is closed
	return listener.Addr().String()
}

// ask sends a request and returns the connection.
func ask(t *testing.T, addr, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestTheFirstMemberLeads(t *testing.T) {
	t.Parallel()
	for pod, role := range map[string]string{"liars-0": "leader", "liars-1": "follower"} {
		addr := start(t, "silence", pod)
		answer, err := io.ReadAll(ask(t, addr, "mntr"))
		if err != nil || !bytes.Contains(answer, []byte("zk_server_state\t"+role+"\n")) {
			t.Errorf("%s does not say that it is a %s: %v", pod, role, err)
		}
	}
}

// TestInventionsAreWellFormed holds that only what is invented is wrong: the frames
// around it are those of a server.
func TestInventionsAreWellFormed(t *testing.T) {
	t.Parallel()
	addr := start(t, "members", "liars-0")
	connect := string(framed(0, int64(0), 10_000, int64(0), password))
	read := string(framed(1, opGetData, text("/zookeeper/config"), "\x00"))
	for range inventions {
		conn, given := ask(t, addr, connect+read), make([]byte, len(session)+4)
		if _, err := io.ReadFull(conn, given); err != nil || !bytes.HasPrefix(given, session) {
			t.Fatalf("no session: %q, %v", given, err)
		}
		answer := make([]byte, binary.BigEndian.Uint32(given[len(session):]))
		if _, err := io.ReadFull(conn, answer); err != nil || !bytes.HasPrefix(answer, []byte(header(request{xid: 1}))) {
			t.Errorf("no answer to the request: %.100q, %v", answer, err)
		}
	}
}

func TestEverybodyIsPlayedAllTricks(t *testing.T) {
	t.Parallel()
	s, err := newServer("words", "liars-1", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"the agent", "the operator"} {
		var played []string
		for range garbage {
			played = append(played, s.next(who, s.words).name)
		}
		slices.Sort(played)
		if n := len(slices.Compact(played)); n != len(garbage) {
			t.Errorf("%s was played %d tricks of %d", who, n, len(garbage))
		}
	}
}

func TestWhatIsKnownIsToldAtTheStart(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"words", "sessions", "silence", "members"} {
		var out strings.Builder
		s, err := newServer(mode, "liars-2", &out)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Count(out.String(), "hostile: knows: "), len(s.words)+len(s.sessions); got != want {
			t.Errorf("%s: %d of %d", mode, got, want)
		}
	}
	if _, err := newServer("kind", "liars-2", io.Discard); err == nil {
		t.Error("there is no such way to be hostile")
	}
}
