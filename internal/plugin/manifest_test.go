package plugin

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ensembleHead = "apiVersion: zkensemble.dev/v1alpha1\nkind: ZooKeeperEnsemble\nmetadata: {name: zk}\nspec:\n"

// TestLintKnowsOurResource holds what lint says about manifests: one line for
// each finding, with its line.
func TestLintKnowsOurResource(t *testing.T) {
	secret := "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n---\n"
	quickstart, err := os.ReadFile("../../docs/examples/quickstart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	indented := strings.TrimPrefix(strings.ReplaceAll("\n"+ensembleHead+"  version: 3.9.5\n  config: {syncLimit: \"2000\"}\n", "\n", "\n  "), "\n  ")
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"the quickstart", string(quickstart), nil},
		{"three by default", ensembleHead + "  version: 3.9.5\n", nil},
		{
			"properties", ensembleHead + "  version: 3.9.5\n  config:\n    syncLimit: \"2000\"\n    dataDir: /x\n    maxClientCnxn: \"1\"\n",
			[]string{"7 error spec.config[syncLimit] [timing]", "8 error spec.config[dataDir] [operator-owned]", "9 error spec.config[maxClientCnxn] [unknown-key]"},
		},
		{
			"a heap that does not fit", ensembleHead + "  version: 3.9.5\n  jvm:\n    heapMiB: 4096\n",
			[]string{"7 error spec.jvm.heapMiB [spec]"},
		},
		{"an even number", ensembleHead + "  version: 3.9.5\n  replicas: 4\n", []string{"6 warning spec.replicas [spec]"}},
		{"too many", ensembleHead + "  version: 3.9.5\n  replicas: 17\n", []string{"6 error spec.replicas [spec]"}},
		{"no version", ensembleHead + "  replicas: 3\n", []string{"4 error spec.version [spec]"}},
		{"an old version", ensembleHead + "  version: 3.6.4\n", []string{"5 error spec.version [spec]"}},
		{"a field that is none", ensembleHead + "  version: 3.9.5\n  replica: 3\n", []string{"6 error spec.replica [spec]"}},
		{"a field in another spelling", ensembleHead + "  version: 3.9.5\n  Replicas: 3\n", []string{"6 error spec.Replicas [spec]"}},
		{"a number for a text", ensembleHead + "  version: 3.9\n", []string{"5 error spec.version [spec]"}},
		{
			"numbers and words for the texts of properties", ensembleHead + "  version: 3.9.5\n  config:\n    maxClientCnxns: 200\n    tickTime: \"2000\"\n    skipACL: yes\n",
			[]string{"7 error spec.config[maxClientCnxns] [spec]", "9 error spec.config[skipACL] [spec]", "9 error spec.config[skipACL] [operator-owned]"},
		},
		{"behind a byte order mark", "\ufeff" + ensembleHead + "  version: 3.9.5\n  replicas: 2\n", []string{"6 warning spec.replicas [spec]"}},
		{"behind another document", secret + ensembleHead + "  version: 3.9.5\n  replicas: 2\n", []string{"10 warning spec.replicas [spec]"}},
		{"in a list", "apiVersion: v1\nkind: List\nitems:\n- " + indented, []string{"9 error spec.config[syncLimit] [timing]"}},
		{"as JSON", `{"apiVersion": "zkensemble.dev/v1alpha1", "kind": "ZooKeeperEnsemble", "spec": {"version": "3.9.5", "replicas": 2}}`, []string{"1 warning spec.replicas [spec]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			report, err := lintManifest("x.yaml", test.text)
			if err != nil || !isManifest(test.text) {
				t.Fatalf("recognised: %v, %v", isManifest(test.text), err)
			}
			var got []string
			for _, f := range report.Findings {
				got = append(got, fmt.Sprintf("%d %s %s [%s]", f.Line, f.Severity, f.Key, f.Rule))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(- want, + got)\n%s\n%v", diff, report.Findings)
			}
		})
	}
}

func TestLintOfAManifest(t *testing.T) {
	const message = "error: <stdin> is a Kubernetes manifest, not a zoo.cfg, and holds no ZooKeeperEnsemble\n"
	for name, text := range map[string]string{
		"another kind":     "# a comment\napiVersion: apps/v1\nkind: StatefulSet\n",
		"a ConfigMap":      "kind: ConfigMap\napiVersion: v1\ndata:\n  zoo.cfg: |\n    tickTime=2000\n",
		"JSON in one line": `{"apiVersion":"v1","kind":"Pod"}`,
		"another group":    "apiVersion: zookeeper.example/v1\nkind: ZooKeeperEnsemble\n",
	} {
		t.Run(name, func(t *testing.T) {
			if got := runWith(text, "lint", "-f", "-"); got.code != 2 || got.out != "" || got.err != message {
				t.Errorf("got %+v", got)
			}
		})
	}
	if got := runWith(ensembleHead+"  version: [\n", "lint", "-f", "-"); got.code != 2 || !strings.Contains(got.err, "cannot be read") {
		t.Errorf("a manifest that is no YAML: %+v", got)
	}
	chart := "{{- if .Values.zk }}\n" + ensembleHead + "  version: 3.9.5\n{{- end }}\n"
	if got := runWith(chart, "lint", "-f", "-"); got.code != 2 || !strings.Contains(got.err, "is the template of a Kubernetes manifest") {
		t.Errorf("the template of a manifest: %+v", got)
	}
	if isManifest(good) || isManifest("kind=x\napiVersion.y=1\n") {
		t.Error("a zoo.cfg is taken for a manifest")
	}
	wrong := ensembleHead + "  version: 3.9.5\n  config: {ssl.keyStore.password: sesame}\n"
	if got := runWith(wrong, "lint", "-f", "-"); got.code != 1 || strings.Contains(got.out, "sesame") || !strings.HasSuffix(got.out, "1 error, 0 warnings for ZooKeeper 3.9.5\n") {
		t.Errorf("a secret in a manifest: %+v", got)
	}
}

func TestLintWithoutAFile(t *testing.T) {
	got := runWith("", "lint")
	if want := "error: name a file with -f, or - for standard input\nUsage: kubectl zk lint -f FILE [flags]\n"; got.code != 2 || got.err != want {
		t.Errorf("got %+v, want %q", got, want)
	}
}

func TestRootNamesExamplesAndDocs(t *testing.T) {
	got := runWith("")
	for _, want := range []string{"kubectl zk lint -f zoo.cfg", "kubectl zk explain", "https://github.com/zkensemble/zookeeper-operator"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("%q is missing in\n%s", want, got.out)
		}
	}
}
