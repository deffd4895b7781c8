package ensemble

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// The alerts of the page.
const (
	unavailable    = "ZooKeeperUnavailable"
	notKnown       = "ZooKeeperNotKnown"
	memberAway     = "ZooKeeperMemberAway"
	notAsSpecified = "ZooKeeperNotAsSpecified"
	needsHelp      = "ZooKeeperStalled"
	claimsGo       = "ZooKeeperVolumesTerminating"
)

// whole is what is seen of three members that serve as specified.
func whole() *observed {
	e := &v1alpha1.ZooKeeperEnsemble{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "zk", Generation: 2}}
	e.Spec.Replicas = 3
	three := &plan.Membership{Version: 1, Voters: plan.UpTo(3)}
	seen := &observed{ensemble: e, facts: plan.Observation{
		Founders: 3, Volumes: 3, Record: three, Committed: three, Replicas: 3, Desired: 3,
		Commits: true, Proved: plan.UpTo(3), Synced: 3, QuorumSize: 3,
		Holds: [2]plan.Hold{{Exists: true, Armed: true}},
	}}
	for ordinal := range int32(3) {
		seen.members = append(seen.members, observedMember{
			Member: plan.Member{Ordinal: ordinal, Pod: plan.Present, Health: plan.Following, Revision: plan.Current},
			id:     int64(ordinal) + 1,
			pod:    &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: podName(e, plan.Servers, ordinal)}, Spec: corev1.PodSpec{NodeName: "node"}},
		})
	}
	seen.members[2].Health = plan.Leading
	return seen
}

// What is to be seen of the members.

func (seen *observed) all(health plan.Health) {
	for i := range seen.members {
		seen.members[i].Health = health
	}
	seen.facts.Committed, seen.facts.Commits, seen.facts.Proved, seen.facts.Synced, seen.facts.QuorumSize = nil, false, 0, 0, 0
}

func (seen *observed) noPods() {
	seen.all(plan.Down)
	for i := range seen.members {
		seen.members[i].Pod, seen.members[i].pod = plan.NoPod, nil
	}
}

// fresh is an ensemble of which nothing is there yet but its specification.
func fresh(seen *observed) {
	seen.noPods()
	seen.members = nil
	f := &seen.facts
	f.Formation, f.Founders, f.Volumes, f.Record, f.Replicas, f.Holds = plan.Missing, 0, 0, nil, 0, [2]plan.Hold{}
}

func stoppedForGood(seen *observed) {
	seen.noPods()
	seen.facts.Stop, seen.facts.Replicas = true, 0
}

func wrongSpec(seen *observed) {
	seen.facts.Invalid, seen.invalid = true, errors.New("a wrong specification")
}

// statusFor is the status that a pass writes.
func statusFor(seen *observed, refused error) *v1alpha1.ZooKeeperEnsembleStatus {
	for i := range seen.members {
		seen.facts.Members = append(seen.facts.Members, seen.members[i].Member)
	}
	status := statusOf(seen, plan.Next(&seen.facts), &outcome{refused: []error{refused}})
	return &status
}

