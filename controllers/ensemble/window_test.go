package ensemble

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// runs is the revision with which a Pod was made.
func runs(pod *corev1.Pod) string { return pod.Labels[appsv1.ControllerRevisionHashLabelKey] }

// with counts the Pods that were made with a revision.
func (w *world) with(revision string) int {
	w.Helper()
	n := 0
	for _, pod := range w.pods() {
		if runs(pod) == revision {
			n++
		}
	}
	return n
}

// newest is the revision of the template.
func (w *world) newest() string {
	w.Helper()
	var set appsv1.StatefulSet
	w.get("zk", &set)
	return set.Status.UpdateRevision
}

// taken waits until an operator has taken a member, and returns its Pod, which is
// not gone yet, and another one.
func (w *world) taken() (taken, other string) {
	w.Helper()
	w.eventually("an operator has taken a member", func() bool {
		for name, pod := range w.pods() {
			if pod.DeletionTimestamp != nil {
				taken = name
			} else {
				other = name
			}
		}
		return taken != ""
	})
	return taken, other
}

// Who gets a revision that no member proved beside the operator's own member, because
// it is lost while that one is made anew, is put back.
func TestWhoIsLostInTheWindowIsPutBack(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	w.judge.lenient = true
	e := w.ensemble(3)
	w.rests(e)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = []string{badFlag} })
	taken, other := w.taken()
	w.drop(other, &corev1.Pod{})
	// No operator makes a pass meanwhile.
	deadline := time.After(storyDeadline)
	for bad := w.newest(); w.with(bad) != 2; {
		if err := w.kubelet.pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-deadline:
			t.Fatalf("%s and %s did not both come back with the newest revision\n%s", taken, other, w.dump())
		case <-time.After(idle):
		}
	}
	w.eventually("one of the two is put back, and a majority serves", func() bool {
		return w.with(w.newest()) == 1 && w.servers.Leader() != 0 && len(w.servers.absent()) == 1
	})
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
	w.rests(e)
}

// While the Pod that an operator has taken does not go, since its node is lost, what
// else is lost comes back with what all ran.
func TestALostNodeInTheWindowClosesIt(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	w.judge.lenient = true
	e := w.ensemble(3)
	w.rests(e)
	proved := w.newest()
	w.flags(e)
	taken, other := w.taken()
	w.kubelet.lose(taken, true)
	w.deletePod(other)
	if got := runs(w.pods()[other]); got != proved {
		t.Errorf("%s came back with %s, while %s was to try it first", other, got, taken)
	}
	w.kubelet.lose(taken, false)
	w.rests(e)
}

// A revision that follows another one in the middle of its roll is held as well:
// what is lost comes back with what all ran before both.
func TestTheNextRevisionIsHeldInTheMiddleOfARoll(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	proved := w.newest()
	w.flags(e)
	w.eventually("the roll has begun", func() bool {
		return w.seen("zk", e) && e.Status.ObservedGeneration == e.Generation && e.Status.UpdatedReplicas == 1 && e.Status.ReadyReplicas == 3
	})
	broken := w.broken(e)
	if n := w.with(w.newest()); n != 1 {
		t.Errorf("%d members try the revision that is newest", n)
	}
	for name := range w.pods() {
		if name != broken {
			w.deletePod(name)
			if got := runs(w.pods()[name]); got != proved {
				t.Errorf("%s came back with %s and not with %s, which all ran", name, got, proved)
			}
			break
		}
	}
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
	w.rests(e)
}

// Members that join while a canary waits for approval get what all the others run.
func TestWhoJoinsBesideACanaryGetsWhatAllRan(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.Canary = 1 })
	w.rests(e)
	w.flags(e)
	w.untilWaits(e, v1alpha1.ReasonApprovalNeeded)
	w.resize(e, 5)
	w.eventually("five members serve, and the canary waits for approval", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) == v1alpha1.ReasonApprovalNeeded && e.Status.ReadyReplicas == 5
	})
	if n := w.with(w.newest()); n != 1 {
		t.Errorf("%d members have the revision that nobody approved of", n)
	}
}

// What a person does to the template while a bad revision stands at its first member
// reaches nobody else.
func TestATemplateThatIsEditedWhileOneIsHeldReachesNobodyElse(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(now, proved *corev1.PodTemplateSpec){
		"kubectl rollout restart": func(now, _ *corev1.PodTemplateSpec) {
			metav1.SetMetaDataAnnotation(&now.ObjectMeta, "kubectl.kubernetes.io/restartedAt", "now")
		},
		"kubectl rollout undo": func(now, proved *corev1.PodTemplateSpec) { proved.DeepCopyInto(now) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			var before, edited, now appsv1.StatefulSet
			w.get("zk", &before)
			proved := before.Status.UpdateRevision
			broken := w.broken(e)
			w.editSet("zk", func(set *appsv1.StatefulSet) { edit(&set.Spec.Template, &before.Spec.Template) })
			w.get("zk", &edited)
			w.eventually("the operator has seen to it, and one member tries what is newest now", func() bool {
				w.get("zk", &now)
				pod := w.pods()[broken]
				return now.Generation > edited.Generation && !lags(&now) && now.Status.UpdateRevision != proved &&
					pod != nil && pod.DeletionTimestamp == nil && runs(pod) == now.Status.UpdateRevision && w.servers.crashes(pod)
			})
			for name := range w.pods() {
				if name == broken {
					continue
				}
				w.deletePod(name)
				if got := runs(w.pods()[name]); got != proved {
					t.Errorf("%s came back with %s and not with %s, which all ran", name, got, proved)
				}
			}
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
			w.rests(e)
		})
	}
}
