package ensemble

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// undo has the API server make another change of each request on a resource that meets a
// condition: a JSON patch in CEL.
func (w *world) undo(group, of, condition, patch string) {
	w.Helper()
	var probe client.Object
	switch of {
	case "statefulsets":
		probe = foreigners()["StatefulSet"]()
	case "services":
		probe = foreigners()["Service"]()
	case "persistentvolumeclaims":
		probe = &corev1.PersistentVolumeClaim{Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		}}
	default:
		probe = &corev1.ConfigMap{}
	}
	probe.SetLabels(map[string]string{"probed": "no"})
	w.mutate(group, of, `object.metadata.name == "probe" ? [JSONPatch{op: "replace", path: "/metadata/labels/probed", value: "yes"}] : (`+
		condition+`) ? [JSONPatch{`+patch+`}] : []`, probe, func(o client.Object) bool { return o.GetLabels()["probed"] == "yes" })
}

// removes is a policy that removes an annotation, or a label, with a JSON patch.
func removes(kind, key string) (condition, patch string) {
	return `has(object.metadata.` + kind + `) && "` + key + `" in object.metadata.` + kind,
		`op: "remove", path: "/metadata/` + kind + `/" + jsonpatch.escapeKey("` + key + `")`
}

const (
	hasOwners     = `has(object.metadata.ownerReferences) && size(object.metadata.ownerReferences) > 0`
	removesOwners = `op: "remove", path: "/metadata/ownerReferences"`
)

// What an admission policy undoes of a patch is written once and named with its field,
// by whichever object: as a warning where the ensemble can do without, and else as what
// holds back the step. Nothing is written any more then.
func TestWhatAdmissionUndoesIsWrittenOnce(t *testing.T) {
	t.Parallel()
	named, namesNobody := removes("annotations", v1alpha1.AnnotationOperator)
	left, neverLeft := removes("labels", v1alpha1.LabelDeparted)
	for name, c := range map[string]struct {
		resources []string
		condition string
		patch     string
		from      int32 // replicas
		spec      func(w *world, e *v1alpha1.ZooKeeperEnsemble)
		then      func(w *world, e *v1alpha1.ZooKeeperEnsemble)
		holds     bool // a step
		says      []string
	}{
		"which operator keeps the StatefulSet": {
			resources: []string{"statefulsets"}, condition: named, patch: namesNobody, from: 1,
			says: []string{"StatefulSet zk", ".metadata.annotations.zkensemble.dev/operator"},
		},
		"which operator keeps the record": {
			resources: []string{"configmaps"}, condition: named, patch: namesNobody, from: 1,
			says: []string{"ConfigMap zk-formation", ".metadata.annotations.zkensemble.dev/operator"},
		},
		"which operator keeps both": {
			resources: []string{"configmaps", "statefulsets"}, condition: named, patch: namesNobody, from: 1,
			says: []string{"StatefulSet zk", "ConfigMap zk-formation", ".metadata.annotations.zkensemble.dev/operator"},
		},
		"that a record is closed": {
			resources: []string{"configmaps"}, condition: `object.metadata.name == "zk-formation" && object.data.state == "closed"`,
			patch: `op: "replace", path: "/data/state", value: "open"`, from: 1, holds: true,
			says: []string{"ConfigMap zk-formation", ".data.state"},
		},
		"who the members are": {
			resources: []string{"configmaps"}, condition: `object.metadata.name == "zk-members" && oldObject != null`,
			patch: `op: "replace", path: "/data/membership", value: oldObject.data.membership`, from: 1, holds: true,
			then: func(w *world, e *v1alpha1.ZooKeeperEnsemble) { w.resize(e, 3) },
			says: []string{"ConfigMap zk-members", ".data.membership"},
		},
		"who owns a Service": {
			resources: []string{"services"}, condition: hasOwners, patch: removesOwners, from: 1, holds: true,
			says: []string{"Service zk-servers", ".metadata.ownerReferences"},
		},
		"who owns the volumes": {
			resources: []string{"persistentvolumeclaims"}, condition: hasOwners, patch: removesOwners, from: 1,
			spec: func(_ *world, e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Retention = v1alpha1.RetentionDelete },
			says: []string{"PersistentVolumeClaim data-zk-0", ".metadata.ownerReferences"},
		},
		"that a member left": {
			resources: []string{"persistentvolumeclaims"}, condition: left, patch: neverLeft, from: 3, holds: true,
			then: func(w *world, e *v1alpha1.ZooKeeperEnsemble) { w.resize(e, 1) },
			says: []string{"PersistentVolumeClaim data-zk-", ".metadata.labels.zkensemble.dev/departed"},
		},
		"how large a volume is": {
			resources: []string{"persistentvolumeclaims"}, condition: `oldObject != null`, from: 1, holds: true,
			patch: `op: "replace", path: "/spec/resources/requests/storage", value: "1Gi"`,
			spec: func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
				e.Spec.Storage.Data = v1alpha1.Volume{Size: resource.MustParse("1Gi"), StorageClassName: new(w.class(true))}
			},
			then: func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
				w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Data.Size = resource.MustParse("2Gi") })
			},
			says: []string{"PersistentVolumeClaim data-zk-0", ".spec.resources.requests.storage"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			w.judge.refuses = true
			for _, of := range c.resources {
				group := map[string]string{"statefulsets": "apps"}[of]
				w.undo(group, of, c.condition, c.patch)
			}
			e := w.ensemble(c.from, func(e *v1alpha1.ZooKeeperEnsemble) {
				if c.spec != nil {
					c.spec(w, e)
				}
			})
			if !c.holds || c.then != nil {
				w.untilReady(e)
			}
			if c.then != nil {
				c.then(w, e)
			}
			told := func() string {
				w.get("zk", e)
				if ready := meta.FindStatusCondition(e.Status.Conditions, v1alpha1.ConditionReady); c.holds && ready != nil {
					return string(ready.Status) + ready.Reason + ready.Message
				}
				return strings.Join(e.Status.Warnings, " ")
			}
			w.eventually("what is undone is named", func() bool {
				says := told()
				return !slices.ContainsFunc(append(c.says, "admission policy"), func(words string) bool { return !strings.Contains(says, words) })
			})
			if c.holds && w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) != v1alpha1.ReasonWriteRefused {
				t.Errorf("a step is held back, and the status says: %s", told())
			}
			turns, before := 0, -1
			w.eventually("nothing is written any more", func() bool {
				if now := w.writes(); now != before {
					turns, before = 0, now
				}
				turns++
				return turns > 20
			})
		})
	}
}
