package fourletter_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/internal/zkclient/fourletter"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
)

func TestMntr(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
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
	e := zkclienttest.New(t, 1)
	e.Set(1, zkclienttest.Electing)
	if _, err := fourletter.Mntr(t.Context(), e.ClientAddr(1)); !errors.Is(err, fourletter.ErrNotServing) {
		t.Errorf("an electing server: got %v", err)
	}
	if answer, err := fourletter.Ask(t.Context(), e.ClientAddr(1), "ruok"); answer != "imok" || err != nil {
		t.Errorf("an electing server is alive, but says %q, %v", answer, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 1)
	e.Set(1, zkclienttest.Closed)
	if _, err := fourletter.Ask(t.Context(), e.ClientAddr(1), "ruok"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want a refused connection", err)
	}
}

func TestHungServerEndsWithTheContext(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 1)
	e.Set(1, zkclienttest.Hung)
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
		"a negative count":   leads("zk_quorum_size", "-3"),
		"half a voter":       leads("zk_quorum_size", "2.5"),
		"no number":          leads("zk_synced_followers", "NaN"),
		"no end of numbers":  leads("zk_synced_followers", "+Inf"),
		"too many followers": leads("zk_synced_followers", "2147483648"),
		"a count of 1e300":   leads("zk_synced_non_voting_followers", "1e300"),
		"a long number":      leads("zk_quorum_size", strings.Repeat("1", 1<<20)),
		"a long version":     leads("zk_version", strings.Repeat("3", 65)),
		"a version of lines": leads("zk_version", "3.9\x1b[2J"),
		"a long peer state":  leads("zk_peer_state", strings.Repeat("x", 400)),
		"a leader of no one": leads("zk_quorum_size", ""),
		"cut between lines":  "zk_version\t3.9.5-abc\nzk_server_state\tleader\n",
		"cut within a line":  strings.TrimSuffix(leads("zk_leader_uptime", "120000"), "000\n"),
		"a line without end": strings.Repeat("x", 1<<20),
		"a sentence too far": "zk_server_state\tleader\nThis ZooKeeper instance is not currently serving requests\n",
		"words like those":   "HTTP/1.1 503 not currently serving requests\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := fourletter.Mntr(t.Context(), serve(t, answer))
			if !errors.Is(err, fourletter.ErrUnexpected) || errors.Is(err, fourletter.ErrNotServing) {
				t.Errorf("got %v", err)
			}
			if len(err.Error()) > 250 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

// leads is what a leader says, with one value that is another.
func leads(key, value string) string {
	var b strings.Builder
	for _, line := range [][2]string{
		{"zk_version", "3.9.5-abc, built on today"},
		{"zk_server_state", "leader"},
		{"zk_peer_state", "leading - broadcast"},
		{"zk_quorum_size", "3"},
		{"zk_synced_followers", "2"},
		{"zk_synced_non_voting_followers", "0"},
		{"zk_leader_uptime", "60000"},
	} {
		if line[0] == key {
			line[1] = value
		}
		b.WriteString(line[0] + "\t" + line[1] + "\n")
	}
	return b.String()
}

// TestMntrOfAnyLength holds that what clients write makes no answer unusable, and
// that the order is that of the metrics provider.
func TestMntrOfAnyLength(t *testing.T) {
	t.Parallel()
	names := zkclienttest.TopLevel(20_000)
	lines := slices.Collect(strings.Lines(leads("zk_leader_uptime", "2.6784E9")))
	slices.Reverse(lines)
	reversed := strings.Join(lines, "")
	const long = "zk_sum_"
	for name, answer := range map[string]string{
		"names behind":          strings.Join(lines, "") + names,
		"names before":          names + reversed,
		"names between":         lines[0] + names + strings.Join(lines[1:], "") + names,
		"one name without end":  long + strings.Repeat("x", 5<<20) + "\t1\n" + reversed,
		"a line ends in \\r\\n": strings.ReplaceAll(names+reversed, "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := fourletter.Mntr(t.Context(), serve(t, answer))
			want := fourletter.Monitor{
				Version: "3.9.5", ServerState: "leader", PeerState: "leading - broadcast", QuorumSize: 3, SyncedFollowers: 2,
				LeaderUptime: 31 * 24 * time.Hour,
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(diff, err)
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
		if err != nil && !errors.Is(err, fourletter.ErrUnexpected) && !errors.Is(err, fourletter.ErrNotServing) &&
			!errors.Is(err, fourletter.ErrNotAllowed) {
			t.Errorf("%q: %v", answer, err)
		}
		if err != nil && len(err.Error()) > 250 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
		if len(m.Version) > 64 || m.QuorumSize < 0 || m.SyncedFollowers < 0 || m.SyncedNonVoting < 0 || m.LeaderUptime < 0 {
			t.Errorf("%q: %+v", answer, m)
		}
	})
}
