package zkclient_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

const password = "hard to guess"

// newReconfigurable returns three voters led by 3 whose password is known.
func newReconfigurable(t *testing.T) *zkclienttest.Ensemble {
	t.Helper()
	e := zkclienttest.New(t, 3)
	e.SetPassword(password)
	return e
}

func joining(e *zkclienttest.Ensemble, role zkconfig.Role, ids ...int64) []zkconfig.Server {
	var servers []zkconfig.Server
	for _, id := range ids {
		servers = append(servers, zkconfig.Server{
			ID: id, Role: role, ClientHost: "0.0.0.0", ClientPort: zkclienttest.ClientPort,
			Addresses: []zkconfig.Address{{Host: e.Host(id), QuorumPort: 2888, ElectionPort: 3888}},
		})
	}
	return servers
}

// moved is a listed server with another quorum port.
func moved(e *zkclienttest.Ensemble, id int64) []zkconfig.Server {
	servers := joining(e, zkconfig.Participant, id)
	servers[0].Addresses[0].QuorumPort = 2889
	return servers
}

func ids(servers []zkconfig.Server) []int64 {
	all := []int64{}
	for _, server := range servers {
		all = append(all, server.ID)
	}
	return all
}

// TestReconfig goes through every kind of change, always asking the leader.
func TestReconfig(t *testing.T) {
	t.Parallel()
	type change = zkclient.Change
	for _, c := range []struct {
		name      string
		before    func(*zkclienttest.Ensemble)
		change    func(*zkclienttest.Ensemble) change
		voters    []int64
		observers []int64
		leader    int64
	}{
		{
			"two voters join, both in sync",
			func(e *zkclienttest.Ensemble) { e.Start(4); e.Start(5) },
			func(e *zkclienttest.Ensemble) change {
				return change{Joining: joining(e, zkconfig.Participant, 4, 5)}
			},
			[]int64{1, 2, 3, 4, 5},
			[]int64{},
			3,
		},
		{
			"a voter joins that is not in sync, for the others are a majority",
			func(e *zkclienttest.Ensemble) { e.Start(4); e.Set(4, zkclienttest.Syncing) },
			func(e *zkclienttest.Ensemble) change {
				return change{Joining: joining(e, zkconfig.Participant, 4)}
			},
			[]int64{1, 2, 3, 4},
			[]int64{},
			3,
		},
		{
			"observers join",
			func(e *zkclienttest.Ensemble) { e.Start(101); e.Start(102) },
			func(e *zkclienttest.Ensemble) change {
				return change{Joining: joining(e, zkconfig.Observer, 101, 102)}
			},
			[]int64{1, 2, 3},
			[]int64{101, 102},
			3,
		},
		{
			"an observer leaves while another joins",
			func(e *zkclienttest.Ensemble) {
				e.Start(101)
				e.Start(102)
				e.SetMembership(zkconfig.Membership{Servers: append(e.Membership().Servers, joining(e, zkconfig.Observer, 101)...)})
			},
			func(e *zkclienttest.Ensemble) change {
				return change{Joining: joining(e, zkconfig.Observer, 102), Leaving: []int64{101}}
			},
			[]int64{1, 2, 3},
			[]int64{102},
			3,
		},
		{
			"followers leave together",
			func(*zkclienttest.Ensemble) {},
			func(*zkclienttest.Ensemble) change { return change{Leaving: []int64{1, 2}} },
			[]int64{3},
			[]int64{},
			3,
		},
		{
			"the leader leaves",
			func(*zkclienttest.Ensemble) {},
			func(*zkclienttest.Ensemble) change { return change{Leaving: []int64{3}} },
			[]int64{1, 2},
			[]int64{},
			1,
		},
		{
			"the leader leaves and the lowest is not in sync",
			func(e *zkclienttest.Ensemble) { e.Start(4); e.Set(1, zkclienttest.Syncing) },
			func(e *zkclienttest.Ensemble) change {
				return change{Joining: joining(e, zkconfig.Participant, 4), Leaving: []int64{3}}
			},
			[]int64{1, 2, 4},
			[]int64{},
			2,
		},
		{
			"the leader is demoted",
			func(*zkclienttest.Ensemble) {},
			func(e *zkclienttest.Ensemble) change { return change{Joining: joining(e, zkconfig.Observer, 3)} },
			[]int64{1, 2},
			[]int64{3},
			1,
		},
		{
			"the leader's quorum port changes",
			func(*zkclienttest.Ensemble) {},
			func(e *zkclienttest.Ensemble) change { return change{Joining: moved(e, 3)} },
			[]int64{1, 2, 3},
			[]int64{},
			1,
		},
		{
			"a follower's quorum port changes",
			func(*zkclienttest.Ensemble) {},
			func(e *zkclienttest.Ensemble) change { return change{Joining: moved(e, 2)} },
			[]int64{1, 2, 3},
			[]int64{},
			3,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newReconfigurable(t)
			c.before(e)
			before, change := e.Membership(), c.change(e)
			change.Version = before.Version
			got, err := quick.Reconfig(t.Context(), e.ClientAddr(3), password, change)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(e.Membership(), got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([][]int64{c.voters, c.observers}, [][]int64{ids(got.Voters()), ids(got.Observers())}); diff != "" {
				t.Error(diff)
			}
			for _, joiner := range change.Joining {
				if server, _ := got.Server(joiner.ID); !cmp.Equal(server, joiner) {
					t.Errorf("joined as %v, want %v", server, joiner)
				}
			}
			if got.Version <= before.Version || e.Reconfigs() != 1 || e.Leader() != c.leader {
				t.Errorf("version %x after %x, %d changes, led by %d", got.Version, before.Version, e.Reconfigs(), e.Leader())
			}
			if e.Sessions() != 1 {
				t.Errorf("%d sessions", e.Sessions())
			}
		})
	}
}

