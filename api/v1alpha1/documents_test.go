package v1alpha1_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// yamlBlock is a block of YAML in a document.
var yamlBlock = regexp.MustCompile("(?s)\n```yaml\n(.*?)\n```\n")

// TestDocumentsAreValid offers every ensemble that a document shows to the API
// server, which must know each of its fields.
func TestDocumentsAreValid(t *testing.T) {
	manifests := documented(t)
	if len(manifests) < 2 {
		t.Fatalf("only %d ensembles found", len(manifests))
	}
	for where, text := range manifests {
		t.Run(where, func(t *testing.T) {
			e := manifest(t, text)
			e.SetNamespace("default")
			judge(t, server.Create(t.Context(), e, client.DryRunAll, client.FieldValidation("Strict")), "")
		})
	}
}

// TestManifestsOfDocumentsAreValid offers the objects of other kinds that a
// document shows to the API server, but for those of kinds that it does not have.
func TestManifestsOfDocumentsAreValid(t *testing.T) {
	offered := 0
	for where, text := range blocks(t) {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil || !isBuiltIn(object.GroupVersionKind().Group) || object.GetKind() == "" {
			continue
		}
		offered++
		t.Run(where, func(t *testing.T) {
			if object.GetKind() != "ClusterRole" {
				object.SetNamespace("default")
			}
			judge(t, server.Create(t.Context(), object, client.DryRunAll, client.FieldValidation("Strict")), "")
		})
	}
	if offered < 4 {
		t.Errorf("only %d manifests found", offered)
	}
}

func isBuiltIn(group string) bool {
	return !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")
}

// overrides are what the quickstart's command changes of the Pod that it runs.
var overrides = regexp.MustCompile("(?s)kubectl run zkcli .*?--overrides='(.*?)'")

// TestTheClientOfTheQuickstartMayRun makes the Pod that kubectl would make where
// the restricted Pod security standard is enforced, as it is for the ensembles.
func TestTheClientOfTheQuickstartMayRun(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "quickstart.md"))
	if err != nil {
		t.Fatal(err)
	}
	match := overrides.FindSubmatch(page)
	if match == nil {
		t.Fatal("the quickstart runs no client")
	}
	namespace := &unstructured.Unstructured{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	namespace.SetName("restricted")
	namespace.SetLabels(map[string]string{"pod-security.kubernetes.io/enforce": "restricted"})
	if err := server.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]struct {
		patch   string
		refused string
	}{
		"as written":            {string(match[1]), ""},
		"without the overrides": {"{}", "violates PodSecurity"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "zkcli"}, "spec": {"restartPolicy": "Never", "containers":
				[{"name": "zkcli", "image": "zookeeper", "stdin": true, "stdinOnce": true, "tty": true, "command": ["zkCli.sh"]}]}}`
			patched, err := strategicpatch.StrategicMergePatch([]byte(pod), []byte(change.patch), &corev1.Pod{})
			if err != nil {
				t.Fatal(err)
			}
			object := &unstructured.Unstructured{}
			if err := json.Unmarshal(patched, &object.Object); err != nil {
				t.Fatal(err)
			}
			object.SetNamespace(namespace.GetName())
			judge(t, server.Create(t.Context(), object, client.DryRunAll, client.FieldValidation("Strict")), change.refused)
		})
	}
}

// documented are the ensembles in the documents, by their place.
func documented(t *testing.T) map[string]string {
	t.Helper()
	manifests := blocks(t)
	maps.DeleteFunc(manifests, func(_, text string) bool {
		return !strings.Contains(text, "apiVersion: "+v1alpha1.GroupVersion.String()+"\nkind: "+v1alpha1.Kind+"\n")
	})
	return manifests
}

// blocks are the YAML in the documents and in the chart's page, by its place.
func blocks(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, root := range []string{filepath.Join("..", "..", "docs"), filepath.Join("..", "..", "charts", "zookeeper-operator", "README.md")} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			switch filepath.Ext(path) {
			case ".yaml":
				text, err := os.ReadFile(path)
				found[path] = string(text)
				return err
			case ".md":
				text, err := os.ReadFile(path)
				for i, block := range yamlBlock.FindAllStringSubmatch(string(text), -1) {
					found[fmt.Sprintf("%s, block %d", path, i+1)] = block[1]
				}
				return err
			default:
				return err
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}
