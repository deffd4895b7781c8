package ensemble

import (
	"testing"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// Who was started with a revision that is put right before it joins gets the right
// one first. Nothing holds that back from the first observers, nor from voters that
// are started after one of the members runs the wrong one.
func TestWhoWasStartedWrongIsPutRightBeforeItJoins(t *testing.T) {
	t.Parallel()
	const wrong = "mirror/zookeeper:3.9.4"
	for name, start := range map[string]func(w *world, e *v1alpha1.ZooKeeperEnsemble){
		"the first observers": func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Image, e.Spec.Observers.Replicas = wrong, 2 })
			w.eventually("the observers run", func() bool { return w.servers.isUp(101) && w.servers.isUp(102) })
		},
		"voters after a member": func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Image = wrong })
			w.untilStalls(e, v1alpha1.ReasonVersionDiffers)
			w.resize(e, 5)
			w.eventually("the new voters run", func() bool { return w.servers.isUp(4) && w.servers.isUp(5) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			w.judge.barred = wrong
			start(w, e)
			w.untilStalls(e, v1alpha1.ReasonVersionDiffers)
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Image = "" })
			w.rests(e)
		})
	}
}

// A version that is specified anew while another one stands beside new members is
// no reason to take them.
func TestAnotherVersionThanWasMadeForDoesNotJoin(t *testing.T) {
	t.Parallel()
	const wrong = "mirror/zookeeper:3.9.4"
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.judge.barred = wrong
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Image, e.Spec.Observers.Replicas = wrong, 1 })
	w.untilStalls(e, v1alpha1.ReasonVersionDiffers)
	w.eventually("the observer runs", func() bool { return w.servers.isUp(101) })
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Version, e.Spec.Image = "3.9.6", "" })
	w.rests(e)
}
