package ensemble

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// statusOf is the status: what was observed, what was decided, and what came of it.
// It is pure.
func statusOf(seen *observed, d plan.Decision, done *outcome) v1alpha1.ZooKeeperEnsembleStatus {
	refused := refusedIn(done.err())
	s := membersOf(seen)
	s.Activity = activity(seen, d)
	if refused != nil {
		s.Activity = beside(s.Activity, d, refused)
	}
	s.Warnings = slices.Concat(seen.warnings, done.warnings)
	for _, c := range append(conditionsOf(seen, d, refused), faultTolerance(seen)) {
		set(&s, seen.ensemble.Generation, c)
	}
	return s
}

// membersOf is the part of the status that nothing was decided for, with the
// conditions as they were.
func membersOf(seen *observed) v1alpha1.ZooKeeperEnsembleStatus {
	s := v1alpha1.ZooKeeperEnsembleStatus{
		Conditions:         slices.Clone(seen.ensemble.Status.Conditions),
		ObservedGeneration: seen.ensemble.Generation,
		Selector:           labels.FormatLabels(workload.Selector(seen.ensemble.Name)),
		Version:            commonVersion(seen),
	}
	if seen.statefulSet != nil && !lags(seen.statefulSet) {
		s.UpdateRevision = seen.statefulSet.Status.UpdateRevision
	}
	if leader := seen.leader(); leader != nil {
		s.Leader = leader.pod.Name
	}
	for i := range seen.members {
		m := &seen.members[i]
		s.Members = append(s.Members, memberStatus(seen, m))
		if m.Group == plan.Observers || m.pod == nil {
			continue
		}
		s.Replicas++
		if seen.facts.Voter(&m.Member) && m.Health >= plan.Following {
			s.ReadyReplicas++
		}
		if m.Revision == plan.Current {
			s.UpdatedReplicas++
		}
	}
	s.ReadyVoters = fmt.Sprintf("%d/%d", s.ReadyReplicas, seen.ensemble.Spec.Replicas)
	return s
}

func memberStatus(seen *observed, m *observedMember) v1alpha1.MemberStatus {
	s := v1alpha1.MemberStatus{
		Ordinal: m.Ordinal, ID: m.id, Role: v1alpha1.MemberRoleNonVoter,
		Pod: podName(seen.ensemble, m.Group, m.Ordinal),
	}
	switch listed := seen.facts.Listed(m.Group).Has(m.Ordinal); {
	case listed && m.Group == plan.Servers:
		s.Role = v1alpha1.MemberRoleVoter
	case listed:
		s.Role = v1alpha1.MemberRoleObserver
	}
	if m.pod != nil {
		s.Revision = m.pod.Labels[appsv1.ControllerRevisionHashLabelKey]
	}
	switch m.Health {
	case plan.Down:
		s.Health = v1alpha1.MemberHealthDown
	case plan.Electing:
		s.Health = v1alpha1.MemberHealthNotServing
	case plan.Syncing:
		s.Health = v1alpha1.MemberHealthSyncing
	case plan.Observing, plan.Following, plan.Leading:
		s.Health = v1alpha1.MemberHealthServing
	case plan.Unknown:
		s.Health = v1alpha1.MemberHealthUnknown
	}
	return s
}

// commonVersion is the version that every answering server reports, or "".
func commonVersion(seen *observed) string {
	version := ""
	for i := range seen.members {
		switch v := seen.members[i].report.Version; {
		case v == "":
		case version == "":
			version = v
		case v != version:
			return ""
		}
	}
	return version
}

// conditionsOf judges an observation, a decision and what was refused of it.
func conditionsOf(seen *observed, d plan.Decision, refused error) []metav1.Condition {
	words := activity(seen, d)
	ready := condition(v1alpha1.ConditionReady, d.Kind == plan.Done || d.Reason == plan.Stopped, string(d.Reason), words)
	if was := meta.FindStatusCondition(seen.ensemble.Status.Conditions, v1alpha1.ConditionReady); d.Reason == plan.Paused && was != nil {
		ready.Status, ready.ObservedGeneration = was.Status, was.ObservedGeneration // the last truth
	}
	working := d.Kind != plan.Done && !d.Stalled && d.Reason != plan.Paused && d.Reason != plan.Stopped
	reconciling := condition(v1alpha1.ConditionReconciling, working, string(d.Reason), words)
	stalled := condition(v1alpha1.ConditionStalled, d.Stalled, string(d.Reason), words)
	if refused != nil {
		reason := refusal(refused)
		ready = condition(v1alpha1.ConditionReady, false, reason, refused.Error())
		reconciling = condition(v1alpha1.ConditionReconciling, !d.Stalled, reason, refused.Error()) // never both, by kstatus
	}
	return []metav1.Condition{available(seen), ready, reconciling, stalled}
}

// refusal says who refused a step: the servers, or the API server. Where something
// only has to be gone first, nobody did.
func refusal(refused error) string {
	switch {
	case errors.Is(refused, errReconfig):
		return v1alpha1.ReasonReconfigRefused
	case isWaiting(refused):
		return v1alpha1.ReasonObjectsTerminating
	}
	return v1alpha1.ReasonWriteRefused
}

func condition(kind string, is bool, reason, message string) metav1.Condition {
	c := metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: cmp.Or(reason, unknownReason), Message: message}
	if is {
		c.Status = metav1.ConditionTrue
	}
	return c
}
