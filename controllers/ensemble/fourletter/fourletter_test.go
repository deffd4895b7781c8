package fourletter_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/ensembletest"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/fourletter"
)

func TestMntr(t *testing.T) {
	t.Parallel()
	e := ensembletest.New(t, 3)
	e.Age(time.Hour)
	got, err := fourletter.Mntr(t.Context(), e.ClientAddr(3))
	if err != nil {
		t.Fatal(err)
	}
	got.LeaderUptime = got.LeaderUptime.Truncate(time.Hour)
	want := fourletter.Monitor{
		Version: "3.9.5", ServerState: "leader", PeerState: "leading - broadcast", QuorumSize: 3, SyncedFollowers: 2, LeaderUptime: time.Hour,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestServing holds what readiness rests on, with the states of real servers.
func TestServing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		server, peer string
		want         bool
	}{
		{"leader", "leading - broadcast", true},
		{"leader", "leading - synchronization", true},
		{"follower", "following - broadcast", true},
		{"follower", "following - synchronization - snap", false},
		{"follower", "following - discovery", false},
		{"observer", "observing - broadcast", true},
		{"observer", "observing - synchronization - diff", false},
		{"read-only", "looking", false},
		{"standalone", "", false},
		{"", "", false},
	} {
		if got := (fourletter.Monitor{ServerState: c.server, PeerState: c.peer}).Serving(); got != c.want {
			t.Errorf("%q, %q: serving is %t, want %t", c.server, c.peer, got, c.want)
		}
	}
}

func TestNotServing(t *testing.T) {
	t.Parallel()
	e := ensembletest.New(t, 1)
	e.Set(1, ensembletest.Electing)
	if _, err := fourletter.Mntr(t.Context(), e.ClientAddr(1)); !errors.Is(err, fourletter.ErrNotServing) {
		t.Errorf("an electing server: got %v", err)
	}
	if answer, err := fourletter.Ask(t.Context(), e.ClientAddr(1), "ruok"); answer != "imok" || err != nil {
		t.Errorf("an electing server is alive, but says %q, %v", answer, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	e := ensembletest.New(t, 1)
	e.Set(1, ensembletest.Closed)
	if _, err := fourletter.Ask(t.Context(), e.ClientAddr(1), "ruok"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want a refused connection", err)
	}
}

func TestHungServerEndsWithTheContext(t *testing.T) {
	t.Parallel()
	e := ensembletest.New(t, 1)
	e.Set(1, ensembletest.Hung)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := fourletter.Ask(ctx, e.ClientAddr(1), "ruok")
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want a deadline", err)
	}
	if _, isAnswer := errors.AsType[*fourletter.AnswerError](err); !isAnswer {
		t.Errorf("got %v, want it to say that the connection was accepted", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestUnexpectedAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"nothing":            "",
		"another protocol":   "HTTP/1.1 400 Bad Request\r\n\r\n",
		"no server state":    "zk_version\t3.9.5-abc, built on today\n",
		"a word for a count": "zk_server_state\tleader\nzk_quorum_size\tmany\n",
		"without end":        strings.Repeat("zk_server_state\tleader\n", 1<<17),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := fourletter.Mntr(t.Context(), serve(t, answer)); !errors.Is(err, fourletter.ErrUnexpected) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWhitelist(t *testing.T) {
	t.Parallel()
	addr := serve(t, "mntr is not executed because it is not in the whitelist.\n")
	if _, err := fourletter.Mntr(t.Context(), addr); !errors.Is(err, fourletter.ErrNotAllowed) {
		t.Errorf("got %v", err)
	}
}

// serve answers everything with the same bytes.
func serve(t *testing.T, answer string) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.ReadFull(conn, make([]byte, 4))
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

func FuzzMntr(f *testing.F) {
	f.Add("zk_version\t3.9.5-abc\nzk_server_state\tleader\nzk_quorum_size\t3\n")
	f.Add("This ZooKeeper instance is not currently serving requests\n")
	f.Fuzz(func(t *testing.T, answer string) {
		m, err := fourletter.ParseMonitor(answer)
		if err == nil && m.ServerState == "" {
			t.Errorf("accepted %q without a server state", answer)
		}
		if err != nil && !errors.Is(err, fourletter.ErrUnexpected) {
			t.Errorf("%q: %v", answer, err)
		}
	})
}
