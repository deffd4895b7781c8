package ensemble

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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

// statefulSets does what the controller of StatefulSets does.
func (k *kubelet) statefulSets(ctx context.Context) error {
	var sets appsv1.StatefulSetList
	if err := k.List(ctx, &sets, client.InNamespace(k.namespace)); err != nil {
		return err
	}
	var pods corev1.PodList
	if err := k.List(ctx, &pods, client.InNamespace(k.namespace)); err != nil {
		return err
	}
	for i := range sets.Items {
		if err := k.statefulSet(ctx, &sets.Items[i], pods.Items); err != nil {
			return err
		}
	}
	return nil
}

// statefulSet creates the Pods and claims that are missing, deletes the Pods that
// are too many or failed, and with RollingUpdate those that are outdated, down to
// the partition.
func (k *kubelet) statefulSet(ctx context.Context, set *appsv1.StatefulSet, pods []corev1.Pod) error {
	if set.DeletionTimestamp != nil {
		return nil
	}
	if err := k.adopt(ctx, set, pods); err != nil {
		return err
	}
	pods = slices.DeleteFunc(slices.Clone(pods), func(p corev1.Pod) bool { return !metav1.IsControlledBy(&p, set) })
	if err := k.revisions(ctx, set, pods); err != nil {
		return err
	}
	names := map[string]bool{}
	for ordinal := range *set.Spec.Replicas {
		names[podOf(set, ordinal)] = true
		if slices.ContainsFunc(pods, func(p corev1.Pod) bool { return p.Name == podOf(set, ordinal) }) {
			continue
		}
		if going, err := k.createClaims(ctx, set, ordinal); err != nil {
			return err
		} else if going {
			continue
		}
		if err := k.tellCreate(ctx, set, ordinal, k.createPod(ctx, set, ordinal, k.versioned(set, ordinal))); err != nil {
			return err
		}
	}
	for _, pod := range slices.Backward(pods) {
		if pod.DeletionTimestamp != nil || names[pod.Name] && pod.Status.Phase != corev1.PodFailed && !rolledByKubernetes(set, &pod) {
			continue
		}
		err := k.live.Delete(ctx, &pod, client.Preconditions{UID: new(pod.UID)})
		if client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}

// adopt takes the Pods that lost their StatefulSet, unless this one is lost as well.
func (k *kubelet) adopt(ctx context.Context, set *appsv1.StatefulSet, pods []corev1.Pod) error {
	selector, err := metav1.LabelSelectorAsSelector(set.Spec.Selector)
	if err != nil {
		return err
	}
	for i := range pods {
		pod := &pods[i]
		_, ours := ordinalIn(pod.Name, set.Name+"-0")
		if !ours || metav1.GetControllerOf(pod) != nil || pod.DeletionTimestamp != nil || !selector.Matches(labels.Set(pod.Labels)) {
			continue
		}
		var now appsv1.StatefulSet
		if err := k.live.Get(ctx, client.ObjectKeyFromObject(set), &now); err != nil || now.UID != set.UID {
			return err
		}
		pod.OwnerReferences = append(pod.OwnerReferences, *metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet")))
		if err := k.live.Update(ctx, pod); err != nil {
			return err
		}
	}
	return nil
}

// partition is the lowest ordinal that gets the newest revision.
func partition(set *appsv1.StatefulSet) int32 {
	if rolling := set.Spec.UpdateStrategy.RollingUpdate; rolling != nil && rolling.Partition != nil {
		return *rolling.Partition
	}
	return 0
}

// rolledByKubernetes reports whether the controller takes a Pod by itself, which
// it does one after the other and here all at once.
func rolledByKubernetes(set *appsv1.StatefulSet, pod *corev1.Pod) bool {
	ordinal, _ := ordinalIn(pod.Name, set.Name+"-0")
	return set.Spec.UpdateStrategy.Type == appsv1.RollingUpdateStatefulSetStrategyType && ordinal >= partition(set) &&
		pod.Labels[appsv1.ControllerRevisionHashLabelKey] != set.Status.UpdateRevision
}

// versioned is the revision with which a missing Pod is made.
func (k *kubelet) versioned(set *appsv1.StatefulSet, ordinal int32) string {
	if set.Spec.UpdateStrategy.Type == appsv1.RollingUpdateStatefulSetStrategyType && ordinal < partition(set) {
		return set.Status.CurrentRevision
	}
	return set.Status.UpdateRevision
}

func podOf(set *appsv1.StatefulSet, ordinal int32) string {
	return set.Name + "-" + strconv.Itoa(int(ordinal))
}

// revisions tells the revision of the template, that it was seen, and which
// revision all Pods ran last: the newest, once all of them run and are ready with
// it, none of none included, but not with OnDelete.
func (k *kubelet) revisions(ctx context.Context, set *appsv1.StatefulSet, pods []corev1.Pod) error {
	template, err := json.Marshal(set.Spec.Template)
	if err != nil {
		return err
	}
	revision := fmt.Sprintf("%s-%x", set.Name, sha256.Sum256(template))[:len(set.Name)+9]
	k.templates[revision] = set.Spec.Template.DeepCopy()
	status := set.Status.DeepCopy()
	status.ObservedGeneration, status.UpdateRevision = set.Generation, revision
	if k.templates[status.CurrentRevision] == nil {
		status.CurrentRevision = revision
	}
	updated, ready := int32(0), int32(0)
	for i := range pods {
		if pods[i].Labels[appsv1.ControllerRevisionHashLabelKey] == revision && pods[i].DeletionTimestamp == nil {
			updated++
		}
		if c, known := readiness(&pods[i]); known && c.Status == corev1.ConditionTrue {
			ready++
		}
	}
	if size := *set.Spec.Replicas; set.Spec.UpdateStrategy.Type == appsv1.RollingUpdateStatefulSetStrategyType &&
		updated == size && ready == size && len(pods) == int(size) {
		status.CurrentRevision = revision
	}
	if equality.Semantic.DeepEqual(&set.Status, status) {
		return nil
	}
	set.Status = *status
	return k.Status().Update(ctx, set)
}

// createClaims creates the claims of a Pod, and reports whether one that it would
// use is being deleted, for which the controller waits.
func (k *kubelet) createClaims(ctx context.Context, set *appsv1.StatefulSet, ordinal int32) (going bool, err error) {
	for _, template := range set.Spec.VolumeClaimTemplates {
		claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{
			Name: template.Name + "-" + podOf(set, ordinal), Namespace: k.namespace,
			Labels: labels.Merge(template.Labels, set.Spec.Selector.MatchLabels),
		}, Spec: template.Spec}
		var known corev1.PersistentVolumeClaim
		if k.Get(ctx, client.ObjectKeyFromObject(claim), &known) == nil {
			going = going || known.DeletionTimestamp != nil
			continue
		}
		if err := k.live.Create(ctx, claim, client.FieldOwner(usualControllers)); client.IgnoreAlreadyExists(err) != nil {
			return going, err
		}
	}
	return going, nil
}

func (k *kubelet) createPod(ctx context.Context, set *appsv1.StatefulSet, ordinal int32, revision string) error {
	template := k.templates[revision].DeepCopy()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: podOf(set, ordinal), Namespace: k.namespace, Annotations: template.Annotations,
			Labels:          labels.Merge(template.Labels, labels.Set{appsv1.ControllerRevisionHashLabelKey: revision}),
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))},
		},
		Spec: template.Spec,
	}
	for _, claim := range set.Spec.VolumeClaimTemplates {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: claim.Name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim.Name + "-" + pod.Name},
		}})
	}
	if !k.stranded[pod.Name] {
		pod.Spec.NodeName = k.node(pod.Name)
	}
	return client.IgnoreAlreadyExists(k.live.Create(ctx, pod))
}

