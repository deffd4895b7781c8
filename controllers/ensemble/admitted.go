package ensemble

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/drift"
)

// appliedAnnotation keeps on every object that is applied a hash of what was
// wanted of it. A field that differs although it is still owned as it was
// applied, while the same is wanted, was changed inside the operator's own request:
// by an admission policy. To write it again would change nothing, in every pass.
// A person who edits a field takes its ownership away; who deletes the annotation
// has everything written once more.
const appliedAnnotation = "zkensemble.dev/applied-hash"

// marked has an object carry the hash of what is wanted of it. What is immutable in
// a StatefulSet is taken from the live one and is no wish.
func (o *draft) marked() (string, error) {
	o.annotate(appliedAnnotation, "")
	text, err := json.Marshal(o.desired)
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", o.desired, err)
	}
	content := map[string]any{}
	if err := json.Unmarshal(text, &content); err != nil {
		return "", fmt.Errorf("decode %T: %w", o.desired, err)
	}
	if spec, ok := content["spec"].(map[string]any); ok {
		delete(spec, "volumeClaimTemplates")
	}
	if text, err = json.Marshal(content); err != nil {
		return "", fmt.Errorf("encode %T: %w", o.desired, err)
	}
	sum := sha256.Sum256(text)
	hash := hex.EncodeToString(sum[:])[:10]
	o.annotate(appliedAnnotation, hash)
	return hash, nil
}

// settled reports whether writing an object would change nothing of it, whose hash is
// given, and warns of what an admission policy has made of it.
func (r *Reconciler) settled(o *draft, live client.Object, hash string) (settled bool, warning string, err error) {
	if live == nil {
		return false, "", nil
	}
	d, err := drift.Compare(live, o.desired, v1alpha1.FieldOwner)
	switch {
	case err != nil, !d.Any():
		return err == nil, "", err
	case d.Admitted() && live.GetAnnotations()[appliedAnnotation] == hash, r.inVain.again(live, hash):
		kind, name := called(o.desired)
		return true, changedByAdmission(kind, name, d.Fields), nil
	default:
		return false, "", nil
	}
}

// inVain remembers the writes that changed nothing of what they were to change,
// although something differs: what admission makes of the hash, or of who owns what, is
// not seen in the object. The same write on the same object would change nothing again.
// Forgetting it, as a restarted operator does, costs one more write of each.
type inVain struct{ last sync.Map } // UID of the object → vain

// vain is on which version of an object which writes were in vain. Whatever somebody
// else changes makes all of it forgotten.
type vain struct {
	version string
	hashes  []string
}

func (v *inVain) on(o client.Object) vain {
	known, _ := v.last.Load(o.GetUID())
	if last, ok := known.(vain); ok && last.version == o.GetResourceVersion() {
		return last
	}
	return vain{version: o.GetResourceVersion()}
}

// again reports whether a write was in vain on this very version of an object.
func (v *inVain) again(o client.Object, hash string) bool {
	return slices.Contains(v.on(o).hashes, hash)
}

// note notes what came of a write on an object as it was: the version that it left, and
// whether it was in vain. What was in vain before is so all the same.
func (v *inVain) note(was client.Object, hash, version string, vainly bool) {
	now := v.on(was)
	now.version = version
	now.hashes = slices.DeleteFunc(slices.Clone(now.hashes), func(h string) bool { return h == hash })
	if vainly {
		now.hashes = append(now.hashes, hash)
	}
	if len(now.hashes) > 0 {
		v.last.Store(was.GetUID(), now)
	} else {
		v.last.Delete(was.GetUID())
	}
}

// noteApplied notes an apply, of which the API server's answer is at hand.
func (v *inVain) noteApplied(live client.Object, hash string, answer runtime.ApplyConfiguration) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode %T: %w", answer, err)
	}
	now := &metav1.PartialObjectMetadata{}
	if err := json.Unmarshal(text, now); err != nil {
		return fmt.Errorf("decode %T: %w", answer, err)
	}
	v.note(live, hash, now.ResourceVersion, now.ResourceVersion == live.GetResourceVersion())
	return nil
}

func changedByAdmission(kind, name string, fields []string) string {
	if len(fields) == 0 {
		fields = []string{".metadata.managedFields"}
	}
	return fmt.Sprintf("%s %s: an admission policy of the cluster changes what the operator writes, and is left to: %s",
		kind, name, strings.Join(fields, ", "))
}
