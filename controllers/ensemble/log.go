package ensemble

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// logPass tells what a pass did, in one line: the step that was taken, or else that
// Ready has another reason than before. A pass that only waits on is silent.
func logPass(ctx context.Context, seen *observed, d plan.Decision, done *outcome, before, after v1alpha1.ZooKeeperEnsembleStatus) {
	logger := log.FromContext(ctx)
	if done.took && d.Kind != plan.Wait && d.Kind != plan.Done {
		logger.Info("Step taken", append([]any{"step", d.Kind.String(), "reason", string(d.Reason)}, subject(seen, d)...)...)
		return
	}
	was, is := conditionIn(&before, v1alpha1.ConditionReady), conditionIn(&after, v1alpha1.ConditionReady)
	if was.Reason != is.Reason || was.Status != is.Status {
		logger.Info("Ready changed", "ready", string(is.Status), "reason", is.Reason, "message", is.Message)
	}
}

// subject is what a step is about, as keys and values of a line of the log.
func subject(seen *observed, d plan.Decision) []any {
	switch d.Kind {
	case plan.ReplacePod, plan.RestartMember, plan.HandOver:
		return []any{"pod", seen.name(d), "health", seen.member(d.Group, d.Ordinal).Health.String()}
	case plan.MarkDeparted, plan.DeleteVolumes, plan.ExpandVolumes:
		return []any{"pod", seen.name(d)}
	case plan.AddMembers, plan.RemoveMembers:
		return []any{"pods", seen.names(d)}
	case plan.Grow, plan.Shrink:
		return []any{"servers", d.Replicas, "observers", d.ObserverReplicas}
	default:
		return nil
	}
}
