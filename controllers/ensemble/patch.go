package ensemble

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// patch makes an object what a copy of it says, where the two differ, unless somebody
// else has changed it since it was read. What an admission policy undid is not written
// again on the version that it left, and told as [undone] each time.
func (r *Reconciler) patch(ctx context.Context, was, is client.Object) error {
	change, hash, err := changeOf(was, is)
	if err != nil || len(change) == 0 {
		return err
	}
	if r.inVain.again(was, hash) {
		return undoneIn(was, change)
	}
	if err := r.Patch(ctx, is, ifUnchanged(was)); err != nil {
		return refusedFor(kindName(is), is.GetName(), err)
	}
	err = undoneIn(is, change)
	r.inVain.note(was, hash, is.GetResourceVersion(), err != nil)
	return err
}

// ifUnchanged makes a patch that the API server refuses when somebody else
// wrote the object since it was read.
func ifUnchanged(o client.Object) client.Patch {
	return client.MergeFromWithOptions(o, client.MergeFromWithOptimisticLock{})
}

// changeOf is what a copy of an object says otherwise, as a JSON merge patch, with its
// hash. Who owns which field is no part of it: the API server writes that as well.
func changeOf(was, is client.Object) (change map[string]any, hash string, err error) {
	text, err := client.MergeFrom(was).Data(is)
	if err != nil {
		return nil, "", fmt.Errorf("compare %s %s: %w", kindName(is), is.GetName(), err)
	}
	if err := json.Unmarshal(text, &change); err != nil {
		return nil, "", fmt.Errorf("decode a change of %s %s: %w", kindName(is), is.GetName(), err)
	}
	if metadata, ok := change["metadata"].(map[string]any); ok {
		if delete(metadata, "managedFields"); len(metadata) == 0 {
			delete(change, "metadata")
		}
	}
	if text, err = json.Marshal(change); err != nil {
		return nil, "", fmt.Errorf("encode a change of %s %s: %w", kindName(is), is.GetName(), err)
	}
	sum := sha256.Sum256(text)
	return change, hex.EncodeToString(sum[:])[:10], nil
}

// undone says which fields of an object an admission policy left as they were, or made
// something else of, inside a request that the API server accepted.
type undone struct {
	kind, name string
	fields     []string
}

// Error tells it as a refusal, for a step that rests on it.
func (u *undone) Error() string {
	return fmt.Sprintf("%s %s: an admission policy of the cluster undoes what the operator writes: %s", u.kind, u.name, strings.Join(u.fields, ", "))
}

func isUndone(err error) bool {
	_, is := errors.AsType[*undone](err)
	return is
}

// undoneIn finds what an object does not have of a change, nil where it has all of it.
func undoneIn(o client.Object, change map[string]any) error {
	text, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("encode %s %s: %w", kindName(o), o.GetName(), err)
	}
	content := map[string]any{}
	if err := json.Unmarshal(text, &content); err != nil {
		return fmt.Errorf("decode %s %s: %w", kindName(o), o.GetName(), err)
	}
	if fields := lacks(content, change, ""); len(fields) > 0 {
		return &undone{kindName(o), o.GetName(), fields}
	}
	return nil
}

// lacks names the fields in which a content is not what a JSON merge patch makes of it.
func lacks(content, change map[string]any, at string) []string {
	var fields []string
	for _, key := range slices.Sorted(maps.Keys(change)) {
		path := at + "." + key
		is, exists := content[key]
		switch wanted := change[key].(type) {
		case nil:
			if exists {
				fields = append(fields, path)
			}
		case map[string]any:
			inside, _ := is.(map[string]any)
			fields = append(fields, lacks(inside, wanted, path)...)
		default:
			if !reflect.DeepEqual(is, wanted) {
				fields = append(fields, path)
			}
		}
	}
	return fields
}
