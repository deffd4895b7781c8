package v1alpha1_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

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

// documented are the ensembles in the documents, by their place.
func documented(t *testing.T) map[string]string {
	t.Helper()
	manifests := map[string]string{}
	add := func(where, text string) {
		if strings.Contains(text, "apiVersion: "+v1alpha1.GroupVersion.String()+"\nkind: "+v1alpha1.Kind+"\n") {
			manifests[where] = text
		}
	}
	err := filepath.WalkDir(filepath.Join("..", "..", "docs"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch filepath.Ext(path) {
		case ".yaml":
			text, err := os.ReadFile(path)
			add(path, string(text))
			return err
		case ".md":
			text, err := os.ReadFile(path)
			for i, block := range yamlBlock.FindAllStringSubmatch(string(text), -1) {
				add(fmt.Sprintf("%s, block %d", path, i+1), block[1])
			}
			return err
		default:
			return nil
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return manifests
}
