package workload

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// TestDomainOf holds that a domain is read off our own servers only.
func TestDomainOf(t *testing.T) {
	t.Parallel()
	e := &v1alpha1.ZooKeeperEnsemble{ObjectMeta: metav1.ObjectMeta{Name: "zk", Namespace: "ns"}}
	for host, want := range map[string]string{
		"zk-0.zk-servers.ns.svc.cluster.local":   "cluster.local",
		"zk-0.zk-servers.ns.svc.k8s.example":     "k8s.example",
		"zk-0.zk-servers.other.svc.k8s.example":  "",
		"zk-0.zk2-servers.ns.svc.k8s.example":    "",
		"zk-0.zk-servers.ns.svc":                 "",
		"10.0.0.7":                               "",
		"zk-0.x.zk-servers.ns.svc.cluster.local": "",
	} {
		m := zkconfig.Membership{Servers: []zkconfig.Server{{ID: 1, Addresses: []zkconfig.Address{{Host: host}}}}}
		if got := DomainOf(e, m); got != want {
			t.Errorf("%s is in the domain %q, not %q", host, got, want)
		}
	}
	in := Input{Ensemble: e, Replicas: 3, ClusterDomain: "k8s.example"}
	if got := DomainOf(e, FormationMembership(in)); got != "k8s.example" {
		t.Errorf("what we write we read: %q", got)
	}
}
