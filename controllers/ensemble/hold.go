package ensemble

import (
	"context"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/drift"
)

// lags reports whether the controller of a StatefulSet has not seen what was
// written last.
func lags(set *appsv1.StatefulSet) bool {
	return set.Status.ObservedGeneration < set.Generation || set.Status.UpdateRevision == ""
}

// armed reports whether the revision with which a StatefulSet makes Pods anew that
// anybody deletes is the newest: all members ran it, or there never was another.
func armed(set *appsv1.StatefulSet) bool {
	return !lags(set) && set.Status.CurrentRevision == set.Status.UpdateRevision
}

// observeHolds reads how the StatefulSets make Pods anew, and whether what is
// applied in this pass brings another template.
func (seen *observed) observeHolds() error {
	for g, set := range seen.sets() {
		if set.live == nil {
			continue
		}
		h := &seen.facts.Holds[g]
		*h = plan.Hold{Exists: true, Open: workload.IsOpen(set.live), Lags: lags(set.live), Armed: armed(set.live)}
		if set.wanted == nil {
			continue
		}
		var err error
		if h.Changes, err = changes(set.live, set.wanted); err != nil {
			return err
		}
	}
	return nil
}

// setOf is a StatefulSet as it should be and as it is.
type setOf struct {
	wanted *appsv1ac.StatefulSetApplyConfiguration
	live   *appsv1.StatefulSet
}

// sets are those of the voters and of the observers, each nil where there is none.
func (seen *observed) sets() [2]setOf {
	return [2]setOf{
		plan.Servers:   {seen.wanted.StatefulSet, seen.statefulSet},
		plan.Observers: {seen.wanted.Observers, seen.observers},
	}
}

// closes reports whether a StatefulSet that is open is held again, although its
// template stays.
func (seen *observed) closes(d plan.Decision) bool {
	for g, h := range seen.facts.Holds {
		if d.Apply && h.Open && !h.Changes && !d.Open[g] {
			return true
		}
	}
	return false
}

// podsAsSeen reads the Pods from the API server itself before a StatefulSet is held
// again. The cache may not show yet that one was taken in the pass before: held too
// early, it would come back as it was, and be taken once more.
func (r *Reconciler) podsAsSeen(ctx context.Context, seen *observed) error {
	return r.compareLive(ctx, seen, func(was, now *corev1.Pod) bool { return now != nil && isGoing(now) == isGoing(was) })
}

// changes reports whether a StatefulSet differs from what it should be in more
// than its size and in how it makes Pods anew. What admission changes of the template
// that was written is what every write would bring again.
func changes(live *appsv1.StatefulSet, wanted *appsv1ac.StatefulSetApplyConfiguration) (bool, error) {
	as, spec := *wanted, *wanted.Spec
	as.Spec, as.Annotations = &spec, maps.Clone(wanted.Annotations)
	spec.Replicas, spec.UpdateStrategy = live.Spec.Replicas, workload.UpdateStrategy(live, workload.IsOpen(live))
	for _, of := range []string{desiredAnnotation, appliedAnnotation, v1alpha1.AnnotationOperator} {
		if value, ok := live.Annotations[of]; ok {
			as.WithAnnotations(map[string]string{of: value})
		}
	}
	d, err := drift.Compare(live, &as, v1alpha1.FieldOwner)
	admitted := d.Admitted() && workload.Written(wanted, live)
	return d.Any() && !admitted, err
}
