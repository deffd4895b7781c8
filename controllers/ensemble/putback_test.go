package ensemble

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// A template that is put back is the very one of before, whatever operator wrote
// the one in between: only the member that failed gets a new Pod.
func TestASpecThatIsPutBackRestartsNobodyElse(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	before := w.pods()
	w.agentImage = "agent:2"
	w.operators[0].born()
	badRevision(w, e)
	w.rests(e)
	replaced := 0
	for name, pod := range w.pods() {
		if before[name].UID != pod.UID {
			replaced++
		}
		if before[name].Labels[appsv1.ControllerRevisionHashLabelKey] != pod.Labels[appsv1.ControllerRevisionHashLabelKey] {
			t.Errorf("%s runs another revision than before", name)
		}
	}
	if replaced != 1 {
		t.Errorf("%d members have new Pods; only one had failed", replaced)
	}
}

// A change is judged against every configuration that a Pod runs with, and not
// only against the newest.
func TestAChangeIsJudgedAgainstAllThatRuns(t *testing.T) {
	t.Parallel()
	e := &v1alpha1.ZooKeeperEnsemble{Spec: v1alpha1.ZooKeeperEnsembleSpec{Version: "3.9.5", Replicas: 3}}
	same := &corev1.ConfigMap{Data: map[string]string{"zoo.cfg": workload.Properties(e).Render()}}
	other := &corev1.ConfigMap{Data: map[string]string{"zoo.cfg": same.Data["zoo.cfg"] + "emulate353TTLNodes=true\n"}}
	seen := &observed{ensemble: e, record: &corev1.ConfigMap{}}
	if err := checkChange(seen, []*corev1.ConfigMap{same}); err != nil {
		t.Errorf("what is as it was may stay so: %v", err)
	}
	if err := checkChange(seen, []*corev1.ConfigMap{same, other}); err == nil || !strings.Contains(err.Error(), "emulate353TTLNodes") {
		t.Errorf("a property that a running member has cannot be taken away, got %v", err)
	}
}
