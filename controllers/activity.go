package controllers

import (
	"fmt"
	"strings"

	"github.com/zkensemble/zookeeper-operator/controllers/plan"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// maxActivity is the longest status line that the API accepts. The same goes for
// a warning.
const maxActivity = 1024

// activity says in one line what the operator does or waits for.
func activity(seen *observed, d plan.Decision) string {
	return shortened(activityLine(seen, d), maxActivity)
}

// shortened cuts a line that is too long for the API.
func shortened(line string, most int) string {
	if len(line) <= most {
		return line
	}
	return strings.ToValidUTF8(line[:most-3], "") + "..."
}

func activityLine(seen *observed, d plan.Decision) string {
	if line, ok := lines[d.Reason]; ok {
		return line(seen, d)
	}
	return string(d.Reason)
}

// lines are the words for each reason.
var lines = map[plan.Reason]func(seen *observed, d plan.Decision) string{
	plan.Paused:             always("Paused by spec.mode: nothing but this status is written"),
	plan.NameTaken:          func(seen *observed, _ plan.Decision) string { return seen.taken.Error() },
	plan.InvalidSpec:        func(seen *observed, _ plan.Decision) string { return seen.invalid.Error() },
	plan.FormationStarts:    always("Starting a new ensemble on blank volumes"),
	plan.RecordRestored:     always("Restoring the formation record, closed: something remains of the ensemble, so no blank volume may vote"),
	plan.FormationCompleted: always("Closing the formation record: from now on no blank volume may vote"),
	plan.Forming: func(seen *observed, _ plan.Decision) string {
		return "Waiting for the first members to serve: " + quorumLine(seen) + "; not serving: " + seen.notServing()
	},
	plan.PodTerminating: func(seen *observed, _ plan.Decision) string {
		return "Waiting for Pods to be gone: " + seen.list(func(m *member) bool { return m.Pod == plan.Going })
	},
	plan.MemberDown: func(seen *observed, d plan.Decision) string {
		return fmt.Sprintf("Replacing the Pod of %s-%d, which is surely down", seen.ensemble.Name, d.Ordinal)
	},
	plan.MembershipChanged: func(seen *observed, _ plan.Decision) string {
		return "Recording the committed membership: " + serverIDs(seen.committed)
	},
	plan.MembershipUnread:   always("Waiting to read the committed membership from the servers"),
	plan.MembersUnreachable: always("No member can be reached from the operator; nothing is done meanwhile"),
	plan.QuorumLost: func(seen *observed, _ plan.Decision) string {
		return "The quorum is lost: " + quorumLine(seen) + "; not serving: " + seen.notServing()
	},
	plan.NoSingleLeader: always("Waiting for the members to agree on one leader"),
	plan.NotCommitting:  always("There is a leader, but a new session through a member was not committed"),
	plan.MembersNotServing: func(seen *observed, _ plan.Decision) string {
		return "Waiting for members to serve in sync: " + seen.notServing()
	},
	plan.ReplicasDiffer: func(seen *observed, d plan.Decision) string {
		return fmt.Sprintf("spec.replicas is %d, but the ensemble has %d members and this version does not change the membership: set spec.replicas to %d",
			seen.facts.Desired, d.Replicas, d.Replicas)
	},
	plan.RevisionUnknown: always("Waiting for Kubernetes to see the newest Pod template"),
	plan.MembersOutdated: func(seen *observed, _ plan.Decision) string {
		return "Members run an older Pod template, which this version does not roll: " +
			seen.list(func(m *member) bool { return m.Revision == plan.Outdated })
	},
	plan.AsSpecified: func(seen *observed, _ plan.Decision) string { return "As specified: " + quorumLine(seen) },
}

// always is a line that depends on nothing.
func always(line string) func(*observed, plan.Decision) string {
	return func(*observed, plan.Decision) string { return line }
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
	case agent != nil && agent.Blank && agent.Joiner && !agent.Saved && !m.Health.Serves():
		return "blank disk, which does not vote until it has copied the data from a quorum"
	case m.Health == plan.Down:
		return "down: " + whyDown(m.pod)
	default:
		return m.Health.String()
	}
}

func serverIDs(m zkconfig.Membership) string {
	ids := make([]string, 0, len(m.Servers))
	for _, s := range m.Servers {
		ids = append(ids, fmt.Sprintf("%d (%s)", s.ID, s.Role))
	}
	return strings.Join(ids, ", ")
}
