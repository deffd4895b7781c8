package ensemble

import (
	"fmt"
	"strconv"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// stories are told in every way by [TestStories].
var stories = []story{
	{name: "formed on blank volumes", replicas: 3, elections: -1, cycle: formed},
	{name: "scaled before it was ever Ready", replicas: 3, elections: -1, cycle: scaledWhileForming},
	{name: "created again on kept volumes, some of them departed", replicas: 3, elections: -1, cycle: createdAgain},
	{name: "stopped, and run with another size", replicas: 1, elections: -1, cycle: stoppedAndRun},

	{name: "a template change and back", replicas: 3, elections: 1, cycle: func(w *world, e *v1alpha1.ZooKeeperEnsemble) { w.flags(e) }},
	{name: "a template change of a single member", replicas: 1, elections: 0, cycle: func(w *world, e *v1alpha1.ZooKeeperEnsemble) { w.flags(e) }},
	{name: "kubectl rollout restart", replicas: 3, elections: 1, cycle: restartedByHand},
	{name: "a bad revision, put back", replicas: 3, elections: 0, cycle: badRevision},
	{name: "a bad revision of a single member, put back", replicas: 1, elections: 0, cycle: badSingle},
	{name: "a canary and its approval", replicas: 3, elections: 1, cycle: canary, spec: func(_ *world, e *v1alpha1.ZooKeeperEnsemble) {
		e.Spec.Update.Canary = 1
	}},
	{name: "a paused update, which scales and repairs all the same", replicas: 3, elections: -1, cycle: pausedUpdate},
	{name: "a handover whose reply is lost", replicas: 3, elections: 1, cycle: handedOverStory, spec: func(_ *world, e *v1alpha1.ZooKeeperEnsemble) {
		e.Spec.Update.LeaderHandover = v1alpha1.LeaderHandoverQuorumPort
	}},

	{name: "one voter, three, and one, with the leader among those that leave", replicas: 1, elections: -1, cycle: upAndDown},
	{name: "three voters, five, and three", replicas: 3, elections: -1, cycle: threeAndFive},
	{name: "scaled in the middle of a roll", replicas: 3, elections: -1, cycle: scaledInARoll},
	{name: "no observer, two, and none", replicas: 1, elections: 0, cycle: withObservers},
	{name: "a StatefulSet scaled by hand, up and down", replicas: 3, elections: -1, cycle: scaledByHand},

	{name: "volumes that are not retained", replicas: 3, elections: -1, cycle: notRetained, spec: func(_ *world, e *v1alpha1.ZooKeeperEnsemble) {
		e.Spec.Storage.Retention = v1alpha1.RetentionDelete
	}},
	{name: "retained or not", replicas: 1, elections: 0, cycle: retainedOrNot},
	{name: "larger volumes", replicas: 3, elections: 0, cycle: largerVolumes, spec: func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
		e.Spec.Storage.Data = v1alpha1.Volume{Size: resource.MustParse("1Gi"), StorageClassName: new(w.class(true))}
	}},

	{name: "objects that were restored without their owner, and then the resource", replicas: 3, elections: -1, cycle: restoredFirst},
	{name: "the resource, and then objects without their owner", replicas: 3, elections: -1, cycle: restoredBeside},
	{name: "objects and volumes that are not retained, restored without their owner", replicas: 3, elections: -1, cycle: restoredVolumes, spec: func(_ *world, e *v1alpha1.ZooKeeperEnsemble) {
		e.Spec.Storage.Retention = v1alpha1.RetentionDelete
	}},
	{name: "objects that were saved while the ensemble formed", replicas: 3, elections: -1, cycle: restoredOpen},

	{name: "deleted objects", replicas: 1, elections: 0, cycle: deletedObjects},
	{name: "a deleted StatefulSet", replicas: 3, elections: -1, cycle: deletedStatefulSet},
	{name: "kubectl delete of a Pod", replicas: 3, elections: 0, cycle: deletedPod},
}

