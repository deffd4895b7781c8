package session

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestASingleServerIsOfferedWithoutAPauseUntilTheSessionIsClosed(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := &single{closed: ctx.Done()}
	if err := s.Init([]string{"a:1"}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if server, pause := s.Next(); server != "a:1" || pause {
			t.Errorf("got %s, pause %t, want a:1 without a pause", server, pause)
		}
	}
	cancel()
	if _, pause := s.Next(); !pause {
		t.Error("the library does not learn that the session is closed")
	}
}

func TestRoundRobinTriesEveryServerBeforeItPauses(t *testing.T) {
	t.Parallel()
	r := &roundRobin{}
	if err := r.Init([]string{"a", "b", "c"}); err != nil {
		t.Fatal(err)
	}
	type offer struct {
		server string
		pause  bool
	}
	next := func() offer {
		server, pause := r.Next()
		return offer{server, pause}
	}
	var got []offer
	for range 4 {
		got = append(got, next())
	}
	r.Connected()
	for range 3 {
		got = append(got, next())
	}
	want := []offer{{"a", false}, {"b", false}, {"c", false}, {"a", true}, {"b", false}, {"c", false}, {"a", true}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(offer{})); diff != "" {
		t.Errorf("offers (-want +got):\n%s", diff)
	}
}

// What waits for a server that is not there must end with the session.
func TestClosingEndsAWriteThatCannotBeSent(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	conn, done, err := Connect(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	answer := make(chan error, 1)
	go func() {
		_, err := conn.Set("/any", nil, -1)
		answer <- err
	}()
	done()
	select {
	case err := <-answer:
		if err == nil {
			t.Error("a write through nobody was acknowledged")
		}
	case <-time.After(10 * time.Second):
		t.Error("the write still waits")
	}
}
