package workload

import (
	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

// newest is the release that the tests of properties judge for.
const newest = "3.9.5"

// ensembleWith is an ensemble of three with some properties.
func ensembleWith(properties map[string]string) *v1alpha1.ZooKeeperEnsemble {
	e := &v1alpha1.ZooKeeperEnsemble{}
	e.Name, e.Namespace = "zk", "default"
	e.Spec.Version, e.Spec.Replicas, e.Spec.Config = newest, 3, properties
	return e
}

// configFindings are those about the properties of such an ensemble.
func configFindings(properties map[string]string) []lint.Finding {
	return ConfigFindings(ensembleWith(properties))
}
