package ensemble

import (
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// timeout is longer than anything is waited for.
const timeout = 100 * time.Hour

// shortSession is for how long a session is waited for that is not given.
const shortSession = 200 * time.Millisecond

// observe changes the number of observers.
func (w *world) observe(e *v1alpha1.ZooKeeperEnsemble, replicas int32) {
	w.Helper()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Observers.Replicas = replicas })
}

// editSet changes a StatefulSet by hand.
func (w *world) editSet(name string, f func(*appsv1.StatefulSet)) {
	w.Helper()
	var set appsv1.StatefulSet
	w.get(name, &set)
	before := set.DeepCopy()
	f(&set)
	if err := w.Patch(w.Context(), &set, client.MergeFrom(before)); err != nil {
		w.Fatal(err)
	}
}

// drop deletes an object by hand.
func (w *world) drop(name string, o client.Object) {
	w.Helper()
	o.SetName(name)
	o.SetNamespace(w.namespace)
	if err := w.Delete(w.Context(), o); client.IgnoreNotFound(err) != nil {
		w.Fatal(err)
	}
}

// deletePod deletes a Pod by hand and waits for the next one.
func (w *world) deletePod(name string) {
	w.Helper()
	var pod corev1.Pod
	if !w.get(name, &pod) {
		w.Fatalf("there is no Pod %s", name)
	}
	was := pod.UID
	w.drop(name, &pod)
	w.eventually(name+" is another one", func() bool { return w.seen(name, &pod) && pod.UID != was })
}

// config is the name of the configuration that new members start with.
func (w *world) config() string {
	w.Helper()
	var set appsv1.StatefulSet
	if !w.get("zk", &set) {
		w.Fatal("the StatefulSet is missing")
	}
	return workload.ConfigMapOf(&set)
}

// class makes a StorageClass of the name of the world.
func (w *world) class(expands bool) string {
	w.Helper()
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: w.namespace}, Provisioner: "none", AllowVolumeExpansion: &expands,
	}
	if err := w.Create(w.Context(), class); err != nil {
		w.Fatal(err)
	}
	return class.Name
}

// remove deletes an ensemble, and what the garbage collector takes with it.
func (w *world) remove(e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.drop(e.Name, e)
	w.eventually("nothing of the ensemble is left", func() bool {
		gone := w.collect(e.UID)
		return gone && !w.seen(e.Name, &v1alpha1.ZooKeeperEnsemble{}) && len(w.pods()) == 0 && w.inStep()
	})
}

// collect deletes what belongs to an ensemble that is gone, and reports whether
// there was nothing.
func (w *world) collect(owner types.UID) bool {
	w.Helper()
	clean := true
	for _, list := range append(lists(), &corev1.SecretList{}, &networkingv1.NetworkPolicyList{}) {
		w.list(list)
		err := eachItem(list, func(o client.Object) {
			for _, ref := range o.GetOwnerReferences() {
				if ref.UID != owner {
					continue
				}
				if claim, ok := o.(*corev1.PersistentVolumeClaim); ok {
					w.judge.give(claim)
				}
				clean = false
				w.drop(o.GetName(), o)
			}
		})
		if err != nil {
			w.Fatal(err)
		}
	}
	return clean
}

// wipe deletes all volumes, so that the next ensemble is a new one.
func (w *world) wipe() {
	w.Helper()
	claims := w.claims()
	for i := range claims {
		w.judge.give(&claims[i])
		w.drop(claims[i].Name, &claims[i])
	}
	w.eventually("the volumes are gone", func() bool { return len(w.claims()) == 0 && w.inStep() })
	w.judge.closed = false
	w.servers.forget()
}

// foreignBudget creates a disruption budget of somebody else over the members.
func (w *world) foreignBudget() *policyv1.PodDisruptionBudget {
	w.Helper()
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "foreign", Namespace: w.namespace},
		Spec: policyv1.PodDisruptionBudgetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: workload.EnsembleSelector("zk")},
		},
	}
	if err := w.Create(w.Context(), budget); err != nil {
		w.Fatal(err)
	}
	return budget
}

// drain asks the API server to evict a Pod, as a drain of its node does.
func (w *world) drain(name string) error {
	w.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: w.namespace}}
	return w.SubResource("eviction").Create(w.Context(), pod, &policyv1.Eviction{})
}

// says reports whether the status line holds all words.
func says(e *v1alpha1.ZooKeeperEnsemble, words ...string) bool {
	for _, word := range words {
		if !strings.Contains(e.Status.Activity, word) {
			return false
		}
	}
	return true
}
