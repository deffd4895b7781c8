package ensemble

import (
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// remain reports whether one of the claims holds data of before, or may come to.
func (r *Reconciler) remain(ctx context.Context, seen *observed) (bool, error) {
	if len(seen.claims) == 0 {
		return false, nil
	}
	controllers, err := r.controllersOf(ctx, seen.ensemble.Namespace)
	return slices.ContainsFunc(seen.claims, func(c claim) bool { return !c.neverBound() || !c.asksForABlankVolume(controllers) }), err
}

// neverBound reports whether a claim has never had a volume.
func (c *claim) neverBound() bool {
	return c.Spec.VolumeName == "" && c.Status.Phase == corev1.ClaimPending
}

// asksForABlankVolume reports whether a claim is one that a StatefulSet's controller
// made, and asks for no volume in particular. One that a person or a backup made may
// be about to get a volume that was kept, as the volume alone can say, or may be
// filled from a snapshot.
func (c *claim) asksForABlankVolume(controllers string) bool {
	return c.Spec.DataSource == nil && c.Spec.DataSourceRef == nil && c.Spec.Selector == nil &&
		controllers != "" && writerOf(c, `"f:accessModes"`) == controllers
}

// writerOf is the one field manager that wrote a field of an object itself, "" where
// there is none, or there are several.
func writerOf(o metav1.Object, field string) string {
	writer := ""
	for _, f := range o.GetManagedFields() {
		if f.Subresource != "" || f.FieldsV1 == nil || !strings.Contains(f.FieldsV1.GetRawString(), field) {
			continue
		}
		if writer != "" && writer != f.Manager {
			return ""
		}
		writer = f.Manager
	}
	return writer
}

const (
	// rootCertificates is a ConfigMap that the controllers of a cluster keep in every
	// namespace.
	rootCertificates = "kube-root-ca.crt"
	// usualControllers is the name under which they write nearly everywhere.
	usualControllers = "kube-controller-manager"
)

// controllersOf is the name under which the controllers of the cluster write, that of
// StatefulSets among them. It is that of their program, which is another one where
// several programs are one. What they keep in every namespace tells; whoever changes
// that is put right by them.
func (r *Reconciler) controllersOf(ctx context.Context, namespace string) (string, error) {
	kept := &corev1.ConfigMap{}
	err := r.Live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: rootCertificates}, kept)
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return usualControllers, nil
	}
	if err != nil {
		return "", err
	}
	return writerOf(kept, `"f:ca.crt"`), nil
}
