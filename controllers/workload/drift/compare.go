package drift

import (
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/structured-merge-diff/v6/schema"
)

// comparison compares values by their schema.
type comparison struct {
	schema *schema.Schema
}

// quantityType is the schema's name of quantities, which are equal by value
// however they are written.
const quantityType = "io.k8s.apimachinery.pkg.api.resource.Quantity"

// holds reports whether live has all that is desired. A zero value and a field
// that is left out are the same: the server may drop it.
func (c comparison) holds(ref schema.TypeRef, live, desired any) bool {
	if live == nil {
		return zero(desired)
	}
	if ref.NamedType != nil && *ref.NamedType == quantityType {
		return sameQuantity(live, desired)
	}
	atom, ok := c.schema.Resolve(ref)
	if !ok {
		return sameScalar(live, desired)
	}
	switch desired := desired.(type) {
	case map[string]any:
		live, ok := live.(map[string]any)
		return ok && c.holdsMap(atom, live, desired)
	case []any:
		live, ok := live.([]any)
		return ok && c.holdsList(atom, live, desired)
	default:
		return sameScalar(live, desired)
	}
}

func (c comparison) holdsMap(atom schema.Atom, live, desired map[string]any) bool {
	for key, value := range desired {
		if !c.holds(elementType(atom, key), live[key], value) {
			return false
		}
	}
	// An atomic map of free keys, such as a selector, is replaced as a whole. In
	// an atomic struct, what is not desired is a default of the server.
	if atom.Map != nil && atom.Map.ElementRelationship == schema.Atomic && len(atom.Fields) == 0 {
		return len(live) == len(desired)
	}
	return true
}

// elementType is the schema of a field or, in a map of free keys, of a value.
func elementType(atom schema.Atom, key string) schema.TypeRef {
	if atom.Map == nil {
		return schema.TypeRef{}
	}
	if field, ok := atom.FindField(key); ok {
		return field.Type
	}
	return atom.Map.ElementType
}

func (c comparison) holdsList(atom schema.Atom, live, desired []any) bool {
	if atom.List == nil {
		return reflect.DeepEqual(live, desired)
	}
	element := atom.List.ElementType
	if atom.List.ElementRelationship == schema.Associative {
		for _, item := range desired {
			match := c.find(atom.List, live, item)
			if match == nil || !c.holds(element, match, item) {
				return false
			}
		}
		return true
	}
	if len(live) != len(desired) {
		return false
	}
	for i := range desired {
		if !c.holds(element, live[i], desired[i]) {
			return false
		}
	}
	return true
}

// find returns the item of a list with the same keys, or in a set the same
// item; nil when there is none.
func (c comparison) find(list *schema.List, live []any, item any) any {
	for _, candidate := range live {
		if len(list.Keys) == 0 && sameScalar(candidate, item) {
			return candidate
		}
		if len(list.Keys) > 0 && c.sameKeys(list, candidate, item) {
			return candidate
		}
	}
	return nil
}

// sameKeys reports whether two items are the same item of a list. A key that is
// left out has its default.
func (c comparison) sameKeys(list *schema.List, live, desired any) bool {
	a, ok := live.(map[string]any)
	if !ok {
		return false
	}
	b, ok := desired.(map[string]any)
	if !ok {
		return false
	}
	atom, ok := c.schema.Resolve(list.ElementType)
	if !ok || atom.Map == nil {
		return false
	}
	for _, key := range list.Keys {
		if !sameScalar(keyOf(atom.Map, a, key), keyOf(atom.Map, b, key)) {
			return false
		}
	}
	return true
}

func keyOf(item *schema.Map, values map[string]any, key string) any {
	if value, ok := values[key]; ok {
		return value
	}
	if field, ok := item.FindField(key); ok {
		return field.Default
	}
	return nil
}

func sameQuantity(live, desired any) bool {
	a, err := resource.ParseQuantity(fmt.Sprint(live))
	if err != nil {
		return false
	}
	b, err := resource.ParseQuantity(fmt.Sprint(desired))
	return err == nil && a.Cmp(b) == 0
}

// sameScalar compares numbers by value, since decoders disagree on their types.
func sameScalar(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	return reflect.DeepEqual(a, b)
}

func number(value any) (float64, bool) {
	v := reflect.ValueOf(value)
	switch {
	case !v.IsValid():
		return 0, false
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanFloat():
		return v.Float(), true
	default:
		return 0, false
	}
}

// zero reports whether a value is one that the server may leave out.
func zero(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case bool:
		return !value
	case []any:
		return len(value) == 0
	case map[string]any:
		return false // an empty struct such as emptyDir is a choice
	default:
		n, ok := number(value)
		return ok && n == 0
	}
}
