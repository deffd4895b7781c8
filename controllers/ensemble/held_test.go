package ensemble

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// stops ends an ensemble's Pods, and waits until it has no Pods.
func (w *world) stops(e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModeStop })
	w.eventually("the ensemble is stopped", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionTrue) == v1alpha1.ReasonStopped && len(w.pods()) == 0
	})
}

// wants asks for another version, with which no server comes up where it is broken.
func (w *world) wants(e *v1alpha1.ZooKeeperEnsemble, version string, broken bool) {
	w.Helper()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
		e.Spec.Version, e.Spec.JVM.Flags = version, nil
		if broken {
			e.Spec.JVM.Flags = []string{badFlag}
		}
	})
}

// tries wants 3.8, and waits until one member tries it in vain.
func (w *world) tries(e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.wants(e, "3.8.6", true)
	w.triedInVain()
}

// triedInVain waits until a member does not come up, and returns its Pod.
func (w *world) triedInVain() (tried string) {
	w.Helper()
	w.eventually("a member does not come up", func() bool {
		for name, pod := range w.pods() {
			if pod.DeletionTimestamp == nil && w.servers.crashes(pod) {
				tried = name
			}
		}
		return tried != ""
	})
	return tried
}

// unscheduled takes all Pods, and lets none that follow have a node.
func (w *world) unscheduled(*v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	for name := range w.pods() {
		w.kubelet.strand(name, true)
		w.drop(name, &corev1.Pod{})
	}
	w.eventually("there are new Pods, and none has a node", func() bool {
		pods := w.pods()
		for _, pod := range pods {
			if pod.Spec.NodeName != "" {
				return false
			}
		}
		return len(pods) == 3
	})
}

// scheduled lets all Pods have a node again.
func (w *world) scheduled() {
	w.Helper()
	for name, pod := range w.pods() {
		w.kubelet.strand(name, false)
		if pod.Spec.NodeName == "" {
			w.drop(name, pod)
		}
	}
}

// A change is judged by all that a member runs or can be given, and not only by a newer
// revision that none has proved: from 3.7 no server goes to 3.9, also where 3.8 was
// wanted in between and nobody came up with it.
func TestAChangeIsJudgedByWhatAllRan(t *testing.T) {
	t.Parallel()
	nothing := func(*world, *v1alpha1.ZooKeeperEnsemble) {}
	for name, c := range map[string]struct {
		before, after func(w *world, e *v1alpha1.ZooKeeperEnsemble) // the next version is wanted
	}{
		"while others run it":        {nothing, nothing},
		"while nobody has a node":    {nothing, (*world).unscheduled},
		"stopped":                    {nothing, (*world).stops},
		"stopped before it was made": {(*world).stops, nothing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			w.judge.lenient = true
			e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Version = "3.7.2" })
			w.rests(e)
			if c.before(w, e); e.Spec.Mode == v1alpha1.ModeStop {
				w.wants(e, "3.8.6", true)
				w.eventually("the template is the next version's", func() bool { return w.made() == "3.8.6" })
			} else {
				w.tries(e)
			}
			c.after(w, e)
			w.wants(e, "3.9.5", false)
			w.untilStalls(e, v1alpha1.ReasonInvalidSpec)
			if !says(e, "spec.version", "3.7") {
				t.Errorf("the status must say what the members ran: %s", e.Status.Activity)
			}
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModeRun })
			w.wants(e, "3.8.6", false)
			w.scheduled()
			w.rests(e)
			w.wants(e, "3.9.5", false)
			w.rests(e)
		})
	}
}

// made is the version for which the template was made last.
func (w *world) made() string {
	w.Helper()
	var set appsv1.StatefulSet
	w.get("zk", &set)
	return workload.VersionOf(&set)
}

// A stop makes the newest revision the one that Pods are made with: what was held is
// so no longer. An ensemble that then does not come up heals with its specification.
func TestAStopWhileARevisionIsHeld(t *testing.T) {
	t.Parallel()
	back := func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
		w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
	}
	run := func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
		w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModeRun })
	}
	for name, steps := range map[string][]func(w *world, e *v1alpha1.ZooKeeperEnsemble){
		"put back before it is run": {back, run},
		"run, and put back": {run, func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
			w.eventually("all members are made with what is newest", func() bool { return w.with(w.newest()) == 3 })
			w.untilWaits(e, v1alpha1.ReasonQuorumLost)
		}, back},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			w.broken(e)
			w.stops(e)
			for _, step := range steps {
				step(w, e)
			}
			w.rests(e)
		})
	}
}

// Where the image that all members ran is gone while a bad revision is held, who is lost
// cannot come back. A correct specification brings the quorum back all the same.
func TestWhatAllRanIsGoneWhileARevisionIsHeld(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	w.judge.lenient = true
	e := w.ensemble(3)
	w.rests(e)
	w.wants(e, "3.9.6", true)
	broken := w.triedInVain()
	w.servers.withdraw(":3.9.5")
	lost := ""
	for name := range w.pods() {
		if name != broken {
			lost = name
		}
	}
	w.deletePod(lost)
	w.untilWaits(e, v1alpha1.ReasonQuorumLost)
	w.wants(e, "3.9.6", false)
	w.rests(e)
}
