package ensemble

import (
	"strconv"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// refuses has the API server refuse the budget for good, which is missing.
func (w *world) refuses() {
	w.Helper()
	w.forbid("apply", "PodDisruptionBudget", "")
	if budget := (&policyv1.PodDisruptionBudget{}); w.get("zk", budget) {
		w.drop("zk", budget)
	}
}

// A stepUnderRefusal brings an ensemble to where a step is the next one, with the
// budget refused, and returns it with what tells that the step was taken.
type stepUnderRefusal struct {
	// waits says that the step rests on what is refused, so that it is not taken.
	waits bool
	next  func(w *world) (e *v1alpha1.ZooKeeperEnsemble, taken func() bool)
}

// stepsUnderRefusal are all steps. Sizes come with their StatefulSet, which waits for
// what its Pods need and for no budget.
var stepsUnderRefusal = map[plan.Kind]stepUnderRefusal{
	plan.OpenFormation: {next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		w.refuses()
		return w.ensemble(3), func() bool { return w.get(workload.FormationName("zk"), &corev1.ConfigMap{}) }
	}},
	plan.CloseFormation: {next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		w.refuses()
		return w.ensemble(3), func() bool {
			var record corev1.ConfigMap
			return w.get(workload.FormationName("zk"), &record) && record.Data[member.FormationStateKey] == string(member.FormationClosed)
		}
	}},
	plan.RecordMembers: {next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		w.refuses()
		return w.ensemble(3), func() bool { return w.recorded() == w.servers.Membership().String() }
	}},
	plan.ReplacePod: {next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		e := w.settled(3)
		broken := w.breaksDown(e)
		w.refuses()
		w.flags(e)
		return e, func() bool { return w.replaced(broken) }
	}},
	plan.RestartMember: {waits: true, next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		e := w.settled(3)
		before := w.pods()
		w.refuses()
		w.flags(e)
		return e, func() bool {
			for name, pod := range w.pods() {
				if before[name].UID != pod.UID || pod.DeletionTimestamp != nil {
					return true
				}
			}
			return false
		}
	}},
	plan.HandOver: {waits: true, next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		e := w.settled(3, func(e *v1alpha1.ZooKeeperEnsemble) {
			e.Spec.Update.LeaderHandover, e.Spec.Update.Canary = v1alpha1.LeaderHandoverQuorumPort, 2
		})
		w.flags(e)
		w.untilWaits(e, v1alpha1.ReasonApprovalNeeded) // only the leader is left
		w.refuses()
		before := w.servers.Reconfigs()
		w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
			metav1.SetMetaDataAnnotation(&e.ObjectMeta, v1alpha1.AnnotationApprove, e.Status.UpdateRevision)
		})
		return e, func() bool { return w.servers.Reconfigs() > before }
	}},
	plan.RemoveMembers: {waits: true, next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		e := w.settled(3)
		w.refuses()
		w.resize(e, 1)
		return e, func() bool { return len(w.servers.Membership().Voters()) == 1 }
	}},
	plan.AddMembers: {waits: true, next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		e := w.settled(1)
		w.servers.detain(true)
		w.resize(e, 3)
		w.untilWaits(e, v1alpha1.ReasonJoinersNotReady)
		w.eventually("those that join run", func() bool { return w.servers.runs(2) && w.servers.runs(3) })
		w.refuses()
		w.servers.hold(false)
		return e, func() bool { return len(w.servers.Membership().Voters()) == 3 }
	}},
	plan.MarkDeparted: {next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		e := w.settled(3)
		w.resize(e, 1)
		w.eventually("two voters have left", func() bool { return len(w.servers.Membership().Voters()) == 1 })
		w.refuses()
		return e, w.departed
	}},
	plan.Shrink: {next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		e := w.settled(3)
		w.resize(e, 1)
		w.eventually("the volumes say that their members have left", w.departed)
		w.refuses()
		return e, func() bool { return w.asksFor(1) }
	}},
	plan.DeleteVolumes: {waits: true, next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		e := w.settled(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Retention = v1alpha1.RetentionDelete })
		w.resize(e, 1)
		w.eventually("the Pods are to go", func() bool { return w.asksFor(1) })
		w.refuses()
		return e, func() bool {
			claim := &corev1.PersistentVolumeClaim{}
			return !w.get("data-zk-2", claim) || claim.DeletionTimestamp != nil
		}
	}},
	plan.ExpandVolumes: {next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		class := w.class(true)
		e := w.settled(3, func(e *v1alpha1.ZooKeeperEnsemble) {
			e.Spec.Storage.Data = v1alpha1.Volume{Size: resource.MustParse("1Gi"), StorageClassName: &class}
		})
		w.refuses()
		w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Data.Size = resource.MustParse("2Gi") })
		return e, func() bool { return w.asked() > 0 }
	}},
	plan.Grow: {next: func(w *world) (*v1alpha1.ZooKeeperEnsemble, func() bool) {
		e := w.settled(1)
		w.refuses()
		w.resize(e, 3)
		return e, func() bool { return w.asksFor(3) }
	}},
}

// settled is an ensemble at rest.
func (w *world) settled(replicas int32, change ...func(*v1alpha1.ZooKeeperEnsemble)) *v1alpha1.ZooKeeperEnsemble {
	w.Helper()
	e := w.ensemble(replicas, change...)
	w.rests(e)
	return e
}

// departed reports whether the volumes of the second and third member say that their
// members have left.
func (w *world) departed() bool {
	w.Helper()
	for _, ordinal := range []int{1, 2} {
		claim := &corev1.PersistentVolumeClaim{}
		if !w.get("data-zk-"+strconv.Itoa(ordinal), claim) || claim.Labels[v1alpha1.LabelDeparted] == "" {
			return false
		}
	}
	return true
}

// asksFor reports whether the StatefulSet asks for so many voters.
func (w *world) asksFor(replicas int32) bool {
	w.Helper()
	set := &appsv1.StatefulSet{}
	return w.get("zk", set) && *set.Spec.Replicas == replicas
}

// While an ordinary object is refused for good, each step that makes the ensemble safer
// is taken, and none that takes or changes a member that serves: every one of the steps
// that write anything.
func TestEveryStepUnderALastingRefusal(t *testing.T) {
	t.Parallel()
	for kind := plan.Wait; kind <= plan.Shrink; kind++ {
		step, known := stepsUnderRefusal[kind]
		switch kind {
		case plan.Wait, plan.Done, plan.Prove:
			continue // nothing that a person would miss is written
		}
		if !known {
			t.Errorf("what becomes of %s while an object is refused is not said", kind)
			continue
		}
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e, taken := step.next(w)
			if step.waits {
				w.untilRefused(e, "PodDisruptionBudget")
				w.still(func() {
					if taken() {
						t.Errorf("%s rests on what is refused, and was taken", kind)
					}
				})
				w.permit()
			}
			w.eventually(kind.String()+" is taken", taken)
			w.permit()
			w.servers.refuse(false)
			w.rests(e)
		})
	}
}
