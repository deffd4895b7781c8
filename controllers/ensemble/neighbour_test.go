package ensemble

import (
	"maps"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// strangers are volume claims that are beside the ensemble "zk" in every world,
// and look like its own: those of a neighbour "zk-observers", of whose members one
// has left, and one with the ensemble's labels and an ordinal that no member has.
func strangers() []corev1.PersistentVolumeClaim {
	departed := map[string]string{v1alpha1.LabelDeparted: "true"}
	return []corev1.PersistentVolumeClaim{
		stranger("data-zk-observers-20", "zk-observers", nil),
		stranger("data-zk-observers-21", "zk-observers", nil),
		stranger("data-zk-observers-22", "zk-observers", departed),
		stranger("data-zk-300", "zk", nil),
	}
}

func stranger(name, ensemble string, more map[string]string) corev1.PersistentVolumeClaim {
	labels := workload.ManagedLabels()
	maps.Copy(labels, workload.Selector(ensemble))
	maps.Copy(labels, more)
	return corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}
}

// settleStrangers creates them.
func (w *world) settleStrangers() {
	w.Helper()
	for _, claim := range strangers() {
		claim.Namespace = w.namespace
		if err := w.Create(w.Context(), &claim); err != nil {
			w.Fatal(err)
		}
	}
}

// isStranger reports whether a claim is one of theirs.
func isStranger(name string) bool {
	return slices.ContainsFunc(strangers(), func(c corev1.PersistentVolumeClaim) bool { return c.Name == name })
}

// claims are the volume claims that are not strangers'.
func (w *world) claims() []corev1.PersistentVolumeClaim {
	w.Helper()
	var list corev1.PersistentVolumeClaimList
	w.list(&list)
	return slices.DeleteFunc(list.Items, func(c corev1.PersistentVolumeClaim) bool { return isStranger(c.Name) })
}

// minds judges that nobody touched the strangers' claims.
func (j *judge) minds(claims []corev1.PersistentVolumeClaim) {
	j.w.Helper()
	for _, was := range strangers() {
		i := slices.IndexFunc(claims, func(c corev1.PersistentVolumeClaim) bool { return c.Name == was.Name })
		if i < 0 {
			continue // not seen yet; or gone, which is judged of every claim
		}
		if claims[i].DeletionTimestamp != nil || len(claims[i].OwnerReferences) > 0 || !maps.Equal(claims[i].Labels, was.Labels) {
			j.breaks("volume claim %s of somebody else is not as it was", was.Name)
		}
	}
}

func TestAForeignVolumeHoldsFormationBack(t *testing.T) {
	t.Parallel()
	for _, labels := range []map[string]string{nil, {"app": "postgres"}, workload.ManagedLabels()} {
		w := newStage(t)
		foreign := w.claim("data-zk-0", labels)
		e := w.ensemble(1, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Retention = v1alpha1.RetentionDelete })
		w.untilStalls(e, v1alpha1.ReasonNameConflict)
		w.still(func() {
			if w.get("zk", &appsv1.StatefulSet{}) || w.get(workload.FormationName("zk"), &corev1.ConfigMap{}) {
				t.Error("the ensemble is formed on the volume of somebody else")
			}
		})
		w.unchanged(foreign)
		w.judge.give(foreign)
		w.drop(foreign.Name, foreign)
		w.rests(e)
	}
}

func TestAForeignVolumeBlocksItsMemberOnly(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"data-zk-1", "data-zk-2"} {
		w := newStage(t)
		e := w.ensemble(1, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Retention = v1alpha1.RetentionDelete })
		w.rests(e)
		foreign := w.claim(name, workload.ManagedLabels())
		w.resize(e, 3)
		w.untilStalls(e, v1alpha1.ReasonNameConflict)
		if !says(e, name, "kubectl label") {
			t.Errorf("the status does not say what to do: %s", e.Status.Activity)
		}
		w.still(func() {
			if set := (&appsv1.StatefulSet{}); !w.get("zk", set) || *set.Spec.Replicas != 1 {
				t.Errorf("a member is started on the volume of somebody else")
			}
		})
		w.unchanged(foreign)
		w.resize(e, 1)
		w.rests(e)
		w.resize(e, 3)
		w.untilStalls(e, v1alpha1.ReasonNameConflict)
		w.judge.give(foreign)
		w.drop(foreign.Name, foreign)
		w.rests(e)
	}
}

// A volume that has the labels of the ensemble and another owner is told with its owner,
// and the command that is told takes it from that.
func TestAVolumeOfAnotherOwnerIsToldWithItsOwner(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1)
	w.rests(e)
	claim := stranger("data-zk-1", "zk", nil)
	claim.Namespace = w.namespace
	claim.Spec.Resources.Requests[corev1.ResourceStorage] = resource.MustParse(workload.DefaultVolumeSize)
	claim.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "x", UID: "x"}}
	if err := w.Create(t.Context(), &claim); err != nil {
		t.Fatal(err)
	}
	w.resize(e, 3)
	w.untilStalls(e, v1alpha1.ReasonNameConflict)
	if !says(e, "data-zk-1", "owned by ConfigMap x", "kubectl patch pvc data-zk-1 ") {
		t.Errorf("the status does not say whose it is and what to do: %s", e.Status.Activity)
	}
	patch := client.RawPatch(types.JSONPatchType, []byte(`[{"op":"remove","path":"/metadata/ownerReferences"}]`))
	if err := w.Patch(t.Context(), &claim, patch); err != nil {
		t.Fatal(err)
	}
	w.rests(e)
}

// claim creates a volume claim with labels.
func (w *world) claim(name string, labels map[string]string) *corev1.PersistentVolumeClaim {
	w.Helper()
	claim := stranger(name, "zk", nil)
	claim.Namespace, claim.Labels = w.namespace, labels
	if err := w.Create(w.Context(), &claim); err != nil {
		w.Fatal(err)
	}
	return &claim
}

// unchanged holds that nobody but the stand-in has changed a claim.
func (w *world) unchanged(was *corev1.PersistentVolumeClaim) {
	w.Helper()
	is := &corev1.PersistentVolumeClaim{}
	if !w.get(was.Name, is) || is.UID != was.UID || is.DeletionTimestamp != nil || len(is.OwnerReferences) > 0 || !maps.Equal(is.Labels, was.Labels) {
		w.Errorf("volume claim %s of somebody else is not as it was: %+v", was.Name, is.ObjectMeta)
	}
}

// still holds for some turns.
func (w *world) still(check func()) {
	w.Helper()
	turns := 0
	w.eventually("some turns have passed", func() bool { turns++; return turns > 20 })
	check()
}
