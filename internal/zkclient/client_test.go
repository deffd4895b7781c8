package zkclient_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

var quick = &zkclient.Client{AskTimeout: 2 * time.Second, SessionTimeout: 5 * time.Second}

func targets(e *zkclienttest.Ensemble, n int64) []zkclient.Target {
	var all []zkclient.Target
	for id := int64(1); id <= n; id++ {
		all = append(all, zkclient.Target{ClientAddr: e.ClientAddr(id), AgentAddr: e.AgentAddr(id)})
	}
	return all
}

// heard compares what was heard, without where and how long.
var heard = cmp.Options{cmpopts.IgnoreFields(zkclient.Report{}, "Target", "Duration", "Agent", "Err")}

func TestAskSettledEnsemble(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	e.Age(time.Hour)
	got := new(zkclient.Client).Ask(t.Context(), targets(e, 3))
	got[2].LeaderUptime = got[2].LeaderUptime.Truncate(time.Hour)
	follower := zkclient.Report{
		Serving: true, Role: zkclient.Follower, Broadcasting: true, Version: "3.9.5", QuorumSize: 3,
	}
	leader := follower
	leader.Role, leader.SyncedFollowers, leader.LeaderUptime = zkclient.Leader, 2, time.Hour
	if diff := cmp.Diff([]zkclient.Report{follower, follower, leader}, got, heard); diff != "" {
		t.Error(diff)
	}
	for i, report := range got {
		id := int64(i + 1)
		if report.Err != nil || report.Duration <= 0 || report.ClientAddr != e.ClientAddr(id) {
			t.Errorf("report %d: %+v", i, report)
		}
		if report.Agent == nil || report.Agent.ID != id || report.Agent.Phase != member.Running {
			t.Errorf("report %d: agent %+v", i, report.Agent)
		}
	}
	if !votersInSync(&got[2]) || votersInSync(&got[0]) {
		t.Error("only the leader says that the voters are in sync")
	}
	if n := e.Sessions(); n != 0 {
		t.Errorf("asking opened %d sessions", n)
	}
}

// TestAskTroubledMember puts one member of three into every state.
func TestAskTroubledMember(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		mode zkclienttest.Mode
		want zkclient.Report
		err  bool
	}{
		{"in sync", zkclienttest.Up, zkclient.Report{
			Serving: true, Role: zkclient.Follower, Broadcasting: true, Version: "3.9.5", QuorumSize: 3,
		}, false},
		{"syncing", zkclienttest.Syncing, zkclient.Report{
			Serving: true, Role: zkclient.Follower, Version: "3.9.5", QuorumSize: 3,
		}, false},
		{"electing", zkclienttest.Electing, zkclient.Report{NotServing: true}, true},
		{"hung", zkclienttest.Hung, zkclient.Report{}, true},
		{"closed", zkclienttest.Closed, zkclient.Report{}, true},
		{"garbage", zkclienttest.Garbage, zkclient.Report{}, true},
		{"half-open", zkclienttest.HalfOpen, zkclient.Report{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := zkclienttest.New(t, 3)
			e.Set(1, c.mode)
			reports := quick.Ask(t.Context(), targets(e, 3))
			if diff := cmp.Diff(c.want, reports[0], heard); diff != "" {
				t.Error(diff)
			}
			if (reports[0].Err != nil) != c.err {
				t.Errorf("error %v", reports[0].Err)
			}
			if reports[0].Agent == nil {
				t.Error("the agent answers, whatever the server does")
			}
			if votersInSync(&reports[2]) != (c.mode == zkclienttest.Up) {
				t.Errorf("the leader says %+v", reports[2])
			}
		})
	}
}

// TestAskIsBoundedByTheSlowest holds that members are asked in parallel.
func TestAskIsBoundedByTheSlowest(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 9)
	for id := int64(1); id <= 9; id++ {
		e.Set(id, zkclienttest.Hung)
	}
	start := time.Now()
	for _, report := range quick.Ask(t.Context(), targets(e, 9)) {
		if report.Serving || report.NotServing {
			t.Errorf("the member at %s: %+v", report.ClientAddr, report)
		}
	}
	if took := time.Since(start); took > 4*quick.AskTimeout {
		t.Errorf("took %v", took)
	}
}

