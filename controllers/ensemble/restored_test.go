package ensemble

import (
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// owned are the kinds of which an ensemble owns objects, in the order in which tools
// restore them.
func owned() []client.ObjectList {
	return []client.ObjectList{
		&corev1.SecretList{}, &corev1.ConfigMapList{}, &networkingv1.NetworkPolicyList{}, &policyv1.PodDisruptionBudgetList{},
		&corev1.ServiceList{}, &appsv1.StatefulSetList{},
	}
}

// save returns the ensemble's objects as a backup keeps them: without what is true
// of one cluster at one time only.
func (w *world) save(kinds ...client.ObjectList) []client.Object {
	w.Helper()
	var saved []client.Object
	for _, list := range kinds {
		if err := w.List(w.Context(), list, client.InNamespace(w.namespace), client.MatchingLabels(workload.EnsembleSelector("zk"))); err != nil {
			w.Fatal(err)
		}
		err := eachItem(list, func(o client.Object) {
			if !isStranger(o.GetName()) {
				saved = append(saved, stripped(o.DeepCopyObject().(client.Object)))
			}
		})
		if err != nil {
			w.Fatal(err)
		}
	}
	return saved
}

func stripped(o client.Object) client.Object {
	o.SetUID("")
	o.SetResourceVersion("")
	o.SetOwnerReferences(nil)
	o.SetManagedFields(nil)
	o.SetCreationTimestamp(metav1.Time{})
	o.SetFinalizers(nil)
	if service, ok := o.(*corev1.Service); ok && service.Spec.ClusterIP != corev1.ClusterIPNone {
		service.Spec.ClusterIP, service.Spec.ClusterIPs = "", nil // which another test may have by now
	}
	return o
}

// restore creates saved objects, but for those that are there already.
func (w *world) restore(saved ...client.Object) {
	w.Helper()
	w.judge.restored = true
	for _, o := range saved {
		err := w.Create(w.Context(), o.DeepCopyObject().(client.Object))
		if err != nil && !apierrors.IsAlreadyExists(err) {
			w.Fatalf("restoring %T %s: %v", o, o.GetName(), err)
		}
	}
}

// saved finds one of some saved objects.
func saved[T client.Object](t *testing.T, all []client.Object, name string) T {
	t.Helper()
	for _, o := range all {
		if found, ok := o.(T); ok && found.GetName() == name {
			return found
		}
	}
	var none T
	t.Fatalf("%T %s was not saved", none, name)
	return none
}

// caughtUp waits, while nobody does anything, until the cache holds what the API
// server holds.
func (w *world) caughtUp() {
	w.Helper()
	for !w.inStep() {
		select {
		case <-w.Context().Done():
			w.Fatal("the cache never caught up")
		case <-time.After(idle):
		}
	}
}

// closesFirst judges that a formation record which was restored and is not closed is
// closed before anything else is written.
func (j *judge) closesFirst(a attempt) {
	j.w.Helper()
	record := &corev1.ConfigMap{}
	if !j.restored || strings.HasPrefix(a.verb, "patch status") || a == (attempt{"patch", "ConfigMap", workload.FormationName("zk")}) ||
		!j.w.get(workload.FormationName("zk"), record) {
		return
	}
	if len(record.OwnerReferences) == 0 && record.Data[member.FormationStateKey] != string(member.FormationClosed) {
		j.breaks("%s is decided beside a formation record that was restored and is %q", a, record.Data[member.FormationStateKey])
	}
}

// restoredFirst restores the objects, and then the resource.
func restoredFirst(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.restoredWith(e, w.save(owned()...))
}

func (w *world) restoredWith(e *v1alpha1.ZooKeeperEnsemble, objects []client.Object) {
	w.Helper()
	spec := e.Spec
	w.remove(e)
	w.restore(objects...)
	w.eventually("the Pods of the restored StatefulSet run", func() bool { return len(w.pods()) == int(spec.Replicas) })
	*e = *w.ensemble(spec.Replicas, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec = spec })
}

// restoredOpen does the same with a formation record that was saved while the
// ensemble formed.
func restoredOpen(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	objects := w.save(owned()...)
	record := saved[*corev1.ConfigMap](w.T, objects, workload.FormationName("zk"))
	record.Data[member.FormationStateKey] = string(member.FormationOpen)
	w.judge.closed = false // it is the test that opens it
	w.restoredWith(e, objects)
}

// restoredBeside restores the objects one by one, while the operator makes them anew.
func restoredBeside(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	objects := w.save(owned()...)
	w.remove(e)
	*e = *w.ensemble(e.Spec.Replicas)
	w.eventually("everything is restored", func() bool {
		if len(objects) > 0 {
			w.restore(objects[0])
			objects = objects[1:]
		}
		return len(objects) == 0
	})
}

// restoredVolumes restores the objects together with volumes that went with the
// ensemble.
func restoredVolumes(w *world, e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.restoredWith(e, append(w.save(&corev1.PersistentVolumeClaimList{}), w.save(owned()...)...))
}
