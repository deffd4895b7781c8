package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// The comparison is of two ways to roll, not of two ways to configure servers.
func TestThePlainServersHaveTheOperatorsProperties(t *testing.T) {
	t.Parallel()
	manifest, err := os.ReadFile("manifests/plain.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(manifest), "  zoo.cfg: |\n")
	text, _, _ = strings.Cut(text, "---\n")

	var got, want []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "server.") && !strings.HasPrefix(line, "dataDir=") {
			got = append(got, line)
		}
	}
	for _, property := range workload.Defaults() {
		// What only the operator can serve.
		if property.Key != "reconfigEnabled" && property.Key != "db.autocreate" {
			want = append(want, property.Key+"="+property.Value)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
}
