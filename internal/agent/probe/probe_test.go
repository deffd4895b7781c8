package probe_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/internal/agent/probe"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
)

func running(e *zkclienttest.Ensemble) *probe.Member {
	m := probe.NewMember(e.ClientAddr(1), "pod-a", func(s *member.State) { s.Saved = true })
	m.Update(func(s *member.State) { s.Phase = member.Running })
	return m
}

func ask(t *testing.T, m *probe.Member, path string) (code int, body string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return recorder.Code, recorder.Body.String()
}

// TestProbes holds what the kubelet is told about every state of a server. The
// times are those within which a probe must have answered.
func TestProbes(t *testing.T) {
	t.Parallel()
	const yes, no = http.StatusOK, http.StatusServiceUnavailable
	for _, c := range []struct {
		name        string
		change      func(*zkclienttest.Ensemble)
		ready, live int
	}{
		{"follower", func(*zkclienttest.Ensemble) {}, yes, yes},
		{"leader", func(e *zkclienttest.Ensemble) { e.Elect(1) }, yes, yes},
		{"syncing", func(e *zkclienttest.Ensemble) { e.Set(1, zkclienttest.Syncing) }, no, yes},
		{"electing", func(e *zkclienttest.Ensemble) { e.Set(1, zkclienttest.Electing) }, no, yes},
		{"no quorum", func(e *zkclienttest.Ensemble) { e.Stop(2); e.Stop(3) }, no, yes},
		{"not listening yet", func(e *zkclienttest.Ensemble) { e.Set(1, zkclienttest.Closed) }, no, yes},
		{"frozen", func(e *zkclienttest.Ensemble) { e.Set(1, zkclienttest.Hung) }, no, no},
		{"garbage", func(e *zkclienttest.Ensemble) { e.Set(1, zkclienttest.Garbage) }, no, yes},
		{"connections are dropped", func(e *zkclienttest.Ensemble) { e.Set(1, zkclienttest.HalfOpen) }, no, yes},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := zkclienttest.New(t, 3)
			c.change(e)
			m := running(e)
			start := time.Now()
			if code, body := ask(t, m, "/readyz"); code != c.ready || strings.Count(body, "\n") != 1 {
				t.Errorf("ready: %d %q, want %d", code, body, c.ready)
			}
			ready := time.Now()
			if code, body := ask(t, m, "/livez"); code != c.live || strings.Count(body, "\n") != 1 {
				t.Errorf("live: %d %q, want %d", code, body, c.live)
			}
			if ready.Sub(start) > 3*time.Second || time.Since(ready) > 5*time.Second {
				t.Errorf("ready took %v, live %v", ready.Sub(start), time.Since(ready))
			}
		})
	}
}

// TestBeforeTheServerRuns holds that nothing is asked of a server that was not
// started, and that waiting is no reason to restart.
func TestBeforeTheServerRuns(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 1)
	m := probe.NewMember(e.ClientAddr(1), "pod-a", func(*member.State) {})
	for phase, want := range map[member.Phase]string{member.Preparing: "preparing", member.Waiting: "waiting: for Godot"} {
		m.Update(func(s *member.State) { s.Phase, s.Waiting = phase, "for Godot" })
		if code, body := ask(t, m, "/readyz"); code != http.StatusServiceUnavailable || strings.TrimSpace(body) != want {
			t.Errorf("ready: %d %q", code, body)
		}
		if code, _ := ask(t, m, "/livez"); code != http.StatusOK {
			t.Errorf("live: %d", code)
		}
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	saved, version := false, ""
	m := probe.NewMember("127.0.0.1:1", "pod-a", func(s *member.State) { s.Saved, s.ConfigVersion = saved, version })
	m.Update(func(s *member.State) {
		s.ID, s.Granted, s.MovedAside = 2, true, []string{"/data/version-2.unpaired-1"}
	})
	for _, version = range []string{"", "100000000", "200000005"} {
		saved = version != ""
		code, body := ask(t, m, "/state")
		var got member.State
		if err := json.Unmarshal([]byte(body), &got); err != nil || code != http.StatusOK {
			t.Fatalf("%d %q: %v", code, body, err)
		}
		want := member.State{
			ID: 2, PodUID: "pod-a", Phase: member.Preparing, Granted: true, Saved: saved, ConfigVersion: version,
			MovedAside: []string{"/data/version-2.unpaired-1"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// scarce serves mntr slowly and to so many at once, like a server that allows
// that many connections from one address, and counts who asked.
func scarce(t *testing.T, most int32) (addr string, asked *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	asked = new(atomic.Int32)
	var open atomic.Int32
	serve := func(conn net.Conn) {
		defer conn.Close()
		defer open.Add(-1)
		if open.Add(1) > most {
			return
		}
		asked.Add(1)
		_, _ = io.ReadFull(conn, make([]byte, 4))
		time.Sleep(100 * time.Millisecond) //nolint:forbidigo // This is how long the server takes.
		_, _ = io.WriteString(conn, "zk_version\t3.9.5-a\nzk_server_state\tfollower\nzk_peer_state\tfollowing - broadcast\nzk_quorum_size\t3\n")
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return listener.Addr().String(), asked
}

// TestAFloodDoesNotFlipReadiness asks more often at once than the server allows
// connections.
func TestAFloodDoesNotFlipReadiness(t *testing.T) {
	t.Parallel()
	addr, asked := scarce(t, 60)
	var looks atomic.Int32
	m := probe.NewMember(addr, "pod-a", func(*member.State) {
		looks.Add(1)
		time.Sleep(100 * time.Millisecond) //nolint:forbidigo // This is how long the disk takes.
	})
	m.Update(func(s *member.State) { s.Phase = member.Running })
	var flood sync.WaitGroup
	for range 400 {
		for _, path := range []string{"/readyz", "/livez", "/state"} {
			flood.Go(func() {
				if code, body := ask(t, m, path); code != http.StatusOK {
					t.Errorf("%s: %d %q", path, code, body)
				}
			})
		}
	}
	flood.Wait()
	if n := asked.Load(); n > 10 {
		t.Errorf("the server was asked %d times", n)
	}
	if n := looks.Load(); n > 10 {
		t.Errorf("the volumes were looked at %d times", n)
	}
}

// TestManyNamesMakeNoMemberUnready holds that what clients write makes no answer
// too long.
func TestManyNamesMakeNoMemberUnready(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	e.Lie(1, zkclienttest.Lies{Monitor: zkclienttest.TopLevel(20_000)})
	if code, body := ask(t, running(e), "/readyz"); code != http.StatusOK {
		t.Errorf("%d %q", code, body)
	}
}