// TestAlerts evaluates the rules of the page for an ensemble that has been in a state
// for two hours, by what two replicas of the operator answer: which alerts are raised,
// and each of them once.
func TestAlerts(t *testing.T) {
	t.Parallel()
	rules := alertsOf(t)
	none := func(*v1alpha1.ZooKeeperEnsembleStatus) {}
	raised := map[string]bool{}
	for name, c := range map[string]struct {
		see     func(*observed)
		refused error
		then    func(*v1alpha1.ZooKeeperEnsembleStatus)
		want    []string
	}{
		"as specified": {func(*observed) {}, nil, none, nil},
		"one member is away": {
			func(seen *observed) { seen.members[0].Health = plan.Unknown }, nil, none,
			[]string{memberAway, notAsSpecified},
		},
		"the quorum is lost": {
			func(seen *observed) { seen.all(plan.Electing) }, nil, none,
			[]string{unavailable, memberAway, notAsSpecified},
		},
		"nobody leads": {func(seen *observed) { seen.all(plan.Following) }, nil, none, []string{unavailable, notAsSpecified}},
		"nothing is committed": {
			func(seen *observed) { seen.facts.Commits, seen.facts.Proved = false, 0 }, nil, none,
			[]string{unavailable, notAsSpecified},
		},
		"nobody can be reached": {
			func(seen *observed) { seen.all(plan.Unknown) }, nil, none,
			[]string{notKnown, memberAway, notAsSpecified},
		},
		"the record cannot be read, and one leads": {func(seen *observed) {
			seen.facts.Unreadable, seen.facts.Record, seen.facts.Committed, seen.unreadable = true, nil, nil, errors.New("garbage")
			seen.facts.Commits, seen.facts.Proved = false, 0
		}, nil, none, []string{notKnown, needsHelp}},
		"the leader and one more cannot be reached": {func(seen *observed) {
			seen.all(plan.Unknown)
			seen.members[0].Health = plan.Following
		}, nil, none, []string{notKnown, memberAway, notAsSpecified}},
		"the record cannot be read, and nobody leads": {func(seen *observed) {
			seen.all(plan.Electing)
			seen.facts.Unreadable, seen.facts.Record, seen.unreadable = true, nil, errors.New("garbage")
		}, nil, none, []string{unavailable, memberAway, needsHelp}},

		"paused": {func(seen *observed) { seen.facts.Paused = true }, nil, none, nil},
		"paused, and the quorum is lost": {func(seen *observed) {
			seen.facts.Paused = true
			seen.all(plan.Electing)
		}, nil, none, []string{unavailable, memberAway}},
		"paused, and nobody can be reached": {func(seen *observed) {
			seen.facts.Paused = true
			seen.all(plan.Unknown)
		}, nil, none, []string{notKnown, memberAway}},
		"stopped": {stoppedForGood, nil, none, nil},
		"stopped, and a write is refused": {
			stoppedForGood, refusedFor("Service", "zk", errors.New("a policy")), none,
			[]string{notAsSpecified},
		},
		"stopped, with a wrong specification": {func(seen *observed) {
			stoppedForGood(seen)
			wrongSpec(seen)
		}, nil, none, []string{needsHelp}},
		"an update waits for approval": {func(seen *observed) {
			seen.facts.Update.Canary = 1
			seen.members[0].Revision, seen.members[2].Revision = plan.Outdated, plan.Outdated
			seen.statefulSet = &appsv1.StatefulSet{}
		}, nil, none, nil},

		"forming": {func(seen *observed) {
			seen.all(plan.Electing)
			seen.facts.Formation, seen.facts.Record = plan.Open, nil
		}, nil, none, []string{memberAway, notAsSpecified}},
		"the first specification is wrong": {func(seen *observed) {
			fresh(seen)
			wrongSpec(seen)
		}, nil, none, []string{needsHelp}},
		"a name is taken before anything is there": {func(seen *observed) {
			fresh(seen)
			seen.facts.NameConflict, seen.taken = true, errors.New("Service zk belongs to something else")
		}, nil, none, []string{needsHelp}},
		"no volume is bound": {func(seen *observed) {
			seen.noPods()
			seen.facts.Formation, seen.facts.Record, seen.facts.Unbound = plan.Open, nil, true
		}, nil, none, []string{memberAway, needsHelp}},
		"a wrong specification under one that serves": {wrongSpec, nil, none, []string{needsHelp}},

		"another operator keeps it, and does not answer": {func(*observed) {}, nil, func(s *v1alpha1.ZooKeeperEnsembleStatus) {
			unkept(s, 2, "another operator")
		}, []string{notKnown, needsHelp}},
		"the operator cannot look": {func(*observed) {}, nil, func(s *v1alpha1.ZooKeeperEnsembleStatus) {
			for _, c := range blindConditions(s, 2, errors.New("forbidden")) {
				set(s, 2, c)
			}
		}, []string{notKnown, notAsSpecified}},
		"nothing is said yet": {func(*observed) {}, nil, func(s *v1alpha1.ZooKeeperEnsembleStatus) {
			*s = v1alpha1.ZooKeeperEnsembleStatus{}
		}, []string{notKnown}},
		"claims are being deleted": {func(seen *observed) {
			going := claimOf("data-zk-1", true, nil)
			seen.facts.Terminating = plan.SetOf(1)
			seen.claims = claims{{PersistentVolumeClaim: &going, ordinal: 1}}
		}, nil, none, []string{claimsGo}},
	} {
		seen := whole()
		c.see(seen)
		status := statusFor(seen, c.refused)
		c.then(status)
		got := raisedBy(t, rules, seen, status)
		if diff := cmp.Diff(slices.Sorted(slices.Values(c.want)), got); diff != "" {
			t.Errorf("%s: other alerts are raised (-want +got):\n%s\nfor %+v", name, diff, status.Conditions)
		}
		for _, alert := range got {
			raised[alert] = true
		}
	}
	raised["ZooKeeperOperatorGone"] = true // of the operator, and of no ensemble
	if diff := cmp.Diff(slices.Sorted(maps.Keys(rules)), slices.Sorted(maps.Keys(raised))); diff != "" {
		t.Errorf("not every alert of the page is raised in one of the states (-page +raised):\n%s", diff)
	}
}

// alertsOf are the expressions of the alerts on the page.
func alertsOf(t *testing.T) map[string]string {
	t.Helper()
	block := regexp.MustCompile("(?s)\n```yaml\n(groups:\n.*?)\n```\n").FindStringSubmatch(read(t, monitoringPage))
	if block == nil {
		t.Fatal("docs/operations/monitoring.md has no alerts")
	}
	var file struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal([]byte(block[1]), &file); err != nil {
		t.Fatal(err)
	}
	alerts := map[string]string{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			alerts[rule.Alert] = rule.Expr
		}
	}
	return alerts
}

// raisedBy are the alerts that are raised in the end for an ensemble that keeps its
// status.
func raisedBy(t *testing.T, rules map[string]string, seen *observed, status *v1alpha1.ZooKeeperEnsembleStatus) []string {
	t.Helper()
	e := seen.ensemble.DeepCopy()
	e.Status = *status
	for i := range e.Status.Conditions {
		e.Status.Conditions[i].LastTransitionTime = metav1.NewTime(time.Now().Add(-2 * time.Hour))
	}
	var claims []corev1.PersistentVolumeClaim
	for _, c := range seen.claims {
		claims = append(claims, *c.PersistentVolumeClaim)
	}
	samples := map[string][]sample{
		"controller_runtime_active_workers": {{labels: map[string]string{"controller": "zookeeperensemble"}}},
		"zookeeper_ensemble_reason_seconds": nil, // there is none while there is no condition
	}
	for _, replica := range []string{"a", "b"} {
		for name, answered := range scrape(t, cached{ensemble: e, claims: claims}) {
			for _, s := range answered {
				s.labels["pod"] = replica
				samples[name] = append(samples[name], s)
			}
		}
	}
	var raised []string
	for alert, expression := range rules {
		switch found := ask(t, expression, samples); len(found) {
		case 0:
		case 1:
			raised = append(raised, alert)
		default:
			t.Errorf("%s is raised %d times", alert, len(found))
		}
	}
	slices.Sort(raised)
	return raised
}
