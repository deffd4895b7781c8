package workload

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/zkensemble/zookeeper-operator/internal/member"
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
	data := map[string]string{
		member.ZooCfg:       Properties(e).Render(),
		member.JavaSecurity: javaSecurity,
	}
	return corev1ac.ConfigMap(ConfigName(e.Name, hashOf(data)), e.Namespace).
		WithLabels(Labels(e.Name)).
		WithOwnerReferences(ownerReference(e)).
		WithImmutable(true).
		WithData(data)
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
