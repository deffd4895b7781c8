package words

import (
	"io"
	"maps"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMonitor(t *testing.T) {
	t.Parallel()
	const answer = "zk_version\t3.9.5-abc\nzk_server_state\tleader\nzk_peer_state\tleading - broadcast\nzk_quorum_size\t3\n" +
		"zk_synced_followers\t2.0\nzk_synced_non_voting_followers\t1\nzk_looking_count\t4\nzk_approximate_data_size\t1048576\n"
	want := State{Role: Leading, Broadcasting: true, Voters: 3, Following: 2, NonVoting: 1, Elections: 4, DataSize: 1 << 20}
	if diff := cmp.Diff(want, ParseMonitor(answer)); diff != "" {
		t.Errorf("a leader (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(State{}, ParseMonitor("This ZooKeeper instance is not currently serving requests\n")); diff != "" {
		t.Errorf("one that serves nobody (-want +got):\n%s", diff)
	}
}

func TestParseServer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer string
		role   string
		epoch  uint64
		fails  bool
	}{
		{"a leader", "Zookeeper version: 3.9.5\nZxid: 0x1200000abc\nMode: leader\nNode count: 5\n", Leading, 0x12, false},
		{"a follower of the first leader", "Zxid: 0x100000000\nMode: follower\n", Following, 1, false},
		{"one that serves nobody", "This ZooKeeper instance is not currently serving requests\n", "", 0, true},
		{"garbage", "Zxid: 0xnothing\nMode: leader\n", "", 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			role, epoch, err := ParseServer(tt.answer)
			if role != tt.role || epoch != tt.epoch || (err != nil) != tt.fails {
				t.Errorf("got %q, %d, %v, want %q, %d, an error: %t", role, epoch, err, tt.role, tt.epoch, tt.fails)
			}
		})
	}
}

func TestInSync(t *testing.T) {
	t.Parallel()
	healthy := States[string]{
		"a": {Role: Following, Broadcasting: true},
		"b": {Role: Leading, Broadcasting: true, Voters: 3, Following: 2},
		"c": {Role: Following, Broadcasting: true},
	}
	if !healthy.InSync() || healthy.Leader() != "b" {
		t.Errorf("a healthy ensemble is not in sync, or its leader is %q", healthy.Leader())
	}
	for name, change := range map[string]func(States[string]){
		"one serves nobody": func(s States[string]) { s["a"] = State{} },
		"one synchronizes":  func(s States[string]) { s["a"] = State{Role: Following} },
		"one follows without a vote": func(s States[string]) {
			s["b"] = State{Role: Leading, Broadcasting: true, Voters: 2, Following: 2, NonVoting: 1}
		},
		"the leader lacks one": func(s States[string]) { s["b"] = State{Role: Leading, Broadcasting: true, Voters: 3, Following: 1} },
		"two lead":             func(s States[string]) { s["c"] = s["b"] },
		"nobody leads":         func(s States[string]) { s["b"] = s["c"] },
	} {
		states := maps.Clone(healthy)
		if change(states); states.InSync() {
			t.Errorf("%s: in sync", name)
		}
	}
}

func TestAskAllKeepsThoseWhoDoNotAnswer(t *testing.T) {
	t.Parallel()
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
			_, _ = io.ReadFull(conn, make([]byte, len("mntr")))
			_, _ = io.WriteString(conn, "zk_server_state\tfollower\nzk_peer_state\tfollowing - broadcast\n")
			_ = conn.Close()
		}
	}()
	got := AskAll(t.Context(), map[string]string{"here": listener.Addr().String(), "away": "127.0.0.1:1"})
	want := States[string]{"here": {Role: Following, Broadcasting: true}, "away": {}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}
