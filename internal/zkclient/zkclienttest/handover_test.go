package zkclienttest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/fourletter"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

func monitor(t *testing.T, e *zkclienttest.Ensemble, id int64) fourletter.Monitor {
	t.Helper()
	m, err := fourletter.Mntr(t.Context(), e.ClientAddr(id))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func reconfig(t *testing.T, e *zkclienttest.Ensemble, id int64, line string, leaving ...string) {
	t.Helper()
	e.SetPassword("secret")
	var joining []string
	if line != "" {
		joining = append(joining, line)
	}
	if _, err := connect(t, e, id, "secret").IncrementalReconfig(joining, leaving, int64(e.Membership().Version)); err != nil {
		t.Fatal(err)
	}
}

// TestHandover holds that a leader whose quorum port changes goes on as a voter
// that follows the one with the lowest id, without an election.
func TestHandover(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	other := connect(t, e, 2, "")
	if _, _, err := other.Get("/zookeeper/config"); err != nil {
		t.Fatal(err)
	}
	reconfig(t, e, 3, "server.3="+e.Host(3)+":2889:3888:participant;2181")
	if e.Leader() != 1 {
		t.Fatalf("led by %d", e.Leader())
	}
	if old := monitor(t, e, 3); old.ServerState != "follower" || !old.Broadcasting() {
		t.Errorf("the old leader: %+v", old)
	}
	if leader := monitor(t, e, 1); leader.SyncedFollowers != 2 || leader.SyncedNonVoting != 0 || leader.QuorumSize != 3 {
		t.Errorf("the new leader: %+v", leader)
	}
}

// TestRemovedLeaderFollows holds that it does so without a vote.
func TestRemovedLeaderFollows(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	reconfig(t, e, 3, "", "3")
	if old := monitor(t, e, 3); e.Leader() != 1 || old.ServerState != "follower" {
		t.Errorf("the old leader, led by %d: %+v", e.Leader(), old)
	}
	if leader := monitor(t, e, 1); leader.SyncedFollowers != 2 || leader.SyncedNonVoting != 1 || leader.QuorumSize != 2 {
		t.Errorf("the new leader: %+v", leader)
	}
}

// TestObserversAreCountedNowhere holds what a leader says with observers that
// are listed, and with one that is not yet.
func TestObserversAreCountedNowhere(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	e.Start(101)
	if joiner := monitor(t, e, 101); joiner.ServerState != "follower" {
		t.Errorf("before it is listed: %+v", joiner)
	}
	if leader := monitor(t, e, 3); leader.SyncedFollowers != 3 || leader.SyncedNonVoting != 1 {
		t.Errorf("before it is listed: %+v", leader)
	}
	reconfig(t, e, 3, "server.101="+e.Host(101)+":2888:3888:observer;2181")
	if observer := monitor(t, e, 101); observer.ServerState != "observer" || !observer.Broadcasting() {
		t.Errorf("when it is listed: %+v", observer)
	}
	if leader := monitor(t, e, 3); leader.SyncedFollowers != 2 || leader.SyncedNonVoting != 0 || leader.QuorumSize != 3 {
		t.Errorf("when it is listed: %+v", leader)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	got := func() []string {
		return []string{monitor(t, e, 1).Version, monitor(t, e, 2).Version, monitor(t, e, 3).Version}
	}
	e.SetVersion("3.9.3")
	e.SetMemberVersion(2, "3.9.5")
	e.Stop(2)
	e.Start(2)
	if want := []string{"3.9.3", "3.9.5", "3.9.3"}; !slices.Equal(got(), want) {
		t.Errorf("%v, want %v", got(), want)
	}
	e.SetMemberVersion(2, "")
	if want := []string{"3.9.3", "3.9.3", "3.9.3"}; !slices.Equal(got(), want) {
		t.Errorf("%v, want %v", got(), want)
	}
}

func TestOnReconfig(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	var told [][]zkconfig.Server
	e.OnReconfig(func(before, after zkconfig.Membership) {
		told = append(told, before.Servers, after.Servers)
		e.Start(4) // a hook may use the ensemble
	})
	reconfig(t, e, 3, "", "1")
	if len(told) != 2 || len(told[0]) != 3 || len(told[1]) != 2 || e.Reconfigs() != 1 {
		t.Errorf("told %v of %d", told, e.Reconfigs())
	}
	if monitor(t, e, 4).ServerState != "follower" {
		t.Error("the new member does not follow")
	}
}

func agentSays(t *testing.T, e *zkclienttest.Ensemble, id int64) member.State {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + e.AgentAddr(id) + "/state")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var state member.State
	if err := json.NewDecoder(response.Body).Decode(&state); err != nil {
		t.Fatal(err)
	}
	return state
}

// TestConfigVersion holds that a member saves what is committed while it is in
// sync, and keeps the older version otherwise.
func TestConfigVersion(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	first := strconv.FormatUint(e.Membership().Version, 16)
	e.Set(1, zkclienttest.Syncing)
	reconfig(t, e, 3, "server.2="+e.Host(2)+":2889:3888:participant;2181")
	second := strconv.FormatUint(e.Membership().Version, 16)
	for id, want := range map[int64]string{1: first, 2: second, 3: second} {
		if got := agentSays(t, e, id).ConfigVersion; got != want {
			t.Errorf("member %d has %q, want %q", id, got, want)
		}
	}
	e.Set(1, zkclienttest.Up)
	if got := agentSays(t, e, 1).ConfigVersion; got != second {
		t.Errorf("in sync again: %q, want %q", got, second)
	}
	e.SetAgent(1, &member.State{ID: 1, ConfigVersion: "abc"})
	if got := agentSays(t, e, 1).ConfigVersion; got != "abc" {
		t.Errorf("what the test says is changed to %q", got)
	}
}
