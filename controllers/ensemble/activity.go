package ensemble

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// activity says in one line what the operator does or waits for.
func activity(seen *observed, d plan.Decision) string {
	words := []string{activityLine(seen, d)}
	if f := &seen.facts; f.MembersWait() && !f.Stop && d.Reason != plan.SuperuserUnknown && d.Kind != plan.Done {
		words = append(words, "the size waits for the leader to be restarted: it does not know the super user of the Secret")
	}
	if !d.Apply { // else each of them is told with what is refused
		for _, o := range seen.going {
			words = append(words, goingOf(o).Error())
		}
	}
	return line(strings.Join(words, "; "))
}

// beside tells what is refused beside what the operator does or waits for. Where
// nothing else is left to do, the refusal is all that there is to tell.
func beside(activity string, d plan.Decision, refused error) string {
	first, then := "Refused: ", "; refused: "
	if isWaiting(refused) {
		first, then = "Waiting: ", "; waiting: "
	}
	if d.Reason == plan.RevisionUnknown {
		return first + refused.Error()
	}
	return activity + then + refused.Error()
}

func activityLine(seen *observed, d plan.Decision) string {
	if words, ok := lines[d.Reason]; ok {
		return words(seen, d)
	}
	return string(d.Reason)
}

// lines are the words for each reason.
var lines = map[plan.Reason]func(seen *observed, d plan.Decision) string{
	plan.Paused:       always("Paused by spec.mode: nothing but this status is written"),
	plan.NameConflict: func(seen *observed, _ plan.Decision) string { return errors.Join(seen.taken, seen.blocked).Error() },
	plan.InvalidSpec:  func(seen *observed, _ plan.Decision) string { return seen.invalid.Error() },
	plan.Stopping: func(seen *observed, _ plan.Decision) string {
		return "Stopping all members, as spec.mode asks; the record of the members stays, and so do their volumes" + seen.butTerminating()
	},
	plan.Stopped: func(seen *observed, _ plan.Decision) string {
		return "Stopped by spec.mode; set it to Run to start the same members on the same volumes" + seen.butTerminating()
	},
	plan.VolumesTerminating: func(seen *observed, _ plan.Decision) string { return seen.saveData() },
	plan.FormationStarts:    always("Starting a new ensemble on blank volumes"),
	plan.RecordRestored:     always("Restoring the formation record, closed: something remains of the ensemble, so no blank volume may vote"),
	plan.ObjectsAdopted:     always("Closing the formation record, which was restored without its owner: no blank volume may vote"),
	plan.FormationCompleted: always("Closing the formation record: from now on no blank volume may vote"),
	plan.Forming: func(seen *observed, _ plan.Decision) string {
		return "Waiting for the first members to serve: " + quorumLine(seen) + "; not serving: " + seen.notServing()
	},
	plan.PodTerminating: func(seen *observed, _ plan.Decision) string {
		return "Waiting for Pods to be gone: " + seen.list(func(m *observedMember) bool {
			return m.Pod == plan.Going || m.Pod == plan.Present && !seen.facts.Wanted(&m.Member)
		})
	},
	plan.MemberDown: func(seen *observed, d plan.Decision) string {
		return fmt.Sprintf("Replacing the Pod of %s, which is certainly down", seen.name(d))
	},
	plan.MembersNotServing: func(seen *observed, _ plan.Decision) string {
		return "Waiting for members to serve in sync: " + seen.notServing()
	},
	plan.ProgressDeadlineExceeded: func(seen *observed, _ plan.Decision) string {
		return "Members of the newest revision did not come up within spec.update.progressDeadlineSeconds; " +
			"correct the spec, or put it back: " + seen.notServing()
	},
	plan.MembershipChanged: func(seen *observed, _ plan.Decision) string {
		return "Recording the committed membership: " + serverIDs(seen.committed)
	},
	plan.MembershipUnread: always("Waiting to read the committed membership from the servers"),
	plan.RecordAhead: func(seen *observed, d plan.Decision) string {
		line := fmt.Sprintf("The members record is newer than what the servers committed, as after volumes were put back (record %x, servers %x: %s)",
			seen.recorded.Version, seen.committed.Version, serverIDs(seen.committed))
		if d.Stalled {
			return line + fmt.Sprintf("; too few of its voters vote to be sure that it is lost: bring the others up, or, if they are lost: "+
				"kubectl delete configmap %s", workload.MembersName(seen.ensemble.Name))
		}
		return line + "; it is written anew"
	},
	plan.ForeignMember: func(seen *observed, _ plan.Decision) string {
		return "The servers committed what is no member of this ensemble: " + names(seen.strangers) + seen.foreignLeader() +
			"; no member is changed or restarted until a person takes it out as the super user: reconfig -remove " + idList(seen.strangers)
	},
	plan.RecordUnreadable: func(seen *observed, d plan.Decision) string {
		switch d.Kind {
		case plan.CloseFormation:
			return fmt.Sprintf("Writing the formation record anew, closed: %v", seen.garbled)
		case plan.RecordMembers:
			return fmt.Sprintf("Recording the committed membership anew: %s; %v", serverIDs(seen.committed), seen.unreadable)
		default:
			return fmt.Sprintf("%v. The servers cannot say who the members are: put the record back as it was, "+
				"or delete it, so that each member starts with the list on its own volume", seen.unreadable)
		}
	},
	plan.MembersUnreachable: func(seen *observed, _ plan.Decision) string {
		return unreachableLine(seen) + "; nothing is done meanwhile"
	},
	plan.QuorumLost: func(seen *observed, _ plan.Decision) string {
		line := "The quorum is lost: " + quorumLine(seen) + "; not serving: " + seen.notServing()
		if first := seen.list(func(m *observedMember) bool { return seen.facts.HoldsRepair(&m.Member) }); first != "" {
			line += "; what is down and outdated gets no newer Pod before these: " + first
		}
		return line
	},
	plan.NoSingleLeader: always("Waiting for the members to agree on one leader"),
	plan.NotCommitting: func(seen *observed, _ plan.Decision) string {
		return "There is a leader, but a new session was not committed in time through " + seen.list(seen.unproved)
	},
	plan.ScalingDown: func(seen *observed, d plan.Decision) string {
		return "Taking members out of the ensemble: " + seen.names(d)
	},
	plan.DepartedVolumesLabelled: func(seen *observed, d plan.Decision) string {
		return fmt.Sprintf("Labelling the volumes of %s, which has left the ensemble", seen.name(d))
	},
	plan.DepartedPodsRemoved: func(_ *observed, d plan.Decision) string {
		return fmt.Sprintf("Ending the Pods of members that have left the ensemble: %d of them stay", d.Size)
	},
	plan.DeletingDepartedVolumes: func(seen *observed, d plan.Decision) string {
		return fmt.Sprintf("Deleting the volumes of %s, which has left the ensemble, as spec.storage.retention asks", seen.name(d))
	},
	plan.ScalingUp: func(seen *observed, d plan.Decision) string {
		return fmt.Sprintf("Starting new members: %d voters and %d observers are wanted", seen.facts.Desired, d.ObserverReplicas)
	},
	plan.JoinersNotReady: func(seen *observed, _ plan.Decision) string {
		return "Waiting for new members to follow in sync before they become members: " + seen.list(func(m *observedMember) bool {
			return !seen.facts.Listed(m.Group).Has(m.Ordinal)
		})
	},
	plan.PromotingMembers: func(seen *observed, d plan.Decision) string {
		return "Taking new members into the ensemble: " + seen.names(d)
	},
	plan.SuperuserUnknown: func(seen *observed, d plan.Decision) string {
		line := fmt.Sprintf("The members stay as they are: the leader does not know the super user of Secret %s, "+
			"and would refuse to change them", workload.SuperuserName(seen.ensemble.Name))
		if leader := seen.leader(); d.Stalled && leader != nil {
			line += "; no roll comes that restarts it: once every member serves in sync, kubectl delete pod " + leader.pod.Name
		}
		return line
	},
	plan.VolumesNotBound: func(seen *observed, _ plan.Decision) string {
		return "No volume claim was ever bound, and one of them cannot be. To start anew with other volumes: " +
			startAnew(seen.ensemble) + "; then create it again. " + seen.notServing()
	},
	plan.RevisionUnknown: always("Waiting for Kubernetes to see the newest Pod template"),
	plan.VersionDiffers: func(seen *observed, _ plan.Decision) string {
		return "The newest revision does not run ZooKeeper " + seen.ensemble.Spec.Version +
			"; correct spec.version or spec.image: " + seen.list(seen.wrongVersion)
	},
	plan.UpdatePaused: func(seen *observed, _ plan.Decision) string {
		if seen.facts.Update.Withheld {
			return "spec.update.paused keeps a newer template from the members"
		}
		return "spec.update.paused keeps members from a newer revision; outdated: " + seen.outdated()
	},
	plan.ApprovalNeeded: func(seen *observed, _ plan.Decision) string {
		revision := seen.statefulSet.Status.UpdateRevision
		return fmt.Sprintf("The canaries run revision %s; to roll the rest: kubectl annotate zke %s %s=%s --overwrite; outdated: %s",
			revision, seen.ensemble.Name, v1alpha1.AnnotationApprove, revision, seen.outdated())
	},
	plan.Settling: func(seen *observed, _ plan.Decision) string {
		return "Waiting spec.update.settleSeconds before the next member; outdated: " + seen.outdated()
	},
	plan.SecondBudget: func(seen *observed, _ plan.Decision) string {
		return fmt.Sprintf("PodDisruptionBudget %s selects this ensemble's Pods as well, and Kubernetes evicts no Pod of two budgets: "+
			"delete it or change its selector", seen.foreign)
	},
	plan.BudgetExhausted: func(seen *observed, _ plan.Decision) string {
		const waiting = "Waiting for the disruption budget to allow the next restart"
		if cut := seen.list(seen.cutOff); cut != "" {
			return waiting + "; Kubernetes keeps its room for two minutes for an eviction that was cut off: " + cut
		}
		return waiting
	},
	plan.RestartingMember: func(seen *observed, d plan.Decision) string {
		return fmt.Sprintf("Restarting %s with the newest revision; outdated: %s", seen.name(d), seen.outdated())
	},
	plan.RestartingLeader: func(seen *observed, d plan.Decision) string {
		return fmt.Sprintf("Restarting the leader %s with the newest revision, the last of the voters", seen.name(d))
	},
	plan.LeaderHandover: func(seen *observed, d plan.Decision) string {
		return fmt.Sprintf("The leader %s hands over, by another quorum port, before it is restarted as a follower", seen.name(d))
	},
	plan.VolumeTooSmall: func(seen *observed, d plan.Decision) string {
		return fmt.Sprintf("Expanding the volumes of %s", seen.name(d))
	},
	plan.VolumeExpanding: func(seen *observed, _ plan.Decision) string {
		return "Waiting for volumes to be expanded: " + seen.list(func(m *observedMember) bool { return m.Volumes == plan.VolumesGrowing })
	},
	plan.VolumeNotExpandable: func(seen *observed, _ plan.Decision) string {
		return "Volumes are smaller than specified and their StorageClass does not allow expansion: put the old size back, " +
			"or set allowVolumeExpansion on the class: " + seen.list(func(m *observedMember) bool { return m.Volumes == plan.VolumesFixed })
	},
	plan.AsSpecified: func(seen *observed, _ plan.Decision) string { return "As specified: " + quorumLine(seen) },
}

