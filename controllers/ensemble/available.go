package ensemble

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// available judges whether clients are served, whatever else is wrong. It is true on a
// proof of commit only, and false only on what the servers say themselves, or
// Kubernetes of their containers. A voter that says nothing may serve, so without
// either it is unknown.
func available(seen *observed) metav1.Condition {
	missing := seen.facts.QuorumMissing()
	c := condition(v1alpha1.ConditionAvailable, false, string(missing), quorumLine(seen))
	switch serves := missing == "" || seen.servesUnseen(missing); {
	case serves && !seen.formed():
		c.Reason, c.Message = string(plan.Forming), "The formation record is not closed yet"
	case serves:
		return condition(v1alpha1.ConditionAvailable, true, v1alpha1.ReasonQuorumServes, servesLine(seen, missing))
	case missing == plan.MembersUnreachable:
		c.Status, c.Message = metav1.ConditionUnknown, unreachableLine(seen)+"; they may serve all the same"
	case missing == plan.NotCommitting && seen.any(seen.silent):
		c.Status, c.Message = metav1.ConditionUnknown, quorumLine(seen)+", but through none that was asked a session was committed; "+
			seen.unreached()
	case seen.facts.Stop:
		c.Reason, c.Message = v1alpha1.ReasonStopped, "spec.mode is Stop; the volumes are kept"+seen.butTerminating()
	case missing == plan.RecordUnreadable:
		c.Message = "Who the voters are is not known: " + seen.unreadable.Error()
		if seen.any(func(m *observedMember) bool { return m.Health.Serves() || seen.silent(m) }) {
			c.Status = metav1.ConditionUnknown
		}
	}
	return c
}

// servesUnseen reports whether a quorum commits although no step may rest on it: the
// leader counts a majority in sync of which some voters cannot be reached, or a member
// that follows a leader which cannot be reached let a session in.
func (seen *observed) servesUnseen(missing plan.Reason) bool {
	f := &seen.facts
	return mayServeUnseen(missing) && (seen.heard || f.Commits && f.Synced >= zkconfig.Majority(f.QuorumSize))
}

// mayServeUnseen reports whether a quorum may serve although there is none that a step
// may rest on.
func mayServeUnseen(missing plan.Reason) bool {
	return missing == plan.MembersUnreachable || missing == plan.NoSingleLeader || missing == plan.RecordUnreadable
}

// silent reports whether a voter may serve of which nothing is known.
func (seen *observed) silent(m *observedMember) bool { return seen.facts.Silent(&m.Member) }

// servesLine says who serves, and by whose word.
func servesLine(seen *observed, missing plan.Reason) string {
	switch leader := seen.leader(); {
	case missing == "":
		return quorumLine(seen)
	case leader != nil:
		return seen.countLine() + "; " + seen.unreached()
	default:
		return "A session was committed through a member that follows; " + seen.unreached()
	}
}

// unreachableLine says that those which cannot be reached could be a quorum, or lead
// one.
func unreachableLine(seen *observed) string {
	switch {
	case !seen.any(func(m *observedMember) bool { return m.Health != plan.Unknown }):
		return "No member can be reached from the operator"
	case seen.leader() != nil:
		return seen.countLine() + "; " + seen.unreached()
	default:
		return quorumLine(seen) + "; " + seen.unreached()
	}
}

// countLine is how many voters serve as the leader counts them.
func (seen *observed) countLine() string {
	f := &seen.facts
	return fmt.Sprintf("The leader counts %d of %d voters in sync, %d needed", f.Synced, f.QuorumSize, zkconfig.Majority(f.QuorumSize))
}

// unreached names the voters that cannot be asked, or else says what is wrong.
func (seen *observed) unreached() string {
	if silent := seen.list(seen.silent); silent != "" {
		return "cannot be reached: " + silent
	}
	if len(seen.strangers) > 0 {
		return "cannot be asked: " + names(seen.strangers)
	}
	return "the members do not agree on one leader"
}