// Every write may fail, the operator may die after every write, and its cache
// may lag behind: each story comes to the same end and breaks no rule.
func TestStories(t *testing.T) {
	t.Parallel()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.tell(t)
		})
	}
}

func formed(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.remove(e)
	w.wipe()
	*e = *w.ensemble(3)
}

func scaledWhileForming(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.remove(e)
	w.wipe()
	*e = *w.ensemble(1)
	w.eventually("the first Pod exists", func() bool { return w.seen("zk-0", &corev1.Pod{}) })
	w.resize(e, 3)
}

func createdAgain(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.resize(e, 1)
	w.rests(e)
	w.remove(e)
	*e = *w.ensemble(3)
}

func stoppedAndRun(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	for _, replicas := range []int32{3, 1} {
		w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModeStop })
		w.eventually("the ensemble is stopped, as specified", func() bool {
			return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionTrue) == v1alpha1.ReasonStopped
		})
		if pods := w.pods(); len(pods) > 0 {
			w.Errorf("a stopped ensemble has %d Pods", len(pods))
		}
		w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode, e.Spec.Replicas = v1alpha1.ModeRun, replicas })
		w.rests(e)
	}
}

func restartedByHand(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	const asked = "kubectl.kubernetes.io/restartedAt"
	var now string
	w.editSet("zk", func(set *appsv1.StatefulSet) {
		now = set.ResourceVersion
		metav1.SetMetaDataAnnotation(&set.Spec.Template.ObjectMeta, asked, now)
	})
	w.eventually("every Pod was restarted", func() bool {
		pods, restarted := w.pods(), 0
		for _, pod := range pods {
			if pod.Annotations[asked] == now {
				restarted++
			}
		}
		return restarted == int(e.Spec.Replicas)
	})
}

func badRevision(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	before := w.pods()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = []string{badFlag} })
	w.untilWaits(e, v1alpha1.ReasonMembersNotServing)
	w.kubelet.ages(timeout)
	w.untilStalls(e, v1alpha1.ReasonProgressDeadlineExceeded)
	replaced := 0
	for name, pod := range w.pods() {
		if before[name].UID != pod.UID {
			replaced++
		}
	}
	if replaced != 1 {
		w.Errorf("a bad revision reached %d members; it stops at the first", replaced)
	}
	w.kubelet.ages(0)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
}

func badSingle(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = []string{badFlag} })
	w.untilWaits(e, v1alpha1.ReasonQuorumLost)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
}

func canary(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	leader := w.servers.Leader()
	w.flags(e)
	var set appsv1.StatefulSet
	w.eventually("the canary waits for approval", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) == v1alpha1.ReasonApprovalNeeded &&
			w.seen("zk", &set) && set.Status.ObservedGeneration == set.Generation && e.Status.UpdateRevision == set.Status.UpdateRevision
	})
	if e.Status.UpdatedReplicas != 1 || w.servers.Leader() != leader {
		w.Errorf("one follower is the canary, not %d members, one of them %d", e.Status.UpdatedReplicas, leader)
	}
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
		metav1.SetMetaDataAnnotation(&e.ObjectMeta, v1alpha1.AnnotationApprove, e.Status.UpdateRevision)
	})
	w.eventually("the rest follows", func() bool { return w.seen("zk", e) && e.Status.UpdatedReplicas == 3 })
}

func pausedUpdate(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	var before, after appsv1.StatefulSet
	w.get("zk", &before)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.Paused = true })
	w.flags(e)
	w.untilWaits(e, v1alpha1.ReasonUpdatePaused)
	w.deletePod("zk-0")
	w.resize(e, 1)
	w.eventually("one member is left", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) == v1alpha1.ReasonUpdatePaused && len(e.Status.Members) == 1
	})
	w.get("zk", &after)
	if before.Status.UpdateRevision != after.Status.UpdateRevision {
		w.Error("a paused update must not reach the template")
	}
	w.resize(e, 3)
	w.eventually("three members serve", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) == v1alpha1.ReasonUpdatePaused && e.Status.ReadyReplicas == 3
	})
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.Paused = false })
}

