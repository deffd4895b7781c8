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
)

// converter knows the schema of every built-in type. Reading the schema takes
// a while, so it is read once and only when needed.
var converter = sync.OnceValue(func() managedfields.TypeConverter {
	return applyconfigurations.NewTypeConverter(clientscheme.Scheme)
})

// Difference is what is between a live object and the desired one.
type Difference struct {
	// Fields are those that are not as desired, in the notation of managed fields.
	Fields []string
	// Kept says that each of them is still owned as it was applied. Whoever changes a
	// field in a request of its own takes the ownership away. What is changed and kept
	// was changed inside a request of the owner, by admission.
	Kept bool
	// Other says that the owner owns fields that are not desired, or owns nothing by
	// an apply.
	Other bool
}

// Any reports whether an apply would change the object or what is owned of it.
func (d Difference) Any() bool { return len(d.Fields) > 0 || d.Other }

// Admitted reports whether whatever differs was changed by admission.
func (d Difference) Admitted() bool { return d.Kept && !d.Other }

// Compare tells what an apply of desired, an apply configuration of a built-in
// type, as owner would change of live, or of what owner owns of it. live is the
// same object as the API server holds it, with its managed fields. Neither is
// changed.
func Compare(live metav1.Object, desired any, owner string) (Difference, error) {
	if absent(live) {
		return Difference{Other: true}, nil
	}
	want, err := desiredObject(desired)
	if err != nil {
		return Difference{}, err
	}
	have, err := liveObject(live, want)
	if err != nil {
		return Difference{}, err
	}
	typedWant, err := converter().ObjectToTyped(want)
	if err != nil {
		return Difference{}, fmt.Errorf("read the desired %s by its schema: %w", want.GetKind(), err)
	}
	owned, err := ownedBy(live, owner)
	if err != nil {
		return Difference{}, err
	}
	wanted, err := typedWant.ToFieldSet()
	if err != nil {
		return Difference{}, fmt.Errorf("list the desired fields of %s: %w", live.GetName(), err)
	}
	compare := comparison{schema: typedWant.Schema()}
	compare.walk(nil, typedWant.TypeRef(), have.Object, want.Object)
	d := Difference{Kept: true, Other: owned.Empty() || !owned.Difference(wanted).Empty()}
	for _, path := range compare.fields {
		d.Fields = append(d.Fields, path.String())
		d.Kept = d.Kept && owns(owned, path)
	}
	slices.Sort(d.Fields)
	return d, nil
}

// owns reports whether a set holds a field or anything below it.
func owns(owned *fieldpath.Set, path fieldpath.Path) bool {
	if owned.Has(path) {
		return true
	}
	for _, step := range path {
		owned = owned.WithPrefix(step)
	}
	return !owned.Empty()
}

func absent(live metav1.Object) bool {
	value := reflect.ValueOf(live)
	return !value.IsValid() || value.Kind() == reflect.Pointer && value.IsNil()
}

// ownedBy are the fields that owner owns by an apply, none where it never applied.
func ownedBy(live metav1.Object, owner string) (*fieldpath.Set, error) {
	owned, entries := &fieldpath.Set{}, live.GetManagedFields()
	i := slices.IndexFunc(entries, func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Manager == owner && entry.Operation == metav1.ManagedFieldsOperationApply && entry.Subresource == ""
	})
	if i < 0 || entries[i].FieldsV1 == nil {
		return owned, nil
	}
	if err := owned.FromJSON(bytes.NewReader(entries[i].FieldsV1.GetRawBytes())); err != nil {
		return nil, fmt.Errorf("read the managed fields of %s: %w", live.GetName(), err)
	}
	return owned, nil
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
