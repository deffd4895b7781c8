package ensemble

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
)

// node writes what the control plane knows of the node of a Pod.
func (w *world) node(pod string, ready corev1.ConditionStatus, taints ...corev1.Taint) {
	w.Helper()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: w.kubelet.node(pod)}}
	if !w.get(node.Name, node) {
		if err := w.Create(w.Context(), node); err != nil {
			w.Fatal(err)
		}
	}
	node.Spec.Taints = taints
	if err := w.Update(w.Context(), node); err != nil {
		w.Fatal(err)
	}
	node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: ready}}
	if err := w.Status().Update(w.Context(), node); err != nil {
		w.Fatal(err)
	}
}

// A server at an address that passed to another Pod takes no part in anything,
// whatever it says.
func TestAnAnswerOfAnotherPodCountsForNothing(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]int64{"that follows": 2, "that leads": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			w.servers.Elect(3)
			before := w.pods()
			w.servers.estrange(id, true)
			w.flags(e)
			reason := v1alpha1.ReasonMembersNotServing
			if id == 3 {
				reason = v1alpha1.ReasonMembersUnreachable
			}
			w.untilWaits(e, reason)
			for range 5 {
				w.turn()
			}
			w.untouched(before)
			w.servers.estrange(id, false)
			w.rests(e)
		})
	}
}

// A grant is that of a Pod. Those of others close no formation.
func TestAGrantOfAnotherPodClosesNoFormation(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	for id := int64(1); id <= 3; id++ {
		w.servers.estrange(id, true)
	}
	e := w.ensemble(3)
	w.eventually("all servers run", func() bool { return w.servers.Leader() != 0 && len(w.servers.absent()) == 0 })
	for range 10 {
		w.turn()
	}
	var record corev1.ConfigMap
	if !w.get(workload.FormationName("zk"), &record) || record.Data[member.FormationStateKey] != string(member.FormationOpen) {
		t.Errorf("the record is %v", record.Data)
	}
	for id := int64(1); id <= 3; id++ {
		w.servers.estrange(id, false)
	}
	w.rests(e)
}

// What Kubernetes said of a container before its node was lost is no evidence: the
// container may have been started again.
func TestTheWordOfALostNodeIsNoEvidence(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	before := w.pods()
	w.node("zk-1", corev1.ConditionUnknown)
	w.kubelet.lose("zk-1", true)
	w.servers.become(2, zkclienttest.Hung)
	silent := *w.servers.Agent(2)
	w.servers.SetAgent(2, nil)
	pod := before["zk-1"]
	pod.Status.ContainerStatuses[0].RestartCount = 9
	pod.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	if err := w.Status().Update(w.Context(), pod); err != nil {
		t.Fatal(err)
	}
	w.flags(e)
	w.untilWaits(e, v1alpha1.ReasonMembersNotServing)
	w.node("zk-1", corev1.ConditionFalse)
	for range 5 {
		w.turn()
	}
	w.untouched(before)
	if w.pods()["zk-1"].DeletionTimestamp != nil {
		t.Error("a Pod of a lost node was deleted")
	}
	w.node("zk-1", corev1.ConditionFalse, corev1.Taint{Key: corev1.TaintNodeOutOfService, Effect: corev1.TaintEffectNoExecute})
	w.eventually("the Pod is replaced", func() bool { return w.pods()["zk-1"].DeletionTimestamp != nil })
	w.servers.SetAgent(2, &silent)
	w.servers.become(2, zkclienttest.Up)
	w.kubelet.lose("zk-1", false)
	w.node("zk-1", corev1.ConditionTrue)
	w.rests(e)
}

// A leader that claims a newer configuration, or other voters, than the quorum
// commits is asked once, and not at each pass.
func TestADisprovedClaimOpensNoSessionAtEachPass(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(s *servers, id int64, n uint64){
		"the same version": func(s *servers, id int64, _ uint64) { s.claim(id, 1<<63-1) },
		"ever newer ones":  func(s *servers, id int64, n uint64) { s.claim(id, 1<<62+n) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			leader := w.servers.Leader()
			before := w.servers.Sessions()
			for n := range uint64(20) {
				lie(w.servers, leader, n)
				w.turn()
			}
			if n := w.servers.Sessions() - before; n == 0 || n > 3 {
				t.Errorf("%d sessions", n)
			}
			w.rests(e)
		})
	}
}

// Two liars that take turns do not make each other forgotten.
func TestLiarsThatTakeTurnsAreBothRemembered(t *testing.T) {
	t.Parallel()
	var l lies
	l.note("zk", "zk-0", unheard)
	l.note("zk", "zk-1", unheard)
	l.note("zk", "zk-2", 0)
	for pod, want := range map[types.UID]bool{"zk-0": true, "zk-1": true, "zk-2": false, followers: false} {
		if got := l.by("zk", pod); got != want {
			t.Errorf("%s is not to be heard: %t", pod, got)
		}
	}
	if l.by("another", "zk-0") {
		t.Error("the Pod of another ensemble is not heard")
	}
}
