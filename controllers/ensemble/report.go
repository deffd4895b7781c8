package ensemble

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// report writes the status, then tells the events.
func (r *Reconciler) report(ctx context.Context, seen *observed, d plan.Decision, done *outcome) error {
	before := seen.ensemble.Status
	after, err := r.write(ctx, seen.ensemble, statusOf(seen, d, done))
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	r.tell(seen, d, done, before, after)
	logPass(ctx, seen, d, done, before, after)
	return nil
}

// blindDeadline bounds the report of an observation that failed. It is a time of
// its own, because that of the pass can be what was too short.
const blindDeadline = 5 * time.Second

// reportBlind says that the observation failed. What was true of the members
// stays in the status; whether clients are served, and what the quorum would outlive,
// is no longer known.
func (r *Reconciler) reportBlind(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble, failed error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil // it is the operator that ends
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), blindDeadline)
	defer cancel()
	after := *e.Status.DeepCopy()
	after.ObservedGeneration = e.Generation
	after.Activity = "Waiting to look at the ensemble: " + failed.Error()
	for _, c := range blindConditions(&after, e.Generation, failed) {
		set(&after, e.Generation, c)
	}
	after, err := r.write(ctx, e, after)
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	r.tellConditions(e, e.Status, after)
	return nil
}

// blindConditions are what is known while the observation fails. Whether only a
// person can help is as it was, unless that was said of another specification.
func blindConditions(s *v1alpha1.ZooKeeperEnsembleStatus, generation int64, failed error) []metav1.Condition {
	unknown := func(kind string) metav1.Condition {
		c := condition(kind, false, v1alpha1.ReasonObserveFailed, failed.Error())
		c.Status = metav1.ConditionUnknown
		return c
	}
	was := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionStalled)
	stays := was != nil && was.ObservedGeneration == generation
	stalled := stays && was.Status == metav1.ConditionTrue
	all := []metav1.Condition{
		unknown(v1alpha1.ConditionAvailable), unknown(v1alpha1.ConditionReady), unknown(v1alpha1.ConditionFaultTolerant),
		condition(v1alpha1.ConditionReconciling, !stalled, v1alpha1.ReasonObserveFailed, failed.Error()),
	}
	if !stays {
		all = append(all, condition(v1alpha1.ConditionStalled, false, v1alpha1.ReasonObserveFailed, failed.Error()))
	}
	return all
}

// set sets a condition that is about a generation of the specification, unless it
// says itself that it is about another one.
func set(s *v1alpha1.ZooKeeperEnsembleStatus, generation int64, c metav1.Condition) {
	c.ObservedGeneration = cmp.Or(c.ObservedGeneration, generation)
	meta.SetStatusCondition(&s.Conditions, c)
}

// write writes the status in one patch, and only when it changed. It returns the
// status as it is then.
func (r *Reconciler) write(
	ctx context.Context, e *v1alpha1.ZooKeeperEnsemble, status v1alpha1.ZooKeeperEnsembleStatus,
) (v1alpha1.ZooKeeperEnsembleStatus, error) {
	status = bounded(status)
	if equality.Semantic.DeepEqual(e.Status, status) {
		return e.Status, nil
	}
	is := e.DeepCopy()
	is.Status = status
	r.reported.said.Store(e.UID, *status.DeepCopy())
	if err := r.Status().Patch(ctx, is, client.MergeFrom(e)); err != nil {
		return status, err
	}
	r.reported.note(e, is)
	return is.Status, nil
}

// reported remembers, for each ensemble, which version of it the last status was
// written over. Seeing that version again means that the cache lags behind: the
// status would be written and its events told a second time. Forgetting it, as a
// restarted operator does, costs no more than that.
//
// It remembers as well what that status says, see [reported.isNews].
type reported struct {
	over sync.Map // UID of the ensemble → resource version
	said sync.Map // UID of the ensemble → status
}

// isNews reports whether a change of an ensemble is more than the operator's own
// report of it. A report that began the next pass would have no pause follow what is
// said with other words each time, as refusals and errors can be.
func (r *reported) isNews(change event.UpdateEvent) bool {
	was, before := change.ObjectOld.(*v1alpha1.ZooKeeperEnsemble)
	is, after := change.ObjectNew.(*v1alpha1.ZooKeeperEnsemble)
	if !before || !after || was.Generation != is.Generation || !maps.Equal(was.Annotations, is.Annotations) {
		return true
	}
	said, known := r.said.Load(is.UID)
	return !known || !equality.Semantic.DeepEqual(said, is.Status) || equality.Semantic.DeepEqual(was.Status, is.Status)
}

func (r *reported) note(before, after *v1alpha1.ZooKeeperEnsemble) {
	if before.ResourceVersion != after.ResourceVersion {
		r.over.Store(before.UID, before.ResourceVersion)
	}
}

func (r *reported) stale(e *v1alpha1.ZooKeeperEnsemble) bool {
	over, ok := r.over.Load(e.UID)
	return ok && over == e.ResourceVersion
}
