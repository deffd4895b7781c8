package ensemble

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/fourletter"
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
	refused := zkclient.Report{Err: fmt.Errorf("dial: %w", syscall.ECONNREFUSED)}
	preparing := refused
	preparing.Agent = &member.State{PodUID: "this"}
	answers := zkclient.Report{NotServing: true}
	follows := zkclient.Report{Serving: true, Role: zkclient.Follower, Broadcasting: true}
	syncs := follows
	syncs.Broadcasting = false
	leads := zkclient.Report{Serving: true, Role: zkclient.Leader, Broadcasting: true}
	observes := zkclient.Report{Serving: true, Role: zkclient.Observer, Broadcasting: true}

	for _, c := range []struct {
		name           string
		pod            *corev1.Pod
		report         zkclient.Report
		majorityServes time.Duration
		want           plan.Health
	}{
		{"silence of a running container is no evidence", podWith(running), zkclient.Report{}, ages, plan.Unknown},
		{"half an answer is no evidence", notReadySince(2 * patience), zkclient.Report{Err: fourletter.ErrUnexpected}, ages, plan.Unknown},
		{"a refused question is no evidence", notReadySince(2 * patience), zkclient.Report{Err: fourletter.ErrNotAllowed}, ages, plan.Unknown},
		{"a refused connection is no evidence", podWith(running), refused, ages, plan.Unknown},
		{"no word of the container is no evidence", silent, zkclient.Report{}, ages, plan.Unknown},
		{"a missing Pod is no evidence: it may run on a node that was cut off", nil, zkclient.Report{}, ages, plan.Unknown},
		{"a container that waits does not run", podWith(crashing), zkclient.Report{}, 0, plan.Down},
		{"a container that ended does not run", podWith(ended), zkclient.Report{}, 0, plan.Down},
		{"a Pod without a node does not run", unscheduled, zkclient.Report{}, 0, plan.Down},
		{"an answer outweighs what Kubernetes last heard", podWith(crashing), follows, ages, plan.Following},
		{"an agent that answers says that its server is only starting", podWith(running), preparing, ages, plan.Electing},
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
			m := &observedMember{pod: c.pod, report: c.report, node: nodeReady, witnessed: ages}
			if got := health(m, c.majorityServes, patience, false); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestAContainerIsBelievedOnlyOfANodeThatSpeaks goes through what a node can be.
func TestAContainerIsBelievedOnlyOfANodeThatSpeaks(t *testing.T) {
	t.Parallel()
	lost, evicted, unscheduled := podWith(crashing), podWith(crashing), podWith(crashing)
	lost.Status.Reason, unscheduled.Spec.NodeName = lostPod, ""
	evicted.Status.Conditions = []corev1.PodCondition{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue}}
	failed := podWith(ended)
	failed.Status.Phase = corev1.PodFailed
	for _, c := range []struct {
		name     string
		pod      *corev1.Pod
		node     node
		followed bool
		want     plan.Health
	}{
		{"ready", podWith(crashing), nodeReady, true, plan.Down},
		{"gone", podWith(ended), nodeGone, true, plan.Down},
		{"lost", podWith(crashing), nodeLost, false, plan.Unknown},
		{"lost, with a Pod that had ended", failed, nodeLost, false, plan.Unknown},
		{"not ready", podWith(ended), nodeNotReady, false, plan.Unknown},
		{"could not be read", podWith(crashing), nodeUnread, false, plan.Unknown},
		{"may not be read", podWith(crashing), nodeForbidden, false, plan.Down},
		{"may not be read, and a silent voter follows", podWith(crashing), nodeForbidden, true, plan.Unknown},
		{"may not be read, and the Pod says that it is lost", lost, nodeForbidden, false, plan.Unknown},
		{"may not be read, and its Pods are evicted", evicted, nodeForbidden, false, plan.Unknown},
		{"not there: the Pod was never scheduled", unscheduled, nodeUnread, true, plan.Down},
	} {
		m := &observedMember{pod: c.pod, node: c.node}
		if got := health(m, 0, time.Hour, c.followed); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// Whoever is told to taint a lost node is told as well to take the taint off: no Pod
// stays on the node until then.
func TestATaintIsToBeTakenOff(t *testing.T) {
	t.Parallel()
	m := &observedMember{pod: podWith(running), node: nodeLost}
	want := "its node " + m.pod.Spec.NodeName + " does not answer; if that is off for good: " +
		"kubectl taint nodes node node.kubernetes.io/out-of-service=nodeshutdown:NoExecute, " +
		"and the same with - at its end before the node is used again"
	if got := m.condition(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestAnAnswerCountsOnlyForThePodThatGaveIt compares the Pod with the agent.
func TestAnAnswerCountsOnlyForThePodThatGaveIt(t *testing.T) {
	t.Parallel()
	said := zkclient.Report{
		Serving: true, Role: zkclient.Leader, Broadcasting: true, Version: "3.9.5", QuorumSize: 3, SyncedFollowers: 2, LeaderUptime: time.Hour,
	}
	with := func(agent *member.State) zkclient.Report {
		r := said
		r.Agent = agent
		return r
	}
	pod := podWith(running)
	this := with(&member.State{PodUID: "this", Granted: true, ConfigVersion: "1"})
	if diff := cmp.Diff(this, own(this, pod)); diff != "" {
		t.Error(diff)
	}
	for name, agent := range map[string]*member.State{
		"another Pod": {PodUID: "another", Granted: true, ConfigVersion: "1", Waiting: "for nothing"}, "no name": {}, "no agent": nil,
	} {
		got := own(with(agent), pod)
		got.Err = nil
		if diff := cmp.Diff(zkclient.Report{}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestOnlyTheAgentsOwnExitAsksForANewPod(t *testing.T) {
	t.Parallel()
	asked := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: member.ExitNeedsNewPod}}
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
