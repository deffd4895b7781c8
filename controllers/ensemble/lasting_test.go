package ensemble

import (
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
)

// A container that ended once is the kubelet's to start again. Only what lasts is
// a reason to take the Pod.
func TestWhatIsDownMustLast(t *testing.T) {
	t.Parallel()
	const patience = time.Minute
	waits := func(reason string, restarts int32) *corev1.Pod {
		pod := podWith(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}})
		pod.Status.ContainerStatuses[0].RestartCount = restarts
		return pod
	}
	endedFor := func(d time.Duration) *corev1.ContainerStateTerminated {
		return &corev1.ContainerStateTerminated{ExitCode: 137, FinishedAt: metav1.NewTime(time.Now().Add(-d))}
	}
	making := waits("PodInitializing", 0)
	making.CreationTimestamp = metav1.Now()
	init := waits("PodInitializing", 0)
	init.Status.InitContainerStatuses = []corev1.ContainerStatus{{
		Name: workload.AgentContainer, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}},
	}}
	creating := waits("ContainerCreating", 0)
	creating.Status.Conditions = []corev1.PodCondition{{
		Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: metav1.NewTime(time.Now().Add(-2 * patience)),
	}}
	backOff := waits("CrashLoopBackOff", 1)
	backOff.Status.ContainerStatuses[0].LastTerminationState.Terminated = endedFor(patience / 2)
	over := podWith(ended)
	over.Status.Phase = corev1.PodFailed
	unscheduled := func(says ...corev1.PodCondition) *corev1.Pod {
		pod := podWith(running)
		pod.Spec.NodeName, pod.Status = "", corev1.PodStatus{Phase: corev1.PodPending, Conditions: says}
		return pod
	}
	aged := waits("CrashLoopBackOff", 7)
	aged.Status.ContainerStatuses[0].LastTerminationState.Terminated = endedFor(patience / 2)
	for name, c := range map[string]struct {
		pod  *corev1.Pod
		want bool
	}{
		"it ended a moment ago":                        {podWith(corev1.ContainerState{Terminated: endedFor(time.Second)}), false},
		"it ended and nobody starts it again":          {podWith(corev1.ContainerState{Terminated: endedFor(2 * patience)}), true},
		"it crashed once and waits to be started":      {backOff, false},
		"it crashes again and again":                   {waits("CrashLoopBackOff", 2), true},
		"it crashes the second time after long":        {aged, false},
		"its image cannot be pulled":                   {waits("ErrImagePull", 0), true},
		"the agent's image cannot be pulled":           {init, true},
		"its configuration is missing":                 {waits("CreateContainerConfigError", 0), true},
		"it is only being made":                        {making, false},
		"it has been in the making for long":           {creating, true},
		"the kubelet has ended the Pod":                {over, true},
		"the scheduler has not looked at it":           {unscheduled(), false},
		"the scheduler finds no node":                  {unscheduled(corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse}), true},
		"it runs, and a serving majority shuts it out": {podWith(running), true},
	} {
		m := &observedMember{pod: c.pod, witnessed: 2 * patience, again: allRestarts(c.pod)}
		if c.pod == aged {
			m.again = 1
		}
		if got := lasting(m, patience); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

// The kubelet says with one second when a Pod started and since when it is not
// ready, unless it was ready in between.
func TestWhetherAServerServedIsReadOffItsPod(t *testing.T) {
	t.Parallel()
	start := metav1.NewTime(time.Now().Add(-time.Hour).Truncate(time.Second))
	pod := func(status corev1.ConditionStatus, after time.Duration) *corev1.Pod {
		p := podWith(crashing)
		p.Status.StartTime = &start
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: status, LastTransitionTime: metav1.NewTime(start.Add(after))}}
		return p
	}
	for name, c := range map[string]struct {
		pod  *corev1.Pod
		want bool
	}{
		"there is no Pod":                      {nil, true},
		"no kubelet has it yet":                {podWith(crashing), true},
		"it is not ready since its start":      {pod(corev1.ConditionFalse, time.Second), true},
		"it is ready":                          {pod(corev1.ConditionTrue, 0), false},
		"it is not ready since a minute later": {pod(corev1.ConditionFalse, time.Minute), false},
	} {
		if got := neverServed(c.pod); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

// crashed ends the container of a member's Pod and lets many turns pass before it
// is started again: it must still be the same Pod then.
func (w *world) crashed(e *v1alpha1.ZooKeeperEnsemble, name string) {
	w.Helper()
	pod := w.pods()[name]
	w.kubelet.crash(pod, true)
	turns := 0
	w.eventually("the operator has seen for a while that "+name+" is down", func() bool {
		if w.seen("zk", e) {
			for _, m := range e.Status.Members {
				if m.ID == serverID(pod) && m.Health == v1alpha1.MemberHealthDown {
					turns++
				}
			}
		}
		return turns > 10
	})
	if now := w.pods()[name]; now == nil || now.UID != pod.UID || now.DeletionTimestamp != nil {
		w.Errorf("%s crashed once and was taken away, and the kubelet was about to start it again", name)
	}
	w.kubelet.crash(pod, false)
}

// One crash of a container is no way around a canary, a pause, or a restart that
// is under way.
func TestOneCrashIsMendedInPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spec  func(*v1alpha1.ZooKeeperEnsemble)
		waits string
		ends  func(w *world, e *v1alpha1.ZooKeeperEnsemble)
	}{
		"in a canary": {
			func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.Canary = 1 }, v1alpha1.ReasonApprovalNeeded,
			func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
				w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
					metav1.SetMetaDataAnnotation(&e.ObjectMeta, v1alpha1.AnnotationApprove, e.Status.UpdateRevision)
				})
			},
		},
		"in a pause": {
			func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.SettleSeconds = 3600 }, v1alpha1.ReasonSettling,
			func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
				w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.Paused = false; e.Spec.Update.SettleSeconds = 0 })
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			w.kubelet.ages(timeout)
			e := w.ensemble(3, c.spec)
			w.rests(e)
			w.kubelet.ages(0)
			w.flags(e)
			w.untilWaits(e, c.waits)
			if name == "in a pause" {
				w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.Paused = true })
				w.untilWaits(e, v1alpha1.ReasonUpdatePaused)
			}
			w.crashed(e, w.outdatedFollower())
			c.ends(w, e)
			w.rests(e)
		})
	}
}

