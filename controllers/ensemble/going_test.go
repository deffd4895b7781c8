package ensemble

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// finalizer holds what is deleted until the test lets it go.
const finalizer = "test.zkensemble.dev/held"

// finalizers sets who holds an object, which then is not as it was applied.
func (w *world) finalizers(name string, o client.Object, held ...string) {
	w.Helper()
	if !w.get(name, o) {
		w.Fatalf("%T %s is missing", o, name)
	}
	before := o.DeepCopyObject().(client.Object)
	o.SetFinalizers(held)
	annotations := o.GetAnnotations()
	delete(annotations, appliedAnnotation) // so that there is something to write
	o.SetAnnotations(annotations)
	if err := w.Patch(w.Context(), o, client.MergeFrom(before)); err != nil {
		w.Fatal(err)
	}
}

// What is being deleted is named, and never written until it is gone; then it is
// made again.
func TestWhatIsBeingDeletedIsToldAndLeftAlone(t *testing.T) {
	t.Parallel()
	for name, object := range map[string]struct {
		name string
		of   func() client.Object
	}{
		"StatefulSet":         {"zk", func() client.Object { return &appsv1.StatefulSet{} }},
		"observers":           {"zk-observers", func() client.Object { return &appsv1.StatefulSet{} }},
		"client Service":      {"zk", func() client.Object { return &corev1.Service{} }},
		"headless Service":    {"zk-servers", func() client.Object { return &corev1.Service{} }},
		"super user":          {"zk-superuser", func() client.Object { return &corev1.Secret{} }},
		"budget":              {"zk", func() client.Object { return &policyv1.PodDisruptionBudget{} }},
		"policy":              {"zk", func() client.Object { return &networkingv1.NetworkPolicy{} }},
		"record of members":   {"zk-members", func() client.Object { return &corev1.ConfigMap{} }},
		"record of formation": {"zk-formation", func() client.Object { return &corev1.ConfigMap{} }},
		"configuration":       {"", func() client.Object { return &corev1.ConfigMap{} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Observers.Replicas = 1 })
			w.rests(e)
			if object.name == "" {
				object.name = w.config()
			}
			o, before := object.of(), w.pods()
			w.finalizers(object.name, o, finalizer)
			uid := o.GetUID()
			w.drop(object.name, object.of())
			w.flags(e)
			w.eventually("the status names what is being deleted", func() bool {
				return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) == v1alpha1.ReasonObjectsTerminating &&
					says(e, kindName(o)+" "+object.name, "is being deleted", finalizer)
			})
			writes, quiet := w.writes(), 0
			w.eventually("nothing is written any more", func() bool {
				if now := w.writes(); now != writes {
					writes, quiet = now, 0
				}
				quiet++
				return quiet > 15
			})
			w.untouched(before)
			if w.get(object.name, o); o.GetUID() != uid {
				t.Errorf("%T %s is another one", o, object.name)
			}
			w.finalizers(object.name, o)
			w.rests(e)
		})
	}
}

// It is named also while nothing at all is written.
func TestWhatIsBeingDeletedIsToldWhileNothingIsWritten(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(e *v1alpha1.ZooKeeperEnsemble){
		"paused":  func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModePause },
		"invalid": func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Config = map[string]string{"synclimt": "5"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(1)
			w.rests(e)
			w.finalizers("zk", &appsv1.StatefulSet{}, finalizer)
			w.change(e, change)
			w.drop("zk", &appsv1.StatefulSet{})
			w.eventually("the status names what is being deleted", func() bool {
				return w.reason(e, v1alpha1.ConditionStalled, metav1.ConditionFalse)+w.reason(e, v1alpha1.ConditionStalled, metav1.ConditionTrue) != "" &&
					strings.Contains(e.Status.Activity, "StatefulSet zk: is being deleted") && strings.Contains(e.Status.Activity, finalizer)
			})
			w.finalizers("zk", &appsv1.StatefulSet{})
		})
	}
}

// In a namespace that is being deleted nothing is made. It is told once, and not
// tried again and again.
func TestNothingIsMadeInANamespaceThatGoes(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*world) *v1alpha1.ZooKeeperEnsemble{
		"an ensemble that was about to be formed": func(w *world) *v1alpha1.ZooKeeperEnsemble { return w.ensemble(3) },
		"an ensemble of which something is missing": func(w *world) *v1alpha1.ZooKeeperEnsemble {
			e := w.ensemble(3)
			w.rests(e)
			w.drop("zk", &corev1.Service{})
			w.drop("zk-superuser", &corev1.Secret{})
			w.drop("zk", &policyv1.PodDisruptionBudget{})
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := prepare(w)
			if err := w.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}); err != nil {
				t.Fatal(err)
			}
			w.eventually("the status says that the namespace goes", func() bool {
				return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) == v1alpha1.ReasonObjectsTerminating && says(e, "namespace is being deleted")
			})
			o := w.operators[0]
			for range 3 {
				writes := w.writes()
				result, err := o.r.Reconcile(t.Context(), e.DeepCopy())
				if err != nil || result != (ctrl.Result{RequeueAfter: settled}) {
					t.Errorf("what takes as long as it takes is looked at again after ten seconds: %v, %v", result, err)
				}
				if now := w.writes(); now != writes+1 {
					t.Errorf("%d writes in one pass: %v", now-writes, o.faults.done[writes:])
				}
			}
		})
	}
}