// name is the Pod name of the member that a step is about.
func (seen *observed) name(d plan.Decision) string { return podName(seen.ensemble, d.Group, d.Ordinal) }

// names are the Pod names of the members that a step is about.
func (seen *observed) names(d plan.Decision) string {
	var names []string
	for ordinal := range d.Members.All() {
		names = append(names, podName(seen.ensemble, d.Group, ordinal))
	}
	return strings.Join(names, ", ")
}

// outdated lists the members that run an older revision.
func (seen *observed) outdated() string {
	return seen.list(func(m *observedMember) bool { return m.Revision == plan.Outdated })
}

// always is a line that depends on nothing.
func always(words string) func(*observed, plan.Decision) string {
	return func(*observed, plan.Decision) string { return words }
}

// quorumLine counts the voters that serve.
func quorumLine(seen *observed) string {
	voters := seen.facts.Electorate()
	return fmt.Sprintf("%d of %d voters serve, %d needed", seen.facts.ServingVoters(), voters, zkconfig.Majority(voters))
}

// notServing lists the members that do not serve, each with its health and what
// its agent says it waits for.
func (seen *observed) notServing() string {
	return seen.list(func(m *observedMember) bool { return !m.Health.Serves() })
}

// list names the members that satisfy a predicate.
func (seen *observed) list(is func(*observedMember) bool) string {
	var b strings.Builder
	for i := range seen.members {
		m := &seen.members[i]
		if !is(m) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (%s)", podName(seen.ensemble, m.Group, m.Ordinal), m.condition())
	}
	return b.String()
}