// outdatedFollower is the name of the Pod of a follower that an update has not
// come to.
func (w *world) outdatedFollower() string {
	w.Helper()
	for name, pod := range w.pods() {
		if w.judge.outdated(pod) && serverID(pod) != w.servers.Leader() {
			return name
		}
	}
	w.Fatal("there is no outdated follower")
	return ""
}

// While the first member of a new revision is only starting, the crash of a second
// one must not make it the next.
func TestOneCrashWhileAnotherRestartsIsMendedInPlace(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	before := w.pods()
	w.servers.detain(true)
	w.flags(e)
	restarted := int64(0)
	w.eventually("the first member runs anew", func() bool {
		for name, pod := range w.pods() {
			if id := serverID(pod); before[name].UID != pod.UID && w.servers.runs(id) {
				restarted = id
			}
		}
		return restarted != 0
	})
	w.servers.detain(false)
	w.crashed(e, w.outdatedFollower())
	w.servers.become(restarted, zkclienttest.Up)
	w.rests(e)
}

// broken rolls a bad revision, and returns the member at which it stops.
func (w *world) broken(e *v1alpha1.ZooKeeperEnsemble) string {
	w.Helper()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = []string{badFlag} })
	name := ""
	w.eventually("the first member crashes again and again", func() bool {
		for _, pod := range w.pods() {
			if pod.DeletionTimestamp == nil && w.servers.crashes(pod) && pod.Status.ContainerStatuses != nil {
				name = pod.Name
			}
		}
		return name != "" && w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) == v1alpha1.ReasonMembersNotServing
	})
	return name
}

// A Pod for which there is no node, or that does not go because its node is lost,
// keeps nobody from being repaired where the quorum is lost.
func TestWhatMayNeverComeDoesNotHoldRepair(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(w *world, pod string){
		"no node": func(w *world, pod string) {
			w.kubelet.strand(pod, true)
			w.drop(pod, &corev1.Pod{})
			w.eventually(pod+" waits for a node", func() bool { p := w.pods()[pod]; return p != nil && p.Spec.NodeName == "" })
		},
		"a lost node": func(w *world, pod string) {
			p := w.pods()[pod]
			node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: p.Spec.NodeName}}
			if err := w.Create(w.Context(), node); err != nil {
				w.Fatal(err)
			}
			node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionUnknown}}
			if err := w.Status().Update(w.Context(), node); err != nil {
				w.Fatal(err)
			}
			w.kubelet.lose(pod, true)
			w.servers.become(serverID(p), zkclienttest.Hung)
			w.drop(pod, p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			broken := w.broken(e)
			lost := "zk-" + strconv.Itoa(int(w.servers.Leader()-1))
			away(w, lost)
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
			w.eventually("a majority serves again", func() bool {
				return w.servers.isUp(serverID(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: broken}})) && w.servers.Leader() != 0
			})
			w.kubelet.lose(lost, false)
			w.kubelet.strand(lost, false)
			if pod := w.pods()[lost]; pod.DeletionTimestamp == nil {
				w.drop(lost, pod)
			}
			w.rests(e)
		})
	}
}
