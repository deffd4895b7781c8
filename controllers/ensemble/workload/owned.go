package workload

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

// fields are what to use in a ZooKeeperEnsemble instead of properties that the
// operator sets.
var fields = map[string]string{
	"server.N": "spec.replicas", "peerType": "spec.replicas",
	"dataDir": "spec.storage.data", "dataLogDir": "spec.storage.log",
}

// FieldOf names the field of a ZooKeeperEnsemble to use instead of a property of
// spec.config, "" where there is none.
func FieldOf(d catalogue.Definition) string {
	if d.Source == catalogue.CommandLine {
		return "spec.jvm.flags"
	}
	return fields[d.Name]
}

// ConfigFindings judges the properties of spec.config together with what the
// operator sets itself. It is stricter than [zkconfig.Validate]: keys that the
// operator owns, keys that nobody knows, and numbers that leave no room for the
// agent's and the operator's own questions are errors. Findings are sorted by key
// and have no lines.
func ConfigFindings(e *v1alpha1.ZooKeeperEnsemble) []lint.Finding {
	version, err := zkconfig.ParseVersion(e.Spec.Version)
	if err != nil {
		return nil // refused by the API server
	}
	var findings []lint.Finding
	accepted := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(e.Spec.Config)) {
		if finding, refused := refuse(key, version); refused {
			findings = append(findings, finding)
			continue
		}
		accepted[key] = e.Spec.Config[key]
	}
	findings = append(findings, judge(e, accepted, version)...)
	findings = append(findings, checkRoom(accepted)...)
	slices.SortStableFunc(findings, func(a, b lint.Finding) int { return strings.Compare(a.Key, b.Key) })
	return findings
}

// refuse judges a key without its value.
func refuse(key string, version zkconfig.Version) (lint.Finding, bool) {
	finding := lint.Finding{Rule: lint.OperatorOwned, Severity: lint.Error, File: lint.StaticFile, Key: key}
	trimmed := strings.TrimFunc(key, zkconfig.IsJavaBlank)
	definition, known := catalogue.Lookup(trimmed)
	switch {
	case trimmed != key:
		finding.Rule, finding.Nearest = lint.UnknownKey, trimmed
		finding.Message = "The server takes the blanks around a key away, and where the same key is there without them, chance decides which of the two counts."
		finding.Fix = fmt.Sprintf("Write %s without blanks.", trimmed)
	case !known && !prefixed(key):
		finding.Rule, finding.Nearest = lint.UnknownKey, catalogue.Nearest(key)
		finding.Message = fmt.Sprintf("ZooKeeper %s has no such property; the server would accept it silently and nothing would read it.", version)
		finding.Fix = "Remove the key."
		if finding.Nearest != "" {
			finding.Fix = fmt.Sprintf("Did you mean %s?", finding.Nearest)
		}
	case known && definition.Owner == catalogue.Operator:
		finding.Message = "The operator sets this property itself: " + definition.Breaks
		finding.Fix = "Remove the key; there is no field for it."
		if field := FieldOf(definition); field != "" {
			finding.Message = "The operator sets this property itself."
			finding.Fix = fmt.Sprintf("Use %s instead.", field)
		}
	case known && definition.Source == catalogue.CommandLine:
		finding.Rule = lint.NoEffect
		finding.Message = fmt.Sprintf("The server reads the system property %s, which zoo.cfg cannot set.", definition.Property)
		finding.Fix = fmt.Sprintf("Use spec.jvm.flags with -D%s=….", definition.Property)
	default:
		return lint.Finding{}, false
	}
	return finding, true
}

// prefixed reports whether a key is that of a system property, with the prefix
// that the server adds by itself. [zkconfig.Validate] has more to say of it.
func prefixed(key string) bool {
	name, is := strings.CutPrefix(key, "zookeeper.")
	_, known := catalogue.Lookup(name)
	return is && known
}

// judge validates properties on top of the operator's own and returns what is
// due to them.
func judge(e *v1alpha1.ZooKeeperEnsemble, users map[string]string, version zkconfig.Version) []lint.Finding {
	already := map[lint.Finding]bool{}
	for _, finding := range lint.Validate(withServers(e, propertiesWith(e, nil)), version) {
		already[finding] = true
	}
	var findings []lint.Finding
	for _, finding := range lint.Validate(withServers(e, propertiesWith(e, users)), version) {
		if !already[finding] {
			finding.Line = 0
			findings = append(findings, finding)
		}
	}
	return findings
}
