package workload_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	"sigs.k8s.io/yaml"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// withObservers asks for two observers.
func withObservers(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Observers.Replicas = 2 }

// TestNames holds the names that are kept for ever.
func TestNames(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"StatefulSet":        "zk-observers",
		"Pod":                "zk-2",
		"observer's Pod":     "zk-observers-2",
		"volume of the data": "data",
		"volume of the log":  "log",
	}
	got := map[string]string{
		"StatefulSet":        workload.ObserversName("zk"),
		"Pod":                workload.PodName("zk", 2),
		"observer's Pod":     workload.ObserverPodName("zk", 2),
		"volume of the data": workload.DataVolume,
		"volume of the log":  workload.LogVolume,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names changed (-want +got):\n%s", diff)
	}
	if voter, observer := workload.VoterID(v1alpha1.MaxReplicas-1), workload.ObserverID(0); voter >= observer || observer != 101 {
		t.Errorf("the last voter has id %d and the first observer %d", voter, observer)
	}
}

// TestWhichNamesCollide finds every ensemble whose objects have names of another
// one's: those that the API server refuses, and no others. An ensemble has its bare
// name on a StatefulSet, a Service, a budget and a network policy only, and its
// neighbour has a longer name on the observers' StatefulSet and budget and on the
// servers' Service; Secrets and ConfigMaps never have the bare name.
func TestWhichNamesCollide(t *testing.T) {
	t.Parallel()
	own := namesOf(t, "zk")
	others := map[string]bool{"zk-observers": true, "zk-servers": true} // whether they collide
	for name := range own {
		_, other, _ := strings.Cut(name, "/")
		if _, known := others[other]; !known && other != "zk" {
			others[other] = false
		}
	}
	for other, want := range others {
		var shared []string
		for name := range namesOf(t, other) {
			if own[name] {
				shared = append(shared, name)
			}
		}
		if got := shared != nil; got != want {
			t.Errorf("zk and %s share %v", other, shared)
		}
	}
}

// namesOf are the names, with the kind before them, of all objects that there may
// be because of an ensemble.
func namesOf(t *testing.T, ensemble string) map[string]bool {
	t.Helper()
	in := input(everything)
	in.Ensemble.Name = ensemble
	names := map[string]bool{}
	for _, o := range everyObject(t, in) {
		if o.Kind != "" {
			names[o.Kind+"/"+o.Name] = true
		}
	}
	member := func(pod string) {
		names["Pod/"+pod] = true
		for _, volume := range []string{workload.DataVolume, workload.LogVolume} {
			names["PersistentVolumeClaim/"+volume+"-"+pod] = true
		}
	}
	for ordinal := range int32(v1alpha1.MaxReplicas) {
		member(workload.PodName(ensemble, ordinal))
	}
	for ordinal := range int32(v1alpha1.MaxObservers) {
		member(workload.ObserverPodName(ensemble, ordinal))
	}
	return names
}

// TestJoiningServers checks the lines by which members join.
func TestJoiningServers(t *testing.T) {
	t.Parallel()
	join := func(observer bool, ordinals ...int32) string {
		return zkconfig.Membership{Servers: workload.JoiningServers(input(), observer, ordinals)}.Lines()
	}
	want := `server.4=zk-3.zk-servers.default.svc.cluster.local:2888:3888:participant;0.0.0.0:2181
server.5=zk-4.zk-servers.default.svc.cluster.local:2888:3888:participant;0.0.0.0:2181
`
	if diff := cmp.Diff(want, join(false, 3, 4)); diff != "" {
		t.Errorf("voters (-want +got):\n%s", diff)
	}
	want = "server.101=zk-observers-0.zk-servers.default.svc.cluster.local:2888:3888:observer;0.0.0.0:2181\n"
	if diff := cmp.Diff(want, join(true, 0)); diff != "" {
		t.Errorf("an observer (-want +got):\n%s", diff)
	}
	founders := workload.FormationMembership(input()).Lines()
	if diff := cmp.Diff(founders, join(false, 0, 1, 2)); diff != "" {
		t.Errorf("the founders would join by other lines than they were formed with (-formed +joining):\n%s", diff)
	}
}

