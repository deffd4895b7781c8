package ensemble

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// Operator is how this operator is named by the ensembles that it keeps. All Pods
// of one installation have the same name.
func (s Settings) Operator() string { return s.Namespace + "/" + s.Release }

// keeper is which operator keeps an ensemble.
type keeper struct {
	namers []client.Object // what may name it, what counts more before what counts less
	by     client.Object   // the first of them that does, nil where none does
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
// say so, or an admission policy undoes it, which is told with what else is refused.
func (r *Reconciler) keep(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) (wait time.Duration, unclaimed, err error) {
	k, err := r.keeperOf(ctx, e)
	if err != nil {
		return 0, nil, err
	}
	if k.other == "" || k.goes {
		claimed, err := r.claim(ctx, k)
		switch {
		case lookAgain(err), claimed && (err == nil || isUndone(err)):
			return soon, nil, nil // the cache has yet to see whose it is
		case k.other == "":
			r.stances.forget(e.UID)
			return 0, err, nil
		}
		log.FromContext(ctx).Error(err, "Taking over was refused")
	}
	if err := r.closeRestored(ctx, e, k); err != nil {
		log.FromContext(ctx).Error(err, "Closing a formation record that was restored open was refused")
	}
	r.standBack(ctx, e, k)
	return settled, nil, nil
}

// closeRestored closes a formation record that was restored open, although it names
// another operator: that one may never come, and blank volumes could be given a vote
// meanwhile. Whoever sees such a record would do no less with it. It is the only write
// of an operator that stands back, and leaves the record to be adopted by the other one.
func (r *Reconciler) closeRestored(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble, k keeper) error {
	for _, o := range k.namers {
		record, is := o.(*corev1.ConfigMap)
		if !is || !isOrphan(e, record) || e.Spec.Mode == v1alpha1.ModePause || !isOpenRecord(record) {
			continue
		}
		closed := record.DeepCopy()
		closed.Data[member.FormationStateKey] = string(member.FormationClosed)
		return r.patch(ctx, record, closed)
	}
	return nil
}

// keeperOf finds out which operator keeps an ensemble. What names nobody overrules
// nothing that does.
func (r *Reconciler) keeperOf(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) (keeper, error) {
	namers, err := namers(ctx, e, r.look)
	k := keeper{namers: namers, by: firstNaming(namers)}
	if err != nil || k.by == nil {
		return k, err
	}
	if name := operatorOf(k.by); name == r.Settings.Operator() {
		r.keepers.kept.Store(e.UID, true)
	} else {
		_, before := r.keepers.kept.Load(e.UID)
		k.other, k.goes = name, r.Settings.TakeOver && !before
	}
	return k, nil
}

// firstNaming is the first of some objects that names an operator, nil where none does.
func firstNaming(namers []client.Object) client.Object {
	if i := slices.IndexFunc(namers, func(o client.Object) bool { return operatorOf(o) != "" }); i >= 0 {
		return namers[i]
	}
	return nil
}

// operatorOf is the operator that an object names, "" where it names none.
func operatorOf(o client.Object) string { return o.GetAnnotations()[v1alpha1.AnnotationOperator] }

// namers are the objects of an ensemble that may name its operator, as far as they
// exist: the StatefulSet, and the formation record, which is there before it and
// follows it afterwards. What a backup brought back without its owner comes last: it
// tells who kept the ensemble when it was saved.
func namers(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble, look reading) ([]client.Object, error) {
	set, record := &appsv1.StatefulSet{}, &corev1.ConfigMap{}
	var owned, orphans []client.Object
	for _, o := range []struct {
		name string
		into client.Object
	}{{e.Name, set}, {workload.FormationName(e.Name), record}} {
		exists, err := look(ctx, client.ObjectKey{Namespace: e.Namespace, Name: o.name}, o.into)
		switch {
		case err != nil:
			return nil, err
		case !exists:
		case metav1.IsControlledBy(o.into, e):
			owned = append(owned, o.into)
		case isOrphan(e, o.into) && (o.into != client.Object(set) || workload.CheckAdoption(e, set) == nil):
			orphans = append(orphans, o.into)
		}
	}
	return append(owned, orphans...), nil
}

// reading reads an object and reports whether it exists.
type reading func(ctx context.Context, key client.ObjectKey, into client.Object) (bool, error)

// look reads an object, from the cache or else live.
func (r *Reconciler) look(ctx context.Context, key client.ObjectKey, into client.Object) (bool, error) {
	err := r.Get(ctx, key, into)
	if apierrors.IsNotFound(err) {
		return r.lookLive(ctx, key, into)
	}
	return err == nil, err
}

// lookLive reads an object from the API server itself.
func (r *Reconciler) lookLive(ctx context.Context, key client.ObjectKey, into client.Object) (bool, error) {
	err := r.Live.Get(ctx, key, into)
	return err == nil, client.IgnoreNotFound(err)
}

// claim has each object that does not name this operator do so, and reports whether
// one of them does from now on. What has no owner is claimed before it is adopted. A
// claim is refused where anybody has changed the object since it was read, so that of
// several operators one gets an ensemble that none keeps.
func (r *Reconciler) claim(ctx context.Context, k keeper) (claimed bool, err error) {
	var left refusals
	for _, was := range k.namers {
		if operatorOf(was) == r.Settings.Operator() {
			continue
		}
		is, ok := was.DeepCopyObject().(client.Object)
		if !ok {
			return claimed, fmt.Errorf("%T is no object", was)
		}
		annotations := map[string]string{}
		maps.Copy(annotations, was.GetAnnotations())
		annotations[v1alpha1.AnnotationOperator] = r.Settings.Operator()
		is.SetAnnotations(annotations)
		switch err := r.patch(ctx, was, is); {
		case isUndone(err):
			left = append(left, err)
		case err != nil:
			return claimed, err
		default:
			log.FromContext(ctx).Info("Took over the ensemble", "object", is.GetName(), "type", kindName(is), "from", operatorOf(was))
			claimed = true
		}
	}
	return claimed, together(left...)
}

// stillOurs reads from the API server itself that no other operator is named by now.
// Members take seconds to answer, and an ensemble that was handed over meanwhile is
// somebody else's, also one whose StatefulSet is lost: the next one would be born with
// the name of this operator, and undo the hand-over.
func (r *Reconciler) stillOurs(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) error {
	set := &appsv1.StatefulSet{}
	exists, err := r.lookLive(ctx, client.ObjectKeyFromObject(e), set)
	if err != nil {
		return err
	}
	by := client.Object(set)
	if !exists || operatorOf(set) == "" || !metav1.IsControlledBy(set, e) {
		namers, err := namers(ctx, e, r.lookLive)
		if err != nil {
			return err
		}
		by = firstNaming(namers)
	}
	if by != nil && operatorOf(by) != r.Settings.Operator() {
		return fmt.Errorf("%s %s: %w", kindName(by), by.GetName(), errChanged)
	}
	return nil
}
