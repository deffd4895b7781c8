package controllers

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/workload"
)

// Operator is how this operator is named by the ensembles that it keeps. All Pods
// of one installation have the same name.
func (s Settings) Operator() string { return s.Namespace + "/" + s.Release }

// keeper is which operator keeps an ensemble.
type keeper struct {
	namers []client.Object // what names it; the first of them decides
	other  string          // its name where it is another one, "" where it is this one or nobody yet
	goes   bool            // it is another one, from which this one is to take over
}

// keepers remembers the ensembles that this operator has kept since it was
// started. It takes none of them over again: two operators that are both told to
// take over would do so in turn.
type keepers struct{ kept sync.Map } // UID of the ensemble

// keep makes sure that this operator keeps an ensemble, before anything else is
// looked at. A pass that has to end with that waits for the next one. An ensemble
// that nobody keeps is looked after although the API server refuses to have it
// say so, which is told with what else is refused.
func (r *Reconciler) keep(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) (wait time.Duration, unclaimed, err error) {
	k, err := r.keeperOf(ctx, e)
	if err != nil {
		return 0, nil, err
	}
	if k.other == "" || k.goes {
		claimed, err := r.claim(ctx, e, k)
		switch {
		case claimed && (err == nil || lookAgain(err)):
			return soon, nil, nil // the cache has yet to see whose it is
		case k.other == "":
			r.stances.forget(e.UID)
			return 0, err, nil
		}
		log.FromContext(ctx).Error(err, "Taking over was refused")
	}
	r.standBack(ctx, e, k)
	return settled, nil, nil
}

// keeperOf finds out which operator keeps an ensemble.
func (r *Reconciler) keeperOf(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) (keeper, error) {
	namers, err := r.namers(ctx, e)
	if err != nil || len(namers) == 0 {
		return keeper{}, err
	}
	k, first := keeper{namers: namers}, namers[0]
	switch name := first.GetAnnotations()[v1alpha1.AnnotationOperator]; name {
	case "":
	case r.Settings.Operator():
		r.keepers.kept.Store(e.UID, true)
	default:
		_, before := r.keepers.kept.Load(e.UID)
		k.other, k.goes = name, r.Settings.TakeOver && !before && metav1.IsControlledBy(first, e)
	}
	return k, nil
}

// namers are the objects that name the operator of an ensemble, as far as they
// exist: the StatefulSet, and the formation record, which is there before it and
// follows it afterwards. What a backup brought back without its owner counts too.
func (r *Reconciler) namers(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) ([]client.Object, error) {
	var namers []client.Object
	for _, o := range []struct {
		name string
		into client.Object
	}{{e.Name, &appsv1.StatefulSet{}}, {workload.FormationName(e.Name), &corev1.ConfigMap{}}} {
		exists, err := r.look(ctx, client.ObjectKey{Namespace: e.Namespace, Name: o.name}, o.into)
		if err != nil {
			return nil, err
		}
		orphan := metav1.GetControllerOf(o.into) == nil && o.into.GetLabels()[v1alpha1.LabelEnsemble] == e.Name
		if exists && (orphan || metav1.IsControlledBy(o.into, e)) {
			namers = append(namers, o.into)
		}
	}
	return namers, nil
}

// look reads an object, from the cache or else live, and reports whether it exists.
func (r *Reconciler) look(ctx context.Context, key client.ObjectKey, into client.Object) (bool, error) {
	err := r.Get(ctx, key, into)
	if apierrors.IsNotFound(err) {
		err = r.Live.Get(ctx, key, into)
	}
	return err == nil, client.IgnoreNotFound(err)
}

// claim has the next object that does not name this operator do so, and reports
// whether there was one. It is refused where anybody has changed the object since
// it was read, so that of several operators one gets an ensemble that none keeps.
func (r *Reconciler) claim(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble, k keeper) (claimed bool, err error) {
	for _, o := range k.namers {
		annotations := maps.Clone(o.GetAnnotations())
		was := annotations[v1alpha1.AnnotationOperator]
		if was == r.Settings.Operator() || !metav1.IsControlledBy(o, e) {
			continue
		}
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[v1alpha1.AnnotationOperator] = r.Settings.Operator()
		before, ok := o.DeepCopyObject().(client.Object)
		if !ok {
			return false, fmt.Errorf("%T cannot be copied", o)
		}
		o.SetAnnotations(annotations)
		log.FromContext(ctx).Info("Taking over the ensemble", "object", o.GetName(), "type", kindName(o), "from", was)
		return true, refusedFor(kindName(o), o.GetName(), r.Patch(ctx, o, ifUnchanged(before)))
	}
	return false, nil
}

// stillOurs reads from the API server itself that the StatefulSet names no other
// operator: members take seconds to answer, and an ensemble that was handed over
// meanwhile is somebody else's.
func (r *Reconciler) stillOurs(ctx context.Context, seen *observed) error {
	if seen.statefulSet == nil {
		return nil // what is created fails where another operator was faster
	}
	now := &appsv1.StatefulSet{}
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(seen.statefulSet), now); client.IgnoreNotFound(err) != nil {
		return err
	}
	if name := now.Annotations[v1alpha1.AnnotationOperator]; name != "" && name != r.Settings.Operator() {
		return fmt.Errorf("StatefulSet %s: %w", now.Name, errChanged)
	}
	return nil
}
