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
func (r *Reconciler) report(ctx context.Context, seen *observed, d plan.Decision, actErr error) error {
	before, after := seen.ensemble.Status, statusOf(seen, d)
	for _, c := range append(conditionsOf(seen, d, actErr), r.faultTolerance(ctx, seen)) {
		set(&after, seen.ensemble.Generation, c)
	}
	if refused := refusedIn(actErr); refused != nil {
		after.Activity = beside(after.Activity, d, refused)
	}
	if err := r.write(ctx, seen.ensemble, after); err != nil {
		return client.IgnoreNotFound(err)
	}
	r.tell(seen, before, d)
	logPass(ctx, seen, before, d)
	return nil
}

// blindDeadline bounds the report of an observation that failed. It is a time of
// its own, because that of the pass can be what was too short.
const blindDeadline = 5 * time.Second

// reportBlind says that the observation failed. What was true of the members
// stays in the status; whether clients are served is no longer known.
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
	before := e.Status
	if err := r.write(ctx, e, after); err != nil {
		return client.IgnoreNotFound(err)
	}
	r.tellConditions(e, before)
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
	all := []metav1.Condition{
		unknown(v1alpha1.ConditionAvailable), unknown(v1alpha1.ConditionReady),
		condition(v1alpha1.ConditionReconciling, true, v1alpha1.ReasonObserveFailed, failed.Error()),
	}
	if was := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionStalled); was == nil || was.ObservedGeneration != generation {
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

// write writes the status in one patch, and only when it changed.
func (r *Reconciler) write(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble, after v1alpha1.ZooKeeperEnsembleStatus) error {
	after = bounded(after)
	if equality.Semantic.DeepEqual(e.Status, after) {
		return nil
	}
	before := e.DeepCopy()
	e.Status = after
	r.reported.said.Store(e.UID, *after.DeepCopy())
	if err := r.Status().Patch(ctx, e, client.MergeFrom(before)); err != nil {
		return err
	}
	r.reported.note(before, e)
	return nil
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
