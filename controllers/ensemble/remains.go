package ensemble

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// remain reports whether one of the claims holds data of before, or may come to.
func (all claims) remain() bool {
	return slices.ContainsFunc(all, func(c claim) bool { return !c.neverBound() || !c.asksForABlankVolume() })
}

// neverBound reports whether a claim has never had a volume.
func (c *claim) neverBound() bool {
	return c.Spec.VolumeName == "" && c.Status.Phase == corev1.ClaimPending
}

// asksForABlankVolume reports whether a claim is one that a StatefulSet's controller
// made, and asks for no volume in particular. One that a person or a backup made may
// be about to get a volume that was kept, as the volume alone can say, or may be
// filled from a snapshot.
func (c *claim) asksForABlankVolume() bool {
	return c.Spec.DataSource == nil && c.Spec.DataSourceRef == nil && c.Spec.Selector == nil &&
		slices.ContainsFunc(c.ManagedFields, func(f metav1.ManagedFieldsEntry) bool {
			return f.Manager == statefulSetController && f.Subresource == "" && f.FieldsV1 != nil && strings.Contains(f.FieldsV1.GetRawString(), `"f:accessModes"`)
		})
}

// statefulSetController is who writes what the controller of StatefulSets does.
const statefulSetController = "kube-controller-manager"
