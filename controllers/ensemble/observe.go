package ensemble

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// observed is everything that one pass saw. Decision, actions, conditions and
// events all rest on this one observation. Once it is decided nothing is changed in
// it, see [outcome].
type observed struct {
	ensemble  *v1alpha1.ZooKeeperEnsemble
	unclaimed error // why the API server refuses to have its objects name this operator

	statefulSet *appsv1.StatefulSet // nil when there is none
	observers   *appsv1.StatefulSet // that of the observers, nil when there is none
	formation   *corev1.ConfigMap   // nil when there is none
	record      *corev1.ConfigMap   // members record, nil when there is none
	superuser   *corev1.Secret      // nil when there is none
	claims      claims              // volume claims of all members there ever were
	borrowed    claims              // those that members mount although they are not the ensemble's
	members     []observedMember    // the servers by ordinal, then the observers
	asked       time.Time           // when they were asked

	wanted   workload.Objects       // what the objects should be, empty while the specification is invalid
	ordinary []ordinary             // all of them but the StatefulSets, beside what they are
	invalid  error                  // why the specification cannot be carried out
	warnings []string               // what is unwise in the specification
	taken    error                  // which object belongs to something else
	orphans  []client.Object        // what is to be adopted, see [isOrphan]
	going    []client.Object        // what is being deleted of the ensemble's objects
	blocked  error                  // which volume claim of a member that is to start does
	foreign  string                 // a disruption budget over our Pods that is not ours
	booked   map[string]metav1.Time // Pods whose eviction our budget has allowed and not seen yet

	recorded   zkconfig.Membership // of the members record
	garbled    error               // why the formation record cannot be read
	unreadable error               // why the members record cannot be read
	committed  zkconfig.Membership // as read in this pass, if it was
	strangers  []zkconfig.Server   // of them those that are none of the ensemble's
	heard      bool                // a session was committed although no member that leads can be asked

	facts plan.Observation
}

// observe looks at the Kubernetes objects, then asks the members.
func (r *Reconciler) observe(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) (*observed, error) {
	seen := &observed{ensemble: e}
	for _, look := range []func(context.Context, *observed) error{
		r.observeObjects, r.observeRecords, r.observePods, r.askMembers, r.observeNodes, r.judgeMembers,
		r.observeWanted, r.observeVolumes, r.observeUpdate, r.explain,
	} {
		if err := look(ctx, seen); err != nil {
			return nil, err
		}
	}
	r.askQuorum(ctx, seen)
	return seen, nil
}

// observeObjects reads the objects of the ensemble. Where the cache knows none,
// the API server itself is asked, because the formation record and objects of
// other owners must never be overlooked.
func (r *Reconciler) observeObjects(ctx context.Context, seen *observed) error {
	e, f := seen.ensemble, &seen.facts
	var err error
	if seen.statefulSet, err = find(ctx, r, seen, e.Name, &appsv1.StatefulSet{}); err != nil {
		return err
	}
	if seen.observers, err = r.findObservers(ctx, seen); err != nil {
		return err
	}
	if seen.formation, err = find(ctx, r, seen, workload.FormationName(e.Name), &corev1.ConfigMap{}); err != nil {
		return err
	}
	if seen.record, err = find(ctx, r, seen, workload.MembersName(e.Name), &corev1.ConfigMap{}); err != nil {
		return err
	}
	// Secrets are never cached, so this one is read live.
	if seen.superuser, err = find(ctx, r, seen, workload.SuperuserName(e.Name), &corev1.Secret{}); err != nil {
		return err
	}
	f.Paused = e.Spec.Mode == v1alpha1.ModePause
	f.Stop = e.Spec.Mode == v1alpha1.ModeStop
	f.Desired, f.DesiredObservers = e.Spec.Replicas, e.Spec.Observers.Replicas
	if seen.statefulSet != nil {
		f.Replicas = *seen.statefulSet.Spec.Replicas
	}
	if seen.observers != nil {
		f.ObserverReplicas = *seen.observers.Spec.Replicas
	}
	return nil
}

