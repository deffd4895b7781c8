package workload_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/golden"
)

// input returns the smallest input, its spec changed by the given functions.
func input(changes ...func(*v1alpha1.ZooKeeperEnsembleSpec)) workload.Input {
	e := &v1alpha1.ZooKeeperEnsemble{}
	e.Name, e.Namespace, e.UID = "zk", "default", "6f7e1f1c-0000-4000-8000-000000000001"
	e.Spec.Version = "3.9.5"
	e.Spec.Replicas = 3
	for _, change := range changes {
		change(&e.Spec)
	}
	return workload.Input{
		Ensemble:          e,
		ClusterDomain:     "cluster.local",
		OperatorNamespace: "zookeeper-operator-system",
		AgentImage:        "ghcr.io/zkensemble/zookeeper-operator:0.1.0",
		Replicas:          e.Spec.Replicas,
		ObserverReplicas:  e.Spec.Observers.Replicas,
		SuperuserHash:     workload.SuperuserHash("super:digest"),
	}
}

// everything sets every field that reaches an object.
func everything(s *v1alpha1.ZooKeeperEnsembleSpec) {
	class, group := "fast", int64(2000)
	s.Image = "registry.example/zookeeper:3.9.5-jre21"
	s.Replicas = 5
	s.Observers.Replicas = 2
	s.Config = map[string]string{"maxClientCnxns": "200", "tickTime": "3000", "snapCount": "50000"}
	s.JVM = v1alpha1.JVM{HeapMiB: 2048, Flags: []string{"-XX:+UseZGC", "-Xlog:gc"}}
	s.Storage.Data = v1alpha1.Volume{Size: resource.MustParse("50Gi"), StorageClassName: &class, AccessMode: v1alpha1.AccessModeReadWriteOncePod}
	s.Storage.Log = &v1alpha1.Volume{Size: resource.MustParse("20Gi")}
	s.Placement = v1alpha1.Placement{
		AntiAffinity:      v1alpha1.AntiAffinityRequired,
		ZoneSpread:        v1alpha1.ZoneSpreadRequired,
		NodeSelector:      map[string]string{"disk": "ssd"},
		Tolerations:       []corev1.Toleration{{Key: "zookeeper", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule}},
		PriorityClassName: "important",
	}
	s.Pod = v1alpha1.PodTemplate{
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("500m"), corev1.ResourceMemory: resource.MustParse("4Gi")},
			Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("4096Mi")},
		},
		Env: []corev1.EnvVar{
			{Name: "TZ", Value: "UTC"},
			{Name: "JMXDISABLE", Value: "false"},
			{Name: "NODE", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "spec.nodeName"}}},
		},
		Labels:          map[string]string{"team": "storage"},
		Annotations:     map[string]string{"example.com/scrape": "true"},
		SecurityContext: &corev1.PodSecurityContext{FSGroup: &group},
	}
}

// least turns off what can be turned off.
func least(s *v1alpha1.ZooKeeperEnsembleSpec) {
	s.Replicas = 1
	s.Placement.ZoneSpread = v1alpha1.ZoneSpreadPreferred
	s.Disruption.Budget = v1alpha1.BudgetNone
	s.Network.Policy = v1alpha1.NetworkPolicyDisabled
	s.Pod.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("512Mi")}
}

// TestGolden holds every object to what it was before: within an API version,
// no release may change what a spec means.
func TestGolden(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]workload.Input{
		"default":    input(),
		"everything": input(everything),
		"least":      input(least),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden.Compare(t, filepath.Join("testdata", name+".yaml"), render(t, in))
			if t.Failed() {
				t.Error("members of running ensembles would be restarted")
			}
		})
	}
}

// render writes the objects of an input as one stream of YAML documents.
func render(t *testing.T, in workload.Input) string {
	t.Helper()
	objects, err := workload.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	list := []any{objects.ConfigMap, objects.ServersService, objects.ClientService, objects.StatefulSet}
	if objects.Budget != nil {
		list = append(list, objects.Budget)
	}
	if objects.Observers != nil {
		list = append(list, objects.Observers)
	}
	if objects.ObserversBudget != nil {
		list = append(list, objects.ObserversBudget)
	}
	if objects.NetworkPolicy != nil {
		list = append(list, objects.NetworkPolicy)
	}
	documents := make([]string, 0, len(list))
	for _, object := range list {
		text, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, string(text))
	}
	return strings.Join(documents, "---\n")
}

// TestBuildIsDeterministic builds from equal inputs whose maps were filled in
// another order, as another operator process would have them.
func TestBuildIsDeterministic(t *testing.T) {
	t.Parallel()
	want := render(t, input(everything))
	for range 50 {
		if got := render(t, input(everything)); got != want {
			t.Fatalf("two builds of one spec differ:\n%s", cmp.Diff(want, got))
		}
	}
}

// TestBuildLeavesItsInputAlone guards the cache, which the input comes from.
func TestBuildLeavesItsInputAlone(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*v1alpha1.ZooKeeperEnsembleSpec){
		"everything": everything,
		"least":      least,
	} {
		in := input(change)
		before := in.Ensemble.DeepCopy()
		render(t, in)
		if diff := cmp.Diff(before, in.Ensemble); diff != "" {
			t.Errorf("%s: Build changed the ensemble (-before +after):\n%s", name, diff)
		}
	}
}

// TestMeaninglessChangesChangeNothing writes the same spec in other words.
func TestMeaninglessChangesChangeNothing(t *testing.T) {
	t.Parallel()
	want := render(t, input())
	for name, change := range map[string]func(*v1alpha1.ZooKeeperEnsembleSpec){
		"defaults written out": func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Image = "docker.io/library/zookeeper:3.9.5"
			s.Mode = v1alpha1.ModeRun
			s.Config = map[string]string{"tickTime": "2000"}
			s.JVM.HeapMiB = 614
			s.Storage.Data.Size = resource.MustParse("10240Mi")
			s.Storage.Data.AccessMode = v1alpha1.AccessModeReadWriteOnce
			s.Storage.Retention = v1alpha1.RetentionRetain
			s.Placement.AntiAffinity = v1alpha1.AntiAffinityPreferred
			s.Placement.ZoneSpread = v1alpha1.ZoneSpreadDisabled
			s.Disruption.Budget = v1alpha1.BudgetManaged
			s.Network.Policy = v1alpha1.NetworkPolicyEnabled
			s.Pod.Resources = corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1024Mi")},
				Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")},
			}
		},
		"paused":  func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Mode = v1alpha1.ModePause },
		"stopped": func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Mode = v1alpha1.ModeStop },
		"what members get, and not what they are": func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Storage.Retention = v1alpha1.RetentionDelete
			s.Update = v1alpha1.Update{
				Paused: true, Canary: 1, LeaderHandover: v1alpha1.LeaderHandoverQuorumPort, SettleSeconds: 60, ProgressDeadlineSeconds: 60,
			}
		},
	} {
		if diff := cmp.Diff(want, render(t, input(change))); diff != "" {
			t.Errorf("%s: the objects changed (-default +now):\n%s", name, diff)
		}
	}
}
