package controllers

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/workload"
	"github.com/zkensemble/zookeeper-operator/controllers/workload/drift"
)

// ordinary is one object that is kept as the specification says: what it should
// be and what it is.
type ordinary struct {
	desired runtime.ApplyConfiguration // nil when there should be none
	live    client.Object              // nil when there is none
}

// input collects what the objects are built from.
func (r *Reconciler) input(seen *observed) workload.Input {
	in := workload.Input{
		Ensemble:          seen.ensemble,
		ClusterDomain:     r.Settings.ClusterDomain,
		OperatorNamespace: r.Settings.Namespace,
		AgentImage:        r.Settings.AgentImage,
		Replicas:          seen.ensemble.Spec.Replicas,
	}
	if seen.superuser != nil {
		in.SuperuserHash = workload.SuperuserHash(string(seen.superuser.Data[workload.SuperuserDigestKey]))
	}
	return in
}

// observeWanted builds the ordinary objects and finds what they are now. The
// StatefulSet's size is set when it is decided.
func (r *Reconciler) observeWanted(ctx context.Context, seen *observed) error {
	for _, warning := range workload.Warnings(seen.ensemble) {
		seen.warnings = append(seen.warnings, shortened(warning, maxActivity))
	}
	seen.wanted, seen.invalid = r.build(seen)
	if seen.facts.Invalid = seen.invalid != nil; seen.facts.Invalid {
		return nil // it is reported, and not tried again until it changes
	}
	var err error
	o, e := &seen.wanted, seen.ensemble
	add := func(name string, desired runtime.ApplyConfiguration, live client.Object) {
		if err == nil {
			live, err = find(ctx, r, seen, name, live)
			seen.ordinary = append(seen.ordinary, ordinary{desired, live})
		}
	}
	add(*o.ConfigMap.Name, o.ConfigMap, &corev1.ConfigMap{})
	add(*o.ServersService.Name, o.ServersService, &corev1.Service{})
	if o.NetworkPolicy != nil {
		add(*o.NetworkPolicy.Name, o.NetworkPolicy, &networkingv1.NetworkPolicy{})
	}
	if o.Budget != nil {
		add(*o.Budget.Name, o.Budget, &policyv1.PodDisruptionBudget{})
	}
	add(*o.ClientService.Name, o.ClientService, &corev1.Service{})
	if err != nil {
		return err
	}
	if o.NetworkPolicy == nil {
		err = r.findUnwanted(ctx, seen, e.Name, &networkingv1.NetworkPolicy{})
	}
	if o.Budget == nil && err == nil {
		err = r.findUnwanted(ctx, seen, e.Name, &policyv1.PodDisruptionBudget{})
	}
	return err
}

// build makes the objects with the agent that the members already have, unless
// their template changes anyway.
func (r *Reconciler) build(seen *observed) (workload.Objects, error) {
	in := r.input(seen)
	var err error
	if in.AgentImage, err = workload.AgentImage(in, seen.statefulSet, r.Settings.AgentImage); err != nil {
		return workload.Objects{}, err
	}
	return workload.Build(in)
}

// findUnwanted notes an object of ours that the specification no longer wants.
func (r *Reconciler) findUnwanted(ctx context.Context, seen *observed, name string, into client.Object) error {
	err := r.Get(ctx, client.ObjectKey{Namespace: seen.ensemble.Namespace, Name: name}, into)
	if err == nil && metav1.IsControlledBy(into, seen.ensemble) {
		seen.ordinary = append(seen.ordinary, ordinary{live: into})
	}
	return client.IgnoreNotFound(err)
}

// apply brings the ordinary objects up to date, each only where it differs. The
// super user comes first, since every server is started with its digest; the
// StatefulSet comes after what its Pods need.
func (r *Reconciler) apply(ctx context.Context, seen *observed, d plan.Decision) error {
	if seen.superuser == nil {
		return r.Create(ctx, workload.SuperuserSecret(seen.ensemble, workload.NewSuperuser()))
	}
	for _, o := range seen.ordinary {
		if o.desired == runtime.ApplyConfiguration(seen.wanted.ClientService) && seen.facts.Formation != plan.Closed {
			continue // clients come when no blank disk can vote any more
		}
		if err := r.applyOne(ctx, o); err != nil {
			return err
		}
	}
	set := seen.wanted.StatefulSet
	set.Spec.WithReplicas(d.Replicas)
	live := client.Object(nil)
	if seen.statefulSet != nil {
		live = seen.statefulSet
	}
	return r.applyOne(ctx, ordinary{set, live})
}

// applyOne writes one object if it is not as it should be.
func (r *Reconciler) applyOne(ctx context.Context, o ordinary) error {
	switch {
	case o.desired == nil:
		log.FromContext(ctx).Info("Deleting object that is not wanted any more", "object", o.live.GetName(), "type", fmt.Sprintf("%T", o.live))
		return client.IgnoreNotFound(r.Delete(ctx, o.live, client.Preconditions{UID: new(o.live.GetUID())}))
	case o.live == nil:
		return r.Apply(ctx, o.desired, client.FieldOwner(v1alpha1.FieldOwner))
	}
	differs, err := drift.Differs(o.live, o.desired, v1alpha1.FieldOwner)
	if err != nil || !differs {
		return err
	}
	return r.Apply(ctx, o.desired, client.FieldOwner(v1alpha1.FieldOwner), client.ForceOwnership)
}
