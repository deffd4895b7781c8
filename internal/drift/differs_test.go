package drift_test

import (
	"encoding/json"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/drift"
)

// pair is a desired object and the place for its live form.
type pair struct {
	desired runtime.ApplyConfiguration
	live    client.Object
}

// ensembleOf is an ensemble in the namespace of a test, its spec changed by the
// given functions.
func ensembleOf(namespace string, changes ...func(*v1alpha1.ZooKeeperEnsembleSpec)) workload.Input {
	e := &v1alpha1.ZooKeeperEnsemble{}
	e.Name, e.Namespace, e.UID = "zk", namespace, "6f7e1f1c-0000-4000-8000-000000000001"
	e.Spec.Version, e.Spec.Replicas, e.Spec.Observers.Replicas = "3.9.5", 3, 2
	for _, change := range changes {
		change(&e.Spec)
	}
	return workload.Input{
		Ensemble:          e,
		OperatorNamespace: "operators",
		AgentImage:        "operator:1",
		Replicas:          e.Spec.Replicas,
		ObserverReplicas:  e.Spec.Observers.Replicas,
		SuperuserHash:     "0123456789",
	}
}

// full sets whatever the server has defaults for, and quantities in forms that
// the server does not write.
func full(s *v1alpha1.ZooKeeperEnsembleSpec) {
	class, group := "fast", int64(2000)
	s.Config = map[string]string{"snapCount": "50000"}
	s.Storage.Data = v1alpha1.Volume{Size: resource.MustParse("1024Mi"), StorageClassName: &class}
	s.Storage.Log = &v1alpha1.Volume{Size: resource.MustParse("1073741824")}
	s.Placement = v1alpha1.Placement{
		AntiAffinity: v1alpha1.AntiAffinityRequired,
		ZoneSpread:   v1alpha1.ZoneSpreadRequired,
		NodeSelector: map[string]string{"disk": "ssd"},
		Tolerations:  []corev1.Toleration{{Key: "a", Value: "b"}, {Operator: corev1.TolerationOpExists}},
	}
	s.Pod = v1alpha1.PodTemplate{
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("0.5")},
			Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("2048Mi"), corev1.ResourceCPU: resource.MustParse("2000m")},
		},
		Env: []corev1.EnvVar{
			{Name: "EMPTY"},
			{Name: "NODE", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "spec.nodeName"}}},
			{Name: "CPU", ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.cpu"}}},
		},
		Labels:          map[string]string{"team": "storage", "blank": ""},
		Annotations:     map[string]string{"note": "x"},
		SecurityContext: &corev1.PodSecurityContext{FSGroup: &group, SupplementalGroups: []int64{1, 2}},
	}
}

