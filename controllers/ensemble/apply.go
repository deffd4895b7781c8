package ensemble

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// ordinary is one object that is kept as the specification says: what it should
// be and what it is.
type ordinary struct {
	desired runtime.ApplyConfiguration // nil when there should be none
	live    client.Object              // nil when there is none
	needed  bool                       // no Pod can start without it
	draft   func() (*draft, error)     // a copy of desired, to be sent
}

// wish is an object that should be.
func wish[E any, T configuration[E, T]](desired T) ordinary {
	return ordinary{desired: desired, draft: func() (*draft, error) {
		copied, err := copyOf(desired)
		if err != nil {
			return nil, err
		}
		return draftOf(copied), nil
	}}
}

// need is an object without which no Pod can start.
func need[E any, T configuration[E, T]](desired T) ordinary {
	o := wish(desired)
	o.needed = true
	return o
}

// input collects what the objects are built from.
func (r *Reconciler) input(seen *observed) workload.Input {
	in := workload.Input{
		Ensemble:          seen.ensemble,
		ClusterDomain:     r.clusterDomain(seen),
		OperatorNamespace: r.Settings.Namespace,
		AgentImage:        r.Settings.AgentImage,
		Replicas:          seen.ensemble.Spec.Replicas,
		ObserverReplicas:  seen.ensemble.Spec.Observers.Replicas,
		Live:              seen.statefulSet,
		LiveObservers:     seen.observers,
	}
	in.Complete, in.Served = seen.complete(), seen.hasServed()
	if seen.superuser != nil {
		in.SuperuserHash = workload.SuperuserHash(string(seen.superuser.Data[member.Digest]))
	}
	return in
}

// complete reports whether there are members, and every one of them serves with the
// newest revision.
func (seen *observed) complete() bool {
	wanted := func(m *observedMember) bool { return seen.facts.Wanted(&m.Member) }
	return seen.any(wanted) && !seen.any(func(m *observedMember) bool {
		return wanted(m) && (m.Pod != plan.Present || m.Revision != plan.Current || !m.Health.Serves())
	})
}

// mayComeBack reports whether a member can still be given the template that all of them
// ran last, beside the newest, or its volume holds what it left there: the StatefulSet
// remembers it, and not all run the newest for good.
func (seen *observed) mayComeBack(set *appsv1.StatefulSet) bool {
	return set != nil && (!seen.complete() || !armed(set))
}

// clusterDomain is the one in which the members know one another. Once it is
// committed it is a part of every server's address, and stays.
func (r *Reconciler) clusterDomain(seen *observed) string {
	return cmp.Or(workload.DomainOf(seen.ensemble, seen.recorded), r.Settings.ClusterDomain)
}

// domainWarning tells that the operator was given another cluster domain than the
// one that the members keep.
func (r *Reconciler) domainWarning(seen *observed) []string {
	kept := r.clusterDomain(seen)
	if kept == r.Settings.ClusterDomain {
		return nil
	}
	return []string{fmt.Sprintf("the members keep the cluster domain %s of their committed addresses; the operator's clusterDomain is %s",
		kept, r.Settings.ClusterDomain)}
}

// observeWanted builds the ordinary objects and finds what they are now. The
// size of the StatefulSets is set when it is decided.
func (r *Reconciler) observeWanted(ctx context.Context, seen *observed) error {
	seen.warnings = append(workload.Warnings(seen.ensemble), r.domainWarning(seen)...)
	defer func() { seen.facts.NameConflict = seen.taken != nil }()
	var err error
	if seen.wanted, seen.invalid, err = r.build(ctx, seen); err != nil {
		return err
	}
	if seen.invalid == nil {
		seen.invalid = r.rehearse(ctx, seen)
	}
	if seen.facts.Invalid = seen.invalid != nil; seen.facts.Invalid {
		return nil // it is reported, and not tried again until it changes
	}
	if err := seen.observeHolds(); err != nil {
		return err
	}
	o, e := &seen.wanted, seen.ensemble
	add := func(name string, wanted ordinary, live client.Object) {
		if err == nil {
			wanted.live, err = find(ctx, r, seen, name, live)
			seen.ordinary = append(seen.ordinary, wanted)
		}
	}
	add(*o.ConfigMap.Name, need(o.ConfigMap), &corev1.ConfigMap{})
	add(*o.ServersService.Name, need(o.ServersService), &corev1.Service{})
	if o.NetworkPolicy != nil {
		add(*o.NetworkPolicy.Name, wish(o.NetworkPolicy), &networkingv1.NetworkPolicy{})
	}
	if o.Budget != nil {
		add(*o.Budget.Name, wish(o.Budget), &policyv1.PodDisruptionBudget{})
	}
	if o.ObserversBudget != nil {
		add(*o.ObserversBudget.Name, wish(o.ObserversBudget), &policyv1.PodDisruptionBudget{})
	}
	add(*o.ClientService.Name, wish(o.ClientService), &corev1.Service{})
	for _, unwanted := range []struct {
		is   bool
		name string
		into client.Object
	}{
		{o.NetworkPolicy == nil, e.Name, &networkingv1.NetworkPolicy{}},
		{o.Budget == nil, e.Name, &policyv1.PodDisruptionBudget{}},
		{o.ObserversBudget == nil, workload.ObserversName(e.Name), &policyv1.PodDisruptionBudget{}},
	} {
		if unwanted.is && err == nil {
			err = r.findUnwanted(ctx, seen, unwanted.name, unwanted.into)
		}
	}
	return err
}

