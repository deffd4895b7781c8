package ensemble

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
)

func waits(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func endsWith(reason string, code int32) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: reason, ExitCode: code}}
}

// podThat is a Pod on a node whose containers are in some states.
func podThat(init, server, last corev1.ContainerState) *corev1.Pod {
	return &corev1.Pod{
		Spec: corev1.PodSpec{
			NodeName:       "worker-1",
			InitContainers: []corev1.Container{{Name: workload.AgentContainer, Image: "registry/agent:1"}},
			Containers:     []corev1.Container{{Name: workload.ServerContainer, Image: "registry/zookeeper:3.9.5"}},
		},
		Status: corev1.PodStatus{
			InitContainerStatuses: []corev1.ContainerStatus{{Name: workload.AgentContainer, State: init}},
			ContainerStatuses:     []corev1.ContainerStatus{{Name: workload.ServerContainer, State: server, LastTerminationState: last}},
		},
	}
}

func unscheduled(message string) *corev1.Pod {
	return &corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: message},
	}}}
}

func finished(reason, message string) *corev1.Pod {
	pod := podThat(corev1.ContainerState{}, endsWith("Error", 143), corev1.ContainerState{})
	pod.Status.Phase, pod.Status.Reason, pod.Status.Message = corev1.PodFailed, reason, message
	return pod
}

// The words name what a person has to look at, and stay the same while a Pod in
// back-off goes through its states.
func TestWhyAPodDoesNotRun(t *testing.T) {
	t.Parallel()
	done, none, initializing := endsWith("Completed", 0), corev1.ContainerState{}, waits("PodInitializing", "")
	for want, pods := range map[string][]*corev1.Pod{
		`the image registry/agent:1 of the container "agent" cannot be pulled`: {
			podThat(waits("ErrImagePull", "401"), initializing, none),
			podThat(waits("ImagePullBackOff", `Back-off pulling image "registry/agent:1"`), initializing, none),
		},
		`the image registry/zookeeper:3.9.5 of the container "zookeeper" cannot be pulled`: {
			podThat(done, waits("ErrImagePull", "not found"), none), podThat(done, waits("ImagePullBackOff", "Back-off"), none),
		},
		`the container "zookeeper" ended: out of memory (OOMKilled), on node worker-1`: {
			podThat(done, endsWith("OOMKilled", 137), none),
			podThat(done, waits("CrashLoopBackOff", "back-off 10s restarting failed container"), endsWith("OOMKilled", 137)),
			podThat(done, waits("CrashLoopBackOff", "back-off 5m0s restarting failed container"), endsWith("OOMKilled", 137)),
		},
		`the container "agent" ended: exit code 2, on node worker-1`: {
			podThat(endsWith("Error", 2), initializing, none),
			podThat(corev1.ContainerState{}, initializing, none),
		},
		`the container "zookeeper" waits: CreateContainerConfigError: secret "x" not found`: {
			podThat(done, waits("CreateContainerConfigError", `secret "x" not found`), none),
		},
		"not scheduled: Insufficient memory, node(s) had untolerated taint {a: b}": {
			unscheduled("0/4 nodes are available: 1 node(s) had untolerated taint {a: b}, 3 Insufficient memory. preemption: 0/4 nodes are available: 4 No preemption victims found."),
			unscheduled("0/9 nodes are available: 2 Insufficient memory, 7 node(s) had untolerated taint {a: b}. preemption: not helpful."),
		},
		"not scheduled: pod has unbound immediate PersistentVolumeClaims": {unscheduled("pod has unbound immediate PersistentVolumeClaims.")},
		"not scheduled": {{}},
		"Evicted: The node was low on resource: memory., on node worker-1": {finished("Evicted", "The node was low on resource: memory.")},
		"Preempting, on node worker-1":                                     {finished("Preempting", "")},
		"shut out by a serving majority":                                   {podThat(done, running, none)},
		"starting": {
			podThat(running, initializing, none), podThat(waits("PodInitializing", ""), initializing, none), podThat(done, initializing, none),
		},
	} {
		for i, pod := range pods {
			if strings.Contains(want, "agent\" ended") && i == 1 {
				pod.Status.InitContainerStatuses[0] = corev1.ContainerStatus{
					Name: workload.AgentContainer, State: waits("CrashLoopBackOff", "back-off 40s"), LastTerminationState: endsWith("Error", 2),
				}
			}
			if got := whyDown(pod); got != want {
				t.Errorf("state %d: got %q, want %q", i, got, want)
			}
		}
	}
}

