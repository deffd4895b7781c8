package e2e

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Save returns the objects that belong to the ensemble, the claims excepted, as a
// backup of a namespace keeps them: without what is true of one life only. They are in
// the order in which tools restore them.
func (e *Ensemble) Save(ctx context.Context) ([]client.Object, error) {
	var saved []client.Object
	for _, list := range []client.ObjectList{
		&corev1.SecretList{}, &corev1.ConfigMapList{}, &networkingv1.NetworkPolicyList{}, &policyv1.PodDisruptionBudgetList{},
		&corev1.ServiceList{}, &appsv1.StatefulSetList{},
	} {
		if err := e.list(ctx, list); err != nil {
			return nil, fmt.Errorf("list %T: %w", list, err)
		}
		err := meta.EachListItem(list, func(item runtime.Object) error {
			o, ok := item.DeepCopyObject().(client.Object)
			if !ok {
				return fmt.Errorf("%T is no object", item)
			}
			strip(o)
			saved = append(saved, o)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return saved, nil
}

// strip removes what means nothing once an object is made anew.
func strip(o client.Object) {
	o.SetUID("")
	o.SetResourceVersion("")
	o.SetOwnerReferences(nil)
	o.SetManagedFields(nil)
	o.SetCreationTimestamp(metav1.Time{})
	if service, ok := o.(*corev1.Service); ok && service.Spec.ClusterIP != corev1.ClusterIPNone {
		service.Spec.ClusterIP, service.Spec.ClusterIPs = "", nil
	}
}

// Restore creates saved objects. Those that are there already are left as they are.
func (e *Ensemble) Restore(ctx context.Context, saved []client.Object) error {
	var failed []error
	for _, o := range saved {
		err := e.cluster.Client.Create(ctx, clone(o))
		if err != nil && !apierrors.IsAlreadyExists(err) {
			failed = append(failed, fmt.Errorf("restore %T %s: %w", o, o.GetName(), err))
		}
	}
	return errors.Join(failed...)
}

// goneAll finds nothing once none of some saved objects exists.
func (e *Ensemble) goneAll(saved []client.Object) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, o := range saved {
			err := e.cluster.Client.Get(ctx, client.ObjectKeyFromObject(o), clone(o))
			if err == nil {
				return fmt.Errorf("%T %s is there", o, o.GetName())
			}
			if !apierrors.IsNotFound(err) {
				return err
			}
		}
		return nil
	}
}

// adoptedAll finds nothing once each of some saved objects belongs to the ensemble.
func (e *Ensemble) adoptedAll(saved []client.Object) func(context.Context) error {
	return func(ctx context.Context) error {
		owner, err := e.Get(ctx)
		if err != nil {
			return err
		}
		for _, o := range saved {
			now := clone(o)
			if err := e.cluster.Client.Get(ctx, client.ObjectKeyFromObject(o), now); err != nil {
				return err
			}
			if !metav1.IsControlledBy(now, owner) {
				return fmt.Errorf("%T %s is owned by %v", o, o.GetName(), now.GetOwnerReferences())
			}
		}
		return nil
	}
}

func clone(o client.Object) client.Object {
	return o.DeepCopyObject().(client.Object)
}
