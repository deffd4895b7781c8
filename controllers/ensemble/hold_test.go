package ensemble

import (
	"math/rand/v2"
	"strconv"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// A Pod that a person deletes while a bad revision stands at its first member comes
// back with the revision that all members ran, and no quorum is lost.
func TestADeletedPodComesBackWithWhatAllRan(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	proven := w.pods()["zk-0"].Labels[appsv1.ControllerRevisionHashLabelKey]
	broken := w.broken(e)
	for range 2 {
		for name, pod := range w.pods() {
			if name == broken {
				continue
			}
			w.deletePod(name)
			w.eventually(name+" serves again", func() bool { return w.servers.isUp(serverID(pod)) && w.servers.Leader() != 0 })
			if got := w.pods()[name].Labels[appsv1.ControllerRevisionHashLabelKey]; got != proven {
				t.Errorf("%s came back with %s and not with %s, which all members ran", name, got, proven)
			}
		}
	}
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
	w.rests(e)
}

// A StatefulSet that an operator left open is held once all members run its newest
// revision, before it gets another one.
func TestAnOpenStatefulSetIsArmedFirst(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.flags(e)
	w.rests(e)
	var set appsv1.StatefulSet
	w.get("zk", &set)
	if set.Spec.UpdateStrategy.Type != appsv1.RollingUpdateStatefulSetStrategyType || partition(&set) < 1000 {
		t.Errorf("a StatefulSet at rest is held, not %+v", set.Spec.UpdateStrategy)
	}
	if set.Status.CurrentRevision != set.Status.UpdateRevision {
		t.Errorf("what all members run is %s, and the set says %s", set.Status.UpdateRevision, set.Status.CurrentRevision)
	}
	w.editSet("zk", func(set *appsv1.StatefulSet) {
		set.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType}
	})
	w.get("zk", &set)
	set.Status.CurrentRevision = "zk-longago"
	if err := w.Status().Update(w.Context(), &set); err != nil {
		t.Fatal(err)
	}
	w.kubelet.templates["zk-longago"] = &corev1.PodTemplateSpec{}
	proven := set.Status.UpdateRevision
	broken := w.broken(e)
	for name, pod := range w.pods() {
		if name == broken {
			continue
		}
		w.deletePod(name)
		w.eventually(name+" serves again", func() bool { return w.servers.isUp(serverID(pod)) })
		if got := w.pods()[name].Labels[appsv1.ControllerRevisionHashLabelKey]; got != proven {
			t.Errorf("%s came back with %s and not with %s", name, got, proven)
		}
	}
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
	w.rests(e)
}

// A cache that does not show yet that a Pod was taken closes nothing: the Pod would
// come back as it was, and be taken again.
func TestAStaleCacheTakesNoMemberTwice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(strconv.Itoa(int(seed)), func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			w.judge.lenient = true
			w.operators[0].view.blink(rand.New(rand.NewPCG(seed, 1)))
			had := map[string]map[types.UID]bool{}
			w.flags(e)
			w.eventually("the roll is over", func() bool {
				for name, pod := range w.pods() {
					if had[name] == nil {
						had[name] = map[types.UID]bool{}
					}
					had[name][pod.UID] = true
				}
				return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionTrue) == v1alpha1.ReasonAsSpecified
			})
			w.operators[0].view.blink(nil)
			w.rests(e)
			for name, uids := range had {
				if len(uids) != 2 {
					t.Errorf("%s had %d Pods in one roll", name, len(uids))
				}
			}
		})
	}
}
