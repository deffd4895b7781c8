package controllers

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/agentstate"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/fourletter"
	"github.com/zkensemble/zookeeper-operator/controllers/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/workload"
)

// podWith is a scheduled Pod whose server's container is in a state.
func podWith(state corev1.ContainerState) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "zk-0", UID: "this"},
		Spec:       corev1.PodSpec{NodeName: "node"},
		Status: corev1.PodStatus{
			Phase:             corev1.PodRunning,
			ContainerStatuses: []corev1.ContainerStatus{{Name: workload.ServerContainer, State: state}},
		},
	}
}

var (
	running  = corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	crashing = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	ended    = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1}}
)

// notReadySince is a running Pod that has not been ready for a while.
func notReadySince(d time.Duration) *corev1.Pod {
	since := metav1.NewTime(time.Now().Add(-d))
	pod := podWith(corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: since}})
	pod.Status.Conditions = []corev1.PodCondition{{
		Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: since,
	}}
	return pod
}

func TestDownNeedsEvidence(t *testing.T) {
	t.Parallel()
	const patience, ages = 2 * time.Hour, 100 * time.Hour
	justRestarted := notReadySince(2 * patience)
	justRestarted.Status.ContainerStatuses[0].State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.Now()}
	unscheduled := podWith(running)
	unscheduled.Spec.NodeName, unscheduled.Status = "", corev1.PodStatus{Phase: corev1.PodPending}
	silent := podWith(running)
	silent.Status.ContainerStatuses = nil
	refused := ensemble.Report{Err: fmt.Errorf("dial: %w", syscall.ECONNREFUSED)}
	preparing := refused
	preparing.Agent = &agentstate.State{PodUID: "this"}
	otherPod := refused
	otherPod.Agent = &agentstate.State{PodUID: "another"}
	answers := ensemble.Report{NotServing: true}
	follows := ensemble.Report{Serving: true, Role: ensemble.Follower, Broadcasting: true}
	syncs := follows
	syncs.Broadcasting = false
	leads := ensemble.Report{Serving: true, Role: ensemble.Leader, Broadcasting: true}
	observes := ensemble.Report{Serving: true, Role: ensemble.Observer, Broadcasting: true}

	for _, c := range []struct {
		name           string
		pod            *corev1.Pod
		report         ensemble.Report
		majorityServes time.Duration
		want           plan.Health
	}{
		{"silence of a running container is no evidence", podWith(running), ensemble.Report{}, ages, plan.Unknown},
		{"half an answer is no evidence", notReadySince(2 * patience), ensemble.Report{Err: fourletter.ErrUnexpected}, ages, plan.Unknown},
		{"a refused question is no evidence", notReadySince(2 * patience), ensemble.Report{Err: fourletter.ErrNotAllowed}, ages, plan.Unknown},
		{"a refused connection is no evidence", podWith(running), refused, ages, plan.Unknown},
		{"no word of the container is no evidence", silent, ensemble.Report{}, ages, plan.Unknown},
		{"a missing Pod is no evidence: it may run on a node that was cut off", nil, ensemble.Report{}, ages, plan.Unknown},
		{"a container that waits does not run", podWith(crashing), ensemble.Report{}, 0, plan.Down},
		{"a container that ended does not run", podWith(ended), ensemble.Report{}, 0, plan.Down},
		{"a Pod without a node does not run", unscheduled, ensemble.Report{}, 0, plan.Down},
		{"an answer outweighs what Kubernetes last heard", podWith(crashing), follows, ages, plan.Following},
		{"an agent that answers says that its server is only starting", podWith(running), preparing, ages, plan.Electing},
		{"the agent of another Pod says nothing", podWith(running), otherPod, ages, plan.Unknown},
		{"without a quorum every healthy server says that it does not serve", notReadySince(2 * patience), answers, 0, plan.Electing},
		{"beside a serving majority it has time to find its way back", notReadySince(patience / 2), answers, ages, plan.Electing},
		{"the majority must have served for that long as well", notReadySince(2 * patience), answers, patience / 2, plan.Electing},
		{"a container that was just restarted has its time again", justRestarted, answers, ages, plan.Electing},
		{"shut out by a serving majority for too long it is down", notReadySince(2 * patience), answers, ages, plan.Down},
		{"a follower that is not in sync does not count", podWith(running), syncs, ages, plan.Syncing},
		{"a follower in sync counts", podWith(running), follows, ages, plan.Following},
		{"an observer serves without a vote", podWith(running), observes, ages, plan.Observing},
		{"a leader leads", podWith(running), leads, ages, plan.Leading},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := &member{pod: c.pod, report: c.report}
			if got := health(m, c.majorityServes, patience); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestOnlyTheAgentsOwnExitAsksForANewPod(t *testing.T) {
	t.Parallel()
	asked := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: agentstate.ExitNeedsNewPod}}
	backOff := podWith(crashing)
	backOff.Status.ContainerStatuses[0].LastTerminationState = asked
	again := podWith(running)
	again.Status.ContainerStatuses[0].LastTerminationState = asked
	for name, c := range map[string]struct {
		pod  *corev1.Pod
		want bool
	}{
		"it ended with that code":                  {podWith(asked), true},
		"it waits to be restarted after that code": {backOff, true},
		"it runs again: the kubelet was faster":    {again, false},
		"it ended with another code":               {podWith(ended), false},
		"it crashes for another reason":            {podWith(crashing), false},
		"there is no Pod":                          {nil, false},
	} {
		if got := needsNewPod(c.pod); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}
