package workload_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/workload"
)

// live is the StatefulSet that the operator of the given image left behind.
func live(t *testing.T, in workload.Input, agentImage string) *appsv1.StatefulSet {
	t.Helper()
	in.AgentImage = agentImage
	objects, err := workload.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	set := &appsv1.StatefulSet{}
	set.Annotations = objects.StatefulSet.Annotations
	return set
}

// TestUpgradingTheOperatorRestartsNobody checks which image the next template
// gets, after an upgrade of the operator from old to new.
func TestUpgradingTheOperatorRestartsNobody(t *testing.T) {
	t.Parallel()
	const older, newer = "operator:1", "operator:2"
	version := func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Version = "3.9.6" }
	replicas := func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Replicas = 5 }
	config := func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Config = map[string]string{"maxClientCnxns": "1"} }
	superuser := input()
	superuser.SuperuserHash = "another"
	unmarked := live(t, input(), older)
	unmarked.Annotations = nil
	cases := []struct {
		name string
		in   workload.Input
		live *appsv1.StatefulSet
		want string
	}{
		{"a new ensemble gets the operator's image", input(), nil, newer},
		{"an unchanged template keeps the image it was given", input(), live(t, input(), older), older},
		{"another number of replicas keeps it, too", input(replicas), live(t, input(), older), older},
		{"another version brings the new image along", input(version), live(t, input(), older), newer},
		{"another property does", input(config), live(t, input(), older), newer},
		{"another super-user does", superuser, live(t, input(), older), newer},
		{"a StatefulSet that says nothing is given the new one", input(), unmarked, newer},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := workload.AgentImage(c.in, c.live, newer)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("the agent comes from %s, want %s", got, c.want)
			}
		})
	}
}

// TestTemplateHashIgnoresTheAgent holds the hash to what it does and does not
// stand for.
func TestTemplateHashIgnoresTheAgent(t *testing.T) {
	t.Parallel()
	hash := func(in workload.Input) string {
		t.Helper()
		hash, err := workload.TemplateHash(in)
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	want := hash(input())
	other := input()
	other.AgentImage, other.Replicas = "operator:2", 7
	if got := hash(other); got != want {
		t.Errorf("agent and replicas changed the hash from %s to %s", want, got)
	}
	for name, change := range map[string]func(*v1alpha1.ZooKeeperEnsembleSpec){
		"version": func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Version = "3.9.6" },
		"label":   func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Labels = map[string]string{"a": "b"} },
		"config":  func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Config = map[string]string{"snapCount": "5"} },
	} {
		if got := hash(input(change)); got == want {
			t.Errorf("another %s left the hash at %s", name, got)
		}
	}
}