// TestReconfigIsRefused holds that every refusal is named, and changes nothing.
func TestReconfigIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		trouble  func(*zkclienttest.Ensemble, *zkclient.Change)
		password string
		want     error
	}{
		{"a wrong password", func(*zkclienttest.Ensemble, *zkclient.Change) {}, "guess", zkclient.ErrNoAuth},
		{"no password", func(*zkclienttest.Ensemble, *zkclient.Change) {}, "", zkclient.ErrNoAuth},
		{"somebody was first", func(e *zkclienttest.Ensemble, _ *zkclient.Change) {
			e.SetMembership(e.Membership())
		}, password, zkclient.ErrBadVersion},
		{"never committed", func(_ *zkclienttest.Ensemble, change *zkclient.Change) {
			change.Version = 0
		}, password, zkclient.ErrBadVersion},
		{"a version that would mean any", func(_ *zkclienttest.Ensemble, change *zkclient.Change) {
			change.Version = math.MaxUint64
		}, password, zkclient.ErrBadVersion},
		{"nobody would vote", func(_ *zkclienttest.Ensemble, change *zkclient.Change) {
			change.Leaving = []int64{1, 2, 3}
		}, password, zkclient.ErrBadArguments},
		{"too few would be in sync", func(e *zkclienttest.Ensemble, change *zkclient.Change) {
			e.Start(5)
			e.Set(5, zkclienttest.Syncing)
			change.Joining = joining(e, zkconfig.Participant, 4, 5, 6)
		}, password, zkclient.ErrNewConfigNoQuorum},
		{"those who stay are not in sync", func(e *zkclienttest.Ensemble, change *zkclient.Change) {
			e.Set(2, zkclienttest.Syncing)
			change.Leaving = []int64{1, 3}
		}, password, zkclient.ErrNewConfigNoQuorum},
		{"an earlier one is not committed", func(e *zkclienttest.Ensemble, _ *zkclient.Change) {
			e.Refuse(zkclienttest.InProgress)
		}, password, zkclient.ErrReconfigInProgress},
		{"switched off", func(e *zkclienttest.Ensemble, _ *zkclient.Change) {
			e.Refuse(zkclienttest.Disabled)
		}, password, zkclient.ErrReconfigDisabled},
		{"standalone", func(e *zkclienttest.Ensemble, _ *zkclient.Change) {
			e.Refuse(zkclienttest.Unimplemented)
		}, password, zkclient.ErrUnimplemented},
		{"closed", func(e *zkclienttest.Ensemble, _ *zkclient.Change) {
			e.Set(3, zkclienttest.Closed)
		}, password, zkclient.ErrNoSession},
		{"without a leader", func(e *zkclienttest.Ensemble, _ *zkclient.Change) {
			e.Stop(1)
			e.Stop(2)
		}, password, zkclient.ErrNoSession},
		{"nothing is committed", func(e *zkclienttest.Ensemble, _ *zkclient.Change) { e.Freeze() }, password, zkclient.ErrNoSession},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newReconfigurable(t)
			change := zkclient.Change{Version: e.Membership().Version, Leaving: []int64{1}}
			c.trouble(e, &change)
			before := e.Membership()
			got, err := quick.Reconfig(t.Context(), e.ClientAddr(3), c.password, change)
			if !errors.Is(err, c.want) || errors.Is(err, zkclient.ErrUnknownOutcome) || len(got.Servers) != 0 {
				t.Errorf("got %v, %v", got, err)
			}
			if c.password != "" && strings.Contains(err.Error(), c.password) {
				t.Errorf("the error tells the password: %v", err)
			}
			if diff := cmp.Diff(before, e.Membership()); diff != "" || e.Reconfigs() != 0 {
				t.Errorf("a refused change was made: %s", diff)
			}
		})
	}
}