func build(t *testing.T, in workload.Input) workload.Objects {
	t.Helper()
	objects, err := workload.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// pairs are all objects that an ensemble is made of.
func pairs(t *testing.T, in workload.Input) map[string]pair {
	t.Helper()
	o := build(t, in)
	return map[string]pair{
		"ConfigMap":        {o.ConfigMap, &corev1.ConfigMap{}},
		"servers Service":  {o.ServersService, &corev1.Service{}},
		"client Service":   {o.ClientService, &corev1.Service{}},
		"StatefulSet":      {o.StatefulSet, &appsv1.StatefulSet{}},
		"observers":        {o.Observers, &appsv1.StatefulSet{}},
		"budget":           {o.Budget, &policyv1.PodDisruptionBudget{}},
		"observers budget": {o.ObserversBudget, &policyv1.PodDisruptionBudget{}},
		"NetworkPolicy":    {o.NetworkPolicy, &networkingv1.NetworkPolicy{}},
	}
}

// namespace makes a namespace of a test's own.
func namespace(t *testing.T) string {
	t.Helper()
	ns := &corev1.Namespace{}
	ns.GenerateName = "drift-"
	if err := server.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	return ns.Name
}

func apply(t *testing.T, p pair) {
	t.Helper()
	applyAs(t, p, v1alpha1.FieldOwner)
	get(t, p)
}

// applyAs applies a copy: the client stores the answer in what it is given.
func applyAs(tb testing.TB, p pair, owner string) {
	tb.Helper()
	text, err := json.Marshal(p.desired)
	if err != nil {
		tb.Fatal(err)
	}
	clone := &unstructured.Unstructured{}
	if err := clone.UnmarshalJSON(text); err != nil {
		tb.Fatal(err)
	}
	if err := server.Apply(tb.Context(), client.ApplyConfigurationFromUnstructured(clone), client.FieldOwner(owner), client.ForceOwnership); err != nil {
		tb.Fatal(err)
	}
}

// get reads the live object anew.
func get(t *testing.T, p pair) {
	t.Helper()
	named, ok := p.desired.(interface{ GetName() *string })
	if !ok {
		t.Fatalf("%T has no name", p.desired)
	}
	spaced, ok := p.desired.(interface{ GetNamespace() *string })
	if !ok {
		t.Fatalf("%T has no namespace", p.desired)
	}
	key := client.ObjectKey{Name: *named.GetName(), Namespace: *spaced.GetNamespace()}
	if err := server.Get(t.Context(), key, p.live); err != nil {
		t.Fatal(err)
	}
}

func differs(t *testing.T, p pair) bool {
	t.Helper()
	result, err := drift.Compare(p.live, p.desired, v1alpha1.FieldOwner)
	if err != nil {
		t.Fatal(err)
	}
	return result.Any()
}

// TestAppliedIsSettled applies every object to a real API server and finds no
// drift, whatever the server added; and a second apply would change nothing.
func TestAppliedIsSettled(t *testing.T) {
	for name, changes := range map[string][]func(*v1alpha1.ZooKeeperEnsembleSpec){
		"default": nil,
		"full":    {full},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, p := range pairs(t, ensembleOf(namespace(t), changes...)) {
				apply(t, p)
				if differs(t, p) {
					t.Errorf("%s: what was just applied differs", kind)
				}
				before := p.live.GetResourceVersion()
				apply(t, p)
				if after := p.live.GetResourceVersion(); after != before {
					t.Errorf("%s: a second apply wrote version %s over %s", kind, after, before)
				}
			}
		})
	}
}

// TestMissingObjectDiffers covers objects that are not there, and objects that
// somebody else made the same way.
func TestMissingObjectDiffers(t *testing.T) {
	p := pairs(t, ensembleOf(namespace(t)))["client Service"]
	if got, err := drift.Compare((*corev1.Service)(nil), p.desired, v1alpha1.FieldOwner); err != nil || !got.Any() {
		t.Errorf("a missing Service: differs %v, error %v", got, err)
	}
	applyAs(t, p, "somebody-else")
	get(t, p)
	if !differs(t, p) {
		t.Error("an object that we never applied cannot be ours to remove fields from, and yet counts as settled")
	}
}

