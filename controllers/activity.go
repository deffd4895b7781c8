package controllers

import (
	"fmt"
	"strings"

	"github.com/zkensemble/zookeeper-operator/controllers/plan"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// maxActivity is the longest status line that the API accepts.
const maxActivity = 1024

// activity says in one line what the operator does or waits for.
func activity(seen *observed, d plan.Decision) string {
	line := activityLine(seen, d)
	if len(line) > maxActivity {
		line = strings.ToValidUTF8(line[:maxActivity-3], "") + "..."
	}
	return line
}

func activityLine(seen *observed, d plan.Decision) string {
	name := func(ordinal int32) string { return fmt.Sprintf("%s-%d", seen.ensemble.Name, ordinal) }
	switch d.Reason {
	case plan.Paused:
		return "Paused by spec.mode: nothing but this status is written"
	case plan.NameTaken:
		return seen.taken.Error()
	case plan.InvalidSpec:
		return seen.invalid.Error()
	case plan.FormationStarts:
		return "Starting a new ensemble on blank volumes"
	case plan.RecordRestored:
		return "Restoring the formation record, closed: something remains of the ensemble, so no blank volume may vote"
	case plan.FormationCompleted:
		return "Closing the formation record: from now on no blank volume may vote"
	case plan.Forming:
		return "Waiting for the first members to serve: " + quorumLine(seen)
	case plan.PodTerminating:
		return "Waiting for Pods to be gone: " + seen.list(func(m *member) bool { return m.Pod == plan.Going })
	case plan.MemberDown:
		return fmt.Sprintf("Replacing the Pod of %s, which is surely down", name(d.Ordinal))
	case plan.MembershipChanged:
		return "Recording the committed membership: " + serverIDs(seen.committed)
	case plan.MembershipUnread:
		return "Waiting to read the committed membership from the servers"
	case plan.MembersUnreachable:
		return "No member can be reached from the operator; nothing is done meanwhile"
	case plan.QuorumLost:
		return "The quorum is lost: " + quorumLine(seen) + "; not serving: " + seen.notServing()
	case plan.NoSingleLeader:
		return "Waiting for the members to agree on one leader"
	case plan.NotCommitting:
		return "There is a leader, but a new session through a member was not committed"
	case plan.MembersNotServing:
		return "Waiting for members to serve in sync: " + seen.notServing()
	case plan.ReplicasDiffer:
		return fmt.Sprintf("spec.replicas is %d, but the ensemble has %d members and this version does not change the membership: set spec.replicas to %d",
			seen.facts.Desired, d.Replicas, d.Replicas)
	case plan.RevisionUnknown:
		return "Waiting for Kubernetes to see the newest Pod template"
	case plan.MembersOutdated:
		return "Members run an older Pod template, which this version does not roll: " +
			seen.list(func(m *member) bool { return m.Revision == plan.Outdated })
	case plan.AsSpecified:
		return "As specified: " + quorumLine(seen)
	default:
		return string(d.Reason)
	}
}

// quorumLine counts the voters that serve.
func quorumLine(seen *observed) string {
	voters := seen.facts.Voters()
	return fmt.Sprintf("%d of %d voters serve, %d needed", len(seen.serving()), voters, zkconfig.Majority(voters))
}

// notServing lists the members that do not serve, each with its health and what
// its agent says it waits for.
func (seen *observed) notServing() string {
	return seen.list(func(m *member) bool { return !m.Health.Serves() })
}

// list names the members that satisfy a predicate.
func (seen *observed) list(is func(*member) bool) string {
	var b strings.Builder
	for i := range seen.members {
		m := &seen.members[i]
		if !is(m) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s-%d (%s)", seen.ensemble.Name, m.Ordinal, m.condition())
	}
	return b.String()
}

// condition is a member's health in words, with the reason where one is known.
func (m *member) condition() string {
	switch agent := m.report.Agent; {
	case m.pod == nil:
		return "no Pod"
	case agent != nil && agent.Waiting != "" && !m.Health.Serves():
		return agent.Waiting
	case m.Health == plan.Down:
		return "down: " + whyDown(m.pod)
	default:
		return m.Health.String()
	}
}

func serverIDs(m zkconfig.Membership) string {
	var ids []string
	for _, s := range m.Servers {
		ids = append(ids, fmt.Sprintf("%d (%s)", s.ID, s.Role))
	}
	return strings.Join(ids, ", ")
}
