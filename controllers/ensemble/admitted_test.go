package ensemble

import (
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// mutate has the API server itself change what is written to a resource of the
// world's namespace, and waits until it does. The expression is an object to apply, or a
// list of JSON patches.
func (w *world) mutate(group, resource, expression string, probe client.Object, changed func(client.Object) bool) {
	w.Helper()
	name := w.namespace + "-" + resource
	policy := &admissionv1.MutatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: admissionv1.MutatingAdmissionPolicySpec{
			FailurePolicy:      new(admissionv1.Fail),
			ReinvocationPolicy: admissionv1.NeverReinvocationPolicy,
			MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{{
				RuleWithOperations: admissionv1.RuleWithOperations{
					Operations: []admissionv1.OperationType{admissionv1.Create, admissionv1.Update},
					Rule:       admissionv1.Rule{APIGroups: []string{group}, APIVersions: []string{"v1"}, Resources: []string{resource}},
				},
			}}},
			Mutations: []admissionv1.Mutation{mutationOf(expression)},
		},
	}
	binding := &admissionv1.MutatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: admissionv1.MutatingAdmissionPolicyBindingSpec{
			PolicyName: name,
			MatchResources: &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{
				MatchLabels: map[string]string{corev1.LabelMetadataName: w.namespace},
			}},
		},
	}
	for _, o := range []client.Object{policy, binding} {
		if err := w.Create(w.Context(), o); err != nil {
			w.Fatal(err)
		}
	}
	operators := w.operators
	w.operators = nil
	w.eventually("the policy is in force", func() bool {
		o := probe.DeepCopyObject().(client.Object)
		o.SetName("probe")
		o.SetNamespace(w.namespace)
		if err := w.Create(w.Context(), o, client.DryRunAll); err != nil {
			w.Logf("a probe of the policy: %v", err)
			return false
		}
		return changed(o)
	})
	w.operators = operators
}

func mutationOf(expression string) admissionv1.Mutation {
	if strings.Contains(expression, "JSONPatch{") {
		return admissionv1.Mutation{PatchType: admissionv1.PatchTypeJSONPatch, JSONPatch: &admissionv1.JSONPatch{Expression: expression}}
	}
	return admissionv1.Mutation{
		PatchType: admissionv1.PatchTypeApplyConfiguration, ApplyConfiguration: &admissionv1.ApplyConfiguration{Expression: expression},
	}
}

// mutations are what admission policies do to objects of the operator, with the
// field that the status must name.
var mutations = map[string]struct {
	group, resource, expression string
	says                        []string
}{
	"another registry": {"apps", "statefulsets", `Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
		containers: object.spec.template.spec.containers.map(c, Object.spec.template.spec.containers{
			name: c.name, image: c.image.startsWith("mirror.example/") ? c.image : "mirror.example/" + c.image})}}}}`, []string{"StatefulSet zk", ".image"}},
	"a memory limit": {"apps", "statefulsets", `Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
		containers: object.spec.template.spec.containers.map(c, Object.spec.template.spec.containers{
			name: c.name, resources: Object.spec.template.spec.containers.resources{limits: {"memory": "2Gi"}}})}}}}`, []string{"StatefulSet zk", "memory"}},
	"a Service": {"", "services", `Object{spec: Object.spec{publishNotReadyAddresses: false}}`, []string{"Service zk-servers", "publishNotReadyAddresses"}},
	"a StatefulSet and what tells of it": {"apps", "statefulsets", `Object{
		metadata: Object.metadata{annotations: {"zkensemble.dev/applied-hash": "else"}},
		spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
		containers: object.spec.template.spec.containers.map(c, Object.spec.template.spec.containers{
			name: c.name, resources: Object.spec.template.spec.containers.resources{limits: {"memory": "2Gi"}}})}}}}`, []string{"StatefulSet zk", "applied-hash"}},
	"a ConfigMap": {
		"", "configmaps", `Object{metadata: Object.metadata{labels: {"zkensemble.dev/ensemble": "else"}}}`,
		[]string{"ConfigMap zk-config", "zkensemble.dev/ensemble"},
	},
}

// probes are objects that show whether a policy is in force.
func probes(resource string) (client.Object, func(client.Object) bool) {
	switch resource {
	case "statefulsets":
		set := foreigners()["StatefulSet"]()
		image := set.(*appsv1.StatefulSet).Spec.Template.Spec.Containers[0].Image
		return set, func(o client.Object) bool {
			c := o.(*appsv1.StatefulSet).Spec.Template.Spec.Containers[0]
			return c.Image != image || !c.Resources.Limits.Memory().IsZero()
		}
	case "services":
		service := foreigners()["Service"]().(*corev1.Service)
		service.Spec.PublishNotReadyAddresses = true
		return service, func(o client.Object) bool { return !o.(*corev1.Service).Spec.PublishNotReadyAddresses }
	default:
		return &corev1.ConfigMap{}, func(o client.Object) bool { return o.GetLabels()[v1alpha1.LabelEnsemble] == "else" }
	}
}

// What an admission policy changes inside the operator's own request is left to it
// and named: the ensemble becomes Ready, and nothing is written any more. What a
// person changes is put right all the same.
func TestWhatAdmissionChangesIsNamedAndNotFought(t *testing.T) {
	t.Parallel()
	for name, m := range mutations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			probe, changed := probes(m.resource)
			w.mutate(m.group, m.resource, m.expression, probe, changed)
			e := w.ensemble(1)
			w.rests(e)
			warned := slices.ContainsFunc(e.Status.Warnings, func(warning string) bool {
				return strings.Contains(warning, "admission") && strings.Contains(warning, m.says[0]) && strings.Contains(warning, m.says[1])
			})
			if !warned {
				t.Errorf("the status must name %q: %q", m.says, e.Status.Warnings)
			}
			before := w.pods()["zk-0"].UID
			w.flags(e)
			w.rests(e)
			if w.pods()["zk-0"].UID == before {
				t.Error("a roll replaces the member")
			}
			w.editSet("zk", func(set *appsv1.StatefulSet) { set.Spec.Template.Spec.Containers[0].Command = []string{"sleep"} })
			w.eventually("what a person changed is put right", func() bool {
				var set appsv1.StatefulSet
				return w.get("zk", &set) && set.Spec.Template.Spec.Containers[0].Command[0] != "sleep"
			})
			w.rests(e)
		})
	}
}

// A person who scales the StatefulSet itself takes the ownership of its size away
// as well, although it is another resource that is written.
func TestAScaledStatefulSetIsPutBack(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1)
	w.rests(e)
	var set appsv1.StatefulSet
	w.get("zk", &set)
	scale := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: 2}}
	if err := w.SubResource("scale").Update(w.Context(), &set, client.WithSubResourceBody(scale)); err != nil {
		t.Fatal(err)
	}
	w.eventually("the size is put back", func() bool {
		var now appsv1.StatefulSet
		return w.seen("zk", &now) && now.Generation > set.Generation+1 && *now.Spec.Replicas == 1
	})
	w.rests(e)
	if len(e.Status.Warnings) > 0 && strings.Contains(strings.Join(e.Status.Warnings, " "), "admission") {
		t.Errorf("no admission policy is at work: %q", e.Status.Warnings)
	}
}
