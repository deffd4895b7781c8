package workload

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

// checkConfig refuses the properties that a server would not accept, would
// silently ignore, or that are not the user's to set.
func checkConfig(path *field.Path, e *v1alpha1.ZooKeeperEnsemble) field.ErrorList {
	var found field.ErrorList
	for _, finding := range ConfigFindings(e) {
		if finding.Severity != lint.Error {
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
		if finding.Rule == lint.OperatorOwned {
			found = append(found, field.Forbidden(where, text))
		} else {
			found = append(found, field.Invalid(where, e.Spec.Config[finding.Key], text))
		}
	}
	return append(found, checkSize(path, Properties(e))...)
}

// Warnings are what in a spec is accepted, but unwise, one line each.
func Warnings(e *v1alpha1.ZooKeeperEnsemble) []string {
	var warnings []string
	for _, finding := range ConfigFindings(e) {
		if finding.Severity == lint.Warning {
			warnings = append(warnings, "spec.config: "+finding.String())
		}
	}
	warnings = append(warnings, unprotected(&e.Spec)...)
	return append(warnings, missingFixes(e)...)
}

// unprotected says what a specification gives up by its own choice.
func unprotected(s *v1alpha1.ZooKeeperEnsembleSpec) []string {
	context := cmp.Or(s.Pod.SecurityContext, &corev1.PodSecurityContext{})
	var warnings []string
	for _, choice := range []struct {
		made bool
		text string
	}{
		{
			s.Replicas%2 == 0 && s.Replicas > 0,
			fmt.Sprintf("spec.replicas: %d members tolerate no more failures than %d. Fix: Use an odd number.", s.Replicas, s.Replicas-1),
		},
		{
			s.Disruption.Budget == v1alpha1.BudgetNone,
			"spec.disruption.budget: Without a budget, a drain of two nodes may take the quorum. Fix: Use Managed, or keep a budget of your own over the voters.",
		},
		{
			s.Network.Policy == v1alpha1.NetworkPolicyDisabled,
			"spec.network.policy: Whoever reaches the quorum port can read and change everything. Fix: Use Enabled, or keep a policy of your own over the ports 2888, 2889, 3888 and 8079.",
		},
		{
			slices.ContainsFunc(s.Pod.Env, enablesJMX),
			"spec.pod.env: JMX is on, or nothing says that it is off, and by default it lets everyone in who reaches its port. Fix: Remove JMXDISABLE.",
		},
		{
			slices.ContainsFunc(s.JVM.Flags, opensPort),
			"spec.jvm.flags: JMX or a debugger is on, and by default it lets everyone in who reaches its port. Fix: Remove the flag.",
		},
		{
			context.RunAsUser != nil && *context.RunAsUser == 0,
			"spec.pod.securityContext: The servers run as root. Fix: Remove runAsUser and runAsNonRoot.",
		},
		{
			context.SeccompProfile != nil && context.SeccompProfile.Type == corev1.SeccompProfileTypeUnconfined,
			"spec.pod.securityContext: Without a seccomp profile the servers may make every system call. Fix: Remove seccompProfile.",
		},
	} {
		if choice.made {
			warnings = append(warnings, choice.text)
		}
	}
	return warnings
}

// enablesJMX reports whether a variable of a specification turns JMX on, or may: the
// start script leaves it off only for a value that is neither empty nor "false", and
// the value of another object, or of another variable, is not known here.
func enablesJMX(v corev1.EnvVar) bool {
	return v.Name == jmxDisable && (v.Value == "" || v.Value == "false" || strings.Contains(v.Value, "$("))
}

// opensPort reports whether a flag lets others into the Java virtual machine.
func opensPort(flag string) bool {
	return slices.ContainsFunc([]string{"-Dcom.sun.management.jmxremote", "-agentlib:jdwp", "-Xrunjdwp"}, func(door string) bool {
		return strings.HasPrefix(flag, door)
	})
}

// missingFixes names the bugs for which no promise is made for a version. Those of
// what the operator does not use, such as TLS, are none.
func missingFixes(e *v1alpha1.ZooKeeperEnsemble) []string {
	version, err := zkconfig.ParseVersion(e.Spec.Version)
	if err != nil {
		return nil
	}
	var bugs []string
	for _, bug := range catalogue.KnownBugs(version) {
		if bug.Scope != "" {
			continue
		}
		bugs = append(bugs, fmt.Sprintf("%s (%s)", bug.ID, bug.Summary))
	}
	if bugs == nil {
		return nil
	}
	return []string{fmt.Sprintf("spec.version: %s lacks the fix of %s. Fix: Use 3.9.4 or later.", version, strings.Join(bugs, ", "))}
}
