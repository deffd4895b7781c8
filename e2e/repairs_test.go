//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

var _ = Describe("What others do to an ensemble's objects", Ordered, ContinueOnFailure, func() {
	zk := Running("meddled").Knowing(5, 0)

	It("is repaired when objects are deleted, and nobody is restarted", Label("B9", "repair"), gate, func(ctx SpecContext) {
		before := zk.pods(ctx)
		for _, list := range []client.ObjectList{
			&policyv1.PodDisruptionBudgetList{}, &networkingv1.NetworkPolicyList{}, &corev1.ConfigMapList{}, &corev1.ServiceList{},
		} {
			zk.deleteAll(ctx, list)
		}
		zk.AwaitHealthy(ctx, healTimeout)
		must(zk.allUntouched(before)(ctx))
	}, NodeTimeout(3*time.Minute))

	It("is undone when it is kubectl scale statefulset", Label("B9", "scale"), full, func(ctx SpecContext) {
		before := zk.pods(ctx)
		must(zk.scaleStatefulSet(ctx, 5))
		Await(ctx, 2*time.Minute, "the Pods that nobody asked for were there and go", func(ctx context.Context) error {
			return errors.Join(zk.appeared(zk.Member(4)), zk.podsReady(ctx))
		})
		zk.AwaitHealthy(ctx, healTimeout)
		must(zk.allUntouched(before)(ctx))
		zk.expectCommitted(ctx)

		claims, gone := zk.claimUIDs(ctx), got(zk.Pod(ctx, 2))
		over := zk.Disturb("scale the StatefulSet down", 2)
		must(zk.scaleStatefulSet(ctx, 2))
		zk.AwaitNewPod(ctx, gone, time.Minute)
		zk.AwaitHealthy(ctx, healTimeout)
		over()
		Expect(zk.claimUIDs(ctx)).To(Equal(claims), "the volumes")
		must(zk.allUntouched(before, zk.Member(2))(ctx))
		zk.expectCommitted(ctx)
	}, NodeTimeout(6*time.Minute))

	It("is repaired when the StatefulSet is deleted without its Pods, and nobody is restarted", Label("B9", "repair"), full, func(ctx SpecContext) {
		before, set := zk.pods(ctx), got(zk.StatefulSet(ctx))
		must(zk.cluster.Client.Delete(ctx, set, client.PropagationPolicy(metav1.DeletePropagationOrphan)))
		zk.awaitNewStatefulSet(ctx, set.UID)
		zk.AwaitHealthy(ctx, healTimeout)
		must(zk.allUntouched(before)(ctx))
		for _, pod := range zk.pods(ctx) {
			Expect(metav1.GetControllerOf(&pod)).NotTo(BeNil(), "%s was adopted", pod.Name)
		}
	}, NodeTimeout(3*time.Minute))

	It("costs no data when the StatefulSet is deleted with its Pods", Label("B9", "repair"), full, func(ctx SpecContext) {
		written := got(zk.CreateZnode(ctx, 0, "/meddled", "kept"))
		set, claims := got(zk.StatefulSet(ctx)), zk.claimUIDs(ctx)
		over := zk.Disturb("delete the StatefulSet and its Pods", zk.Ordinals()...)
		must(zk.cluster.Client.Delete(ctx, set, client.PropagationPolicy(metav1.DeletePropagationBackground)))
		zk.awaitNewStatefulSet(ctx, set.UID)
		Await(ctx, time.Minute, "every Pod was replaced or is gone", func(ctx context.Context) error {
			for _, pod := range zk.pods(ctx) {
				if owner := metav1.GetControllerOf(&pod); owner == nil || owner.UID == set.UID {
					return fmt.Errorf("%s is still of the old one", pod.Name)
				}
			}
			return nil
		})
		zk.AwaitHealthy(ctx, beginTimeout)
		over()
		Expect(zk.claimUIDs(ctx)).To(Equal(claims), "the volumes")
		for _, ordinal := range zk.Ordinals() {
			Expect(zk.GetZnode(ctx, ordinal, "/meddled")).To(Equal(written), "through %s", zk.Member(ordinal))
		}
	}, NodeTimeout(6*time.Minute))

	It("costs nothing when Pods are deleted one after another", Label("B9", "repair"), full, func(ctx SpecContext) {
		for _, ordinal := range zk.Ordinals() {
			before := got(zk.Pod(ctx, ordinal))
			must(zk.DeletePod(ctx, ordinal))
			zk.AwaitNewPod(ctx, before, time.Minute)
			zk.AwaitHealthy(ctx, healTimeout)
		}
	}, NodeTimeout(5*time.Minute))

	// It comes last: what kubectl writes into the template would go with the
	// StatefulSet, and without it the template is another one.
	It("is done by our order when it is kubectl rollout restart", Label("B9", "rollout"), gate, func(ctx SpecContext) {
		at := time.Now().Format(time.RFC3339)
		zk.expectRoll(ctx, func() error { return zk.rolloutRestart(ctx, at) })
		for _, pod := range zk.pods(ctx) {
			Expect(pod.Annotations).To(HaveKeyWithValue(restartedAt, at), "annotations of %s", pod.Name)
		}
	}, NodeTimeout(rollTimeout))
})

