package workload

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// javaSecurity keeps the servers from remembering addresses: the Pods of an
// ensemble change theirs, and Java would otherwise keep a name that did not
// resolve for ten seconds.
const javaSecurity = "networkaddress.cache.ttl=1\nnetworkaddress.cache.negative.ttl=0\n"

// configMap holds what every member's agent renders zoo.cfg from. It is named
// by its content and never changes, so that a member restarted during a roll
// gets the properties of its own revision.
func configMap(in Input) *corev1ac.ConfigMapApplyConfiguration {
	e := in.Ensemble
	data := configData(Properties(e))
	return corev1ac.ConfigMap(ConfigName(e.Name, hashOf(data)), e.Namespace).
		WithLabels(Labels(e.Name)).
		WithOwnerReferences(ownerReference(e)).
		WithImmutable(true).
		WithData(data)
}

// configData is what the ConfigMap of some properties holds.
func configData(properties zkconfig.Properties) map[string]string {
	return map[string]string{
		member.ZooCfg:       properties.Render(),
		member.JavaSecurity: javaSecurity,
	}
}

// mostConfig is how many bytes the API server lets the values of a ConfigMap have.
const mostConfig = corev1.MaxSecretSize

// checkSize refuses properties that no ConfigMap holds. They would be refused when it
// is written, after other objects were.
func checkSize(path *field.Path, properties zkconfig.Properties) field.ErrorList {
	size := 0
	for _, text := range configData(properties) {
		size += len(text)
	}
	if size <= mostConfig {
		return nil
	}
	longest := slices.MaxFunc(properties, func(a, b zkconfig.Property) int {
		return cmp.Compare(len(zkconfig.Properties{a}.Render()), len(zkconfig.Properties{b}.Render()))
	})
	return field.ErrorList{field.Invalid(path, fmt.Sprintf("%d bytes", size), fmt.Sprintf(
		"is more than the %d bytes that a ConfigMap holds, in which a character that is not ASCII takes 6 or 12; shorten the values, "+
			"of which that of %s is the longest", mostConfig, longest.Key))}
}

// hashOf tells one content from the next in ten hexadecimal digits.
func hashOf(data map[string]string) string {
	sum := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(data)) {
		for _, part := range []string{key, "\x00", data[key], "\x00"} {
			sum.Write([]byte(part))
		}
	}
	return shortHash(sum.Sum(nil))
}

// shortHash is the part of a hash that becomes part of a name.
func shortHash(sum []byte) string { return hex.EncodeToString(sum)[:10] }
