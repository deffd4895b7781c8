package ensemble

import (
	"slices"
	"strconv"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// somebody is a server that is none of the ensemble's.
func somebody(id int64, role zkconfig.Role, host string) zkconfig.Server {
	return zkconfig.Server{
		ID: id, Role: role, ClientHost: "0.0.0.0", ClientPort: 2181,
		Addresses: []zkconfig.Address{{Host: host, QuorumPort: 2888, ElectionPort: 3888}},
	}
}

// with is a membership in which a server takes the place of the one of its id.
func with(m zkconfig.Membership, s zkconfig.Server) zkconfig.Membership {
	m.Servers = append(slices.DeleteFunc(slices.Clone(m.Servers), func(o zkconfig.Server) bool { return o.ID == s.ID }), s)
	return m
}

// A committed server that is none of the ensemble's stops every step that changes or
// takes a member, counts, and is named; once a person removed it, all goes on.
func TestAForeignMemberStopsEveryStep(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server  func(suffix string) zkconfig.Server
		quorate string
	}{
		"a voter with an id that an ordinal could have": {
			func(string) zkconfig.Server { return somebody(42, zkconfig.Participant, "zk.example") }, "3 of 4 voters serve, 3 needed",
		},
		"a voter with an id that no ordinal has": {
			func(string) zkconfig.Server { return somebody(77, zkconfig.Participant, "zk.example") }, "3 of 4 voters serve, 3 needed",
		},
		"an observer of ours that votes": {
			func(suffix string) zkconfig.Server {
				return somebody(101, zkconfig.Participant, "zk-observers-0."+suffix)
			}, "3 of 4 voters serve, 3 needed",
		},
		"an id that would be one of ours if it were cut": {
			func(suffix string) zkconfig.Server {
				return somebody(1<<32+1, zkconfig.Participant, "zk-0."+suffix)
			}, "3 of 4 voters serve, 3 needed",
		},
		"a host that is not that of the id": {
			func(string) zkconfig.Server { return somebody(1, zkconfig.Participant, "zk.example") }, "3 of 3 voters serve, 2 needed",
		},
		"an observer": {
			func(string) zkconfig.Server { return somebody(42, zkconfig.Observer, "zk.example") }, "3 of 3 voters serve, 2 needed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			w.servers.Elect(3)
			w.rests(e)
			ours, before := w.servers.Membership(), w.pods()
			foreign, quorate := c.server("zk-servers."+w.namespace+".svc.cluster.local"), c.quorate
			w.servers.SetMembership(with(ours, foreign))
			w.flags(e)
			w.leaves(before, ours)
			w.untilStalls(e, v1alpha1.ReasonForeignMember)
			if !says(e, "server "+strconv.FormatInt(foreign.ID, 10)+" ", foreign.Addresses[0].Host, "reconfig -remove") {
				t.Errorf("the status must name the server and what to do: %s", e.Status.Activity)
			}
			c := meta.FindStatusCondition(e.Status.Conditions, v1alpha1.ConditionAvailable)
			if c.Status != metav1.ConditionTrue || c.Message != quorate {
				t.Errorf("Available is %s: %q, want %q", c.Status, c.Message, quorate)
			}
			tolerant := meta.FindStatusCondition(e.Status.Conditions, v1alpha1.ConditionFaultTolerant).Status == metav1.ConditionTrue
			if votes := foreign.Role == zkconfig.Participant; votes == tolerant {
				t.Errorf("the quorum outlives the loss of any one node: %v", tolerant)
			}
			w.resize(e, 5)
			sessions := w.servers.Sessions()
			w.leaves(before, ours)
			if n := w.servers.Sessions() - sessions; n >= 2*patient { // each reads, and hardly any proves anything
				t.Errorf("%d sessions in %d passes", n, patient)
			}
			w.servers.SetMembership(ours)
			w.rests(e)
			if m := w.servers.Membership(); len(m.Voters()) != 5 {
				t.Errorf("in the end the members are %s", m.String())
			}
		})
	}
}

