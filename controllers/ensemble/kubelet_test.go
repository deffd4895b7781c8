package ensemble

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// kubelet stands in for what a cluster does and a bare API server does not: the
// StatefulSet controller, the scheduler, the kubelet, the volume
// controllers and the disruption controller, in one namespace.
type kubelet struct {
	client.Client // reads from the cache of all tests
	live          client.Client
	namespace     string
	machine       machine

	mu      sync.Mutex
	running map[types.UID]*corev1.Pod
	// age is by how much the times lie in the past that it reports.
	age time.Duration
	// lost are the Pods whose node is lost: nothing becomes of them.
	lost map[string]bool
	// templates are those of all revisions.
	templates map[string]*corev1.PodTemplateSpec
	// stranded are the Pods for which there is no node.
	stranded map[string]bool
	// ended are the Pods whose container ended, and that is not started again yet.
	ended map[types.UID]bool
	// expands says whether volumes grow that are to grow.
	expands bool
	// stingy says that no disruption is allowed.
	stingy bool
	// bindless says that no claim gets a volume any more.
	bindless bool
	// refused are the Pods that the API server refuses, with how often it did.
	refused map[string]int
}

// machine runs the server of a Pod on an address of its own.
type machine interface {
	// crashes says whether a container of this Pod ends as soon as it starts.
	crashes(pod *corev1.Pod) bool
	// start runs the server of a Pod and returns its address, stop ends it.
	start(ctx context.Context, pod *corev1.Pod) (ip string, err error)
	stop(pod *corev1.Pod)
	// address is where the server of a Pod runs.
	address(pod *corev1.Pod) string
	// ready is what the readiness probe finds.
	ready(pod *corev1.Pod) bool
}

func newKubelet(t *testing.T, namespace string, m machine) *kubelet {
	t.Helper()
	k := &kubelet{
		namespace: namespace, machine: m, running: map[types.UID]*corev1.Pod{}, lost: map[string]bool{}, stranded: map[string]bool{},
		ended: map[types.UID]bool{}, expands: true, refused: map[string]int{}, templates: map[string]*corev1.PodTemplateSpec{},
	}
	var err error
	if k.live, err = client.New(apiServer, client.Options{Scheme: testScheme}); err != nil {
		t.Fatal(err)
	}
	k.Client, err = client.New(apiServer, client.Options{Scheme: testScheme, Cache: &client.CacheOptions{Reader: watched}})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// tick is how often the stand-in looks when it runs by itself.
const tick = 20 * time.Millisecond

// run works until the test ends.
func (k *kubelet) run(t *testing.T) {
	t.Helper()
	ctx, done := t.Context(), make(chan struct{})
	t.Cleanup(func() { <-done })
	go func() {
		defer close(done)
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if err := k.pass(ctx); err != nil && ctx.Err() == nil {
				t.Errorf("kubelet stand-in: %v", err)
				return
			}
		}
	}()
}

// pass brings the world one step closer to what the API server says. What it
// finds changed meanwhile it looks at again in the next.
func (k *kubelet) pass(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, do := range []func(context.Context) error{k.statefulSets, k.claims, k.pods, k.budgets} {
		if err := do(ctx); err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

// pods starts, stops and reports the Pods.
func (k *kubelet) pods(ctx context.Context) error {
	var sets appsv1.StatefulSetList
	if err := k.List(ctx, &sets, client.InNamespace(k.namespace)); err != nil {
		return err
	}
	var pods corev1.PodList
	if err := k.List(ctx, &pods, client.InNamespace(k.namespace)); err != nil {
		return err
	}
	for uid, pod := range k.running {
		if !slices.ContainsFunc(pods.Items, func(p corev1.Pod) bool { return p.UID == uid }) {
			k.end(pod) // somebody took it by force
		}
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if k.lost[pod.Name] {
			continue
		}
		if pod.DeletionTimestamp == nil && !slices.ContainsFunc(sets.Items, func(set appsv1.StatefulSet) bool { return metav1.IsControlledBy(pod, &set) }) {
			// The garbage collector takes Pods whose StatefulSet is gone, unless it
			// only cannot see it yet.
			if gone, err := k.orphaned(ctx, pod); err != nil || !gone {
				return err
			}
			pod.DeletionTimestamp = new(metav1.Now())
		}
		if err := k.pod(ctx, pod); err != nil {
			return err
		}
	}
	return nil
}

func (k *kubelet) orphaned(ctx context.Context, pod *corev1.Pod) (bool, error) {
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return false, nil
	}
	var set appsv1.StatefulSet
	err := k.live.Get(ctx, client.ObjectKey{Namespace: k.namespace, Name: owner.Name}, &set)
	return apierrors.IsNotFound(err) || err == nil && set.UID != owner.UID, client.IgnoreNotFound(err)
}

// end ends the server of a Pod.
func (k *kubelet) end(pod *corev1.Pod) {
	if k.running[pod.UID] != nil {
		k.machine.stop(pod)
		delete(k.running, pod.UID)
	}
}

// pod starts, stops and reports one Pod.
func (k *kubelet) pod(ctx context.Context, pod *corev1.Pod) error {
	switch {
	case pod.DeletionTimestamp != nil:
		k.end(pod)
		err := k.live.Delete(ctx, pod, client.GracePeriodSeconds(0), client.Preconditions{UID: new(pod.UID)})
		if apierrors.IsConflict(err) {
			return nil
		}
		return client.IgnoreNotFound(err)
	case pod.Spec.NodeName == "":
		return k.unscheduled(ctx, pod)
	case k.machine.crashes(pod):
		k.end(pod)
		return k.status(ctx, pod, "", &corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}})
	case k.ended[pod.UID]:
		k.end(pod)
		return k.status(ctx, pod, pod.Status.PodIP, &corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "Error", FinishedAt: metav1.Now()},
		})
	case k.running[pod.UID] != nil:
		return k.status(ctx, pod, k.machine.address(pod), nil)
	}
	ip, err := k.machine.start(ctx, pod)
	if err != nil {
		return err
	}
	k.running[pod.UID] = pod
	return k.status(ctx, pod, ip, nil)
}