// condition is a member's health in words, with the reason where one is known.
func (m *observedMember) condition() string {
	switch agent := m.report.Agent; {
	case m.pod == nil:
		return "no Pod" + m.why
	case m.Health.Serves():
		return m.Health.String() + whyGoing(m.pod)
	case m.node == nodeLost:
		return fmt.Sprintf("its node %[1]s does not answer; if that is off for good: kubectl taint nodes %[1]s %[2]s=nodeshutdown:NoExecute, "+
			"and the same with - at its end before the node is used again", m.pod.Spec.NodeName, corev1.TaintNodeOutOfService)
	case agent != nil && agent.Waiting != "":
		return agent.Waiting
	case agent != nil && agent.Blank && agent.Joiner && !agent.Saved:
		return "blank disk, which does not vote until it has copied the data from a quorum"
	case m.Health == plan.Down:
		return "down: " + whyDown(m.pod) + m.why
	default:
		return m.Health.String() + whyGoing(m.pod) + lastEnd(m.pod)
	}
}

func serverIDs(m zkconfig.Membership) string {
	ids := make([]string, 0, len(m.Servers))
	for _, s := range m.Servers {
		ids = append(ids, fmt.Sprintf("%d (%s)", s.ID, s.Role))
	}
	return strings.Join(ids, ", ")
}
