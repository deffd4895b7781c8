package drift_test

import (
	"encoding/json"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// applyAt applies a copy of an object at a resource version, with the UID if any.
func applyAt(t *testing.T, p pair, version, uid string) error {
	t.Helper()
	text, err := json.Marshal(p.desired)
	if err != nil {
		t.Fatal(err)
	}
	clone := &unstructured.Unstructured{}
	if err := clone.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	clone.SetResourceVersion(version)
	if uid != "" {
		if err := unstructured.SetNestedField(clone.Object, uid, "metadata", "uid"); err != nil {
			t.Fatal(err)
		}
	}
	return server.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(clone), client.FieldOwner(v1alpha1.FieldOwner), client.ForceOwnership)
}

// TestAnApplyCanOnlyCreate holds the API server to what creating rests on: an
// apply at version 1, which no object ever has, creates what is missing and
// refuses what exists, whoever made it; one at the version and UID of an object
// that is gone creates nothing.
func TestAnApplyCanOnlyCreate(t *testing.T) {
	for kind, p := range pairs(t, ensembleOf(namespace(t))) {
		if err := applyAt(t, p, "1", ""); err != nil {
			t.Errorf("%s: creating it: %v", kind, err)
			continue
		}
		get(t, p)
		if differs(t, p) {
			t.Errorf("%s: what was just created differs", kind)
		}
		before := p.live.GetResourceVersion()
		if err := applyAt(t, p, "1", ""); !apierrors.IsConflict(err) {
			t.Errorf("%s: creating it a second time: %v", kind, err)
		}
		if get(t, p); p.live.GetResourceVersion() != before {
			t.Errorf("%s: a refused creation wrote it", kind)
		}
		version, uid := p.live.GetResourceVersion(), string(p.live.GetUID())
		if err := server.Delete(t.Context(), p.live); err != nil {
			t.Fatal(err)
		}
		if err := applyAt(t, p, version, uid); !apierrors.IsConflict(err) {
			t.Errorf("%s: updating what is gone: %v", kind, err)
		}
	}
}
