package controllers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/workload/drift"
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
func (o *ordinary) marked() (string, error) {
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

// settled reports whether writing an object would change nothing of it, and notes
// what an admission policy has made of it.
func (seen *observed) settled(o ordinary) (bool, error) {
	hash, err := o.marked()
	if err != nil || o.live == nil {
		return false, err
	}
	d, err := drift.Compare(o.live, o.desired, v1alpha1.FieldOwner)
	switch {
	case err != nil, !d.Any():
		return err == nil, err
	case !d.Admitted() || o.live.GetAnnotations()[appliedAnnotation] != hash:
		return false, nil
	}
	seen.warnings = append(seen.warnings, changedByAdmission(o.desired, o.live, d.Fields))
	return true, nil
}

func changedByAdmission(desired runtime.ApplyConfiguration, live client.Object, fields []string) string {
	kind, _ := called(desired)
	return fmt.Sprintf("%s %s: an admission policy of the cluster changes what the operator writes, and is left to: %s",
		kind, live.GetName(), strings.Join(fields, ", "))
}
