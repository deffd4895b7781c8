package workload_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
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
	config := func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Config = map[string]string{"maxClientCnxns": "100"} }
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

// TestASpecThatIsPutBackGetsTheAgentOfBefore follows a StatefulSet through a change
// that not all members came to run, under a newer operator.
func TestASpecThatIsPutBackGetsTheAgentOfBefore(t *testing.T) {
	t.Parallel()
	const older, newer = "operator:1", "operator:2"
	bad := func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.JVM.Flags = []string{"-Xbad"} }
	worse := func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.JVM.Flags = []string{"-Xworse"} }
	set := live(t, input(), older)
	next := func(complete bool, change ...func(*v1alpha1.ZooKeeperEnsembleSpec)) string {
		t.Helper()
		in := input(change...)
		in.Live, in.Complete = set, complete
		image, err := workload.AgentImage(in, set, newer)
		if err != nil {
			t.Fatal(err)
		}
		set = live(t, in, image)
		return image
	}
	for _, step := range []struct {
		name     string
		complete bool
		change   []func(*v1alpha1.ZooKeeperEnsembleSpec)
		want     string
	}{
		{"a change that all members ran before", true, []func(*v1alpha1.ZooKeeperEnsembleSpec){bad}, newer},
		{"another one, before the first was run by all", false, []func(*v1alpha1.ZooKeeperEnsembleSpec){worse}, newer},
		{"the spec is put back", false, nil, older},
		{"nothing changes", false, nil, older},
		{"the change is made again", true, []func(*v1alpha1.ZooKeeperEnsembleSpec){worse}, newer},
		{"all members run it", true, []func(*v1alpha1.ZooKeeperEnsembleSpec){worse}, newer},
		{"a third one", true, []func(*v1alpha1.ZooKeeperEnsembleSpec){bad}, newer},
		{"the first spec comes again, which nobody runs any more", false, nil, newer},
	} {
		if got := next(step.complete, step.change...); got != step.want {
			t.Errorf("%s: the agent comes from %s, want %s", step.name, got, step.want)
		}
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
