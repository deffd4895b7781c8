package ensemble

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// noteTerminating notes a claim that is being deleted, and tells of it at once.
// Kubernetes takes no deletion back; the claim is there only as long as its Pod is.
func (seen *observed) noteTerminating(c *claim) {
	if c.DeletionTimestamp == nil {
		return
	}
	f := &seen.facts
	if c.group == plan.Observers {
		f.TerminatingObservers = f.TerminatingObservers.With(c.ordinal)
	} else {
		f.Terminating = f.Terminating.With(c.ordinal)
	}
	if m := seen.member(c.group, c.ordinal); m != nil && m.pod != nil {
		seen.warnings = append(seen.warnings, fmt.Sprintf("volume claim %s is being deleted, which Kubernetes takes back from nobody: "+
			"it goes as soon as its Pod %s does, and its data with it", c.Name, m.pod.Name))
	}
}

// claimsStay reads from the API server itself, before Pods are ended, whether a claim
// is being deleted of which that was not seen: members take seconds to answer, and a
// claim goes with its Pod. No precondition of a write on one object speaks of another,
// so what is deleted after this is as if it had been deleted after the write.
func (r *Reconciler) claimsStay(ctx context.Context, seen *observed) error {
	list := &corev1.PersistentVolumeClaimList{}
	if err := r.Live.List(ctx, list, client.InNamespace(seen.ensemble.Namespace)); err != nil {
		return err
	}
	before := seen.ofMembers()
	for i := range list.Items {
		now := &list.Items[i]
		stayed := slices.ContainsFunc(before, func(c claim) bool { return c.UID == now.UID && c.DeletionTimestamp == nil })
		if stayed && now.DeletionTimestamp != nil {
			return fmt.Errorf("volume claim %s: %w", now.Name, errChanged)
		}
	}
	return nil
}

// ofMembers are the claims on which members run or ran.
func (seen *observed) ofMembers() claims { return slices.Concat(seen.claims, seen.borrowed) }

// terminating lists the claims that are being deleted, each with its volume.
func (seen *observed) terminating() string {
	var names []string
	for _, c := range seen.ofMembers() {
		if c.DeletionTimestamp != nil {
			names = append(names, fmt.Sprintf("%s (volume %s)", c.Name, c.Spec.VolumeName))
		}
	}
	return strings.Join(names, ", ")
}

// butTerminating excepts from what is said to stay the volumes that do not.
func (seen *observed) butTerminating() string {
	if names := seen.terminating(); names != "" {
		return ", but for those whose claims are being deleted: " + names
	}
	return ""
}

// saveData says how data gets to safety that goes with Pods, and what is being
// deleted. The volume of a Pod that is deleted by hand is lost as well, so that only
// members are named of which the others have a copy.
func (seen *observed) saveData() string {
	f := &seen.facts
	joining, voting := f.Terminating&plan.UpTo(f.Desired)&^f.Voters(), f.Terminating&f.Voters()
	var way string
	switch {
	case joining != 0:
		way = "a new member gets another volume, and then a vote, once its Pod is deleted: kubectl delete pod " + seen.lastOf(joining)
	case f.Voters().Len() < 3:
		way = "set spec.replicas to 3, with spec.mode Run, so that new members copy the data onto volumes that stay"
	default:
		way = "put the spec back, then have the members copy the data onto new volumes, one at a time, each only when every member " +
			"serves in sync: kubectl delete pod " + seen.lastOf(voting)
	}
	return "Refused, for it would lose data: claims of volumes are being deleted, and each goes as soon as its Pod does. " +
		"To keep a volume whatever happens: kubectl patch pv VOLUME -p '{\"spec\":{\"persistentVolumeReclaimPolicy\":\"Retain\"}}'. " +
		"The way out: " + way + ". Being deleted: " + seen.terminating()
}

// lastOf is the Pod name of the server with the highest of some ordinals.
func (seen *observed) lastOf(ordinals plan.Set) string {
	return podName(seen.ensemble, plan.Servers, ordinals.Span()-1)
}
