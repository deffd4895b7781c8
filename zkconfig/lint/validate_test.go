package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/internal/golden"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
)

// TestValidateGolden holds the findings about whole files, word by word. The
// first line of each file names the version and, where known, the myid and the
// membership file.
func TestValidateGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/validate/*.cfg")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	seen := map[Rule]bool{OperatorOwned: true, NoRoom: true, Unreadable: true} // they need no file
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".cfg"), func(t *testing.T) {
			config, version := readValidateCase(t, file)
			findings := Validate(config, version)
			var got strings.Builder
			for _, finding := range findings {
				seen[finding.Rule] = true
				fmt.Fprintln(&got, describe(finding))
			}
			golden.Compare(t, strings.TrimSuffix(file, ".cfg")+".golden", got.String())
		})
	}
	for _, rule := range Rules() {
		if !seen[rule.Rule] {
			t.Errorf("no file breaks the rule %s", rule.Rule)
		}
	}
}

func readValidateCase(t *testing.T, file string) (Config, zkconfig.Version) {
	t.Helper()
	text := readFile(t, file)
	header, _, _ := strings.Cut(text, "\n")
	var config Config
	version := zkconfig.Version{Major: 3, Minor: 9, Patch: 5} // where the mark of an encoding takes the place of the header
	var err error
	if config.Static, err = zkconfig.Parse(text); err != nil {
		t.Fatal(err)
	}
	settings, found := strings.CutPrefix(header, "# validate:")
	if !found {
		return config, version
	}
	for setting := range strings.FieldsSeq(settings) {
		switch name, value, _ := strings.Cut(setting, "="); name {
		case "version":
			version, err = zkconfig.ParseVersion(value)
		case "myid":
			config.MyID = new(value + "\n")
		case "dynamic":
			config.Dynamic, err = zkconfig.Parse(readFile(t, filepath.Join(filepath.Dir(file), value)))
		default:
			t.Fatalf("%s: unknown setting %q", file, name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return config, version
}

func describe(f Finding) string {
	stops := ""
	if f.Stops {
		stops = ", stops"
	}
	return fmt.Sprintf("%s:%d: %s: %s [%s%s]", f.File, f.Line, f.Severity, f, f.Rule, stops)
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestValidateSaysNothingAboutAGoodConfiguration(t *testing.T) {
	if text := readFile(t, "testdata/validate/clean.golden"); text != "" {
		t.Errorf("findings about a good configuration:\n%s", text)
	}
}

func TestRulesAreUnique(t *testing.T) {
	seen := map[Rule]bool{}
	for _, rule := range Rules() {
		if seen[rule.Rule] || !strings.HasSuffix(rule.What, ".") {
			t.Errorf("%s: appears twice, or is not explained in a sentence: %q", rule.Rule, rule.What)
		}
		seen[rule.Rule] = true
	}
}

// TestValidateAllocatesLittle keeps a check in every reconcile cheap.
func TestValidateAllocatesLittle(t *testing.T) {
	config, version := readValidateCase(t, "testdata/validate/clean.cfg")
	if got := testing.AllocsPerRun(100, func() { Validate(config, version) }); got > 60 {
		t.Errorf("validating a good configuration allocates %.0f times", got)
	}
}

func BenchmarkValidate(b *testing.B) {
	for _, name := range []string{"clean", "kubernetes-tutorial", "values"} {
		b.Run(name, func(b *testing.B) {
			content, err := os.ReadFile("testdata/validate/" + name + ".cfg")
			if err != nil {
				b.Fatal(err)
			}
			properties, err := zkconfig.Parse(string(content))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				Validate(Config{Static: properties}, zkconfig.Version{Major: 3, Minor: 9, Patch: 5})
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	content, err := os.ReadFile("testdata/validate/clean.cfg")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := zkconfig.Parse(string(content)); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	const secret = "open sesame"
	for _, definition := range catalogue.All() {
		if !definition.Secret {
			continue
		}
		config := Config{Static: zkconfig.Properties{{Key: definition.Name, Value: secret + " # " + secret, Line: 1}}}
		for _, finding := range Validate(config, zkconfig.Version{Major: 3, Minor: 9, Patch: 5}) {
			if strings.Contains(finding.String(), "sesame") {
				t.Errorf("%s: %s", definition.Name, finding)
			}
		}
		for _, change := range Diff(config, Config{}, zkconfig.Version{Major: 3, Minor: 9, Patch: 5}).Keys {
			if strings.Contains(change.Old+change.New+change.Reason, "sesame") {
				t.Errorf("%s: %+v", definition.Name, change)
			}
		}
	}
}