// A container that runs again keeps the reason of its last end until it serves,
// and a Pod that goes says who ends it.
func TestWhatIsSaidOfAMember(t *testing.T) {
	t.Parallel()
	again := podThat(endsWith("Completed", 0), running, endsWith("OOMKilled", 137))
	m := observedMember{pod: again}
	if got, want := m.condition(), "unreachable, after it ended: out of memory (OOMKilled)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	m.pod = podThat(endsWith("Completed", 0), running, corev1.ContainerState{})
	m.pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: "PreemptionByScheduler"}}
	m.Pod = 1
	if got, want := m.condition(), "unreachable, PreemptionByScheduler, on node worker-1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// quota refuses every Pod of the namespace from now on.
func (w *world) quota() *corev1.ResourceQuota {
	w.Helper()
	return w.quotaOf("none", corev1.ResourceList{corev1.ResourcePods: resource.MustParse("0")})
}

// quotaOf limits what the Pods of the namespace have in all. Nobody counts here what
// is used.
func (w *world) quotaOf(name string, hard corev1.ResourceList) *corev1.ResourceQuota {
	w.Helper()
	quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: w.namespace}, Spec: corev1.ResourceQuotaSpec{Hard: hard}}
	if err := w.Create(w.Context(), quota); err != nil {
		w.Fatal(err)
	}
	used := corev1.ResourceList{}
	for of := range hard {
		used[of] = resource.MustParse("0")
	}
	quota.Status = corev1.ResourceQuotaStatus{Hard: hard, Used: used}
	if err := w.Status().Update(w.Context(), quota); err != nil {
		w.Fatal(err)
	}
	return quota
}

// A Pod that is refused is explained in the words of whoever refuses it, once,
// and no longer when it is there.
func TestARefusedPodIsExplained(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	quota := w.quota()
	w.drop("zk-1", &corev1.Pod{})
	w.eventually("the status says who refuses the Pod", func() bool {
		return w.seen(e.Name, e) && says(e, "zk-1 (no Pod: ", "is forbidden: exceeded quota: none, requested: pods=1")
	})
	writes := w.writes()
	for range 10 {
		w.turn() // in each of which the Pod is refused again
	}
	if now := w.writes(); now != writes {
		t.Errorf("an ensemble that waits was written to %d times", now-writes)
	}
	w.drop(quota.Name, quota)
	w.rests(e)
	w.servers.refuse(true)
	w.drop("zk-1", &corev1.Pod{})
	w.untilWaits(e, v1alpha1.ReasonMembersNotServing)
	if says(e, "quota") {
		t.Errorf("what kept the Pod away once is over: %s", e.Status.Activity)
	}
	w.servers.refuse(false)
	w.rests(e)
}

// The first specification names a class that does not exist: a person is told at
// once how to start anew, and starting anew forms an ensemble.
func TestVolumesThatWereNeverBoundAreNoRemains(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	w.kubelet.bind(false)
	quota := w.quota()
	class := w.namespace
	named := func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Data.StorageClassName = &class }
	e := w.ensemble(3, named)
	w.untilStalls(e, v1alpha1.ReasonVolumesNotBound)
	if !says(e, "there is no StorageClass "+class, "data-zk-0", "kubectl delete zke zk && kubectl delete pvc -l zkensemble.dev/ensemble=zk") {
		t.Errorf("the status must name the claim, the reason and the commands: %s", e.Status.Activity)
	}
	w.remove(e)
	if err := w.Create(w.Context(), &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: class}, Provisioner: "none"}); err != nil {
		t.Fatal(err)
	}
	w.drop(quota.Name, quota)
	e = w.ensemble(3, named)
	w.eventually("the claims are still there and a new ensemble is formed", func() bool {
		return w.seen("data-zk-0", &corev1.PersistentVolumeClaim{}) && w.seen("zk-0", &corev1.Pod{})
	})
	w.kubelet.bind(true)
	w.rests(e)
}

