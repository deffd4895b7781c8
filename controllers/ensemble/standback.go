package ensemble

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// silence is for how long an operator that works may leave the status as it is,
// although it does not say what is: a pass ends within its deadline, and whatever
// changes the resource begins the next one. As long again is for its restart.
const silence = 2 * passDeadline

// stances remembers, for each ensemble that another operator keeps, when that one
// last had the last word in the status. Forgetting it, as a restarted operator does,
// costs that it is asked once more.
type stances struct{ of sync.Map } // UID of the ensemble → stance

func (s *stances) forget(ensemble types.UID) { s.of.Delete(ensemble) }

type stance struct {
	words string    // what this operator says
	since time.Time // since when the other one owes the status a word
}

// standBack leaves an ensemble to the operator that keeps it, and says so where
// the two do not overwrite each other.
//
// An operator that works puts the line of activity right at once, whoever changed
// it. So it is asked once, by writing that line, and has answered where something
// else stands there later: then only an event and the log tell that this operator
// stands back. Where it does not answer, or leaves a new specification unobserved,
// nobody looks after the ensemble, and the conditions say so.
func (r *Reconciler) standBack(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble, k keeper) {
	words, now := r.standsBack(e, k), time.Now()
	before, _ := r.stances.of.Load(e.UID)
	s, known := before.(stance)
	observed, asked := e.Status.ObservedGeneration == e.Generation, e.Status.Activity == words
	after := *e.Status.DeepCopy()
	switch {
	case !known || s.words != words:
		s = stance{words, now}
		log.FromContext(ctx).Info("Standing back", "keeper", k.other)
		r.Recorder.Eventf(e, nil, corev1.EventTypeWarning, v1alpha1.ReasonOtherOperator, "StandBack", "%s", words)
		if observed {
			after.Activity = words
		}
	case observed && !asked:
		s.since = now
	case now.Sub(s.since) > silence:
		unkept(&after, e.Generation, words)
	}
	if _, err := r.write(ctx, e, after); err != nil {
		log.FromContext(ctx).Error(err, "Standing back could not be told")
		return // as if nothing had been said
	}
	r.stances.of.Store(e.UID, s)
}

// standsBack tells who keeps an ensemble, and the command that hands it over.
func (r *Reconciler) standsBack(e *v1alpha1.ZooKeeperEnsemble, k keeper) string {
	by, us := k.by, r.Settings.Operator()
	return line(fmt.Sprintf("Waiting, because %s %s names another operator, %s, and %s stands back. To hand the ensemble over: "+
		"kubectl annotate -n %s %s %s %s=%s --overwrite", kindName(by), by.GetName(), shortened(plain(k.other), maxName), us,
		e.Namespace, strings.ToLower(kindName(by)), by.GetName(), v1alpha1.AnnotationOperator, us))
}

// unkept says that nobody looks after an ensemble. What was true of the members
// stays in the status; whether clients are served, and what the quorum would outlive,
// is no longer known.
func unkept(s *v1alpha1.ZooKeeperEnsembleStatus, generation int64, words string) {
	s.ObservedGeneration, s.Activity = generation, words
	for _, c := range []metav1.Condition{
		{Type: v1alpha1.ConditionAvailable, Status: metav1.ConditionUnknown},
		{Type: v1alpha1.ConditionReady, Status: metav1.ConditionUnknown},
		{Type: v1alpha1.ConditionFaultTolerant, Status: metav1.ConditionUnknown},
		{Type: v1alpha1.ConditionReconciling, Status: metav1.ConditionFalse},
		{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue},
	} {
		c.Reason, c.Message = v1alpha1.ReasonOtherOperator, words
		set(s, generation, c)
	}
}
