package workload

import (
	"fmt"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// CheckAdoption says what of a StatefulSet is not as the ensemble's own would be,
// of all that Kubernetes never changes: which Pods it has, how they are named, and
// on which volumes they run. What else differs is put right once it is the ensemble's.
// Sizes of volumes may differ, since volumes grow claim by claim.
func CheckAdoption(e *v1alpha1.ZooKeeperEnsemble, live *appsv1.StatefulSet) error {
	g := voters(e.Name)
	if live.Name == ObserversName(e.Name) {
		g = observers(e.Name)
	}
	differs := ""
	switch {
	case !equality.Semantic.DeepEqual(live.Spec.Selector, &metav1.LabelSelector{MatchLabels: g.selection()}):
		differs = "spec.selector"
	case live.Spec.ServiceName != ServersServiceName(e.Name):
		differs = "spec.serviceName"
	case live.Spec.PodManagementPolicy != appsv1.ParallelPodManagement:
		differs = "spec.podManagementPolicy"
	case !sameClaims(e, g, live.Spec.VolumeClaimTemplates):
		differs = "spec.volumeClaimTemplates"
	default:
		return nil
	}
	return fmt.Errorf("StatefulSet %s has no owner, and its %s, which can never be changed, is not what the ensemble asks for: "+
		"remove it, which keeps its volume claims unless its own spec says otherwise, or put spec.storage right", live.Name, differs)
}

// sameClaims reports whether a StatefulSet makes the claims that the ensemble's own
// would make, of any size. One that asks for a block device, for a copy of something
// or for certain volumes would give a new member what is not blank.
func sameClaims(e *v1alpha1.ZooKeeperEnsemble, g group, live []corev1.PersistentVolumeClaim) bool {
	wanted := newClaims(e, g)
	if len(live) != len(wanted) {
		return false
	}
	for i, want := range wanted {
		have := &live[i]
		if have.Name != *want.Name || !maps.Equal(have.Labels, want.Labels) ||
			!equality.Semantic.DeepEqual(have.Spec.AccessModes, want.Spec.AccessModes) ||
			!equality.Semantic.DeepEqual(have.Spec.StorageClassName, want.Spec.StorageClassName) ||
			!asksForAnyFileSystem(&have.Spec) {
			return false
		}
	}
	return true
}

// asksForAnyFileSystem reports whether a claim asks for a file system, and for none in
// particular.
func asksForAnyFileSystem(claim *corev1.PersistentVolumeClaimSpec) bool {
	return (claim.VolumeMode == nil || *claim.VolumeMode == corev1.PersistentVolumeFilesystem) &&
		claim.VolumeName == "" && claim.Selector == nil && claim.DataSource == nil && claim.DataSourceRef == nil
}
