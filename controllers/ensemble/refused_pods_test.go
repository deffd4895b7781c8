package ensemble

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// needsLimits lets the namespace take no Pod without a limit of its processors.
func (w *world) needsLimits() {
	w.Helper()
	w.quotaOf("limits", corev1.ResourceList{corev1.ResourceLimitsCPU: resource.MustParse("100")})
}

func limited(e *v1alpha1.ZooKeeperEnsemble) {
	e.Spec.Pod.Resources.Limits = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1")}
}

// A StatefulSet is held, so that a Pod comes back with what was proved. Where it
// cannot, because the API server refuses it, a specification that is put right
// reaches it all the same.
func TestAPodThatIsRefusedIsMadeOnceTheSpecificationIsPutRight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		served, canary bool
	}{
		"no member ever served":                        {},
		"no member ever served, and there is a canary": {canary: true},
		"one that served was taken":                    {served: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			choose := func(e *v1alpha1.ZooKeeperEnsemble) {
				if c.canary {
					e.Spec.Update.Canary = 1
				}
			}
			if !c.served {
				w.needsLimits()
			}
			e := w.ensemble(3, choose)
			if c.served {
				w.rests(e)
				w.needsLimits()
				w.drop("zk-1", &corev1.Pod{})
			}
			w.eventually("the status says who refuses the Pod", func() bool {
				return w.seen(e.Name, e) && says(e, "(no Pod: ", "must specify limits.cpu")
			})
			w.change(e, limited)
			w.rests(e)
			for name, pod := range w.pods() {
				if pod.Spec.Containers[0].Resources.Limits.Cpu().IsZero() {
					t.Errorf("%s runs without a limit", name)
				}
			}
		})
	}
}

// A Pod that could come back with what was proved does, although another one is
// refused: two may not try what nobody proved.
func TestARefusedPodOpensNothingForOthers(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.Canary = 1 })
	w.rests(e)
	w.needsLimits()
	w.drop("zk-1", &corev1.Pod{})
	w.eventually("the status says who refuses the Pod", func() bool {
		return w.seen(e.Name, e) && says(e, "(no Pod: ", "must specify limits.cpu")
	})
	w.change(e, limited)
	for range 10 {
		w.turn()
	}
	if pod, is := w.pods()["zk-1"]; is && !pod.Spec.Containers[0].Resources.Limits.Cpu().IsZero() {
		t.Error("a person who wants to approve of a revision is passed over")
	}
}