// A claim that was never bound and that no StatefulSet made may be about to get a
// volume that was kept, so no blank one votes beside it. Who wants none of it is told
// how to start anew.
func TestAClaimThatWaitsForAKeptVolumeIsARemain(t *testing.T) {
	t.Parallel()
	ours := workload.ManagedLabels()
	maps.Copy(ours, workload.Selector("zk"))
	snapshot := &corev1.TypedLocalObjectReference{APIGroup: new("snapshot.storage.k8s.io"), Kind: "VolumeSnapshot", Name: "yesterday"}
	made := client.FieldOwner(usualControllers)
	for name, c := range map[string]struct {
		by     []client.CreateOption
		change func(*corev1.PersistentVolumeClaimSpec)
	}{
		"made by hand":           {nil, func(*corev1.PersistentVolumeClaimSpec) {}},
		"filled from a snapshot": {[]client.CreateOption{made}, func(s *corev1.PersistentVolumeClaimSpec) { s.DataSource = snapshot }},
		"chosen by a label": {[]client.CreateOption{made}, func(s *corev1.PersistentVolumeClaimSpec) {
			s.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"kept": "zk"}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			w.kubelet.bind(false)
			kept := stranger("data-zk-1", "zk", nil)
			kept.Namespace = w.namespace
			c.change(&kept.Spec)
			if err := w.Create(w.Context(), &kept, c.by...); err != nil {
				t.Fatal(err)
			}
			e := w.ensemble(3)
			w.eventually("the ensemble starts, and no blank volume may vote", func() bool {
				var record corev1.ConfigMap
				if w.get(workload.FormationName("zk"), &record) && record.Data[member.FormationStateKey] != string(member.FormationClosed) {
					t.Fatal("blank volumes may vote")
				}
				return w.seen("zk-1", &corev1.Pod{})
			})
			w.kubelet.bind(true)
			w.untilWaits(e, v1alpha1.ReasonForming)
		})
	}
}

// Who made a claim is told by the name under which the controllers of the cluster write,
// whatever that is, and only where nobody else writes what they keep.
func TestTheControllersOfAClusterHaveTheirOwnName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keeps []string // kube-root-ca.crt
		made  string   // the claim
		open  bool
	}{
		"k3s":                               {[]string{"k3s"}, "k3s", true},
		"the usual ones":                    {[]string{usualControllers}, usualControllers, true},
		"the usual ones, seen nowhere":      {nil, usualControllers, true},
		"a person beside k3s":               {[]string{"k3s"}, "kubectl-create", false},
		"another cluster's":                 {[]string{"k3s"}, usualControllers, false},
		"a tool that restored all":          {[]string{"k3s", "restore"}, "restore", false},
		"k3s, where a tool restored it too": {[]string{"k3s", "restore"}, "k3s", false},
		"a person, where they are not seen": {nil, "k3s", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			for _, by := range c.keeps {
				certificates := corev1ac.ConfigMap(rootCertificates, w.namespace).WithData(map[string]string{"ca.crt": "certificates"})
				if err := w.Apply(t.Context(), certificates, client.FieldOwner(by)); err != nil {
					t.Fatal(err)
				}
			}
			w.kubelet.bind(false)
			made := stranger("data-zk-1", "zk", nil)
			made.Namespace = w.namespace
			if err := w.Create(t.Context(), &made, client.FieldOwner(c.made)); err != nil {
				t.Fatal(err)
			}
			w.ensemble(3)
			var record corev1.ConfigMap
			w.eventually("there is a record", func() bool { return w.get(workload.FormationName("zk"), &record) })
			if open := isOpenRecord(&record); open != c.open {
				t.Errorf("blank volumes may vote: %t, want %t", open, c.open)
			}
		})
	}
}

// What an agent waits for changes its port with every try, and is written once.
func TestAWaitingEnsembleIsWrittenOnce(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.servers.become(2, zkclienttest.Electing)
	try := 40_000
	waiting := func() {
		try++
		state := *w.servers.Agent(2)
		state.Waiting = fmt.Sprintf("lookup zk-1 on 10.96.0.10:53: read udp 10.244.1.5:%d->10.96.0.10:53: i/o timeout", try)
		w.servers.SetAgent(2, &state)
		w.turn()
	}
	w.eventually("the status says what is waited for", func() bool {
		waiting()
		return w.seen(e.Name, e) && says(e, "read udp 10.96.0.10:53: i/o timeout")
	})
	writes := w.writes()
	for range 10 {
		waiting()
	}
	if now := w.writes(); now != writes {
		t.Errorf("an ensemble that waits was written to %d times", now-writes)
	}
	w.servers.become(2, zkclienttest.Up)
	state := *w.servers.Agent(2)
	state.Waiting = ""
	w.servers.SetAgent(2, &state)
	w.rests(e)
}
