package ensemble

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// available reports whether clients are said to be served, for a reason.
func (w *world) available(e *v1alpha1.ZooKeeperEnsemble, is metav1.ConditionStatus, reason string) bool {
	w.Helper()
	return w.reason(e, v1alpha1.ConditionAvailable, is) == reason
}

// No member is started before the formation record is there, whatever else is.
func TestNothingStartsWithoutAFormationRecord(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	w.forbid("create", "ConfigMap", workload.FormationName("zk"))
	e := w.ensemble(3)
	w.untilRefused(e, "ConfigMap")
	w.still(func() {
		if len(w.pods()) > 0 || w.get("zk", &appsv1.StatefulSet{}) || len(w.claims()) > 0 {
			t.Error("members are started without a formation record")
		}
	})
	w.permit()
	w.rests(e)
}

// While the formation record cannot be closed no client is let in, and no member is
// changed, although all of them serve.
func TestNoClientIsLetInWhileTheFormationIsOpen(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	w.forbid("patch", "ConfigMap", workload.FormationName("zk"))
	e := w.ensemble(3)
	w.untilRefused(e, "ConfigMap")
	before := w.pods()
	w.resize(e, 5)
	w.still(func() {
		if !w.available(e, metav1.ConditionFalse, v1alpha1.ReasonForming) || w.get("zk", &corev1.Service{}) {
			t.Errorf("clients are let in: %s", e.Status.Activity)
		}
		if got := len(w.servers.Membership().Voters()); got != 3 || len(w.pods()) != 3 {
			t.Errorf("there are %d voters and %d Pods", got, len(w.pods()))
		}
	})
	w.untouched(before)
	w.permit()
	w.rests(e)
}

// An object of somebody else that comes while the ensemble forms is not touched. It holds
// back everything but the closing of the record: the members find one another all the
// same, and a disk that is lost later on must not be given a vote.
func TestAConflictKeepsNoFormationOpen(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	w.servers.hold(true)
	e := w.ensemble(3)
	w.eventually("all Pods run", func() bool { return len(w.pods()) == 3 })
	foreign := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "zk", Namespace: w.namespace},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
	}
	if err := w.Create(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	w.untilStalls(e, v1alpha1.ReasonNameConflict)
	version := foreign.ResourceVersion
	w.servers.hold(false)
	w.eventually("the formation record is closed", func() bool {
		var record corev1.ConfigMap
		return w.get(workload.FormationName("zk"), &record) && record.Data[member.FormationStateKey] == string(member.FormationClosed)
	})
	w.untilStalls(e, v1alpha1.ReasonNameConflict)
	if w.get("zk", foreign); foreign.ResourceVersion != version {
		t.Errorf("the Service of somebody else was changed: %v", foreign)
	}
	w.drop("zk", foreign)
	w.rests(e)
}

// What the members record does not say is built upon by nobody: while it cannot be
// written, sizes and Pods stay as they are, and clients are served.
func TestNoMemberIsChangedWhileTheRecordIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		verb   string
		forbid func(w *world) *v1alpha1.ZooKeeperEnsemble
		voters int
	}{
		"a first record": {"create", func(w *world) *v1alpha1.ZooKeeperEnsemble {
			w.forbid("create", "ConfigMap", workload.MembersName("zk"))
			return w.ensemble(3)
		}, 3},
		"a newer one": {"patch", func(w *world) *v1alpha1.ZooKeeperEnsemble {
			e := w.ensemble(3)
			w.rests(e)
			w.forbid("patch", "ConfigMap", workload.MembersName("zk"))
			w.resize(e, 5)
			return e
		}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := c.forbid(w)
			w.untilRefused(e, "ConfigMap")
			before := w.pods()
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Replicas, e.Spec.JVM.Flags = 7, []string{"-Xss512k"} })
			w.untilRefused(e, "ConfigMap")
			w.still(func() {
				if got := len(w.servers.Membership().Voters()); got != c.voters || len(w.pods()) != c.voters {
					t.Errorf("there are %d voters and %d Pods", got, len(w.pods()))
				}
				if !w.available(e, metav1.ConditionTrue, v1alpha1.ReasonQuorumServes) {
					t.Errorf("clients are served: %s", e.Status.Activity)
				}
			})
			w.untouched(before)
			w.permit()
			w.rests(e)
		})
	}
}

// The StatefulSet of the observers holds back what rests on it, and neither the
// formation nor a voter that is down.
func TestVotersAreCaredForWhileTheObserversAreRefused(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"from the first": false, "later on": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			var e *v1alpha1.ZooKeeperEnsemble
			if late {
				e = w.ensemble(3)
				w.rests(e)
			}
			w.forbid("apply", "StatefulSet", workload.ObserversName("zk"))
			if late {
				w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Observers.Replicas = 1 })
			} else {
				e = w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Observers.Replicas = 1 })
			}
			w.untilSafe()
			w.untilRefused(e, "StatefulSet")
			if !w.get("zk", &policyv1.PodDisruptionBudget{}) || !w.available(e, metav1.ConditionTrue, v1alpha1.ReasonQuorumServes) {
				t.Errorf("the voters serve, under a budget: %s", e.Status.Activity)
			}
			w.repairsAllTheSame(e)
		})
	}
}
