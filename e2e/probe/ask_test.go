package main

import (
	"io"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
	"github.com/zkensemble/zookeeper-operator/e2e/words"
)

func TestMemberOf(t *testing.T) {
	tests := []struct {
		name   string
		answer string
		want   history.Member
	}{
		{
			"a leader",
			"zk_version\t3.9.5\nzk_server_state\tleader\nzk_peer_state\tleading - broadcast\nzk_quorum_size\t3\nzk_synced_followers\t2\nzk_synced_non_voting_followers\t1\n",
			history.Member{State: history.Leading, QuorumSize: 3, Synced: 2, SyncedNonVoter: 1},
		},
		{
			"a leader that does not broadcast yet",
			"zk_server_state\tleader\nzk_peer_state\tleading - synchronization\nzk_quorum_size\t3\n",
			history.Member{State: history.Syncing},
		},
		{"a follower", "zk_server_state\tfollower\nzk_peer_state\tfollowing - broadcast\n", history.Member{State: history.Following}},
		{"a follower that is behind", "zk_server_state\tfollower\nzk_peer_state\tfollowing - synchronization - snap\n", history.Member{State: history.Syncing}},
		{"an observer", "zk_server_state\tobserver\nzk_peer_state\tobserving - broadcast\n", history.Member{State: history.Observing}},
		{"no quorum", "This ZooKeeper instance is not currently serving requests\n", history.Member{State: history.Waiting}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, memberOf(words.ParseMonitor(tt.answer))); diff != "" {
				t.Errorf("member (-want +got):\n%s", diff)
			}
		})
	}
}

// serve answers every connection and returns the address to connect to.
func serve(t *testing.T, answer func(net.Conn)) string {
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
			answer(conn)
		}
	}()
	return listener.Addr().String()
}

func TestAskTellsASilentMemberFromOneThatIsGone(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	follower := serve(t, func(c net.Conn) {
		_, _ = io.ReadFull(c, make([]byte, len("mntr")))
		_, _ = io.WriteString(c, "zk_server_state\tfollower\nzk_peer_state\tfollowing - broadcast\n")
		_ = c.Close()
	})
	frozen := serve(t, func(net.Conn) {})
	empty := serve(t, func(c net.Conn) { _ = c.Close() })

	got := askAll(t.Context(), []member{
		{"follower", follower}, {"frozen", frozen}, {"empty", empty}, {"refused", refused}, {"nameless", "no-such-host.invalid.:2181"},
	})
	want := map[string]history.State{
		"follower": history.Following, "frozen": history.Silent, "empty": history.Silent, "refused": history.Gone,
	}
	for name, state := range want {
		if got[name].State != state {
			t.Errorf("%s: got %s, want %s", name, got[name].State, state)
		}
	}
	// Without a name server the question stays open, with one it is answered.
	if state := got["nameless"].State; state != history.Gone && state != history.Silent {
		t.Errorf("nameless: got %s, want it gone, or silent without a name server", state)
	}
}

func TestRecordsHaveDistinctNamesAndValues(t *testing.T) {
	names, values := map[string]bool{}, map[string]bool{}
	for n := range int64(1000) {
		names[recordName(n)], values[recordValue(n)] = true, true
	}
	if len(names) != 1000 || len(values) != 1000 {
		t.Errorf("got %d names and %d values, want 1000 of each", len(names), len(values))
	}
}
