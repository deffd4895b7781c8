package ensemble

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// claim is one volume claim of a member.
type claim struct {
	*corev1.PersistentVolumeClaim
	group   plan.Group
	ordinal int32
	volume  string // workload.DataVolume or workload.LogVolume
	// unbindable says that somebody said why the claim cannot be bound.
	unbindable bool
}

// claims are the volume claims of all members that an ensemble ever had.
type claims []claim

// departed reports whether the member of an ordinal left for good: it has claims,
// and all of them carry the label of those that left. A Pod whose claims are not
// known yet has some.
func (all claims) departed(g plan.Group, ordinal int32, pod *corev1.Pod) bool {
	known := false
	for _, c := range all {
		if c.group == g && c.ordinal == ordinal {
			if known = true; !c.left() {
				return false
			}
		}
	}
	return known || pod == nil
}

// span is the highest ordinal of a voter whose data volume is not that of a
// member that left, plus one.
func (all claims) span() int32 {
	span := int32(0)
	for _, c := range all {
		if c.group == plan.Servers && c.volume == workload.DataVolume && !c.left() {
			span = max(span, c.ordinal+1)
		}
	}
	return span
}

func (c *claim) left() bool { return c.Labels[v1alpha1.LabelDeparted] != "" }

// findClaims finds the volume claims of the ensemble, and those that have the name
// of one of its claims and belong to something else. The list is live where it
// decides whether an ensemble may be formed, or how many Pods a StatefulSet has,
// or whether all of them are ended.
func (r *Reconciler) findClaims(ctx context.Context, seen *observed) error {
	var reader client.Reader = r
	if f := &seen.facts; seen.formation == nil || f.Stop && f.Replicas > 0 || f.Replicas != f.Desired || f.ObserverReplicas != f.DesiredObservers {
		reader = r.Live
	}
	list := &corev1.PersistentVolumeClaimList{}
	if err := reader.List(ctx, list, client.InNamespace(seen.ensemble.Namespace)); err != nil {
		return err
	}
	byName(list.Items)
	for i := range list.Items {
		c, ok := claimNamed(seen.ensemble, &list.Items[i])
		switch {
		case !ok:
		case seen.formation == nil && c.isMeantFor(seen.ensemble) && goesWithAnother(seen.ensemble, c.PersistentVolumeClaim) && !seen.mounts(&c):
			seen.taken = errors.Join(seen.taken, fmt.Errorf(
				"volume claim %s goes with an earlier ensemble of this name and is waited for to be gone", c.Name))
			seen.claims = append(seen.claims, c)
		case c.isOurs(seen.ensemble):
			seen.claims = append(seen.claims, c)
		default:
			seen.noteForeign(&c)
		}
	}
	return nil
}

// claimNamed tells by its name which volume of which member a claim would be,
// whoever it belongs to. No ordinal is beyond what the API allows.
func claimNamed(e *v1alpha1.ZooKeeperEnsemble, pvc *corev1.PersistentVolumeClaim) (claim, bool) {
	for _, first := range []claim{
		{group: plan.Servers, volume: workload.DataVolume},
		{group: plan.Servers, volume: workload.LogVolume},
		{group: plan.Observers, volume: workload.DataVolume},
		{group: plan.Observers, volume: workload.LogVolume},
	} {
		if ordinal, ok := ordinalIn(pvc.Name, first.volume+"-"+podName(e, first.group, 0)); ok && ordinal < most(first.group) {
			return claim{PersistentVolumeClaim: pvc, group: first.group, ordinal: ordinal, volume: first.volume}, true
		}
	}
	return claim{}, false
}

// isMeantFor reports whether a claim carries the labels of the ensemble's claims.
func (c *claim) isMeantFor(e *v1alpha1.ZooKeeperEnsemble) bool {
	return c.Labels[v1alpha1.LabelEnsemble] == e.Name && c.Labels[v1alpha1.LabelComponent] == workload.ComponentOf(c.group == plan.Observers)
}

// isOurs reports whether a claim is the ensemble's: by its labels, for its name
// may be that of another one's claim, and by belonging to nobody else.
func (c *claim) isOurs(e *v1alpha1.ZooKeeperEnsemble) bool {
	return c.isMeantFor(e) && !slices.ContainsFunc(c.OwnerReferences, func(o metav1.OwnerReference) bool { return o.UID != e.UID })
}

