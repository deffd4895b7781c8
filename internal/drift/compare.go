package drift

import (
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// comparison compares values by their schema, and collects the fields that are
// not as desired.
type comparison struct {
	schema *schema.Schema
	fields []fieldpath.Path
}

// quantityType is the schema's name of quantities, which are equal by value
// however they are written.
const quantityType = "io.k8s.apimachinery.pkg.api.resource.Quantity"

// differs notes a field that is not as desired.
func (c *comparison) differs(path fieldpath.Path) { c.fields = append(c.fields, path.Copy()) }

// check notes a field unless it holds.
func (c *comparison) check(path fieldpath.Path, holds bool) {
	if !holds {
		c.differs(path)
	}
}

// walk compares what is at a path. A zero value and a field that is left out are
// the same: the server may drop it.
func (c *comparison) walk(path fieldpath.Path, ref schema.TypeRef, live, desired any) {
	if live == nil {
		c.check(path, zero(desired))
		return
	}
	if ref.NamedType != nil && *ref.NamedType == quantityType {
		c.check(path, sameQuantity(live, desired))
		return
	}
	atom, ok := c.schema.Resolve(ref)
	if !ok {
		c.check(path, sameScalar(live, desired))
		return
	}
	switch desired := desired.(type) {
	case map[string]any:
		if live, ok := live.(map[string]any); ok {
			c.walkMap(path, atom, live, desired)
			return
		}
		c.differs(path)
	case []any:
		if live, ok := live.([]any); ok {
			c.walkList(path, atom, live, desired)
			return
		}
		c.differs(path)
	default:
		c.check(path, sameScalar(live, desired))
	}
}

// whole reports whether all that is desired inside an atomic field holds. Such a
// field is owned, and differs, as a whole.
func (c *comparison) whole(walk func(*comparison)) bool {
	inside := &comparison{schema: c.schema}
	walk(inside)
	return len(inside.fields) == 0
}

func (c *comparison) walkMap(path fieldpath.Path, atom schema.Atom, live, desired map[string]any) {
	each := func(c *comparison) {
		for key, value := range desired {
			c.walk(append(path.Copy(), fieldpath.PathElement{FieldName: &key}), elementType(atom, key), live[key], value)
		}
	}
	if atom.Map == nil || atom.Map.ElementRelationship != schema.Atomic {
		each(c)
		return
	}
	// An atomic map of free keys, such as a selector, is replaced as a whole. In
	// an atomic struct, what is not desired is a default of the server.
	c.check(path, c.whole(each) && (len(atom.Fields) > 0 || len(live) == len(desired)))
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

func (c *comparison) walkList(path fieldpath.Path, atom schema.Atom, live, desired []any) {
	switch {
	case atom.List == nil:
		c.check(path, reflect.DeepEqual(live, desired))
	case atom.List.ElementRelationship == schema.Associative:
		for _, item := range desired {
			at := append(path.Copy(), c.elementOf(atom.List, item))
			if match := c.find(atom.List, live, item); match != nil {
				c.walk(at, atom.List.ElementType, match, item)
			} else {
				c.differs(at)
			}
		}
	default:
		c.check(path, len(live) == len(desired) && c.whole(func(c *comparison) {
			for i := range desired {
				c.walk(path, atom.List.ElementType, live[i], desired[i])
			}
		}))
	}
}

// elementOf is the step of a path to an item of a list.
func (c *comparison) elementOf(list *schema.List, item any) fieldpath.PathElement {
	fields, isMap := item.(map[string]any)
	atom, ok := c.schema.Resolve(list.ElementType)
	if len(list.Keys) == 0 || !isMap || !ok || atom.Map == nil {
		scalar := value.NewValueInterface(item)
		return fieldpath.PathElement{Value: &scalar}
	}
	keys := value.FieldList{}
	for _, key := range list.Keys {
		keys = append(keys, value.Field{Name: key, Value: value.NewValueInterface(keyOf(atom.Map, fields, key))})
	}
	keys.Sort()
	return fieldpath.PathElement{Key: &keys}
}

// find returns the item of a list with the same keys, or in a set the same
// item; nil when there is none.
func (c *comparison) find(list *schema.List, live []any, item any) any {
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
func (c *comparison) sameKeys(list *schema.List, live, desired any) bool {
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
