package ensemble

import (
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// understood holds a status that was written against kstatus, by which tools that
// deliver applications tell whether they may go on, must wait, or have failed.
func (j *judge) understood(e *v1alpha1.ZooKeeperEnsemble) {
	j.w.Helper()
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(e)
	if err != nil {
		j.w.Fatal(err)
	}
	got, err := status.Compute(&unstructured.Unstructured{Object: object})
	if err != nil {
		j.w.Fatal(err)
	}
	if want := kstatusOf(e); got.Status != want {
		j.breaks("kstatus makes %s of the status, which means %s: %+v", got.Status, want, e.Status.Conditions)
	}
}

// kstatusOf is what the conditions Ready and Stalled mean in the words of kstatus.
func kstatusOf(e *v1alpha1.ZooKeeperEnsemble) status.Status {
	switch {
	case e.Status.ObservedGeneration != e.Generation:
		return status.InProgressStatus
	case meta.IsStatusConditionTrue(e.Status.Conditions, v1alpha1.ConditionReady):
		return status.CurrentStatus
	case meta.IsStatusConditionTrue(e.Status.Conditions, v1alpha1.ConditionStalled):
		return status.FailedStatus
	default:
		return status.InProgressStatus
	}
}