// TestReconfigWithoutAnswer holds that a lost answer says nothing, whether the
// change was made or not.
func TestReconfigWithoutAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		trouble func(*zkclienttest.Ensemble)
		made    int
	}{
		{"the answer is lost", (*zkclienttest.Ensemble).LoseNextReply, 1},
		{"the leader dies when it has committed", func(e *zkclienttest.Ensemble) {
			e.OnReconfig(func(_, _ zkconfig.Membership) { e.Stop(3) })
		}, 1},
		{"the leader dies before", func(e *zkclienttest.Ensemble) {
			e.OnRequest(func() { e.OnRequest(func() { e.Stop(3) }) })
		}, 0},
		{"nothing is committed any more", func(e *zkclienttest.Ensemble) { e.OnRequest(e.Freeze) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newReconfigurable(t)
			c.trouble(e)
			change := zkclient.Change{Version: e.Membership().Version, Joining: moved(e, 3)}
			got, err := quick.Reconfig(t.Context(), e.ClientAddr(3), password, change)
			if !errors.Is(err, zkclient.ErrUnknownOutcome) || len(got.Servers) != 0 {
				t.Errorf("got %v, %v", got, err)
			}
			if e.Reconfigs() != c.made {
				t.Errorf("%d changes were made, want %d: nothing is tried twice", e.Reconfigs(), c.made)
			}
		})
	}
}

// TestReconfigThroughFollower holds that a follower, which loses its clients
// with the leader, cannot tell that the change was made.
func TestReconfigThroughFollower(t *testing.T) {
	t.Parallel()
	e := newReconfigurable(t)
	change := zkclient.Change{Version: e.Membership().Version, Joining: moved(e, 3)}
	if _, err := quick.Reconfig(t.Context(), e.ClientAddr(2), password, change); !errors.Is(err, zkclient.ErrUnknownOutcome) {
		t.Errorf("got %v", err)
	}
	again, err := quick.Membership(t.Context(), e.ClientAddr(2))
	if err != nil || again.Version <= change.Version || e.Leader() != 1 {
		t.Errorf("%v, %v, led by %d", again, err, e.Leader())
	}
}
