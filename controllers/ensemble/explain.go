package ensemble

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// explain finds out why Pods are not there or have no node, in the words of those
// who refuse them. It asks only where a Pod is missing, and decides nothing: what
// cannot be read is left out.
func (r *Reconciler) explain(ctx context.Context, seen *observed) error {
	for i := range seen.members {
		m := &seen.members[i]
		absent := m.pod == nil && m.Ordinal < seen.facts.LiveReplicas(m.Group)
		if absent {
			m.why = r.refusedPod(ctx, seen, m)
			m.Refused = m.why != ""
		}
		if absent || m.pod != nil && m.pod.Spec.NodeName == "" {
			m.why += r.unboundClaims(ctx, seen, m)
		}
	}
	seen.facts.Unbound = seen.neverBound()
	return nil
}

// refusedPod is why the StatefulSet's controller could not create a Pod, by the
// newest of its events.
func (r *Reconciler) refusedPod(ctx context.Context, seen *observed, m *observedMember) string {
	set := seen.sets()[m.Group].live
	about := fmt.Sprintf("Pod %s in StatefulSet %s ", podName(seen.ensemble, m.Group, m.Ordinal), set.Name)
	newest := r.newestEvent(ctx, set, func(e *corev1.Event) bool {
		return (e.Reason == "FailedCreate" || e.Reason == "SuccessfulCreate") && strings.Contains(e.Message, about)
	})
	if newest == nil || newest.Reason != "FailedCreate" {
		return ""
	}
	_, words, _ := strings.Cut(newest.Message, about)
	return ": " + strings.TrimPrefix(words, "failed error: ")
}

// unboundClaims tells of the claims of a member that cannot be bound.
func (r *Reconciler) unboundClaims(ctx context.Context, seen *observed, m *observedMember) string {
	var words strings.Builder
	for i := range seen.claims {
		c := &seen.claims[i]
		if c.group != m.Group || c.ordinal != m.Ordinal || c.Status.Phase == corev1.ClaimBound {
			continue
		}
		if why := r.whyUnbound(ctx, c); why != "" {
			c.unbindable = true
			fmt.Fprintf(&words, "; the volume claim %s is not bound: %s", c.Name, why)
		}
	}
	return words.String()
}

// whyUnbound is why a claim has no volume, "" where it is only being waited for.
func (r *Reconciler) whyUnbound(ctx context.Context, c *claim) string {
	if name := c.Spec.StorageClassName; name != nil && *name != "" {
		err := r.Live.Get(ctx, client.ObjectKey{Name: *name}, &storagev1.StorageClass{})
		if apierrors.IsNotFound(err) {
			return fmt.Sprintf("there is no StorageClass %s", *name)
		}
	}
	newest := r.newestEvent(ctx, c.PersistentVolumeClaim, func(e *corev1.Event) bool {
		return e.Reason == "ProvisioningFailed" || e.Reason == "FailedBinding"
	})
	if newest == nil {
		return ""
	}
	return newest.Message
}

// newestEvent is the newest of the events about an object that are asked for, nil
// where there is none. A success that is as new as a failure is newer.
func (r *Reconciler) newestEvent(ctx context.Context, about client.Object, wanted func(*corev1.Event) bool) *corev1.Event {
	list := &corev1.EventList{}
	err := r.Live.List(ctx, list, client.InNamespace(about.GetNamespace()),
		client.MatchingFieldsSelector{Selector: fields.OneTermEqualSelector("involvedObject.uid", string(about.GetUID()))})
	if err != nil {
		return nil
	}
	var newest *corev1.Event
	for i := range list.Items {
		e := &list.Items[i]
		if !wanted(e) {
			continue
		}
		if newest == nil || lastSeen(e).After(lastSeen(newest)) || lastSeen(e).Equal(lastSeen(newest)) && e.Type == corev1.EventTypeNormal {
			newest = e
		}
	}
	return newest
}

// lastSeen is when an event was seen last, whoever recorded it.
func lastSeen(e *corev1.Event) time.Time {
	seen := e.CreationTimestamp.Time
	for _, at := range []time.Time{e.LastTimestamp.Time, e.EventTime.Time} {
		if at.After(seen) {
			seen = at
		}
	}
	if e.Series != nil && e.Series.LastObservedTime.After(seen) {
		seen = e.Series.LastObservedTime.Time
	}
	return seen
}

// neverBound reports whether no claim of the ensemble has ever had a volume, and
// one of them cannot get any.
func (seen *observed) neverBound() bool {
	stuck := false
	for i := range seen.claims {
		if !seen.claims[i].neverBound() {
			return false
		}
		stuck = stuck || seen.claims[i].unbindable
	}
	return stuck
}

// startAnew are the commands after which an ensemble that never had a volume can
// be created with other ones.
func startAnew(e *v1alpha1.ZooKeeperEnsemble) string {
	return fmt.Sprintf("kubectl delete zke %[1]s && kubectl delete pvc -l %[2]s=%[1]s", e.Name, v1alpha1.LabelEnsemble)
}
