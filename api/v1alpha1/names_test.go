package v1alpha1_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// reservedName is what the API server says of a name that another ensemble's
// objects have.
const reservedName = "metadata.name ends with -observers or -servers"

// TestNamesOfAnothersObjects checks which endings a name must not have: those
// that would give two ensembles an object of one kind and name.
func TestNamesOfAnothersObjects(t *testing.T) {
	for name, refused := range map[string]string{
		"zk-observers": reservedName,
		"zk-servers":   reservedName,
		"a-b-servers":  reservedName,

		"observers": "", "servers": "", "zkobservers": "", "zk-observers-0": "", "zk-servers-1": "", "zk-observer": "", "zk-server": "",
		"zk-superuser": "", "zk-formation": "", "zk-members": "", "zk-config": "", "zk-config-0123456789": "", "zk-0": "", "data-zk": "", "log-zk-0": "",
	} {
		t.Run(name, func(t *testing.T) {
			judge(t, server.Create(t.Context(), ensemble(named(name)), client.DryRunAll), refused)
		})
	}
}

// TestNamesOfBeforeKeepWorking creates an ensemble while the API server does not
// know the rule yet, and then has its status and its spec written under the rule.
func TestNamesOfBeforeKeepWorking(t *testing.T) {
	crd := &unstructured.Unstructured{}
	crd.SetAPIVersion("apiextensions.k8s.io/v1")
	crd.SetKind("CustomResourceDefinition")
	key := client.ObjectKey{Name: "zookeeperensembles.zkensemble.dev"}
	if err := server.Get(t.Context(), key, crd); err != nil {
		t.Fatal(err)
	}
	rules := rootRules(t, crd)
	judgedBy(t, crd, rules[:len(rules)-1], "")
	e := ensemble(named("zk-observers"))
	if err := server.Create(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	judgedBy(t, crd, rules, reservedName)

	e.Status.Activity = "As specified"
	judge(t, server.Status().Update(t.Context(), e), "")
	patched := e.DeepCopy()
	patched.Status.Activity = "Waiting"
	judge(t, server.Status().Patch(t.Context(), patched, client.MergeFrom(e)), "")
	patched.Spec.Replicas = 5
	judge(t, server.Update(t.Context(), patched), "")
	patched.Labels = map[string]string{"team": "storage"}
	judge(t, server.Update(t.Context(), patched), "")
	judge(t, server.Delete(t.Context(), patched), "")
	judge(t, server.Create(t.Context(), ensemble(named("zk-observers")), client.DryRunAll), reservedName)
}

// rulesPath is where a version of the CRD has the rules about the whole object.
var rulesPath = []string{"schema", "openAPIV3Schema", "x-kubernetes-validations"}

func versionOf(t *testing.T, crd *unstructured.Unstructured) map[string]any {
	t.Helper()
	versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
	if err != nil || len(versions) != 1 {
		t.Fatalf("%d versions, %v", len(versions), err)
	}
	return versions[0].(map[string]any)
}

// rootRules are the rules about the whole object; the last is that about names.
func rootRules(t *testing.T, crd *unstructured.Unstructured) []any {
	t.Helper()
	rules, _, err := unstructured.NestedSlice(versionOf(t, crd), rulesPath...)
	if err != nil || len(rules) < 2 {
		t.Fatalf("rules %v, %v", rules, err)
	}
	return rules
}

// judgedBy gives the CRD the rules and waits until the API server judges a name
// by them.
func judgedBy(t *testing.T, crd *unstructured.Unstructured, rules []any, refused string) {
	t.Helper()
	version := versionOf(t, crd)
	if err := unstructured.SetNestedSlice(version, rules, rulesPath...); err != nil {
		t.Fatal(err)
	}
	if err := unstructured.SetNestedSlice(crd.Object, []any{version}, "spec", "versions"); err != nil {
		t.Fatal(err)
	}
	if err := server.Update(t.Context(), crd); err != nil {
		t.Fatal(err)
	}
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		last = server.Create(ctx, ensemble(named("probe-observers")), client.DryRunAll)
		return (last == nil) == (refused == ""), nil
	})
	if err != nil {
		t.Fatalf("the API server does not take up the rules: %v", errors.Join(err, last))
	}
}