func TestAskEndsWithItsContext(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 1)
	e.Set(1, zkclienttest.Hung)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	report := (&zkclient.Client{AskTimeout: time.Minute}).Ask(ctx, targets(e, 1))[0]
	if report.NotServing || report.Err == nil || time.Since(start) > 10*time.Second {
		t.Errorf("%+v after %v", report, time.Since(start))
	}
}

func TestAgentIsSilent(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 1)
	e.SetAgent(1, nil)
	if report := quick.Ask(t.Context(), targets(e, 1))[0]; report.Agent != nil || report.Err == nil || !report.Serving {
		t.Errorf("%+v", report)
	}
	e.SetAgent(1, &member.State{ID: 1, PodUID: "a", Phase: member.Waiting, Waiting: "for a list", Blank: true})
	if report := quick.Ask(t.Context(), targets(e, 1))[0]; report.Err != nil || report.Agent.Waiting != "for a list" {
		t.Errorf("%+v", report)
	}
}

func TestStoppedMember(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	e.Stop(3)
	if got := e.Leader(); got != 2 {
		t.Errorf("leader is %d", got)
	}
	reports := quick.Ask(t.Context(), targets(e, 3))
	if reports[2].NotServing || reports[2].Agent != nil || reports[2].Err == nil {
		t.Errorf("the stopped member: %+v", reports[2])
	}
	if reports[1].Role != zkclient.Leader || votersInSync(&reports[1]) {
		t.Errorf("the new leader: %+v", reports[1])
	}
	e.Stop(2)
	if report := quick.Ask(t.Context(), targets(e, 1))[0]; !report.NotServing || report.Serving {
		t.Errorf("without a quorum: %+v", report)
	}
	e.Start(3)
	if report := quick.Ask(t.Context(), targets(e, 1))[0]; !report.Serving {
		t.Errorf("with a quorum again: %+v", report)
	}
}

// votersInSync reports whether a server leads and says that every voter follows
// it in sync.
func votersInSync(r *zkclient.Report) bool {
	return r.Role == zkclient.Leader && r.QuorumSize > 0 && r.SyncedVoters() == r.QuorumSize
}

// TestJoinerDoesNotCount holds the arithmetic of voters in sync.
func TestJoinerDoesNotCount(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	e.Start(4)
	leader := quick.Ask(t.Context(), targets(e, 4))[2]
	if leader.SyncedFollowers != 3 || leader.SyncedNonVoting != 1 || !votersInSync(&leader) {
		t.Errorf("with a joiner: %+v", leader)
	}
	e.Set(1, zkclienttest.Syncing)
	if leader = quick.Ask(t.Context(), targets(e, 4))[2]; votersInSync(&leader) {
		t.Errorf("a joiner stands in for a voter: %+v", leader)
	}
}

func TestMembership(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	for id := int64(1); id <= 3; id++ {
		got, err := quick.Membership(t.Context(), e.ClientAddr(id))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e.Membership(), got); diff != "" {
			t.Errorf("through member %d: %s", id, diff)
		}
	}
	if n := e.Sessions(); n != 3 {
		t.Errorf("%d sessions", n)
	}
	before := e.Membership()
	e.SetMembership(zkconfig.Membership{Servers: before.Servers[:1]})
	got, err := quick.Membership(t.Context(), e.ClientAddr(1))
	if err != nil || len(got.Servers) != 1 || got.Version <= before.Version {
		t.Errorf("after a change: %+v, %v", got, err)
	}
}