// build makes the objects with the agent that the members already have, unless
// their template changes anyway. The first error is about the specification.
func (r *Reconciler) build(ctx context.Context, seen *observed) (o workload.Objects, invalid, err error) {
	running, err := r.runningConfigs(ctx, seen)
	if err != nil {
		return o, nil, err
	}
	if invalid = checkChange(seen, running); invalid != nil {
		return o, invalid, nil
	}
	in := r.input(seen)
	if in.AgentImage, invalid = workload.AgentImage(in, seen.statefulSet, r.Settings.AgentImage); invalid != nil {
		return o, invalid, nil
	}
	o, invalid = workload.Build(in)
	switch {
	case invalid != nil:
		return o, invalid, nil
	case seen.ensemble.Spec.Update.Paused:
		seen.facts.Update.Withheld, err = withhold(seen, &o)
	case in.Complete && seen.facts.Record != nil && seen.statefulSet != nil && !armed(seen.statefulSet):
		_, err = withhold(seen, &o) // what all run is to be what they come back with, before it has a successor
	}
	return o, nil, err
}

// runningConfigs are the ConfigMaps that members run with or can be given, as far as
// they exist.
func (r *Reconciler) runningConfigs(ctx context.Context, seen *observed) ([]*corev1.ConfigMap, error) {
	var running []*corev1.ConfigMap
	for _, name := range slices.Sorted(maps.Keys(seen.usedConfigs())) {
		config := &corev1.ConfigMap{}
		err := r.Get(ctx, client.ObjectKey{Namespace: seen.ensemble.Namespace, Name: name}, config)
		if client.IgnoreNotFound(err) != nil {
			return nil, err
		}
		if err == nil {
			running = append(running, config)
		}
	}
	return running, nil
}

// usedConfigs are the names of the ConfigMaps that a member runs with, or can be given.
func (seen *observed) usedConfigs() map[string]bool {
	used := map[string]bool{}
	for _, set := range []*appsv1.StatefulSet{seen.statefulSet, seen.observers} {
		if set != nil {
			used[workload.ConfigMapOf(set)] = true
		}
		if seen.mayComeBack(set) {
			used[workload.HeldConfigMapOf(set)] = true
		}
	}
	for i := range seen.members {
		if pod := seen.members[i].pod; pod != nil {
			used[workload.ConfigMapOfPod(pod)] = true
		}
	}
	delete(used, "")
	return used
}

// checkChange finds what cannot be changed from what runs or may come back. Before
// an ensemble ever served anything may be changed: it has nothing to lose.
func checkChange(seen *observed, running []*corev1.ConfigMap) error {
	if seen.record == nil {
		return nil
	}
	if err := workload.CheckVersion(runningVersions(seen), seen.ensemble.Spec.Version); err != nil {
		return err
	}
	for _, config := range running {
		if err := workload.CheckConfigChange(config, seen.ensemble); err != nil {
			return err
		}
	}
	return nil
}

// withhold keeps a newer template from the StatefulSets, and reports whether there
// is one.
func withhold(seen *observed, o *workload.Objects) (withheld bool, err error) {
	for _, set := range []struct {
		wanted **appsv1ac.StatefulSetApplyConfiguration
		live   *appsv1.StatefulSet
	}{{&o.StatefulSet, seen.statefulSet}, {&o.Observers, seen.observers}} {
		if set.live == nil || *set.wanted == nil {
			continue
		}
		held, differs, err := workload.Withhold(*set.wanted, set.live)
		if err != nil {
			return false, err
		}
		if differs {
			*set.wanted, withheld = held, true
		}
	}
	return withheld, nil
}

// findUnwanted notes an object of ours that the specification no longer wants.
func (r *Reconciler) findUnwanted(ctx context.Context, seen *observed, name string, into client.Object) error {
	err := r.Get(ctx, client.ObjectKey{Namespace: seen.ensemble.Namespace, Name: name}, into)
	if err == nil && isOurs(seen.ensemble, into) && !isGoing(into) {
		seen.ordinary = append(seen.ordinary, ordinary{live: into})
	}
	return client.IgnoreNotFound(err)
}