// TestObserversComeAndStay checks when the observers have objects.
func TestObserversComeAndStay(t *testing.T) {
	t.Parallel()
	left := input()
	left.LiveObservers = &appsv1.StatefulSet{}
	unprotected := input(withObservers, func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Disruption.Budget = v1alpha1.BudgetNone })
	cases := []struct {
		name        string
		in          workload.Input
		set, budget bool
	}{
		{"an ensemble without observers", input(), false, false},
		{"an ensemble with observers", input(withObservers), true, true},
		{"one that had observers: a StatefulSet is shrunk, never dropped", left, true, true},
		{"observers without a budget", unprotected, true, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			objects, err := workload.Build(c.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := objects.Observers != nil; got != c.set {
				t.Errorf("there is a StatefulSet: %v", got)
			}
			if got := objects.ObserversBudget != nil; got != c.budget {
				t.Errorf("there is a budget: %v", got)
			}
		})
	}
}

// TestObserversLeaveTheVotersAlone checks that neither adding observers nor their
// number changes what the voters are.
func TestObserversLeaveTheVotersAlone(t *testing.T) {
	t.Parallel()
	want, err := workload.Build(input())
	if err != nil {
		t.Fatal(err)
	}
	got, err := workload.Build(input(withObservers))
	if err != nil {
		t.Fatal(err)
	}
	got.Observers, got.ObserversBudget = nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("observers changed the voters' objects (-without +with):\n%s", diff)
	}
}

// TestClaimSize checks the sizes that claims are compared with.
func TestClaimSize(t *testing.T) {
	t.Parallel()
	sizes := func(data, log string) func(*v1alpha1.ZooKeeperEnsembleSpec) {
		return func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			if data != "" {
				s.Storage.Data.Size = resource.MustParse(data)
			}
			if log != "" {
				s.Storage.Log = &v1alpha1.Volume{Size: resource.MustParse(log)}
			}
		}
	}
	for _, c := range []struct{ name, data, log, wantData, wantLog string }{
		{"nothing said", "", "", "10Gi", "10Gi"},
		{"the data's size", "1Gi", "", "1Gi", "10Gi"},
		{"both sizes", "1Gi", "2Gi", "1Gi", "2Gi"},
	} {
		e := input(sizes(c.data, c.log)).Ensemble
		for volume, want := range map[string]string{"data": c.wantData, "log": c.wantLog} {
			if got := workload.ClaimSize(e, volume); got.Cmp(resource.MustParse(want)) != 0 {
				t.Errorf("%s: the %s volume has %s, want %s", c.name, volume, got.String(), want)
			}
		}
	}
}

// TestWhatTheLiveObjectsSay reads back what Build wrote.
func TestWhatTheLiveObjectsSay(t *testing.T) {
	t.Parallel()
	objects, err := workload.Build(input())
	if err != nil {
		t.Fatal(err)
	}
	set := liveSet(t, objects.StatefulSet)
	pod := &corev1.Pod{Spec: set.Spec.Template.Spec}
	got := []string{workload.VersionOf(set), workload.ConfigMapOf(set), workload.ConfigMapOfPod(pod)}
	want := []string{"3.9.5", *objects.ConfigMap.Name, *objects.ConfigMap.Name}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("version and ConfigMaps (-want +got):\n%s", diff)
	}
	for _, nothing := range []string{
		workload.VersionOf(nil), workload.ConfigMapOf(nil), workload.ConfigMapOfPod(nil),
		workload.VersionOf(&appsv1.StatefulSet{}), workload.ConfigMapOf(&appsv1.StatefulSet{}), workload.ConfigMapOfPod(&corev1.Pod{}),
	} {
		if nothing != "" {
			t.Errorf("an object that says nothing says %q", nothing)
		}
	}
}

// liveSet is the StatefulSet that an apply to an empty cluster makes, without
// the server's defaults.
func liveSet(t *testing.T, desired *appsv1ac.StatefulSetApplyConfiguration) *appsv1.StatefulSet {
	t.Helper()
	text, err := yaml.Marshal(desired)
	if err != nil {
		t.Fatal(err)
	}
	set := &appsv1.StatefulSet{}
	if err := yaml.UnmarshalStrict(text, set); err != nil {
		t.Fatal(err)
	}
	return set
}