// tellCreate writes the event of a Pod that was refused, anew each time as the
// controller does, and of one that was created after that.
func (k *kubelet) tellCreate(ctx context.Context, set *appsv1.StatefulSet, ordinal int32, refused error) error {
	pod := podOf(set, ordinal)
	if refused != nil && !apierrors.IsForbidden(refused) {
		return refused
	}
	if refused == nil && k.refused[pod] == 0 {
		return nil
	}
	k.refused[pod]++
	event := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: fmt.Sprintf("%s.%d", pod, k.refused[pod]), Namespace: k.namespace},
		InvolvedObject: corev1.ObjectReference{Kind: "StatefulSet", Namespace: k.namespace, Name: set.Name, UID: set.UID},
		Type:           corev1.EventTypeWarning, Reason: "FailedCreate", LastTimestamp: metav1.Now(), Count: int32(k.refused[pod]),
		Message: fmt.Sprintf("create Pod %s in StatefulSet %s failed error: %v", pod, set.Name, refused),
	}
	if refused == nil {
		event.Type, event.Reason = corev1.EventTypeNormal, "SuccessfulCreate"
		event.Message = fmt.Sprintf("create Pod %s in StatefulSet %s successful", pod, set.Name)
		k.refused[pod] = 0
	}
	return k.live.Create(ctx, event)
}

// node is where a Pod runs. Nodes belong to no namespace.
func (k *kubelet) node(pod string) string { return k.namespace + "-" + pod }

