package ensemble

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// manyRestarts is how often a container must have been restarted before it counts
// as one that crashes again and again.
const manyRestarts = 2

// lasting reports whether a Pod whose member is down will stay so, as far as can
// be told. The kubelet starts a container that ended again in place, within
// seconds; a new Pod may have to wait for a node and for volumes. So what lasts is
// a server that was shut out, a Pod that ended or that the scheduler found no node
// for, a container that crashes again and again or cannot be made, and one that
// does not run for longer than the patience, by the kubelet's clock and before the
// eyes of this process.
func lasting(m *observedMember, patience time.Duration) bool {
	pod := m.pod
	if pod.Spec.NodeName == "" {
		return unschedulable(pod)
	}
	status := containerStatus(pod)
	if status == nil || status.State.Running != nil || isOver(pod) {
		return true
	}
	for _, statuses := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range statuses {
			if cannotRun(&statuses[i], m.again) {
				return true
			}
		}
	}
	return min(stoppedFor(pod, status), m.witnessed) > patience
}

// isOver reports whether a Pod has ended for good.
func isOver(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded
}

// unschedulable reports whether the scheduler says that no node fits.
func unschedulable(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled {
			return c.Status == corev1.ConditionFalse
		}
	}
	return false
}

// cannotRun reports whether the kubelet says that a container crashes again and
// again, or cannot be made from its image and its configuration. Its Pod has been
// started again so often since its server served last.
func cannotRun(status *corev1.ContainerStatus, again int32) bool {
	waiting := status.State.Waiting
	if waiting == nil {
		return false
	}
	switch waiting.Reason {
	case "CrashLoopBackOff":
		return again >= manyRestarts
	case "", "ContainerCreating", "PodInitializing":
		return false
	default:
		return true
	}
}

// stoppedFor is for how long a container that does not run has not run.
func stoppedFor(pod *corev1.Pod, status *corev1.ContainerStatus) time.Duration {
	for _, last := range []*corev1.ContainerStateTerminated{status.State.Terminated, status.LastTerminationState.Terminated} {
		if last != nil && !last.FinishedAt.IsZero() {
			return time.Since(last.FinishedAt.Time)
		}
	}
	return unreadyFor(pod)
}

// neverServed reports whether no server ever served in a Pod. The kubelet sets the
// start of a Pod and its first readiness at one time, and the latter again only
// when it changes. Both are whole seconds.
func neverServed(pod *corev1.Pod) bool {
	if pod == nil || pod.Status.StartTime == nil {
		return true
	}
	c, known := readiness(pod)
	return !known || c.Status != corev1.ConditionTrue && c.LastTransitionTime.Sub(pod.Status.StartTime.Time) <= time.Second
}

// stranded reports whether a member's Pod has no node, or is past the time that it
// was given to go and was running when its node was last heard of.
func stranded(m *observedMember) bool {
	switch {
	case m.pod == nil:
		return false
	case m.pod.DeletionTimestamp == nil:
		return m.pod.Spec.NodeName == ""
	}
	status := containerStatus(m.pod)
	ran := status != nil && status.State.Running != nil && status.RestartCount < manyRestarts
	return ran && (m.node == nodeLost || time.Since(m.pod.DeletionTimestamp.Time) > 0)
}
