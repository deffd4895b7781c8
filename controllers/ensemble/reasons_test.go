package ensemble

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// TestEveryReasonIsAConstantThatIsDocumented compares three lists that a person
// on call relies on: what the planner says, what the API promises, and what the
// page of reasons explains.
func TestEveryReasonIsAConstantThatIsDocumented(t *testing.T) {
	t.Parallel()
	constants := matches(t, "../../api/v1alpha1/reasons.go", `(?m)^\tReason[A-Za-z]+ += "([A-Za-z]+)"$`)
	documented := matches(t, "../../docs/operations/steps.md", "(?m)^####? `([A-Za-z]+)`$")
	if diff := cmp.Diff(constants, documented); diff != "" {
		t.Errorf("the API's reasons and those of docs/operations/steps.md differ:\n%s", diff)
	}
	for _, reason := range plan.Reasons() {
		if !slices.Contains(constants, string(reason)) {
			t.Errorf("the API has no constant for the reason %s", reason)
		}
	}
}

// matches returns, sorted, what the first group of a pattern matches in a file.
func matches(t *testing.T, file, pattern string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
		found = append(found, string(match[1]))
	}
	slices.Sort(found)
	return found
}