// claims binds volume claims, lets them grow, and lets those go that are deleted
// and that no Pod uses.
func (k *kubelet) claims(ctx context.Context) error {
	var claims corev1.PersistentVolumeClaimList
	if err := k.List(ctx, &claims, client.InNamespace(k.namespace)); err != nil {
		return err
	}
	for i := range claims.Items {
		if err := k.claim(ctx, &claims.Items[i]); err != nil {
			return err
		}
	}
	return nil
}

func (k *kubelet) claim(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	asked, has := claim.Spec.Resources.Requests[corev1.ResourceStorage], claim.Status.Capacity[corev1.ResourceStorage]
	switch {
	case claim.DeletionTimestamp != nil:
		if used, err := k.used(ctx, claim.Name); err != nil || used {
			return err
		}
		claim.Finalizers = nil
		return k.Update(ctx, claim)
	case k.bindless && claim.Status.Phase != corev1.ClaimBound:
		return nil
	case claim.Status.Phase != corev1.ClaimBound, k.expands && has.Cmp(asked) < 0:
		claim.Status.Phase = corev1.ClaimBound
		claim.Status.Capacity = corev1.ResourceList{corev1.ResourceStorage: asked}
		return k.Status().Update(ctx, claim)
	default:
		return nil
	}
}

// used reports whether a Pod uses a claim.
func (k *kubelet) used(ctx context.Context, claim string) (bool, error) {
	var pods corev1.PodList
	err := k.live.List(ctx, &pods, client.InNamespace(k.namespace))
	return slices.ContainsFunc(pods.Items, func(pod corev1.Pod) bool {
		return slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool {
			return v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == claim
		})
	}), err
}

// budgets counts for each disruption budget what the disruption controller
// counts. It never allows more by what a cache says: an eviction may be on its
// way that the cache does not show.
func (k *kubelet) budgets(ctx context.Context) error {
	var budgets policyv1.PodDisruptionBudgetList
	if err := k.List(ctx, &budgets, client.InNamespace(k.namespace)); err != nil {
		return err
	}
	for i := range budgets.Items {
		budget := &budgets.Items[i]
		after, err := k.count(ctx, k, budget)
		if err != nil {
			return err
		}
		if equality.Semantic.DeepEqual(budget.Status, after) {
			continue
		}
		// The budget is read before the Pods that it counts, so that an eviction in
		// between makes the update fail.
		if err := k.live.Get(ctx, client.ObjectKeyFromObject(budget), budget); err != nil {
			return err
		}
		if budget.Status, err = k.count(ctx, k.live, budget); err != nil {
			return err
		}
		if err := k.live.Status().Update(ctx, budget); err != nil {
			return err
		}
	}
	return nil
}

// evictions is how long an eviction may take between the budget and the Pod.
const evictions = 3 * time.Second

func (k *kubelet) count(ctx context.Context, from client.Reader, budget *policyv1.PodDisruptionBudget) (policyv1.PodDisruptionBudgetStatus, error) {
	selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
	if err != nil {
		return policyv1.PodDisruptionBudgetStatus{}, err
	}
	var pods corev1.PodList
	err = from.List(ctx, &pods, client.InNamespace(budget.Namespace), client.MatchingLabelsSelector{Selector: selector})
	if err != nil {
		return policyv1.PodDisruptionBudgetStatus{}, err
	}
	// Expected are as many as their owners ask for, whether they exist or not.
	var sets appsv1.StatefulSetList
	err = from.List(ctx, &sets, client.InNamespace(budget.Namespace))
	expected, healthy := int32(0), int32(0)
	for i := range sets.Items {
		if selector.Matches(labels.Set(sets.Items[i].Spec.Template.Labels)) {
			expected += *sets.Items[i].Spec.Replicas
		}
	}
	disrupted := map[string]metav1.Time{}
	for i := range pods.Items {
		pod := &pods.Items[i]
		at, evicted := budget.Status.DisruptedPods[pod.Name]
		c, known := readiness(pod)
		switch {
		case pod.DeletionTimestamp != nil:
		case evicted && time.Since(at.Time) < evictions:
			disrupted[pod.Name] = at
		case known && c.Status == corev1.ConditionTrue:
			healthy++
		}
	}
	wanted := int32(0)
	if k.stingy {
		healthy = 0
	}
	if most := budget.Spec.MaxUnavailable; most != nil {
		wanted = max(0, expected-int32(most.IntValue()))
	}
	return policyv1.PodDisruptionBudgetStatus{
		ObservedGeneration: budget.Generation,
		ExpectedPods:       expected, CurrentHealthy: healthy, DesiredHealthy: wanted,
		DisruptionsAllowed: max(0, healthy-wanted), DisruptedPods: disrupted, Conditions: budget.Status.Conditions,
	}, err
}
