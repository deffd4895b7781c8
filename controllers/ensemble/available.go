package ensemble

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// available judges whether clients are served, whatever else is wrong.
func available(seen *observed) metav1.Condition {
	missing := seen.facts.QuorumMissing()
	switch {
	case seen.facts.Stop && missing != "":
		return condition(v1alpha1.ConditionAvailable, false, v1alpha1.ReasonStopped, "spec.mode is Stop; the volumes are kept"+seen.butTerminating())
	case missing == plan.MembersUnreachable:
		c := condition(v1alpha1.ConditionAvailable, false, string(missing),
			"No member can be reached; they may serve all the same")
		c.Status = metav1.ConditionUnknown
		return c
	case missing == plan.RecordUnreadable:
		return knownToNobody(seen)
	case missing != "":
		return condition(v1alpha1.ConditionAvailable, false, string(missing), quorumLine(seen))
	case !seen.formed():
		return condition(v1alpha1.ConditionAvailable, false, string(plan.Forming), "The formation record is not closed yet")
	default:
		return condition(v1alpha1.ConditionAvailable, true, v1alpha1.ReasonQuorumServes, quorumLine(seen))
	}
}

// knownToNobody judges an ensemble of which nobody knows who votes. It serves
// nobody while no member leads.
func knownToNobody(seen *observed) metav1.Condition {
	c := condition(v1alpha1.ConditionAvailable, false, v1alpha1.ReasonRecordUnreadable,
		"Who the voters are is not known: "+seen.unreadable.Error())
	if seen.any(func(m *observedMember) bool { return m.Health == plan.Leading }) {
		c.Status = metav1.ConditionUnknown
	}
	return c
}