// restartedAt is the annotation that kubectl rollout restart sets.
const restartedAt = "kubectl.kubernetes.io/restartedAt"

// rolloutRestart is kubectl rollout restart.
func (e *Ensemble) rolloutRestart(ctx context.Context, at string) error {
	patch := fmt.Appendf(nil, `{"spec":{"template":{"metadata":{"annotations":{%q:%q}}}}}`, restartedAt, at)
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: e.Namespace, Name: e.Name}}
	return e.cluster.Client.Patch(ctx, set, client.RawPatch(types.StrategicMergePatchType, patch), client.FieldOwner("kubectl-rollout"))
}

// scaleStatefulSet is kubectl scale statefulset.
func (e *Ensemble) scaleStatefulSet(ctx context.Context, replicas int32) error {
	_, err := e.cluster.Kube.AppsV1().StatefulSets(e.Namespace).UpdateScale(ctx, e.Name, &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.Namespace, Name: e.Name},
		Spec:       autoscalingv1.ScaleSpec{Replicas: replicas},
	}, metav1.UpdateOptions{})
	return err
}

func (e *Ensemble) awaitNewStatefulSet(ctx context.Context, old types.UID) {
	GinkgoHelper()
	Await(ctx, time.Minute, "there is a new StatefulSet", func(ctx context.Context) error {
		set, err := e.StatefulSet(ctx)
		if err == nil && set.UID == old {
			err = errors.New("it is still the old one")
		}
		return err
	})
}

// appeared finds nothing once a Pod of that name was seen.
func (e *Ensemble) appeared(pod string) error {
	for _, entry := range e.Log.Entries() {
		if entry.Kind == history.Pod && entry.Member == pod {
			return nil
		}
	}
	return fmt.Errorf("%s was not seen yet", pod)
}

// deleteAll deletes all objects of a kind that belong to the ensemble, one
// after another, and waits for each to be there again.
func (e *Ensemble) deleteAll(ctx context.Context, list client.ObjectList) {
	GinkgoHelper()
	must(e.list(ctx, list))
	items := got(meta.ExtractList(list))
	Expect(items).NotTo(BeEmpty(), "there is nothing to delete")
	// Without the Services the members' names are gone for a moment.
	over := e.Disturb("delete objects", e.Ordinals()...)
	for _, item := range items {
		object, ok := item.(client.Object)
		Expect(ok).To(BeTrue(), "%T is an object", item)
		uid, key := object.GetUID(), client.ObjectKeyFromObject(object)
		must(e.cluster.Client.Delete(ctx, object))
		Await(ctx, 30*time.Second, fmt.Sprintf("%T %s is there again", object, key.Name), func(ctx context.Context) error {
			err := e.cluster.Client.Get(ctx, key, object)
			if err == nil && object.GetUID() == uid {
				err = errors.New("it is still the old one")
			}
			return err
		})
	}
	e.AwaitHealthy(ctx, healTimeout)
	over()
}
