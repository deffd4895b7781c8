package zkclienttest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// connect opens a session as the client library does it, so that these tests
// hold the fake against an implementation that is not ours.
func connect(t *testing.T, e *zkclienttest.Ensemble, id int64, password string) *zk.Conn {
	t.Helper()
	conn, _, err := zk.Connect([]string{e.ClientAddr(id)}, 5*time.Second, zk.WithLogInfo(false))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if password != "" {
		if err := conn.AddAuth("digest", []byte("super:"+password)); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

func TestReconfigChecks(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	e.SetPassword("secret")
	version := int64(e.Membership().Version)
	super := connect(t, e, 3, "secret")
	for _, c := range []struct {
		name             string
		conn             *zk.Conn
		joining, leaving []string
		version          int64
		want             string
	}{
		{"an old version", super, nil, []string{"1"}, version - 1, zk.ErrBadVersion.Error()},
		{"an unreadable joiner", super, []string{"server.4=nowhere"}, nil, version, zk.ErrBadArguments.Error()},
		{"an unreadable leaver", super, nil, []string{"one"}, version, zk.ErrBadArguments.Error()},
		{"nobody would be left", super, nil, []string{"1", "2", "3"}, version, zk.ErrBadArguments.Error()},
		{"joiners without a quorum", super, []string{
			"server.4=a:2888:3888:participant;2181", "server.5=b:2888:3888:participant;2181",
			"server.6=c:2888:3888:participant;2181",
		}, nil, version, "unknown error: -13"},
		{"a wrong password", connect(t, e, 3, "guess"), nil, []string{"1"}, version, zk.ErrNoAuth.Error()},
		{"no password", connect(t, e, 3, ""), nil, []string{"1"}, version, zk.ErrNoAuth.Error()},
	} {
		if _, err := c.conn.IncrementalReconfig(c.joining, c.leaving, c.version); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	if got := int64(e.Membership().Version); got != version {
		t.Errorf("a refused request changed the version from %x to %x", version, got)
	}
}

func TestReconfigAddsAndRemoves(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	e.SetPassword("secret")
	e.Start(4)
	before := e.Membership()
	conn := connect(t, e, 3, "secret")
	joiner := "server.4=" + e.Host(4) + ":2888:3888:participant;2181"
	if _, err := conn.IncrementalReconfig([]string{joiner}, []string{"1"}, int64(before.Version)); err != nil {
		t.Fatal(err)
	}
	after := e.Membership()
	if after.Voter(1) || !after.Voter(4) || len(after.Servers) != 3 || after.Version <= before.Version {
		t.Errorf("%v", after)
	}
	data, _, err := conn.Get("/zookeeper/config")
	if err != nil || string(data) != after.String() {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := conn.Reconfig([]string{joiner}, -1); err != nil && !errors.Is(err, zk.ErrConnectionClosed) {
		t.Fatal(err)
	}
	if after = e.Membership(); len(after.Servers) != 1 || e.Leader() != 4 {
		t.Errorf("%v, led by %d", after, e.Leader())
	}
}

// TestElection holds what the members' states mean for all of them.
func TestElection(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 5)
	for _, step := range []struct {
		do   func()
		want int64
	}{
		{func() {}, 5},
		{func() { e.Set(5, zkclienttest.Hung) }, 4},
		{func() { e.Set(5, zkclienttest.Up) }, 4}, // a leader stays
		{func() { e.Elect(2) }, 2},
		{func() { e.Stop(1); e.Set(3, zkclienttest.Closed) }, 2},
		{func() { e.Set(4, zkclienttest.Electing) }, 0},
		{func() { e.Start(1) }, 5},
		{func() { e.Start(6); e.Stop(1) }, 0}, // one that does not vote makes no quorum
		{func() { e.SetMembership(zkconfig.Membership{Servers: e.Membership().Servers[1:4]}) }, 0},
		{func() { e.Set(4, zkclienttest.Up) }, 4},
	} {
		step.do()
		if got := e.Leader(); got != step.want {
			t.Fatalf("leader is %d, want %d", got, step.want)
		}
	}
}
