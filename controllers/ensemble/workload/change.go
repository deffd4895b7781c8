package workload

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

// CheckVersion refuses a version that servers of one of the given versions cannot
// be replaced by, one at a time. What a server says that is no version says
// nothing.
func CheckVersion(from []string, to string) error {
	target, err := zkconfig.ParseVersion(to)
	if err != nil {
		return nil //nolint:nilerr // The API server refuses it.
	}
	path := field.NewPath("spec", "version")
	for _, text := range from {
		version, err := zkconfig.ParseVersion(text)
		if err != nil {
			continue
		}
		if advice := catalogue.Upgrade(version, target); advice.Verdict == catalogue.Denied {
			return field.Invalid(path, to, fmt.Sprintf("cannot follow %s, which runs: %s", version, advice.Reason))
		}
	}
	return nil
}

// CheckConfigChange refuses properties that cannot follow those of a live
// ConfigMap on volumes that hold data, or that servers of before and after could
// not talk to each other with.
func CheckConfigChange(live *corev1.ConfigMap, e *v1alpha1.ZooKeeperEnsemble) error {
	version, err := zkconfig.ParseVersion(e.Spec.Version)
	if err != nil {
		return nil //nolint:nilerr // The API server refuses it.
	}
	before, err := PropertiesOf(live)
	if err != nil {
		return err
	}
	changes := lint.Diff(withServers(e, before), Effective(e), version)
	if changes.Needs != catalogue.Never {
		return nil
	}
	var found field.ErrorList
	for _, change := range changes.Keys {
		if change.Needs == catalogue.Never {
			found = append(found, field.Invalid(pathOf(change.Key), change.New,
				fmt.Sprintf("cannot change from %q: %s", change.Old, change.Reason)))
		}
	}
	if found == nil {
		found = append(found, field.Forbidden(configPath(), changes.Reason))
	}
	return found.ToAggregate()
}

// PropertiesOf are those that a live ConfigMap gives to its servers.
func PropertiesOf(live *corev1.ConfigMap) (zkconfig.Properties, error) {
	properties, err := zkconfig.Parse(live.Data[member.ZooCfg])
	if err != nil {
		return nil, fmt.Errorf("read the properties in ConfigMap %s: %w", live.Name, err)
	}
	return properties, nil
}

// pathOf is the field by which a property is set.
func pathOf(key string) *field.Path {
	if definition, ok := catalogue.Lookup(key); ok && FieldOf(definition) != "" {
		return field.NewPath(FieldOf(definition))
	}
	return configPath().Key(key)
}

func configPath() *field.Path { return field.NewPath("spec", "config") }
