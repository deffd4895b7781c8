package ensemble

import (
	"cmp"
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// defaultProgressDeadline is spec.update.progressDeadlineSeconds where it is
// left out.
const defaultProgressDeadline = 600

// observeUpdate collects what a roll rests on. Whatever lies in the past is read
// from the Pods, so that another operator comes to the same conclusion.
func (r *Reconciler) observeUpdate(ctx context.Context, seen *observed) error {
	spec, u := seen.ensemble.Spec.Update, &seen.facts.Update
	u.Paused = spec.Paused
	u.Canary = int(spec.Canary)
	u.Handover = spec.LeaderHandover == v1alpha1.LeaderHandoverQuorumPort
	if seen.statefulSet != nil {
		approved := seen.ensemble.Annotations[v1alpha1.AnnotationApprove]
		u.Approved = approved != "" && approved == seen.statefulSet.Status.UpdateRevision
	}
	settle := time.Duration(spec.SettleSeconds) * time.Second
	deadline := time.Duration(cmp.Or(spec.ProgressDeadlineSeconds, defaultProgressDeadline)) * time.Second
	for i := range seen.members {
		m := &seen.members[i]
		if m.Pod != plan.Present || m.Revision != plan.Current {
			continue
		}
		u.Settling = u.Settling || readyFor(m.pod) < settle
		u.Overdue = u.Overdue || !m.Health.Serves() && unreadyFor(m.pod) > deadline
		u.WrongVersion = u.WrongVersion || seen.wrongVersion(m)
	}
	return r.observeBudgets(ctx, seen)
}

// wrongVersion reports whether a member of the newest revision says that it runs
// neither the version that this was made for nor the specified one.
func (seen *observed) wrongVersion(m *observedMember) bool {
	made, says := workload.VersionOf(seen.sets()[m.Group].live), m.report.Version
	return m.Revision == plan.Current && made != "" && says != "" && says != made && says != seen.ensemble.Spec.Version
}

// readyFor is for how long the Pod has been ready, 0 while it is not.
func readyFor(pod *corev1.Pod) time.Duration { return conditionFor(pod, corev1.ConditionTrue) }

// unreadyFor is for how long the Pod has not been ready, 0 while it is. A Pod
// without that condition counts from its creation.
func unreadyFor(pod *corev1.Pod) time.Duration {
	if _, known := readiness(pod); !known {
		return time.Since(pod.CreationTimestamp.Time)
	}
	return conditionFor(pod, corev1.ConditionFalse)
}

// conditionFor is for how long the Pod's Ready condition has had a status.
func conditionFor(pod *corev1.Pod, status corev1.ConditionStatus) time.Duration {
	if c, known := readiness(pod); known && c.Status == status {
		return time.Since(c.LastTransitionTime.Time)
	}
	return 0
}

func readiness(pod *corev1.Pod) (corev1.PodCondition, bool) {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c, true
		}
	}
	return corev1.PodCondition{}, false
}

// observeBudgets reads what the disruption budgets over the voters' Pods allow.
func (r *Reconciler) observeBudgets(ctx context.Context, seen *observed) error {
	e, u := seen.ensemble, &seen.facts.Update
	budgets := &policyv1.PodDisruptionBudgetList{}
	if err := r.List(ctx, budgets, client.InNamespace(e.Namespace)); err != nil {
		return err
	}
	byName(budgets.Items)
	u.BudgetExhausted = e.Spec.Disruption.Budget != v1alpha1.BudgetNone
	for i := range budgets.Items {
		b := &budgets.Items[i]
		switch {
		case isOurs(e, b) && b.Name == e.Name:
			seen.booked = b.Status.DisruptedPods
			if b.Status.ObservedGeneration >= b.Generation && b.Status.DisruptionsAllowed > 0 {
				u.BudgetExhausted = false
			}
		case isOurs(e, b): // that of the observers
		case selects(b, seen):
			u.SecondBudget, seen.foreign = true, b.Name
		}
	}
	return nil
}

// cutOff reports whether our budget has allowed the eviction of a member's Pod
// that is not being deleted all the same, as when whoever asked for it died in
// between. The disruption controller waits two minutes for such a Pod to go.
func (seen *observed) cutOff(m *observedMember) bool {
	if m.pod == nil || m.pod.DeletionTimestamp != nil {
		return false
	}
	_, booked := seen.booked[m.pod.Name]
	return booked
}

// selects reports whether a budget is over a Pod of the ensemble.
func selects(b *policyv1.PodDisruptionBudget, seen *observed) bool {
	selector, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
	return err == nil && seen.any(func(m *observedMember) bool {
		return m.pod != nil && selector.Matches(labels.Set(m.pod.Labels))
	})
}

// runningVersions are the versions that the servers report and that a member can be
// given; where no server reports one, or a Pod was made for it, also the one that the
// StatefulSet was last made for.
func runningVersions(seen *observed) []string {
	var versions []string
	for i := range seen.members {
		if v := seen.members[i].report.Version; v != "" {
			versions = append(versions, v)
		}
	}
	set, says := seen.statefulSet, len(versions) > 0
	if v := workload.HeldVersionOf(set); v != "" && seen.mayComeBack(set) {
		versions = append(versions, v)
	}
	made := seen.any(func(m *observedMember) bool { return m.pod != nil && m.Revision == plan.Current })
	if v := workload.VersionOf(set); v != "" && seen.record != nil && (made || !says) {
		versions = append(versions, v)
	}
	return versions
}