// startup is what a Pod takes at least before it is ready.
const startup = 5 * time.Second

// status writes the status of a Pod if it changed. A state means that the
// container does not run. One that crashes again and again is restarted each time.
func (k *kubelet) status(ctx context.Context, pod *corev1.Pod, ip string, stopped *corev1.ContainerState) error {
	ready, phase, state := corev1.ConditionFalse, corev1.PodPending, corev1.ContainerState{}
	since := metav1.NewTime(time.Now().Add(-k.age))
	before := containerStatus(pod)
	if before == nil {
		before = &corev1.ContainerStatus{}
	}
	restarts := before.RestartCount
	switch was := before.State.Running; {
	case stopped != nil:
		state = *stopped
		if state.Terminated != nil {
			phase = corev1.PodRunning
		} else if restarts < manyRestarts {
			restarts++
		}
	case was != nil && !since.Before(&was.StartedAt):
		phase, state = corev1.PodRunning, before.State
	case before.State.Terminated != nil:
		restarts++
		fallthrough
	default:
		started := pod.CreationTimestamp
		if restarts > 0 || since.Before(&started) {
			started = since
		}
		phase, state.Running = corev1.PodRunning, &corev1.ContainerStateRunning{StartedAt: started}
	}
	if stopped == nil && k.machine.ready(pod) {
		ready = corev1.ConditionTrue
	}
	was, known := readiness(pod)
	same := (before.State.Running == nil) == (state.Running == nil) && (before.State.Terminated == nil) == (state.Terminated == nil)
	if known && same && restarts == before.RestartCount && pod.Status.Phase == phase && pod.Status.PodIP == ip &&
		was.Status == ready && !since.Before(&was.LastTransitionTime) {
		return nil
	}
	k.times(pod, was, ready, since)
	pod.Status.Phase, pod.Status.PodIP, pod.Status.PodIPs = phase, ip, nil
	if ip != "" {
		pod.Status.PodIPs = []corev1.PodIP{{IP: ip}}
	}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "zookeeper", State: state, Ready: ready == corev1.ConditionTrue, Image: "zookeeper", ImageID: "zookeeper", RestartCount: restarts,
	}}
	return k.Status().Update(ctx, pod)
}

// times sets when a Pod started and when its readiness changed, which is at first
// the same.
func (k *kubelet) times(pod *corev1.Pod, was corev1.PodCondition, ready corev1.ConditionStatus, since metav1.Time) {
	changed := since
	switch earlier := was.LastTransitionTime.Sub(since.Time); {
	case pod.Status.StartTime == nil:
		pod.Status.StartTime = new(metav1.NewTime(since.Add(-startup)))
		if ready == corev1.ConditionFalse {
			changed = *pod.Status.StartTime
		}
	case was.Status == ready && earlier > 0:
		pod.Status.StartTime = new(metav1.NewTime(pod.Status.StartTime.Add(-earlier)))
	case was.Status == ready:
		changed = was.LastTransitionTime
	}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: ready, LastTransitionTime: changed}}
}

// unscheduled says once of a Pod that no node fits it.
func (k *kubelet) unscheduled(ctx context.Context, pod *corev1.Pod) error {
	if len(pod.Status.Conditions) > 0 {
		return nil
	}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable"}}
	return k.Status().Update(ctx, pod)
}

// crash ends the container of a Pod, or starts it again in place.
func (k *kubelet) crash(pod *corev1.Pod, ended bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended[pod.UID] = ended
}

// ages makes everything that is reported from now on look that old.
func (k *kubelet) ages(age time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.age = age
}

// strand lets no node fit a Pod that is made from now on, or lets one fit again.
func (k *kubelet) strand(pod string, stranded bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stranded[pod] = stranded
}

// lose makes a Pod one of a node that is lost, or brings the node back.
func (k *kubelet) lose(pod string, lost bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lost[pod] = lost
}

// expand says whether volumes grow that are to grow.
func (k *kubelet) expand(expands bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.expands = expands
}

// bind says whether claims get volumes.
func (k *kubelet) bind(binds bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.bindless = !binds
}

// allow says whether a disruption is ever allowed.
func (k *kubelet) allow(allowed bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stingy = !allowed
}
