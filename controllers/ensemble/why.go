package ensemble

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// whyDown is why Kubernetes says that a Pod's server does not run. The words are
// the same for as long as the cause is: a Pod in back-off goes through several
// states again and again.
func whyDown(pod *corev1.Pod) string {
	switch {
	case pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded:
		return whyFinished(pod)
	case pod.Spec.NodeName == "":
		return "not scheduled" + whyUnscheduled(pod)
	}
	for i := range pod.Status.InitContainerStatuses {
		if why := whyNotRunning(pod, &pod.Status.InitContainerStatuses[i]); why != "" {
			return why
		}
	}
	if status := containerStatus(pod); status != nil {
		if why := whyNotRunning(pod, status); why != "" {
			return why
		}
	}
	if doesNotRun(pod) {
		return "starting"
	}
	return "shut out by a serving majority"
}

// whyFinished is why a Pod is over: evicted by its node, preempted, or its
// process ended.
func whyFinished(pod *corev1.Pod) string {
	why := pod.Status.Reason
	if why == "" {
		why = string(pod.Status.Phase)
	}
	if pod.Status.Message != "" {
		why += ": " + pod.Status.Message
	}
	return why + onNode(pod)
}

// whyGoing is who ends a Pod, where Kubernetes says so.
func whyGoing(pod *corev1.Pod) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.DisruptionTarget && c.Status == corev1.ConditionTrue {
			return ", " + c.Reason + onNode(pod)
		}
	}
	return ""
}

func onNode(pod *corev1.Pod) string {
	if pod.Spec.NodeName == "" {
		return ""
	}
	return ", on node " + pod.Spec.NodeName
}

// whyUnscheduled is what the scheduler says, without how many nodes it says it
// of: that changes with every Pod of everybody.
func whyUnscheduled(pod *corev1.Pod) string {
	for _, c := range pod.Status.Conditions {
		if c.Type != corev1.PodScheduled || c.Status != corev1.ConditionFalse || c.Message == "" {
			continue
		}
		why, _, _ := strings.Cut(c.Message, " preemption: ")
		why = strings.TrimSuffix(why, ".")
		_, reasons, many := strings.Cut(why, " nodes are available: ")
		if !many {
			return ": " + why
		}
		each := strings.Split(reasons, ", ")
		for i := range each {
			each[i] = countOf.ReplaceAllString(each[i], "")
		}
		slices.Sort(each)
		return ": " + strings.Join(slices.Compact(each), ", ")
	}
	return ""
}

// countOf is the number of nodes at the beginning of a reason of the scheduler.
var countOf = regexp.MustCompile(`^\d+ `)

// whyNotRunning is why a container does not run, "" while it does, has done what
// it is there for, or waits for another one.
func whyNotRunning(pod *corev1.Pod, s *corev1.ContainerStatus) string {
	waiting, ended := s.State.Waiting, s.State.Terminated
	if waiting != nil && waiting.Reason == "CrashLoopBackOff" && s.LastTerminationState.Terminated != nil {
		waiting, ended = nil, s.LastTerminationState.Terminated
	}
	switch {
	case waiting != nil && slices.Contains(imageReasons, waiting.Reason):
		return fmt.Sprintf("the image %s of the container %q cannot be pulled", imageOf(pod, s), s.Name)
	case waiting != nil && waiting.Reason != "" && waiting.Reason != "PodInitializing":
		why := fmt.Sprintf("the container %q waits: %s", s.Name, waiting.Reason)
		if slices.Contains(configReasons, waiting.Reason) && waiting.Message != "" {
			why += ": " + waiting.Message
		}
		return why
	case ended != nil && (s.Name == workload.ServerContainer || ended.ExitCode != 0):
		return fmt.Sprintf("the container %q ended: %s%s", s.Name, howEnded(ended), onNode(pod))
	default:
		return ""
	}
}

// Reasons for which a container waits. Those of an image take turns, and their
// messages with them.
var (
	imageReasons  = []string{"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError", "RegistryUnavailable"}
	configReasons = []string{"CreateContainerConfigError"}
)

// lastEnd is how a container ended the last time, for one that has been started
// again and serves nobody yet, "" where it never ended.
func lastEnd(pod *corev1.Pod) string {
	status := containerStatus(pod)
	if status == nil || status.State.Running == nil || status.LastTerminationState.Terminated == nil {
		return ""
	}
	return ", after it ended: " + howEnded(status.LastTerminationState.Terminated)
}

func howEnded(t *corev1.ContainerStateTerminated) string {
	if t.Reason == "OOMKilled" {
		return "out of memory (OOMKilled)"
	}
	return fmt.Sprintf("exit code %d", t.ExitCode)
}

// imageOf is the image as it was asked for: the status of a container that never
// ran may not have it.
func imageOf(pod *corev1.Pod, s *corev1.ContainerStatus) string {
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		if c.Name == s.Name {
			return c.Image
		}
	}
	return s.Image
}
