package controllers

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/plan"
)

// tell writes the events of a pass: one for a step that was taken, one when
// Available changed, one when the warnings changed. Waiting is told by the status.
func (r *Reconciler) tell(seen *observed, before v1alpha1.ZooKeeperEnsembleStatus, d plan.Decision) {
	e := seen.ensemble
	if d.Kind != plan.Wait && d.Kind != plan.Done && seen.took {
		var related runtime.Object
		if d.Kind == plan.ReplacePod || d.Kind == plan.RestartMember || d.Kind == plan.HandOver {
			related = seen.member(d.Group, d.Ordinal).pod
		}
		r.Recorder.Eventf(e, related, corev1.EventTypeNormal, string(d.Reason), d.Kind.String(), "%s", activity(seen, d))
	}
	was := meta.FindStatusCondition(before.Conditions, v1alpha1.ConditionAvailable)
	is := meta.FindStatusCondition(e.Status.Conditions, v1alpha1.ConditionAvailable)
	if is != nil && (was == nil || was.Status != is.Status) {
		kind := corev1.EventTypeNormal
		if is.Status != "True" && was != nil {
			kind = corev1.EventTypeWarning
		}
		r.Recorder.Eventf(e, nil, kind, is.Reason, "Available"+string(is.Status), "%s", is.Message)
	}
	if warnings := e.Status.Warnings; len(warnings) > 0 && !slices.Equal(before.Warnings, warnings) {
		r.Recorder.Eventf(e, nil, corev1.EventTypeWarning, v1alpha1.ReasonSpecWarning, "Check", "%s",
			line(strings.Join(warnings, "; ")))
	}
}
