package charts

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

const (
	chart     = "zookeeper-operator"
	crdFile   = chart + "/files/crds/zkensemble.dev_zookeeperensembles.yaml"
	roleFile  = chart + "/files/role.yaml"
	namespace = "operators"
)

// helmTemplate runs helm template with the given values.
func helmTemplate(t *testing.T, values ...string) (string, error) {
	t.Helper()
	args := []string{"template", "zookeeper-operator", chart, "--namespace", namespace, "--kube-version", "1.36.0"}
	for _, value := range values {
		args = append(args, "--set", value)
	}
	var failure bytes.Buffer
	command := exec.CommandContext(t.Context(), helm, args...)
	command.Stderr = &failure
	text, err := command.Output()
	if err != nil {
		return "", errors.New(failure.String())
	}
	return string(text), nil
}

// render returns the chart's objects.
func render(t *testing.T, values ...string) []*unstructured.Unstructured {
	t.Helper()
	text, err := helmTemplate(t, values...)
	if err != nil {
		t.Fatal(err)
	}
	var objects []*unstructured.Unstructured
	for document := range strings.SplitSeq("\n"+text, "\n---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
	return objects
}

// kinds lists objects as namespace/kind/name, sorted.
func kinds(objects []*unstructured.Unstructured) []string {
	list := make([]string, 0, len(objects))
	for _, o := range objects {
		list = append(list, strings.TrimPrefix(o.GetNamespace()+"/"+o.GetKind()+"/"+o.GetName(), "/"))
	}
	slices.Sort(list)
	return list
}

// find decodes the object of a kind and name.
func find[T any](t *testing.T, objects []*unstructured.Unstructured, kind, name string) *T {
	t.Helper()
	for _, o := range objects {
		if o.GetKind() == kind && o.GetName() == name {
			result := new(T)
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, result); err != nil {
				t.Fatal(err)
			}
			return result
		}
	}
	t.Fatalf("there is no %s %s among %v", kind, name, kinds(objects))
	return nil
}

// generatedRules are the rules that the code asks for.
func generatedRules(t *testing.T) []rbacv1.PolicyRule {
	t.Helper()
	text, err := os.ReadFile(roleFile)
	if err != nil {
		t.Fatal(err)
	}
	role := &rbacv1.ClusterRole{}
	if err := yaml.UnmarshalStrict(text, role); err != nil {
		t.Fatal(err)
	}
	return role.Rules
}

func TestLint(t *testing.T) {
	t.Parallel()
	if out, err := exec.CommandContext(t.Context(), helm, "lint", "--strict", "--kube-version", "1.36.0", chart).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestObjects holds what an installation consists of.
func TestObjects(t *testing.T) {
	t.Parallel()
	crd := "CustomResourceDefinition/zookeeperensembles.zkensemble.dev"
	own := []string{
		"operators/Deployment/zookeeper-operator",
		"operators/Role/zookeeper-operator-leader-election",
		"operators/RoleBinding/zookeeper-operator-leader-election",
		"operators/ServiceAccount/zookeeper-operator",
	}
	cases := []struct {
		name   string
		values []string
		want   []string
	}{
		{"by default, everything for all namespaces", nil, append([]string{
			crd,
			"ClusterRole/zookeeper-operator", "ClusterRoleBinding/zookeeper-operator",
			"ClusterRole/zookeeper-operator-nodes", "ClusterRoleBinding/zookeeper-operator-nodes",
		}, own...)},
		{"for two namespaces, roles in these alone", []string{"watchNamespaces={a,b}"}, append([]string{
			crd,
			"ClusterRole/zookeeper-operator-nodes", "ClusterRoleBinding/zookeeper-operator-nodes",
			"a/Role/zookeeper-operator", "a/RoleBinding/zookeeper-operator",
			"b/Role/zookeeper-operator", "b/RoleBinding/zookeeper-operator",
		}, own...)},
		{"without definitions and node rights", []string{"crds.enabled=false", "rbac.nodes=false"}, append([]string{
			"ClusterRole/zookeeper-operator", "ClusterRoleBinding/zookeeper-operator",
		}, own...)},
		{"with rights from elsewhere", []string{"rbac.create=false", "serviceAccount.create=false", "serviceAccount.name=mine"}, []string{
			crd, "operators/Deployment/zookeeper-operator",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			slices.Sort(c.want)
			if diff := cmp.Diff(c.want, kinds(render(t, c.values...))); diff != "" {
				t.Errorf("the objects (-want +got):\n%s", diff)
			}
		})
	}
}

// TestServerAcceptsEverything sends each object to a real API server, which
// refuses unknown fields.
func TestServerAcceptsEverything(t *testing.T) {
	for _, ns := range []string{namespace, "a"} {
		if err := server.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}); err != nil {
			t.Fatal(err)
		}
	}
	strict := client.WithFieldValidation(server, metav1.FieldValidationStrict)
	for name, values := range map[string][]string{
		"default": nil,
		"everything set": {
			"watchNamespaces={a}", "imagePullSecrets[0].name=pull", "podAnnotations.note=x", "podLabels.team=storage",
			"nodeSelector.disk=ssd", "tolerations[0].operator=Exists", "priorityClassName=important", "metrics.enabled=false",
			"image.digest=sha256:" + strings.Repeat("a", 64), "serviceAccount.annotations.note=x", "replicas=2",
		},
	} {
		for _, o := range render(t, values...) {
			if err := strict.Create(t.Context(), o, client.DryRunAll); err != nil {
				t.Errorf("%s: %s %s: %v", name, o.GetKind(), o.GetName(), err)
			}
		}
	}
}