// A foreign voter may lead. No member then says that it does, and its followers say
// who is committed.
func TestAForeignMemberThatLeadsStopsEveryStep(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		foreign []int64 // voters that are none of the ensemble's and run
		silent  bool    // a member cannot be reached
		leads   string
	}{
		"the only one":                   {[]int64{77}, false, "server 77 leads"},
		"one of two":                     {[]int64{77, 78}, false, "one of the servers 77,78 leads"},
		"beside a member that is silent": {[]int64{77}, true, "one of the servers 3,77 leads"},
		"with the id of a member":        {[]int64{3}, false, "server 3 leads"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			ours, before := w.servers.Membership(), w.pods()
			committed := ours
			for _, id := range c.foreign {
				committed = with(committed, somebody(id, zkconfig.Participant, w.servers.Host(id)))
				if id > 3 {
					w.servers.Start(id)
				} else {
					w.servers.Lie(id, zkclienttest.Lies{Role: "follower"}) // the member's own server, which votes no more
				}
			}
			w.servers.SetMembership(committed)
			w.servers.Elect(c.foreign[0])
			if c.silent {
				w.servers.estrange(3, true)
			}
			w.flags(e)
			w.untilStalls(e, v1alpha1.ReasonForeignMember)
			if !says(e, c.leads, "server "+strconv.FormatInt(c.foreign[0], 10)+" (", "reconfig -remove") {
				t.Errorf("the status must name the leader and what to do: %s", e.Status.Activity)
			}
			if got := w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionTrue); got != v1alpha1.ReasonQuorumServes {
				t.Errorf("a majority serves and commits; Available is true for the reason %q", got)
			}
			if e.Status.Leader != "" {
				t.Errorf("%s does not lead", e.Status.Leader)
			}
			w.resize(e, 5)
			sessions := w.servers.Sessions()
			w.leaves(before, ours)
			if n := w.servers.Sessions() - sessions; n > patient {
				t.Errorf("%d sessions in %d passes", n, patient)
			}
			w.servers.estrange(3, false)
			w.servers.Lie(3, zkclienttest.Lies{})
			w.servers.SetMembership(ours)
			w.rests(e)
		})
	}
}

// Those that follow a leader which cannot be asked prove that it commits, and cost no
// session at each pass, whether they tell of nothing new or of what nobody committed.
func TestFollowersWithoutALeaderAreAskedSeldom(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(s *servers)
		most   int
	}{
		"nothing new":       {func(*servers) {}, 1},
		"a disproved claim": {func(s *servers) { s.claim(1, 1<<62); s.claim(2, 1<<62+1) }, 1},
		"nobody answers":    {func(s *servers) { s.claim(1, 1<<62); s.Freeze() }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e := hasty(t)
			w.servers.Elect(3)
			w.servers.estrange(3, true)
			before := w.servers.Sessions()
			c.change(w.servers)
			w.untilWaits(e, v1alpha1.ReasonMembersUnreachable)
			for range patient {
				w.turn()
			}
			if n := w.servers.Sessions() - before; n > c.most {
				t.Errorf("%d sessions", n)
			}
			if got := w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse); got != v1alpha1.ReasonMembersUnreachable {
				t.Errorf("the reason is %q", got)
			}
		})
	}
}

// A members record that names somebody else's server is never acted on. It is
// written anew from what the servers committed.
func TestARecordOfForeignMembersIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	ours, before := w.servers.Membership(), w.pods()
	edited := with(ours, somebody(42, zkconfig.Participant, "zk.example"))
	edited.Version++
	w.editRecord("zk-members", map[string]string{member.MembershipKey: edited.String()})
	w.eventually("the record is written anew", func() bool { return w.recorded() == ours.String() })
	w.leaves(before, ours)
	w.rests(e)
}

// patient is for how many turns nothing may happen.
const patient = 10

// leaves holds that an operator leaves Pods, sizes and the record as they are.
func (w *world) leaves(before map[string]*corev1.Pod, recorded zkconfig.Membership) {
	w.Helper()
	for range patient {
		w.turn()
	}
	w.untouched(before)
	var set appsv1.StatefulSet
	if w.get("zk", &set); *set.Spec.Replicas != int32(len(before)) {
		w.Errorf("the StatefulSet asks for %d replicas, not %d", *set.Spec.Replicas, len(before))
	}
	for _, pod := range w.pods() {
		if pod.DeletionTimestamp != nil {
			w.Errorf("%s is taken away", pod.Name)
		}
	}
	if got := w.recorded(); got != recorded.String() {
		w.Errorf("the record is %s", got)
	}
}

// recorded is what the members record holds.
func (w *world) recorded() string {
	w.Helper()
	var record corev1.ConfigMap
	w.get(workload.MembersName("zk"), &record)
	return record.Data[member.MembershipKey]
}