// TestDrift changes live objects behind the operator's back.
func TestDrift(t *testing.T) {
	cases := []struct {
		name   string
		kind   string
		change func(client.Object)
		want   bool
	}{
		{"a label of ours changed", "client Service", func(o client.Object) {
			o.GetLabels()[v1alpha1.LabelEnsemble] = "other"
		}, true},
		{"a label of ours removed", "StatefulSet", func(o client.Object) {
			delete(o.GetLabels(), v1alpha1.LabelComponent)
		}, true},
		{"a label of somebody else", "StatefulSet", func(o client.Object) {
			o.GetLabels()["somebody"] = "else"
		}, false},
		{"an annotation of somebody else", "client Service", func(o client.Object) {
			o.SetAnnotations(map[string]string{"somebody": "else"})
		}, false},
		{"the owner removed", "budget", func(o client.Object) { o.SetOwnerReferences(nil) }, true},
		{"a port removed", "servers Service", func(o client.Object) {
			service(o).Spec.Ports = service(o).Spec.Ports[:2]
		}, true},
		{"a port replaced", "client Service", func(o client.Object) {
			service(o).Spec.Ports[0].Name, service(o).Spec.Ports[0].Port = "other", 2182
		}, true},
		{"a port's target", "client Service", func(o client.Object) {
			service(o).Spec.Ports[0].TargetPort = intstr.FromInt32(2181)
		}, true},
		{"a port of somebody else", "client Service", func(o client.Object) {
			service(o).Spec.Ports = append(service(o).Spec.Ports, corev1.ServicePort{Name: "metrics", Port: 7000})
		}, false},
		{"the selector widened", "client Service", func(o client.Object) {
			service(o).Spec.Selector = map[string]string{"app.kubernetes.io/name": "zookeeper"}
		}, true},
		{"the selector narrowed", "client Service", func(o client.Object) {
			service(o).Spec.Selector["only"] = "this"
		}, true},
		{"names for ready members alone", "servers Service", func(o client.Object) {
			service(o).Spec.PublishNotReadyAddresses = false
		}, true},
		{"session affinity", "client Service", func(o client.Object) {
			service(o).Spec.SessionAffinity = corev1.ServiceAffinityClientIP
		}, false},
		{"two may go at once", "budget", func(o client.Object) {
			two := intstr.FromInt32(2)
			o.(*policyv1.PodDisruptionBudget).Spec.MaxUnavailable = &two
		}, true},
		{"replicas", "StatefulSet", func(o client.Object) {
			five := int32(5)
			set(o).Spec.Replicas = &five
		}, true},
		{"rolling by Kubernetes", "StatefulSet", func(o client.Object) {
			set(o).Spec.UpdateStrategy.RollingUpdate.Partition = new(int32)
		}, true},
		{"no hold", "StatefulSet", func(o client.Object) {
			set(o).Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType}
		}, true},
		{"volumes that go with the StatefulSet", "StatefulSet", func(o client.Object) {
			set(o).Spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted = appsv1.DeletePersistentVolumeClaimRetentionPolicyType
		}, true},
		{"the history's length", "StatefulSet", func(o client.Object) {
			three := int32(3)
			set(o).Spec.RevisionHistoryLimit = &three
		}, false},
		{"the restart annotation of kubectl", "StatefulSet", func(o client.Object) {
			set(o).Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] = "2026-01-01T00:00:00Z"
		}, false},
		{"the image", "StatefulSet", func(o client.Object) { container(o).Image = "zookeeper:3.8.0" }, true},
		{"a variable of ours changed", "StatefulSet", func(o client.Object) { container(o).Env[4].Value = "1" }, true},
		{"a variable of ours removed", "StatefulSet", func(o client.Object) { container(o).Env = container(o).Env[:5] }, true},
		{"a variable of somebody else", "StatefulSet", func(o client.Object) {
			container(o).Env = append(container(o).Env, corev1.EnvVar{Name: "HTTP_PROXY", Value: "x"})
		}, false},
		{"a sidecar of somebody else", "StatefulSet", func(o client.Object) {
			spec := &set(o).Spec.Template.Spec
			spec.Containers = append([]corev1.Container{{Name: "mesh", Image: "mesh:1"}}, spec.Containers...)
		}, false},
		{"the command", "StatefulSet", func(o client.Object) { container(o).Command = append(container(o).Command, "--more") }, true},
		{"a larger request", "StatefulSet", func(o client.Object) {
			container(o).Resources.Requests[corev1.ResourceCPU] = resource.MustParse("200m")
		}, true},
		{"the same request in other units", "StatefulSet", func(o client.Object) {
			container(o).Resources.Requests[corev1.ResourceMemory] = resource.MustParse("1073741824")
		}, false},
		{"a probe", "StatefulSet", func(o client.Object) { container(o).ReadinessProbe.FailureThreshold = 1 }, true},
		{"a writable root", "StatefulSet", func(o client.Object) {
			writable := false
			container(o).SecurityContext.ReadOnlyRootFilesystem = &writable
		}, true},
		{"another Secret mounted", "StatefulSet", func(o client.Object) {
			set(o).Spec.Template.Spec.Volumes[3].Secret.SecretName = "other"
		}, true},
		{"the password mounted", "StatefulSet", func(o client.Object) {
			source := set(o).Spec.Template.Spec.Volumes[3].Secret
			source.Items = append(source.Items, corev1.KeyToPath{Key: "password", Path: "password"})
		}, true},
		{"anti-affinity", "StatefulSet", func(o client.Object) {
			set(o).Spec.Template.Spec.Affinity.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution[0].Weight = 1
		}, true},
		{"an open quorum port", "NetworkPolicy", func(o client.Object) {
			o.(*networkingv1.NetworkPolicy).Spec.Ingress[1].From = nil
		}, true},
		{"a rule added", "NetworkPolicy", func(o client.Object) {
			spec := &o.(*networkingv1.NetworkPolicy).Spec
			spec.Ingress = append(spec.Ingress, networkingv1.NetworkPolicyIngressRule{})
		}, true},
		{"a closed policy", "NetworkPolicy", func(o client.Object) {
			o.(*networkingv1.NetworkPolicy).Spec.Ingress = nil
		}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := pairs(t, ensembleOf(namespace(t)))[c.kind]
			apply(t, p)
			c.change(p.live)
			if err := server.Update(t.Context(), p.live, client.FieldOwner("somebody-else")); err != nil {
				t.Fatal(err)
			}
			if got := differs(t, p); got != c.want {
				t.Fatalf("drift is %v, want %v", got, c.want)
			}
			apply(t, p)
			if differs(t, p) {
				t.Error("applying again did not settle it")
			}
		})
	}
}