// TestOperatorPodIsRestricted creates the operator's Pod in a namespace that
// enforces the restricted Pod security standard.
func TestOperatorPodIsRestricted(t *testing.T) {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name:   "restricted",
		Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	if err := server.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	template := deployment(t).Spec.Template
	pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	pod.Name, pod.Namespace = "operator", ns.Name
	if err := server.Create(t.Context(), pod.DeepCopy(), client.DryRunAll); err != nil {
		t.Errorf("refused: %v", err)
	}
	pod.Spec.SecurityContext = nil
	if err := server.Create(t.Context(), pod, client.DryRunAll); err == nil {
		t.Error("a Pod without security context was accepted, so the namespace enforces nothing")
	}
}

func deployment(t *testing.T, values ...string) *appsv1.Deployment {
	t.Helper()
	return find[appsv1.Deployment](t, render(t, values...), "Deployment", "zookeeper-operator")
}

// TestRulesAreThoseOfTheCode compares the granted rules with the generated
// ones.
func TestRulesAreThoseOfTheCode(t *testing.T) {
	t.Parallel()
	want := generatedRules(t)
	if len(want) == 0 {
		t.Fatal("the code asks for no rights")
	}
	wide := find[rbacv1.ClusterRole](t, render(t), "ClusterRole", "zookeeper-operator")
	if diff := cmp.Diff(want, wide.Rules); diff != "" {
		t.Errorf("the ClusterRole (-code +chart):\n%s", diff)
	}
	narrow := find[rbacv1.Role](t, render(t, "watchNamespaces={a}"), "Role", "zookeeper-operator")
	if diff := cmp.Diff(want, narrow.Rules); diff != "" {
		t.Errorf("the Role (-code +chart):\n%s", diff)
	}
}

// TestRightsStayNarrow guards what no release may widen: Secrets are read by
// name, data is deleted claim by claim if at all, and there are no wildcards.
func TestRightsStayNarrow(t *testing.T) {
	t.Parallel()
	for _, rule := range generatedRules(t) {
		for _, words := range [][]string{rule.APIGroups, rule.Resources, rule.Verbs} {
			if slices.Contains(words, "*") {
				t.Errorf("a wildcard in %v", rule)
			}
		}
		forbidden := map[string][]string{
			"secrets":                {"list", "watch", "update", "delete", "deletecollection"},
			"persistentvolumeclaims": {"create", "update", "deletecollection"},
			"persistentvolumes":      {"create", "update", "patch", "delete", "deletecollection"},
			"pods":                   {"create", "update", "patch", "deletecollection"},
			"statefulsets":           {"update", "delete", "deletecollection"},
			"zookeeperensembles":     {"delete", "deletecollection"},
			"events":                 {"get", "watch", "update", "delete", "deletecollection"},
			"pods/exec":              {"create", "get"},
		}
		for _, resource := range rule.Resources {
			for _, verb := range forbidden[resource] {
				if slices.Contains(rule.Verbs, verb) {
					t.Errorf("the operator may %s %s", verb, resource)
				}
			}
		}
	}
}

// TestDefinitionIsUnchanged compares the rendered definition with the generated
// file, and looks for the policy that keeps it.
func TestDefinitionIsUnchanged(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile(crdFile)
	if err != nil {
		t.Fatal(err)
	}
	want := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(file, &want.Object); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ value, policy string }{{"crds.keep=true", "keep"}, {"crds.keep=false", ""}} {
		got := find[unstructured.Unstructured](t, render(t, c.value), "CustomResourceDefinition", want.GetName())
		if policy := got.GetAnnotations()["helm.sh/resource-policy"]; policy != c.policy {
			t.Errorf("%s gives the resource policy %q, want %q", c.value, policy, c.policy)
		}
		annotations := got.GetAnnotations()
		delete(annotations, "helm.sh/resource-policy")
		got.SetAnnotations(annotations)
		if diff := cmp.Diff(text(t, want), text(t, got)); diff != "" {
			t.Errorf("the definition (-generated +rendered):\n%s", diff)
		}
	}
}