// findObservers finds the StatefulSet of the observers. An ensemble that wants
// none does not mind who has its name.
func (r *Reconciler) findObservers(ctx context.Context, seen *observed) (*appsv1.StatefulSet, error) {
	name := workload.ObserversName(seen.ensemble.Name)
	if seen.ensemble.Spec.Observers.Replicas > 0 {
		return find(ctx, r, seen, name, &appsv1.StatefulSet{})
	}
	set := &appsv1.StatefulSet{}
	err := r.Get(ctx, client.ObjectKey{Namespace: seen.ensemble.Namespace, Name: name}, set)
	if err != nil || !isOurs(seen.ensemble, set) {
		return nil, client.IgnoreNotFound(err)
	}
	return find(ctx, r, seen, name, &appsv1.StatefulSet{})
}

// find reads an object, from the cache or else live. It returns nil when there
// is none or when it belongs to something else, which it notes.
func find[T client.Object](ctx context.Context, r *Reconciler, seen *observed, name string, into T) (T, error) {
	var none T
	key := client.ObjectKey{Namespace: seen.ensemble.Namespace, Name: name}
	exists, err := r.look(ctx, key, into)
	switch {
	case err != nil || !exists:
		return none, err
	case isGoing(into) && isOurs(seen.ensemble, into):
		seen.going = append(seen.going, into)
	case isOrphan(seen.ensemble, into):
		why, err := r.noteOrphan(ctx, seen, into)
		if why != nil || err != nil {
			seen.taken = errors.Join(seen.taken, why)
			return none, err
		}
	case !metav1.IsControlledBy(into, seen.ensemble):
		seen.taken = errors.Join(seen.taken, takenBy(seen.ensemble, into))
		return none, nil
	}
	return into, nil
}

// byName orders what the cache lists in another order each time, so that what is
// told of it stays the same.
func byName[T any, O interface {
	*T
	client.Object
}](items []T) {
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(O(&a).GetName(), O(&b).GetName()) })
}

// takenBy tells a person whose object stands in the way.
func takenBy(e *v1alpha1.ZooKeeperEnsemble, o client.Object) error {
	if isGoing(o) {
		return fmt.Errorf("%s %s exists and is not this ensemble's; it is being deleted and waited for to be gone", kindName(o), o.GetName())
	}
	if ref := metav1.GetControllerOf(o); ref != nil && ref.Kind == v1alpha1.Kind && ref.Name == e.Name {
		return fmt.Errorf("%s %s is owned by an earlier ensemble of this name, with which Kubernetes deletes it: it is waited for to be gone "+
			"and then made anew; what is restored from a backup must have no metadata.ownerReferences", kindName(o), o.GetName())
	}
	return fmt.Errorf("%s %s exists and is not this ensemble's: remove or rename it, or give the ensemble another name", kindName(o), o.GetName())
}

// observeRecords reads the formation record and the members record, and what
// remains of an earlier ensemble where there is no formation record.
func (r *Reconciler) observeRecords(ctx context.Context, seen *observed) error {
	f := &seen.facts
	if err := r.findClaims(ctx, seen); err != nil {
		return err
	}
	f.Volumes = seen.claims.span()
	if seen.formation == nil {
		f.Formation = plan.Missing
		remain, err := r.remain(ctx, seen)
		if err != nil {
			return err
		}
		f.Remains = remain || seen.statefulSet != nil || seen.record != nil
	} else {
		seen.readFormation()
	}
	if seen.record != nil {
		seen.readMembers()
	}
	return nil
}

// most is how many members a group can have.
func most(g plan.Group) int32 {
	if g == plan.Observers {
		return v1alpha1.MaxObservers
	}
	return v1alpha1.MaxReplicas
}

// ordinalIn reads the ordinal from a name of the form of first, which ends in
// the ordinal 0.
func ordinalIn(name, first string) (int32, bool) {
	digits, ok := strings.CutPrefix(name, strings.TrimSuffix(first, "0"))
	if !ok || (len(digits) > 1 && digits[0] == '0') {
		return 0, false
	}
	ordinal, err := strconv.ParseUint(digits, 10, 16)
	return int32(ordinal), err == nil
}
