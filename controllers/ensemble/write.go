package ensemble

import (
	"context"
	"errors"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// apply brings the ordinary objects up to date, each only where it differs, and
// none of them waits for another one that is refused. Only the StatefulSets do:
// they come after what their Pods cannot start without. That is also the super
// user, whose digest every server is started with.
func (r *Reconciler) apply(ctx context.Context, seen *observed, d plan.Decision, done *outcome) {
	if !done.note(r.mayOwn(ctx, seen)) {
		return
	}
	r.adopt(ctx, seen, done)
	if len(done.adopted) > 0 {
		return // the next pass sees what they are now
	}
	for _, o := range seen.going {
		done.note(goingOf(o))
	}
	if r.applyOrdinary(ctx, seen, done) {
		r.applySets(ctx, seen, d, done)
	}
}

// applyOrdinary writes everything but the StatefulSets, and reports whether all is
// there that their Pods cannot start without.
func (r *Reconciler) applyOrdinary(ctx context.Context, seen *observed, done *outcome) bool {
	startable := seen.superuser != nil
	if !startable {
		done.note(r.createSuperuser(ctx, seen))
	}
	for _, o := range seen.ordinary {
		if errors.Is(done.err(), errNamespaceGoing) {
			return false // the same would be said of each
		}
		if o.live != nil && isGoing(o.live) {
			startable = startable && !o.needed
			continue
		}
		if o.desired == runtime.ApplyConfiguration(seen.wanted.ClientService) && !seen.formed() {
			continue // clients come when no blank disk can vote any more
		}
		if ok := done.note(r.applyOne(ctx, seen.ensemble, o, done)); !ok && o.needed {
			startable = false
		}
	}
	for _, err := range r.keepClaims(ctx, seen) {
		done.noteLeft(err)
	}
	return startable
}

// applySets writes the StatefulSets, but those that are being deleted.
func (r *Reconciler) applySets(ctx context.Context, seen *observed, d plan.Decision, done *outcome) {
	sizes := [2]int32{plan.Servers: d.Replicas, plan.Observers: d.ObserverReplicas}
	if d.Kind == plan.Shrink {
		sizes[d.Group] = d.Size
	}
	for g, set := range seen.sets() {
		if set.live == nil || !isGoing(set.live) {
			done.sets[g] = done.note(r.applySet(ctx, seen, plan.Group(g), sizes[g], d.Open[g], done))
		}
	}
}

// formed reports whether no blank disk can vote any more.
func (seen *observed) formed() bool {
	return seen.facts.Formation == plan.Closed || seen.facts.Formation == plan.Garbled
}

func (r *Reconciler) createSuperuser(ctx context.Context, seen *observed) error {
	secret := workload.SuperuserSecret(seen.ensemble, workload.NewSuperuser())
	return refusedFor("Secret", secret.Name, r.Create(ctx, secret))
}

// desiredAnnotation keeps on a StatefulSet how many members are specified. It
// changes the resource version whenever that does, and before anybody joins or
// leaves for it, so that a size that was decided for an earlier wish and is late
// to arrive is refused.
const desiredAnnotation = "zkensemble.dev/desired-replicas"

// unborn is a resource version that no object ever has. An apply at that version
// creates an object, and is refused where there is one already: it may have been
// born, and have grown, since this one was decided.
const unborn = "1"

// applySet writes a StatefulSet if it is not as it should be, and only if nobody
// else has changed it since it was read: a size that was decided for an older
// one is never written.
func (r *Reconciler) applySet(ctx context.Context, seen *observed, g plan.Group, size int32, open bool, done *outcome) error {
	set := seen.sets()[g]
	if set.wanted == nil {
		return nil
	}
	wanted, err := copyOf(set.wanted)
	if err != nil {
		return err
	}
	wanted.WithAnnotations(map[string]string{desiredAnnotation: strconv.Itoa(int(seen.facts.DesiredReplicas(g)))})
	if g == plan.Servers {
		wanted.WithAnnotations(map[string]string{v1alpha1.AnnotationOperator: r.Settings.Operator()})
	}
	wanted.Spec.WithReplicas(size).WithUpdateStrategy(workload.UpdateStrategy(set.live, open))
	var live client.Object
	if set.live != nil {
		live = set.live
	}
	written, err := r.bring(ctx, seen.ensemble, draftOf(wanted), live, done)
	done.wrote = done.wrote || written
	return err
}

// applyOne writes one object if it is not as it should be.
func (r *Reconciler) applyOne(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble, o ordinary, done *outcome) error {
	if o.desired == nil {
		log.FromContext(ctx).Info("Deleting object that is not wanted any more", "object", o.live.GetName(), "type", kindName(o.live))
		err := r.Delete(ctx, o.live, client.Preconditions{UID: new(o.live.GetUID())})
		return refusedFor(kindName(o.live), o.live.GetName(), client.IgnoreNotFound(err))
	}
	sent, err := o.draft()
	if err != nil {
		return err
	}
	_, err = r.bring(ctx, e, sent, o.live, done)
	return err
}

// bring makes an object what is wanted of it, and reports whether that took a write,
// however it ended.
func (r *Reconciler) bring(
	ctx context.Context, e *v1alpha1.ZooKeeperEnsemble, o *draft, live client.Object, done *outcome,
) (written bool, err error) {
	hash, err := o.marked()
	if err != nil {
		return false, err
	}
	settled, warning, err := r.settled(o, live, hash)
	done.warn(warning)
	if err != nil || settled {
		return false, err
	}
	if err := r.stillOurs(ctx, e); err != nil {
		return false, err
	}
	return true, r.put(ctx, o, live, hash)
}

// put creates what is missing and changes what is there, each only if it is
// still so: nothing is ever taken over that was born or changed meanwhile.
func (r *Reconciler) put(ctx context.Context, o *draft, live client.Object, hash string) error {
	version, id := unborn, types.UID("")
	if live != nil {
		version, id = live.GetResourceVersion(), live.GetUID()
	}
	o.only(version, id)
	kind, name := called(o.desired)
	err := r.Apply(ctx, o.desired, client.FieldOwner(v1alpha1.FieldOwner), client.ForceOwnership)
	if err != nil || live == nil {
		return refusedFor(kind, name, err)
	}
	return r.inVain.noteApplied(live, hash, o.desired)
}