// TestProveCommit goes through everything that a member can be, and through
// the leader that answers everything but commits nothing.
func TestProveCommit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		trouble func(*zkclienttest.Ensemble)
		want    bool
	}{
		{"all is well", func(*zkclienttest.Ensemble) {}, true},
		{"another leader", func(e *zkclienttest.Ensemble) { e.Elect(1) }, true},
		{"one of three is gone", func(e *zkclienttest.Ensemble) { e.Stop(1) }, true},
		{"two of three are gone", func(e *zkclienttest.Ensemble) { e.Stop(1); e.Stop(3) }, false},
		{"nothing is committed", (*zkclienttest.Ensemble).Freeze, false},
		{"it is cut off from the leader", func(e *zkclienttest.Ensemble) { e.Set(2, zkclienttest.CutOff) }, false},
		{"another one is cut off from the leader", func(e *zkclienttest.Ensemble) { e.Set(1, zkclienttest.CutOff) }, true},
		{"commits again", func(e *zkclienttest.Ensemble) { e.Freeze(); e.Thaw() }, true},
		{"syncing", func(e *zkclienttest.Ensemble) { e.Set(2, zkclienttest.Syncing) }, false},
		{"electing", func(e *zkclienttest.Ensemble) { e.Set(2, zkclienttest.Electing) }, false},
		{"hung", func(e *zkclienttest.Ensemble) { e.Set(2, zkclienttest.Hung) }, false},
		{"closed", func(e *zkclienttest.Ensemble) { e.Set(2, zkclienttest.Closed) }, false},
		{"garbage", func(e *zkclienttest.Ensemble) { e.Set(2, zkclienttest.Garbage) }, false},
		{"half-open", func(e *zkclienttest.Ensemble) { e.Set(2, zkclienttest.HalfOpen) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := zkclienttest.New(t, 3)
			c.trouble(e)
			before, start := e.Sessions(), time.Now()
			err := quick.ProveCommit(t.Context(), e.ClientAddr(2))
			if (err == nil) != c.want {
				t.Errorf("got %v", err)
			}
			if err != nil && !errors.Is(err, zkclient.ErrNoSession) {
				t.Errorf("got %v, want it to say that there was no session", err)
			}
			if got := e.Sessions() - before; (got == 1) != c.want {
				t.Errorf("%d sessions were opened", got)
			}
			if took := time.Since(start); took > 3*quick.SessionTimeout {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestSessionIsClosedInOrder holds that nothing is left for the server to expire.
func TestSessionIsClosedInOrder(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 1)
	for range 20 {
		if err := quick.ProveCommit(t.Context(), e.ClientAddr(1)); err != nil {
			t.Fatal(err)
		}
	}
	if opened, closed := e.Sessions(), e.ClosedSessions(); opened != 20 || closed != 20 {
		t.Errorf("%d sessions were opened and %d closed", opened, closed)
	}
}

// TestLeaderIsLostDuringSession holds that a lost connection is never taken for
// an answer.
func TestLeaderIsLostDuringSession(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	e.OnRequest(func() { e.Stop(3) })
	if err := quick.ProveCommit(t.Context(), e.ClientAddr(3)); !errors.Is(err, zkclient.ErrUnknownOutcome) {
		t.Errorf("got %v", err)
	}
}

// An agent is asked where its Pod is and nowhere else, wherever it sends the operator.
func TestARedirectOfAnAgentIsNotFollowed(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 1)
	asked := make(chan string, 1)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		_, _ = io.WriteString(w, `{"id": 1, "podUID": "another", "phase": "running"}`)
	}))
	t.Cleanup(other.Close)
	for _, status := range []int{
		http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
	} {
		agent := httptest.NewServer(http.RedirectHandler(other.URL+member.StatePath, status))
		t.Cleanup(agent.Close)
		target := targets(e, 1)
		target[0].AgentAddr = agent.Listener.Addr().String()
		report := quick.Ask(t.Context(), target)[0]
		if report.Agent != nil || report.Err == nil || !strings.Contains(report.Err.Error(), strconv.Itoa(status)) {
			t.Errorf("with the status %d the agent says %+v: %v", status, report.Agent, report.Err)
		}
	}
	select {
	case path := <-asked:
		t.Errorf("another server was asked for %s", path)
	default:
	}
}

// A server that has lost its quorum and lets clients read says itself that it serves
// nobody who writes, whatever else it says.
func TestAReadOnlyServerDoesNotServe(t *testing.T) {
	t.Parallel()
	e := zkclienttest.New(t, 3)
	e.Lie(1, zkclienttest.Lies{Role: "read-only"})
	got := quick.Ask(t.Context(), targets(e, 1))[0]
	if diff := cmp.Diff(zkclient.Report{NotServing: true, Version: "3.9.5"}, got, heard); diff != "" || got.Err != nil {
		t.Errorf("(-want +got):\n%s%v", diff, got.Err)
	}
}
