package drift

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// converter knows the schema of every built-in type. Reading the schema takes
// a while, so it is read once and only when needed.
var converter = sync.OnceValue(func() managedfields.TypeConverter {
	return applyconfigurations.NewTypeConverter(clientscheme.Scheme)
})

// Differs reports whether applying desired, an apply configuration of a
// built-in type, as owner would change live or what owner owns of it. live is
// the same object as the API server holds it, with its managed fields. Neither
// is changed.
func Differs(live metav1.Object, desired any, owner string) (bool, error) {
	if absent(live) {
		return true, nil
	}
	want, err := desiredObject(desired)
	if err != nil {
		return false, err
	}
	have, err := liveObject(live, want)
	if err != nil {
		return false, err
	}
	typedWant, err := converter().ObjectToTyped(want)
	if err != nil {
		return false, fmt.Errorf("read the desired %s by its schema: %w", want.GetKind(), err)
	}
	compare := comparison{schema: typedWant.Schema()}
	if !compare.holds(typedWant.TypeRef(), have.Object, want.Object) {
		return true, nil
	}
	return ownsOthers(live, typedWant, owner)
}

func absent(live metav1.Object) bool {
	value := reflect.ValueOf(live)
	return !value.IsValid() || value.Kind() == reflect.Pointer && value.IsNil()
}

// ownsOthers reports whether owner owns fields that are not desired, or does
// not own the object by an apply at all. In the first case an apply would
// remove them; in the second it could not remove anything later.
func ownsOthers(live metav1.Object, desired *typed.TypedValue, owner string) (bool, error) {
	entries := live.GetManagedFields()
	i := slices.IndexFunc(entries, func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Manager == owner && entry.Operation == metav1.ManagedFieldsOperationApply && entry.Subresource == ""
	})
	if i < 0 || entries[i].FieldsV1 == nil {
		return true, nil
	}
	owned := &fieldpath.Set{}
	if err := owned.FromJSON(bytes.NewReader(entries[i].FieldsV1.GetRawBytes())); err != nil {
		return false, fmt.Errorf("read the managed fields of %s: %w", live.GetName(), err)
	}
	wanted, err := desired.ToFieldSet()
	if err != nil {
		return false, fmt.Errorf("list the desired fields of %s: %w", live.GetName(), err)
	}
	return !owned.Difference(wanted).Empty(), nil
}

// desiredObject is an apply configuration as plain maps and lists.
func desiredObject(desired any) (*unstructured.Unstructured, error) {
	text, err := json.Marshal(desired)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", desired, err)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(text); err != nil {
		return nil, fmt.Errorf("decode %T: %w", desired, err)
	}
	return object, nil
}

// liveObject is a live object as plain maps and lists. Typed clients leave the
// kind out, so it is taken from the desired object.
func liveObject(live metav1.Object, want *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if _, ok := live.(runtime.Object); !ok {
		return nil, errors.New("the live object is no API object")
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
	if err != nil {
		return nil, fmt.Errorf("read the live %s: %w", want.GetKind(), err)
	}
	object := &unstructured.Unstructured{Object: content}
	object.SetGroupVersionKind(want.GroupVersionKind())
	return object, nil
}