// text is an object in one canonical form.
func text(t *testing.T, o *unstructured.Unstructured) string {
	t.Helper()
	text, err := yaml.Marshal(o.Object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestArguments holds the command line.
func TestArguments(t *testing.T) {
	t.Parallel()
	base := []string{
		"--agent-image=ghcr.io/zkensemble/zookeeper-operator:0.1.0", "--cluster-domain=cluster.local", "--watch-namespaces=",
		"--release=zookeeper-operator", "--take-over=false", "--leader-elect=true", "--metrics-bind-address=:8080", "--health-probe-bind-address=:8081",
		"--zap-log-level=info", "--zap-encoder=json",
	}
	with := func(changes ...string) []string {
		args := slices.Clone(base)
		for _, change := range changes {
			name, _, _ := strings.Cut(change, "=")
			for i := range args {
				if strings.HasPrefix(args[i], name+"=") {
					args[i] = change
				}
			}
		}
		return args
	}
	cases := []struct {
		name   string
		values []string
		want   []string
	}{
		{"by default", nil, base},
		{"the agent comes from the operator's image", []string{"image.repository=r/o", "image.tag=t"}, with("--agent-image=r/o:t")},
		{"or from another", []string{"agentImage=r/a:t"}, with("--agent-image=r/a:t")},
		{"a few namespaces", []string{"watchNamespaces={a,b}"}, with("--watch-namespaces=a,b")},
		{"another installation's ensembles", []string{"takeOver=true"}, with("--take-over=true")},
		{"more detail", []string{"log.level=4"}, with("--zap-log-level=4")},
		{"errors only", []string{"log.level=error"}, with("--zap-log-level=error")},
		{"alone and silent", []string{"leaderElection.enabled=false", "metrics.enabled=false"}, with("--leader-elect=false", "--metrics-bind-address=0")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := deployment(t, c.values...).Spec.Template.Spec.Containers[0].Args
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the arguments (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMemoryHasALimit checks that the limit of the container is told to the
// process, and that where there is none, no other is taken for it.
func TestMemoryHasALimit(t *testing.T) {
	t.Parallel()
	limit := func(values ...string) *corev1.EnvVarSource {
		for _, v := range deployment(t, values...).Spec.Template.Spec.Containers[0].Env {
			if v.Name == "GOMEMLIMIT" {
				return v.ValueFrom
			}
		}
		return nil
	}
	if got := limit(); got == nil || got.ResourceFieldRef == nil || got.ResourceFieldRef.Resource != "limits.memory" {
		t.Errorf("the process is told %v", got)
	}
	for _, unlimited := range []string{"resources=null", "resources.limits=null", "resources.limits.memory=null"} {
		if got := limit(unlimited); got != nil {
			t.Errorf("with %s the process is told %v", unlimited, got)
		}
	}
}

// TestPodIsFoundByNetworkPolicies guards the label by which the ensembles'
// network policies let the operator in.
func TestPodIsFoundByNetworkPolicies(t *testing.T) {
	t.Parallel()
	labels := deployment(t, `podLabels.app\.kubernetes\.io/name=other`).Spec.Template.Labels
	if got := labels["app.kubernetes.io/name"]; got != "zookeeper-operator" {
		t.Errorf("the operator's Pod is named %q", got)
	}
}

// TestWrongValues checks that mistakes are refused before anything is
// installed.
func TestWrongValues(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, value, want string }{
		{"a misspelled value", "watchNamespace=a", "watchNamespace"},
		{"a misspelled nested value", "image.tagg=a", "tagg"},
		{"a wrong type", "replicas=many", "replicas"},
		{"a wrong digest", "image.digest=sha256:1", "digest"},
		{"metrics on the port of the probes", "metrics.port=8081", "port"},
		{"a log level that is none", "log.level=verbose", "log"},
		{"a log level of nothing", "log.level=0", "log"},
		{"the service account of everybody", "serviceAccount.create=false", "set serviceAccount.name"},
		{"a domain with a dot at its end", "clusterDomain=cluster.local.", "clusterDomain"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			refuse(t, c.want, c.value)
		})
	}
	t.Run("two operators at once", func(t *testing.T) {
		t.Parallel()
		refuse(t, "set leaderElection.enabled", "replicas=2", "leaderElection.enabled=false")
	})
}

func refuse(t *testing.T, want string, values ...string) {
	t.Helper()
	_, err := helmTemplate(t, values...)
	switch {
	case err == nil:
		t.Errorf("accepted; it should be refused with %q", want)
	case !strings.Contains(err.Error(), want):
		t.Errorf("refused with\n%v\nwant %q", err, want)
	}
}