// TestNoLongerDesired takes something out of the spec, which only the managed
// fields remember to be ours.
func TestNoLongerDesired(t *testing.T) {
	cases := []struct {
		name   string
		before func(*v1alpha1.ZooKeeperEnsembleSpec)
	}{
		{"a label", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Labels = map[string]string{"team": "storage"} }},
		{"an annotation", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Annotations = map[string]string{"note": "x"} }},
		{"a variable", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Env = []corev1.EnvVar{{Name: "TZ", Value: "UTC"}} }},
		{"a limit", func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Pod.Resources.Limits = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1")}
			s.Pod.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m")}
		}},
		{"a node selector", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Placement.NodeSelector = map[string]string{"a": "b"} }},
		{"a toleration", func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Placement.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}
		}},
		{"the zone spread", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Placement.ZoneSpread = v1alpha1.ZoneSpreadRequired }},
		{"required anti-affinity", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Placement.AntiAffinity = v1alpha1.AntiAffinityRequired }},
		{"a security context", func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			group := int64(5)
			s.Pod.SecurityContext = &corev1.PodSecurityContext{SupplementalGroups: []int64{group}}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ns := namespace(t)
			old, wanted := build(t, ensembleOf(ns, c.before)).StatefulSet, build(t, ensembleOf(ns)).StatefulSet
			// The hash of the template would give the change away.
			old.Annotations = wanted.Annotations
			before := pair{old, &appsv1.StatefulSet{}}
			apply(t, before)
			after := pair{wanted, before.live}
			if !differs(t, after) {
				t.Fatal("what is no longer desired is not seen as drift")
			}
			apply(t, after)
			if differs(t, after) {
				t.Error("applying again did not settle it")
			}
		})
	}
}

func BenchmarkDiffers(b *testing.B) {
	in := ensembleOf("default", full)
	objects, err := workload.Build(in)
	if err != nil {
		b.Fatal(err)
	}
	p := pair{objects.StatefulSet, &appsv1.StatefulSet{}}
	applyAs(b, p, v1alpha1.FieldOwner)
	if err := server.Get(b.Context(), client.ObjectKey{Namespace: "default", Name: "zk"}, p.live); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		got, err := drift.Compare(p.live, p.desired, v1alpha1.FieldOwner)
		if err != nil || got.Any() {
			b.Fatalf("differs %v, error %v", got, err)
		}
	}
}

func service(o client.Object) *corev1.Service { return o.(*corev1.Service) }

func set(o client.Object) *appsv1.StatefulSet { return o.(*appsv1.StatefulSet) }

// container is the server's container.
func container(o client.Object) *corev1.Container { return &set(o).Spec.Template.Spec.Containers[0] }