// goesWithAnother reports whether a claim is being deleted, or is about to be
// because it was owned by an ensemble that is gone.
func goesWithAnother(e *v1alpha1.ZooKeeperEnsemble, pvc *corev1.PersistentVolumeClaim) bool {
	return pvc.DeletionTimestamp != nil || slices.ContainsFunc(pvc.OwnerReferences, func(o metav1.OwnerReference) bool {
		return o.Kind == v1alpha1.Kind && o.UID != e.UID
	})
}

// observeVolumes compares the claims with the sizes that are specified, and
// finds those of members that left.
func (r *Reconciler) observeVolumes(ctx context.Context, seen *observed) error {
	classes := map[string]plan.Volumes{}
	for i := range seen.claims {
		c := &seen.claims[i]
		if m := seen.member(c.group, c.ordinal); m != nil {
			state := sizeOf(seen.ensemble, c)
			if state == plan.VolumesTooSmall {
				var err error
				if state, err = r.expandable(ctx, c, classes); err != nil {
					return err
				}
			}
			m.Volumes = worse(m.Volumes, state)
		}
		seen.noteLeftover(c)
		seen.noteTerminating(c)
	}
	for i := range seen.borrowed {
		seen.noteTerminating(&seen.borrowed[i])
	}
	return nil
}

// noteLeftover notes a claim that the spec does not retain and that nobody uses. All
// claims of a member say that it left, or none of them is taken for left over.
func (seen *observed) noteLeftover(c *claim) {
	f := &seen.facts
	m := seen.member(c.group, c.ordinal)
	if seen.ensemble.Spec.Storage.Retention != v1alpha1.RetentionDelete || !seen.claims.departed(c.group, c.ordinal, nil) ||
		c.DeletionTimestamp != nil || m != nil && m.pod != nil {
		return
	}
	if c.group == plan.Observers {
		f.LeftoverObservers = f.LeftoverObservers.With(c.ordinal)
	} else {
		f.Leftover = f.Leftover.With(c.ordinal)
	}
}

// worse is the state of two volumes together: growing ones are waited for before
// another is expanded.
func worse(a, b plan.Volumes) plan.Volumes {
	for _, state := range []plan.Volumes{plan.VolumesGrowing, plan.VolumesTooSmall, plan.VolumesFixed} {
		if a == state || b == state {
			return state
		}
	}
	return plan.VolumesFit
}

// sizeOf compares a claim with the size that is specified. What is not bound has
// no size yet.
func sizeOf(e *v1alpha1.ZooKeeperEnsemble, c *claim) plan.Volumes {
	if c.Status.Phase != corev1.ClaimBound || c.DeletionTimestamp != nil {
		return plan.VolumesFit
	}
	want, asked, has := workload.ClaimSize(e, c.volume), c.Spec.Resources.Requests[corev1.ResourceStorage], c.Status.Capacity[corev1.ResourceStorage]
	switch {
	case asked.Cmp(want) < 0:
		return plan.VolumesTooSmall
	case has.Cmp(asked) < 0:
		return plan.VolumesGrowing
	default:
		return plan.VolumesFit
	}
}

// expandable asks the class of a claim that is too small, once for all claims of
// a pass. Where the operator may not read it, the API server says so when the
// claim is expanded.
func (r *Reconciler) expandable(ctx context.Context, c *claim, classes map[string]plan.Volumes) (plan.Volumes, error) {
	if c.Spec.StorageClassName == nil || *c.Spec.StorageClassName == "" {
		return plan.VolumesFixed, nil
	}
	name := *c.Spec.StorageClassName
	if state, known := classes[name]; known {
		return state, nil
	}
	class := &storagev1.StorageClass{}
	err := r.Live.Get(ctx, client.ObjectKey{Name: name}, class)
	switch {
	case apierrors.IsNotFound(err):
		classes[name] = plan.VolumesFixed
	case apierrors.IsForbidden(err):
		classes[name] = plan.VolumesTooSmall
	case err != nil:
		return plan.VolumesFit, err
	case class.AllowVolumeExpansion != nil && *class.AllowVolumeExpansion:
		classes[name] = plan.VolumesTooSmall
	default:
		classes[name] = plan.VolumesFixed
	}
	return classes[name], nil
}

// keepClaims brings the metadata of the claims up to date: a member that came
// back is no longer one that left, and claims that are not to be retained go
// with their ensemble. The label goes before the member can join, so that a
// deletion which was decided while it was away, and is late to arrive, finds
// another resource version.
func (r *Reconciler) keepClaims(ctx context.Context, seen *observed) (refused []error) {
	for _, c := range seen.claims {
		if c.DeletionTimestamp != nil {
			continue
		}
		changed := c.DeepCopy()
		if c.isBack(&seen.facts) {
			delete(changed.Labels, v1alpha1.LabelDeparted)
		}
		keepOwner(seen.ensemble, changed)
		if err := r.patch(ctx, c.PersistentVolumeClaim, changed); err != nil {
			refused = append(refused, err)
		}
	}
	return refused
}

