package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// kubelet stands in for what a cluster does and a bare API server does not: the
// StatefulSet controller with OnDelete, the scheduler, the kubelet and the
// disruption controller, in one namespace.
type kubelet struct {
	client    client.Client
	namespace string
	// machine runs the servers.
	machine machine

	mu      sync.Mutex
	running map[string]string // Pod UID → address
}

// machine runs the server of a Pod on an address of its own.
type machine interface {
	// crashes says whether a container of this Pod ends as soon as it starts.
	crashes(pod *corev1.Pod) bool
	// start runs the server of a Pod and returns its address, stop ends it.
	start(pod *corev1.Pod) (ip string)
	stop(pod *corev1.Pod)
	// ready is what the readiness probe finds.
	ready(pod *corev1.Pod) bool
}

// tick is how often the stand-in looks at the API server.
const tick = 20 * time.Millisecond

// run works until the test ends.
func (k *kubelet) run(t *testing.T) {
	t.Helper()
	k.running = map[string]string{}
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
			if err := k.pass(ctx); err != nil && ctx.Err() == nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
				t.Errorf("kubelet stand-in: %v", err)
				return
			}
		}
	}()
}

// pass brings the world one step closer to what the API server says.
func (k *kubelet) pass(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var sets appsv1.StatefulSetList
	if err := k.client.List(ctx, &sets, client.InNamespace(k.namespace)); err != nil {
		return err
	}
	for i := range sets.Items {
		if err := k.statefulSet(ctx, &sets.Items[i]); err != nil {
			return err
		}
	}
	// Budgets are read before the Pods that they count, so that an eviction in
	// between makes the update of the budget fail.
	var budgets policyv1.PodDisruptionBudgetList
	if err := k.client.List(ctx, &budgets, client.InNamespace(k.namespace)); err != nil {
		return err
	}
	var pods corev1.PodList
	if err := k.client.List(ctx, &pods, client.InNamespace(k.namespace)); err != nil {
		return err
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if !slices.ContainsFunc(sets.Items, func(set appsv1.StatefulSet) bool { return metav1.IsControlledBy(pod, &set) }) {
			// The garbage collector takes Pods whose StatefulSet is gone.
			pod.DeletionTimestamp = new(metav1.Now())
		}
		if err := k.pod(ctx, pod); err != nil {
			return err
		}
	}
	return k.budgets(ctx, budgets.Items, pods.Items)
}

// statefulSet creates the Pods and claims that are missing, all of the newest
// revision, as OnDelete does. It deletes none.
func (k *kubelet) statefulSet(ctx context.Context, set *appsv1.StatefulSet) error {
	template, err := json.Marshal(set.Spec.Template)
	if err != nil {
		return err
	}
	revision := fmt.Sprintf("%s-%x", set.Name, sha256.Sum256(template))[:len(set.Name)+9]
	if set.Status.ObservedGeneration != set.Generation || set.Status.UpdateRevision != revision {
		set.Status.ObservedGeneration, set.Status.UpdateRevision = set.Generation, revision
		if err := k.client.Status().Update(ctx, set); err != nil {
			return err
		}
	}
	for ordinal := range *set.Spec.Replicas {
		name := set.Name + "-" + strconv.Itoa(int(ordinal))
		for _, claim := range set.Spec.VolumeClaimTemplates {
			volume := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{
				Name: claim.Name + "-" + name, Namespace: k.namespace, Labels: claim.Labels,
			}, Spec: claim.Spec}
			if err := k.client.Create(ctx, volume); client.IgnoreAlreadyExists(err) != nil {
				return err
			}
		}
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Name: name, Namespace: k.namespace, Annotations: set.Spec.Template.Annotations,
				Labels:          withRevision(set.Spec.Template.Labels, revision),
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))},
			},
			Spec: *set.Spec.Template.Spec.DeepCopy(),
		}
		for _, claim := range set.Spec.VolumeClaimTemplates {
			pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: claim.Name, VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim.Name + "-" + name},
			}})
		}
		pod.Spec.NodeName = "node-" + strconv.Itoa(int(ordinal))
		if err := k.client.Create(ctx, pod); client.IgnoreAlreadyExists(err) != nil {
			return err
		}
	}
	return nil
}

func withRevision(template map[string]string, revision string) map[string]string {
	return labels.Merge(template, labels.Set{appsv1.ControllerRevisionHashLabelKey: revision})
}

// pod starts, stops and reports one Pod.
func (k *kubelet) pod(ctx context.Context, pod *corev1.Pod) error {
	ip, runs := k.running[string(pod.UID)]
	switch {
	case pod.DeletionTimestamp != nil:
		if runs {
			k.machine.stop(pod)
			delete(k.running, string(pod.UID))
		}
		return client.IgnoreNotFound(k.client.Delete(ctx, pod, client.GracePeriodSeconds(0)))
	case k.machine.crashes(pod):
		return k.status(ctx, pod, "", &corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}})
	case !runs:
		ip = k.machine.start(pod)
		k.running[string(pod.UID)] = ip
	}
	return k.status(ctx, pod, ip, nil)
}

// status writes the status of a Pod if it changed. A state means that the
// container does not run.
func (k *kubelet) status(ctx context.Context, pod *corev1.Pod, ip string, stopped *corev1.ContainerState) error {
	ready := corev1.ConditionFalse
	phase, state := corev1.PodPending, corev1.ContainerState{}
	if stopped != nil {
		state = *stopped
	} else {
		phase, state.Running = corev1.PodRunning, &corev1.ContainerStateRunning{StartedAt: pod.CreationTimestamp}
		if k.machine.ready(pod) {
			ready = corev1.ConditionTrue
		}
	}
	was := slices.IndexFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodReady })
	if pod.Status.Phase == phase && pod.Status.PodIP == ip && was >= 0 && pod.Status.Conditions[was].Status == ready {
		return nil
	}
	pod.Status.Phase, pod.Status.PodIP = phase, ip
	pod.Status.PodIPs = nil
	if ip != "" {
		pod.Status.PodIPs = []corev1.PodIP{{IP: ip}}
	}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: ready, LastTransitionTime: metav1.Now()}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "zookeeper", State: state, Ready: ready == corev1.ConditionTrue, Image: "zookeeper", ImageID: "zookeeper",
	}}
	return k.client.Status().Update(ctx, pod)
}

// budgets counts for each disruption budget what the disruption controller counts.
func (k *kubelet) budgets(ctx context.Context, budgets []policyv1.PodDisruptionBudget, pods []corev1.Pod) error {
	for i := range budgets {
		budget := &budgets[i]
		selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
		if err != nil {
			return err
		}
		expected, healthy := int32(0), int32(0)
		for j := range pods {
			if !selector.Matches(labels.Set(pods[j].Labels)) {
				continue
			}
			expected++
			if pods[j].DeletionTimestamp == nil && len(pods[j].Status.ContainerStatuses) > 0 && pods[j].Status.ContainerStatuses[0].Ready {
				healthy++
			}
		}
		wanted := max(0, expected-int32(budget.Spec.MaxUnavailable.IntValue()))
		after := policyv1.PodDisruptionBudgetStatus{
			ObservedGeneration: budget.Generation,
			ExpectedPods:       expected, CurrentHealthy: healthy, DesiredHealthy: wanted,
			DisruptionsAllowed: max(0, healthy-wanted), Conditions: budget.Status.Conditions,
		}
		if equality.Semantic.DeepEqual(budget.Status, after) {
			continue
		}
		budget.Status = after
		if err := k.client.Status().Update(ctx, budget); err != nil {
			return err
		}
	}
	return nil
}
