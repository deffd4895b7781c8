package charts

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

var (
	// fieldName is a field of an ensemble as the documents write it.
	fieldName = regexp.MustCompile("`((?:spec|status)(?:\\.[a-z][A-Za-z]*)+)")
	// valueName is a value of the chart on a command line or in a sentence.
	valueName = regexp.MustCompile("(?:--set(?:-string)? '?|`)((?:[a-z][A-Za-z]*\\.)*[a-z][A-Za-z]*)=")
)

// A page that names a field which no ensemble has sends its reader astray.
func TestDocumentsNameFieldsThatExist(t *testing.T) {
	t.Parallel()
	schema := ensembleSchema(t)
	named := 0
	for path, text := range documents(t) {
		for _, match := range fieldName.FindAllStringSubmatch(text, -1) {
			named++
			if !hasField(schema, strings.Split(match[1], ".")) {
				t.Errorf("%s: an ensemble has no field %s", path, match[1])
			}
		}
	}
	if named < 50 {
		t.Errorf("only %d fields found in the documents", named)
	}
}

// ensembleSchema is the schema of the custom resource definition.
func ensembleSchema(t *testing.T) map[string]any {
	t.Helper()
	file, err := os.ReadFile(crdFile)
	if err != nil {
		t.Fatal(err)
	}
	definition := map[string]any{}
	if err := yaml.Unmarshal(file, &definition); err != nil {
		t.Fatal(err)
	}
	versions, _, err := unstructured.NestedSlice(definition, "spec", "versions")
	if err != nil || len(versions) != 1 {
		t.Fatalf("%d versions, %v", len(versions), err)
	}
	version, _ := versions[0].(map[string]any)
	schema, found, err := unstructured.NestedMap(version, "schema", "openAPIV3Schema")
	if err != nil || !found {
		t.Fatalf("no schema: %v", err)
	}
	return schema
}

// hasField reports whether a schema has a field, by the names on the way to it.
func hasField(schema map[string]any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	if items, ok := schema["items"].(map[string]any); ok {
		return hasField(items, path)
	}
	if properties, ok := schema["properties"].(map[string]any); ok {
		field, ok := properties[path[0]].(map[string]any)
		return ok && hasField(field, path[1:])
	}
	free, ok := schema["additionalProperties"].(map[string]any)
	return ok && hasField(free, path[1:])
}

// A command that sets a value which the chart does not have is refused, and a
// sentence about one misleads.
func TestDocumentsNameValuesThatExist(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile(filepath.Join(chart, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(file, &values); err != nil {
		t.Fatal(err)
	}
	named := 0
	for path, text := range documents(t) {
		for _, match := range valueName.FindAllStringSubmatch(text, -1) {
			keys := strings.Split(match[1], ".")
			if _, ours := values[keys[0]]; !ours && !strings.HasPrefix(match[0], "--set") {
				continue // an option of something else, such as skipACL=no
			}
			named++
			if !hasValue(values, keys) {
				t.Errorf("%s: the chart has no value %s", path, match[1])
			}
		}
	}
	if named < 10 {
		t.Errorf("only %d values found in the documents", named)
	}
}

// tellsToTaint is a command that declares a node dead, and takesTheTaintOff the
// advice that goes with it.
var (
	tellsToTaint     = regexp.MustCompile(`kubectl taint nodes? \S+ node\.kubernetes\.io/out-of-service=nodeshutdown:NoExecute(?:[^-]|$)`)
	takesTheTaintOff = regexp.MustCompile(`(?i)take\s+(?:it|the\s+taint)\s+off`)
)

// Whoever declares a node dead is told, in the same section, that no Pod stays on it
// until the taint is taken off.
func TestTaintsAreToBeTakenOff(t *testing.T) {
	t.Parallel()
	told := 0
	for path, text := range documents(t) {
		for section := range strings.SplitSeq(text, "\n#") {
			if !tellsToTaint.MatchString(section) {
				continue
			}
			told++
			if !takesTheTaintOff.MatchString(section) {
				t.Errorf("%s tells to taint a node, and not to take the taint off, in #%.80s", path, section)
			}
		}
	}
	if told < 2 {
		t.Errorf("only %d sections found in the documents", told)
	}
}

// deletesClaims is a command that deletes all volume claims of an ensemble, and the
// line before it.
var deletesClaims = regexp.MustCompile(`(?m)^(.*)\n.*kubectl .*delete pvc .*-l .*$`)

// The claims of an ensemble that runs are not to be deleted, which is never taken
// back: the command waits until the one before it, that removes the ensemble, has
// succeeded.
func TestClaimsAreDeletedOnlyAfterTheirEnsemble(t *testing.T) {
	t.Parallel()
	commands := 0
	for path, text := range documents(t) {
		for _, match := range deletesClaims.FindAllStringSubmatch(text, -1) {
			commands++
			if !strings.Contains(match[1], "delete zke") || !strings.HasSuffix(match[1], " &&") {
				t.Errorf("%s: the claims are deleted whatever comes of %q", path, match[1])
			}
		}
	}
	if commands < 3 {
		t.Errorf("only %d commands found in the documents", commands)
	}
}

func hasValue(values map[string]any, keys []string) bool {
	value, ok := values[keys[0]]
	if !ok || len(keys) == 1 {
		return ok
	}
	inner, ok := value.(map[string]any)
	return ok && hasValue(inner, keys[1:])
}

// The page of what is in scope names the servers that the tests start.
func TestDocumentsNameTheServersOfTheTests(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../hack/lib.sh")
	if err != nil {
		t.Fatal(err)
	}
	versions := regexp.MustCompile(`(?m)^export ZOOKEEPER_VERSIONS=\((\S+) (\S+) (\S+)\)$`).FindStringSubmatch(string(script))
	if versions == nil {
		t.Fatal("hack/lib.sh has no versions of ZooKeeper")
	}
	sentence := "The tests start servers of " + versions[1] + ", " + versions[2] + " and " + versions[3] + ";"
	if !strings.Contains(documents(t)["../docs/scope.md"], sentence) {
		t.Errorf("docs/scope.md does not say %q", sentence)
	}
}

// documents are the pages of the project by their paths. Decisions keep the words
// of their time.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "decisions" || len(entry.Name()) > 2 && entry.Name()[0] == '.'):
			return fs.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		texts[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
