package workload

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // ZooKeeper's digest scheme is SHA-1 by default, and on every version.
	"crypto/sha256"
	"encoding/base64"

	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// SuperuserPasswordKey is the key of the password in the super-user Secret. It
// never leaves the Secret and the operator; a server needs to know no more than
// the digest, at the key [member.Digest].
const SuperuserPasswordKey = "password"

// Superuser is who alone may reconfigure an ensemble.
type Superuser struct {
	Password string
}

// NewSuperuser draws a new password. It is the one function here that is not
// pure.
func NewSuperuser() Superuser { return Superuser{Password: rand.Text()} }

// Digest is the value of ZooKeeper's superDigest property.
func (s Superuser) Digest() string {
	sum := sha1.Sum([]byte("super:" + s.Password)) //nolint:gosec // The password is random; the digest scheme is ZooKeeper's.
	return "super:" + base64.StdEncoding.EncodeToString(sum[:])
}

// SuperuserHash tells one digest from the next without giving it away. It is
// part of the Pod template, so that a new Secret reaches every member.
func SuperuserHash(digest string) string {
	sum := sha256.Sum256([]byte(digest))
	return shortHash(sum[:])
}

// SuperuserSecret is the Secret to create for an ensemble that has none. It is
// never written again.
func SuperuserSecret(e *v1alpha1.ZooKeeperEnsemble, su Superuser) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: objectMeta(e, SuperuserName(e.Name)),
		Type:       corev1.SecretTypeOpaque,
		Data: map[string][]byte{
			SuperuserPasswordKey: []byte(su.Password),
			member.Digest:        []byte(su.Digest()),
		},
	}
}
