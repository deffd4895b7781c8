package workload

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// findings are what zkconfig has to say about the properties of a spec.
func findings(e *v1alpha1.ZooKeeperEnsemble) []zkconfig.Finding {
	version, err := zkconfig.ParseVersion(e.Spec.Version)
	if err != nil {
		return nil // refused by the API server
	}
	return zkconfig.ValidateUser(e.Spec.Config, version)
}

// checkConfig refuses the properties that a server would not accept, would
// silently ignore, or that are not the user's to set.
func checkConfig(path *field.Path, e *v1alpha1.ZooKeeperEnsemble) field.ErrorList {
	var found field.ErrorList
	for _, finding := range findings(e) {
		if finding.Severity != zkconfig.Error {
			continue
		}
		where := path
		if finding.Key != "" {
			where = path.Key(finding.Key)
		}
		text := finding.Message
		if finding.Fix != "" {
			text += " " + finding.Fix
		}
		if finding.Rule == zkconfig.OperatorOwned {
			found = append(found, field.Forbidden(where, text))
		} else {
			found = append(found, field.Invalid(where, e.Spec.Config[finding.Key], text))
		}
	}
	return found
}

// Warnings are what in a spec is accepted, but unwise, one line each.
func Warnings(e *v1alpha1.ZooKeeperEnsemble) []string {
	var warnings []string
	for _, finding := range findings(e) {
		if finding.Severity == zkconfig.Warning {
			warnings = append(warnings, "spec.config: "+finding.String())
		}
	}
	if n := e.Spec.Replicas; n%2 == 0 && n > 0 {
		warnings = append(warnings, fmt.Sprintf(
			"spec.replicas: %d members tolerate no more failures than %d. Fix: Use an odd number.", n, n-1))
	}
	return append(warnings, lostWrites(e)...)
}

// lostWrites names the bugs for which no promise about acknowledged writes is
// made for a version.
func lostWrites(e *v1alpha1.ZooKeeperEnsemble) []string {
	version, err := zkconfig.ParseVersion(e.Spec.Version)
	if err != nil {
		return nil
	}
	var bugs []string
	for _, bug := range zkconfig.KnownBugs(version) {
		bugs = append(bugs, fmt.Sprintf("%s (%s)", bug.ID, bug.Summary))
	}
	if bugs == nil {
		return nil
	}
	return []string{fmt.Sprintf("spec.version: %s lacks the fix of %s. Fix: Use 3.9.4 or later.", version, strings.Join(bugs, ", "))}
}