func handedOverStory(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	reconfigs, want := w.servers.Reconfigs(), 0
	leader, _ := w.servers.Membership().Server(w.servers.Leader())
	if leader.Addresses[0].QuorumPort == int(v1alpha1.QuorumPort) {
		w.servers.LoseNextReply()
		want = 1
	}
	w.flags(e)
	w.rests(e)
	if got := w.servers.Reconfigs() - reconfigs; got != want {
		w.Errorf("a leader at port %d handed over %d times in a roll, want %d", leader.Addresses[0].QuorumPort, got, want)
	}
}

func upAndDown(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.servers.LoseNextReply()
	w.resize(e, 3)
	w.rests(e)
	w.servers.Elect(3)
	w.resize(e, 1)
}

func threeAndFive(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.resize(e, 5)
	w.rests(e)
	w.servers.Elect(5)
	w.resize(e, 3)
}

func scaledInARoll(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	for _, replicas := range []int32{1, 3} {
		w.flags(e)
		w.eventually("the roll has begun", func() bool {
			return w.seen("zk", e) && e.Status.ObservedGeneration == e.Generation && e.Status.UpdatedReplicas > 0
		})
		w.resize(e, replicas)
		w.rests(e)
	}
}

func withObservers(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.observe(e, 2)
	w.rests(e)
	w.observe(e, 0)
}

func scaledByHand(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	for _, replicas := range []int32{4, 2} {
		var edited, now appsv1.StatefulSet
		w.editSet("zk", func(set *appsv1.StatefulSet) { set.Spec.Replicas = &replicas })
		w.get("zk", &edited)
		w.eventually("the size is put back", func() bool {
			return w.seen("zk", &now) && now.Generation > edited.Generation && *now.Spec.Replicas == 3
		})
		w.rests(e)
	}
}

func notRetained(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.resize(e, 1)
	w.rests(e)
	w.resize(e, 3)
}

func retainedOrNot(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Retention = v1alpha1.RetentionDelete })
	w.rests(e)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Retention = v1alpha1.RetentionRetain })
}

func largerVolumes(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Data.Size.Add(resource.MustParse("1Gi")) })
	w.rests(e)
	for ordinal := range int32(3) {
		var claim corev1.PersistentVolumeClaim
		w.get(workload.DataVolume+"-"+workload.PodName("zk", ordinal), &claim)
		if got := claim.Status.Capacity[corev1.ResourceStorage]; got.Cmp(e.Spec.Storage.Data.Size) != 0 {
			w.Errorf("the volume of %s has %s, want %s", claim.Name, got.String(), e.Spec.Storage.Data.Size.String())
		}
	}
}

func deletedObjects(w *world, _ *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	for name, object := range map[string]client.Object{
		"zk": &corev1.Service{}, "zk-servers": &corev1.Service{}, "zk-members": &corev1.ConfigMap{},
		"zk-formation": &corev1.ConfigMap{}, w.config(): &corev1.ConfigMap{},
	} {
		w.drop(name, object)
	}
	w.drop("zk", &policyv1.PodDisruptionBudget{})
	w.drop("zk", &networkingv1.NetworkPolicy{})
	w.eventually("all is there again", func() bool {
		return w.seen("zk-formation", &corev1.ConfigMap{}) && w.seen("zk-members", &corev1.ConfigMap{}) && w.seen("zk", &corev1.Service{})
	})
	for name, object := range map[string]client.Object{"zk": &policyv1.PodDisruptionBudget{}, "zk-servers": &corev1.Service{}} {
		w.eventually(fmt.Sprintf("%T %s is there again", object, name), func() bool { return w.seen(name, object) })
	}
}

func deletedStatefulSet(w *world, _ *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.drop("zk", &appsv1.StatefulSet{})
}

func deletedPod(w *world, _ *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	follower := w.servers.Leader()%3 + 1
	w.deletePod("zk-" + strconv.Itoa(int(follower-1)))
}