// isBack reports whether the member of a claim is one, or is about to be one
// again: it is wanted, and its StatefulSet has been given a Pod for it.
func (c *claim) isBack(f *plan.Observation) bool {
	size := min(f.DesiredReplicas(c.group), f.LiveReplicas(c.group))
	return f.Record != nil && (f.Listed(c.group).Has(c.ordinal) || c.ordinal < size)
}

// isToBeOwned reports whether a claim is to go with the ensemble and does not yet.
func (c *claim) isToBeOwned(e *v1alpha1.ZooKeeperEnsemble) bool {
	return e.Spec.Storage.Retention == v1alpha1.RetentionDelete && c.DeletionTimestamp == nil && !owns(e, c.PersistentVolumeClaim)
}

func owns(e *v1alpha1.ZooKeeperEnsemble, pvc *corev1.PersistentVolumeClaim) bool {
	return slices.ContainsFunc(pvc.OwnerReferences, refersTo(e))
}

// refersTo reports of an owner reference whether it is that of the ensemble.
func refersTo(e *v1alpha1.ZooKeeperEnsemble) func(metav1.OwnerReference) bool {
	return func(o metav1.OwnerReference) bool { return o.UID == e.UID }
}

// keepOwner makes the ensemble an owner of a claim, or not one.
func keepOwner(e *v1alpha1.ZooKeeperEnsemble, pvc *corev1.PersistentVolumeClaim) {
	switch wanted := e.Spec.Storage.Retention == v1alpha1.RetentionDelete; {
	case !wanted:
		pvc.OwnerReferences = slices.DeleteFunc(pvc.OwnerReferences, refersTo(e))
	case !owns(e, pvc):
		pvc.OwnerReferences = append(pvc.OwnerReferences, metav1.OwnerReference{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.Kind, Name: e.Name, UID: e.UID,
		})
	}
}

// changeClaims changes each claim of a member.
func (r *Reconciler) changeClaims(ctx context.Context, seen *observed, d plan.Decision, change func(claim, *corev1.PersistentVolumeClaim)) error {
	for _, c := range seen.claims {
		if c.group != d.Group || c.ordinal != d.Ordinal {
			continue
		}
		changed := c.DeepCopy()
		change(c, changed)
		if err := r.patch(ctx, c.PersistentVolumeClaim, changed); err != nil {
			return err
		}
	}
	return nil
}

// markDeparted labels the claims of a member that left.
func (r *Reconciler) markDeparted(ctx context.Context, seen *observed, d plan.Decision) error {
	return r.changeClaims(ctx, seen, d, func(_ claim, pvc *corev1.PersistentVolumeClaim) {
		metav1.SetMetaDataLabel(&pvc.ObjectMeta, v1alpha1.LabelDeparted, "true")
	})
}

// expandVolumes asks for the specified size where a claim asks for less.
func (r *Reconciler) expandVolumes(ctx context.Context, seen *observed, d plan.Decision) error {
	return r.changeClaims(ctx, seen, d, func(c claim, pvc *corev1.PersistentVolumeClaim) {
		want := workload.ClaimSize(seen.ensemble, c.volume)
		if asked := pvc.Spec.Resources.Requests[corev1.ResourceStorage]; asked.Cmp(want) < 0 && pvc.DeletionTimestamp == nil {
			pvc.Spec.Resources.Requests[corev1.ResourceStorage] = want
		}
	})
}

// deleteVolumes deletes the claims of a member that left. It is the only place
// where a volume is deleted.
func (r *Reconciler) deleteVolumes(ctx context.Context, seen *observed, d plan.Decision) error {
	for _, c := range seen.claims {
		if c.group != d.Group || c.ordinal != d.Ordinal {
			continue
		}
		log.FromContext(ctx).Info("Deleting volume claim of a member that left", "claim", c.Name)
		err := r.Delete(ctx, c.PersistentVolumeClaim, client.Preconditions{UID: new(c.UID), ResourceVersion: new(c.ResourceVersion)})
		if client.IgnoreNotFound(err) != nil {
			return refusedFor(kindName(c.PersistentVolumeClaim), c.Name, err)
		}
	}
	return nil
}
