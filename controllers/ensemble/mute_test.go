package ensemble

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// A leader that says that it does not serve cannot be told from a server that serves
// nobody, so no member is taken beside it, also when the specification is put back.
// A stop takes none from the others: whoever starts then starts with what is right.
func TestAnEnsembleWithAMuteLeaderHealsByAStop(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = []string{muteFlag} })
	w.untilWaits(e, v1alpha1.ReasonNoSingleLeader)
	w.saysOfAvailable(e, "a mute leader", metav1.ConditionTrue, v1alpha1.ReasonQuorumServes)
	before := w.pods()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
	w.untilWaits(e, v1alpha1.ReasonNoSingleLeader)
	w.still(func() { w.untouched(before) })
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModeStop })
	w.eventually("the ensemble is stopped", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionTrue) == v1alpha1.ReasonStopped
	})
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModeRun })
	w.rests(e)
}
