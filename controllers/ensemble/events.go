package ensemble

import (
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// tell writes the events of a pass: one for a step that was taken, one for what was
// adopted, those of the conditions, one when the warnings changed. Waiting is told by
// the status.
func (r *Reconciler) tell(seen *observed, d plan.Decision, done *outcome, before, after v1alpha1.ZooKeeperEnsembleStatus) {
	e := seen.ensemble
	if d.Kind != plan.Wait && d.Kind != plan.Done && done.took {
		var related runtime.Object
		if d.Kind == plan.ReplacePod || d.Kind == plan.RestartMember || d.Kind == plan.HandOver {
			related = seen.member(d.Group, d.Ordinal).pod
		}
		r.Recorder.Eventf(e, related, corev1.EventTypeNormal, string(d.Reason), d.Kind.String(), "%s", activity(seen, d))
	}
	if len(done.adopted) > 0 {
		r.Recorder.Eventf(e, nil, corev1.EventTypeNormal, v1alpha1.ReasonObjectsAdopted, "Adopt", "%s", line(done.adoptedWords()))
	}
	r.tellConditions(e, before, after)
	if warnings := after.Warnings; len(warnings) > 0 && !slices.Equal(before.Warnings, warnings) {
		r.Recorder.Eventf(e, nil, corev1.EventTypeWarning, v1alpha1.ReasonSpecWarning, "Check", "%s",
			line(strings.Join(warnings, "; ")))
	}
}

// election is longer than a planned change of leader takes. An ensemble that is
// not available for less is no news: its conditions say so, and nobody is called.
const election = 30 * time.Second

// tellConditions writes an event when the ensemble becomes available, one when it
// has not been for longer than an election, and one when it is stalled.
func (r *Reconciler) tellConditions(e *v1alpha1.ZooKeeperEnsemble, before, after v1alpha1.ZooKeeperEnsembleStatus) {
	was, is := conditionIn(&before, v1alpha1.ConditionAvailable), conditionIn(&after, v1alpha1.ConditionAvailable)
	switch {
	case is.Status == metav1.ConditionTrue && was.Status != metav1.ConditionTrue:
		r.Recorder.Eventf(e, nil, corev1.EventTypeNormal, is.Reason, "AvailableTrue", "%s", is.Message)
	case is.Status != metav1.ConditionTrue && !slices.Contains(notYetOrOnPurpose, is.Reason) && r.outages.lasts(e, is):
		r.Recorder.Eventf(e, nil, corev1.EventTypeWarning, is.Reason, "Available"+string(is.Status), "%s", is.Message)
	}
	was, is = conditionIn(&before, v1alpha1.ConditionStalled), conditionIn(&after, v1alpha1.ConditionStalled)
	if is.Status == metav1.ConditionTrue && (was.Status != is.Status || was.Reason != is.Reason) {
		r.Recorder.Eventf(e, nil, corev1.EventTypeWarning, is.Reason, "Stalled", "%s", is.Message)
	}
}

// conditionIn is a condition of a status, empty where it has none of the kind.
func conditionIn(s *v1alpha1.ZooKeeperEnsembleStatus, kind string) metav1.Condition {
	if c := meta.FindStatusCondition(s.Conditions, kind); c != nil {
		return *c
	}
	return metav1.Condition{}
}

// notYetOrOnPurpose are reasons for which nobody expects clients to be served.
var notYetOrOnPurpose = []string{v1alpha1.ReasonForming, v1alpha1.ReasonStopped}

// outages remembers the outages that were told, by when they began. Forgetting it,
// as a restarted operator does, costs one more event.
type outages struct{ told sync.Map } // UID of the ensemble → lastTransitionTime of Available

// lasts reports, once for each outage, that it has lasted for longer than an
// election takes.
func (o *outages) lasts(e *v1alpha1.ZooKeeperEnsemble, is metav1.Condition) bool {
	began := is.LastTransitionTime.Time
	if is.Status == "" || time.Since(began) < election {
		return false
	}
	before, told := o.told.Swap(e.UID, began.Unix())
	return !told || before != began.Unix()
}
