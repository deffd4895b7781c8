package ensemble

import (
	"errors"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
)

// health judges a member by what it answered, and only where it did not answer
// by what Kubernetes knows of its container. No answer and no evidence is
// Unknown. A server that answers is never down, unless a majority has served
// without it for longer than the patience, and it had that long to find its way
// back, before the eyes of this process: majorityServes is for how long one leader
// has led a serving majority, 0 when none does. followed says that the leader counts
// a voter that did not answer.
func health(m *observedMember, majorityServes, patience time.Duration, followed bool) plan.Health {
	r := &m.report
	switch {
	case r.Serving:
		return serving(r)
	case r.NotServing && min(majorityServes, conditionFor(m.pod, corev1.ConditionFalse), m.runningFor(), m.witnessed) > patience:
		return plan.Down
	case r.NotServing || starting(m):
		return plan.Electing
	case m.pod != nil && doesNotRun(m.pod) && m.believed(followed):
		return plan.Down
	default:
		return plan.Unknown
	}
}

// starting reports whether the agent answers while its server has not opened its
// port: it prepares, waits, or loads its database.
func starting(m *observedMember) bool {
	return m.report.Agent != nil && errors.Is(m.report.Err, syscall.ECONNREFUSED)
}

// agentWaits reports whether the agent of this very Pod says that it has not started
// the server, because something else must come first. In an ensemble that has
// served this is no evidence, because the server may be started at any moment. In
// one that never did nobody can miss it.
func agentWaits(m *observedMember) bool { return starting(m) && m.report.Agent.Phase == member.Waiting }

// hasServed reports whether the ensemble has had a members record, and so a quorum.
func (seen *observed) hasServed() bool { return seen.record != nil }

// answers reports whether a member said itself what it does.
func (m *observedMember) answers() bool {
	return m.report.Serving || m.report.NotServing || starting(m)
}

func serving(r *zkclient.Report) plan.Health {
	switch {
	case r.Role == zkclient.Leader:
		return plan.Leading
	case !r.Broadcasting:
		return plan.Syncing
	case r.Role == zkclient.Follower:
		return plan.Following
	case r.Role == zkclient.Observer:
		return plan.Observing
	default:
		return plan.Syncing
	}
}

// doesNotRun reports whether Kubernetes knows that the server's container does
// not run: the Pod has no node, is finished, or its container waits or ended.
// That there is no word of the container yet is no evidence.
func doesNotRun(pod *corev1.Pod) bool {
	if pod.Spec.NodeName == "" || pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded {
		return true
	}
	status := containerStatus(pod)
	return status != nil && (status.State.Waiting != nil || status.State.Terminated != nil)
}

// needsNewPod reports whether the agent ended by asking for a new Pod.
func needsNewPod(pod *corev1.Pod) bool {
	if pod == nil {
		return false
	}
	status := containerStatus(pod)
	if status == nil || status.State.Running != nil {
		return false
	}
	for _, ended := range []*corev1.ContainerStateTerminated{status.State.Terminated, status.LastTerminationState.Terminated} {
		if ended != nil {
			return ended.ExitCode == member.ExitNeedsNewPod
		}
	}
	return false
}

func containerStatus(pod *corev1.Pod) *corev1.ContainerStatus {
	for i := range pod.Status.ContainerStatuses {
		if s := &pod.Status.ContainerStatuses[i]; s.Name == workload.ServerContainer {
			return s
		}
	}
	return nil
}
