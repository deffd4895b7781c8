package drift

import (
	"bytes"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// TakeOver gives owner the fields of an object that others wrote, but for its
// metadata, as if owner had applied them. Who restores an object writes all of it, and
// what owner then no longer wants would stay for ever as the wish of somebody else.
// Where owner has applied something already it is left as it is.
func TakeOver(o metav1.Object, owner string) error {
	if owned, err := ownedBy(o, owner); err != nil || !owned.Empty() {
		return err
	}
	mine := metav1.ManagedFieldsEntry{Manager: owner, Operation: metav1.ManagedFieldsOperationApply, FieldsType: "FieldsV1"}
	taken, kept := fieldpath.NewSet(), []metav1.ManagedFieldsEntry(nil)
	for _, entry := range o.GetManagedFields() {
		if entry.Subresource != "" || entry.FieldsV1 == nil {
			kept = append(kept, entry)
			continue
		}
		content, metadata, err := split(entry)
		if err != nil {
			return fmt.Errorf("read the managed fields of %s: %w", o.GetName(), err)
		}
		mine.APIVersion, mine.Time, taken = entry.APIVersion, entry.Time, taken.Union(content)
		if metadata.Empty() {
			continue
		}
		if entry.FieldsV1, err = encode(metadata); err != nil {
			return err
		}
		kept = append(kept, entry)
	}
	if taken.Empty() {
		return nil
	}
	var err error
	if mine.FieldsV1, err = encode(taken); err != nil {
		return err
	}
	o.SetManagedFields(append(kept, mine))
	return nil
}

// split parts what an entry owns into the content of the object and its metadata.
func split(entry metav1.ManagedFieldsEntry) (content, metadata *fieldpath.Set, err error) {
	all := fieldpath.NewSet()
	if err := all.FromJSON(bytes.NewReader(entry.FieldsV1.GetRawBytes())); err != nil {
		return nil, nil, err
	}
	content, metadata = fieldpath.NewSet(), fieldpath.NewSet()
	all.Iterate(func(path fieldpath.Path) {
		if name := path[0].FieldName; name != nil && *name == "metadata" {
			metadata.Insert(path.Copy())
		} else {
			content.Insert(path.Copy())
		}
	})
	return content, metadata, nil
}

func encode(set *fieldpath.Set) (*metav1.FieldsV1, error) {
	text, err := set.ToJSON()
	if err != nil {
		return nil, fmt.Errorf("encode managed fields: %w", err)
	}
	return metav1.NewFieldsV1(string(text)), nil
}
