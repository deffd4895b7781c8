package drift_test

import (
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/drift"
)

// TestWhatIsTakenOverIsAsIfApplied restores each object under other hands and takes it
// over: after one apply nothing differs, nobody else owns any of it but the metadata,
// and a StatefulSet keeps its template.
func TestWhatIsTakenOverIsAsIfApplied(t *testing.T) {
	in := ensembleOf(namespace(t), full)
	for name, p := range pairs(t, in) {
		t.Run(name, func(t *testing.T) {
			apply(t, p)
			restored := p.live.DeepCopyObject().(client.Object)
			restored.SetUID("")
			restored.SetResourceVersion("")
			restored.SetManagedFields(nil)
			restored.SetAnnotations(map[string]string{"theirs": "stays"})
			if err := server.Delete(t.Context(), p.live); err != nil {
				t.Fatal(err)
			}
			if err := server.Create(t.Context(), restored, client.FieldOwner("restore")); err != nil {
				t.Fatal(err)
			}
			taken := restored.DeepCopyObject().(client.Object)
			if err := drift.TakeOver(taken, v1alpha1.FieldOwner); err != nil {
				t.Fatal(err)
			}
			if err := server.Patch(t.Context(), taken, client.MergeFrom(restored)); err != nil {
				t.Fatal(err)
			}
			generation := taken.GetGeneration()
			p.live = taken
			apply(t, p)
			if differs(t, p) {
				t.Error("what was taken over and applied differs")
			}
			if now := p.live.GetGeneration(); now != generation {
				t.Errorf("taking over what is as desired changed it: generation %d, was %d", now, generation)
			}
			if p.live.GetAnnotations()["theirs"] != "stays" {
				t.Error("an annotation of somebody else is gone")
			}
			for _, entry := range p.live.GetManagedFields() {
				owns := string(entry.FieldsV1.GetRawBytes())
				if entry.Manager == "restore" && (strings.Contains(owns, `"f:spec"`) || strings.Contains(owns, `"f:data"`)) {
					t.Errorf("who restored it still owns %s", owns)
				}
			}
			before := p.live.GetResourceVersion()
			if err := drift.TakeOver(p.live, v1alpha1.FieldOwner); err != nil || p.live.GetResourceVersion() != before {
				t.Errorf("what is owned already is left alone: %v", err)
			}
		})
	}
}
