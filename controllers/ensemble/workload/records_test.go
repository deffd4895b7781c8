package workload_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

func TestFormationMembership(t *testing.T) {
	t.Parallel()
	in := input()
	in.ClusterDomain = ""
	want := `server.1=zk-0.zk-servers.default.svc.cluster.local:2888:3888:participant;0.0.0.0:2181
server.2=zk-1.zk-servers.default.svc.cluster.local:2888:3888:participant;0.0.0.0:2181
server.3=zk-2.zk-servers.default.svc.cluster.local:2888:3888:participant;0.0.0.0:2181
`
	if diff := cmp.Diff(want, workload.FormationMembership(in).Lines()); diff != "" {
		t.Errorf("the first list of servers (-want +got):\n%s", diff)
	}
}

// TestRecordsReadBack checks that what a record says can be read again.
func TestRecordsReadBack(t *testing.T) {
	t.Parallel()
	in := input()
	committed := workload.FormationMembership(in)
	committed.Version = 0x100000005

	record := workload.MembersRecord(in.Ensemble, committed)
	got, err := zkconfig.ParseMembership(record.Data[member.MembershipKey])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(committed, got); diff != "" {
		t.Errorf("the members record lost something (-want +got):\n%s", diff)
	}

	formation := workload.FormationRecord(in.Ensemble, member.FormationClosed, zkconfig.Membership{})
	want := map[string]string{"state": "closed", "servers": ""}
	if diff := cmp.Diff(want, formation.Data); diff != "" {
		t.Errorf("a formation record without knowledge (-want +got):\n%s", diff)
	}
}

// TestSuperuserDigest compares with a digest that ZooKeeper's own
// DigestAuthenticationProvider printed.
func TestSuperuserDigest(t *testing.T) {
	t.Parallel()
	got := workload.Superuser{Password: "admin"}.Digest()
	if want := "super:xQJmxLMiHGwaqBvst5y6rkB6HQs="; got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

func TestSuperuserSecret(t *testing.T) {
	t.Parallel()
	su := workload.NewSuperuser()
	if su == workload.NewSuperuser() {
		t.Fatal("two ensembles got the same password")
	}
	if len(su.Password) < 20 {
		t.Errorf("the password has only %d characters", len(su.Password))
	}
	secret := workload.SuperuserSecret(input().Ensemble, su)
	want := map[string][]byte{"password": []byte(su.Password), "digest": []byte(su.Digest())}
	if diff := cmp.Diff(want, secret.Data); diff != "" {
		t.Errorf("the Secret's data (-want +got):\n%s", diff)
	}
	if secret.Name != "zk-superuser" || len(secret.OwnerReferences) != 1 {
		t.Errorf("the Secret is %s with owners %v", secret.Name, secret.OwnerReferences)
	}
}
