package ensemble

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// How long a server may serve nobody follows from what it runs with, and from what
// it is to run with, whichever is longer.
func TestThePatienceIsTheLongerOne(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Config = map[string]string{"initLimit": "300"} })
	w.rests(e)
	seen := &observed{ensemble: e, statefulSet: &appsv1.StatefulSet{}}
	w.get("zk", seen.statefulSet)
	for limit, want := range map[string]time.Duration{
		"30": 2 * 300 * 2 * time.Second, "300": 2 * 300 * 2 * time.Second, "400": 2 * 400 * 2 * time.Second,
	} {
		e.Spec.Config["initLimit"] = limit
		if got, err := w.operators[0].r.patience(t.Context(), seen); err != nil || got != want {
			t.Errorf("with initLimit 300 now and %s wanted the patience is %v, not %v: %v", limit, got, want, err)
		}
	}
}
