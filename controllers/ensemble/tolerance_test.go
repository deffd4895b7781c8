package ensemble

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// A quorum that is not there outlives nothing: where voters have no Pod yet, or
// nobody knows of any, it is not said that it does.
func TestNothingIsSaidOfAQuorumThatIsNotThere(t *testing.T) {
	t.Parallel()
	on := func(ordinal int32, node string) observedMember {
		pod := &corev1.Pod{Spec: corev1.PodSpec{NodeName: node}}
		return observedMember{Member: plan.Member{Ordinal: ordinal, Pod: plan.Present}, pod: pod}
	}
	for name, c := range map[string]struct {
		volumes int32
		members []observedMember
		want    metav1.ConditionStatus
	}{
		"no voter is known":                     {0, nil, metav1.ConditionUnknown},
		"three volumes and no StatefulSet":      {3, nil, metav1.ConditionUnknown},
		"three volumes and two Pods":            {3, []observedMember{on(0, "a"), on(1, "b")}, metav1.ConditionUnknown},
		"three voters on three nodes":           {3, []observedMember{on(0, "a"), on(1, "b"), on(2, "c")}, metav1.ConditionTrue},
		"three voters, two of them on one node": {3, []observedMember{on(0, "a"), on(1, "a"), on(2, "c")}, metav1.ConditionFalse},
	} {
		seen := &observed{ensemble: &v1alpha1.ZooKeeperEnsemble{}, members: c.members, facts: plan.Observation{Volumes: c.volumes}}
		if got := faultTolerance(seen); got.Status != c.want {
			t.Errorf("%s: FaultTolerant is %s: %s", name, got.Status, got.Message)
		}
	}
}
