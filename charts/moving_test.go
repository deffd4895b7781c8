package charts

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"
)

// installation is an API server of its own, in which Helm installs the chart. No
// Pod runs in it.
type installation struct {
	*testing.T
	client.Client

	environment []string
}

func newInstallation(t *testing.T) installation {
	t.Helper()
	environment := &envtest.Environment{}
	config, err := environment.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := environment.Stop(); err != nil {
			t.Error(err)
		}
	})
	folder := t.TempDir()
	kubeconfig := filepath.Join(folder, "kubeconfig")
	if err := os.WriteFile(kubeconfig, environment.KubeConfig, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return installation{t, c, append(os.Environ(), "KUBECONFIG="+kubeconfig,
		"HELM_CACHE_HOME="+folder, "HELM_CONFIG_HOME="+folder, "HELM_DATA_HOME="+folder)}
}

// helm runs a command of Helm, and returns what it prints.
func (i installation) helm(arguments ...string) (string, error) {
	i.Helper()
	command := exec.CommandContext(i.Context(), helm, arguments...)
	command.Env = i.environment
	text, err := command.CombinedOutput()
	if err != nil {
		return "", errors.New(string(text))
	}
	return string(text), nil
}

func (i installation) mustHelm(arguments ...string) string {
	i.Helper()
	text, err := i.helm(arguments...)
	if err != nil {
		i.Fatalf("helm %s: %v", strings.Join(arguments, " "), err)
	}
	return text
}

// keeper is the release that has the custom resource definition.
func (i installation) keeper() string {
	i.Helper()
	definition := &unstructured.Unstructured{}
	definition.SetAPIVersion("apiextensions.k8s.io/v1")
	definition.SetKind("CustomResourceDefinition")
	if err := i.Get(i.Context(), client.ObjectKey{Name: "zookeeperensembles.zkensemble.dev"}, definition); err != nil {
		i.Fatal(err)
	}
	if definition.GetDeletionTimestamp() != nil {
		i.Fatal("the definition is being deleted, and every ensemble with it")
	}
	return definition.GetAnnotations()["meta.helm.sh/release-namespace"] + "/" + definition.GetAnnotations()["meta.helm.sh/release-name"]
}

// arguments are those of the operator of a release, nil where there is none.
func (i installation) arguments(namespace, release string) []string {
	i.Helper()
	deployments := &appsv1.DeploymentList{}
	if err := i.List(i.Context(), deployments, client.InNamespace(namespace), of(release)); err != nil {
		i.Fatal(err)
	}
	if len(deployments.Items) == 0 {
		return nil
	}
	return deployments.Items[0].Spec.Template.Spec.Containers[0].Args
}

// of selects the objects of a release.
func of(release string) client.MatchingLabels {
	return client.MatchingLabels{"app.kubernetes.io/instance": release}
}

// helmCommands are the arguments of the commands of Helm in a section of a page.
func helmCommands(t *testing.T, page, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "operations", page))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no section %q", page, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	section = strings.NewReplacer("\\\n", " ", "'", "", "./charts/", "").Replace(section)
	var commands [][]string
	for line := range strings.Lines(section) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "helm" {
			commands = append(commands, words[1:])
		}
	}
	return commands
}

// TestAnInstallationMoves runs the commands with which all ensembles are given to
// another release, as the page has them, in an API server in which the chart is
// installed.
func TestAnInstallationMoves(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	i.mustHelm("install", "zookeeper-operator", chart, "--namespace", "zookeeper-operator-system", "--create-namespace")
	commands := helmCommands(t, "moving.md", "All ensembles, to another release or namespace")
	if len(commands) != 3 {
		t.Fatalf("the page has the commands %v", commands)
	}
	install, uninstall, upgrade := commands[0], commands[1], commands[2]
	alone := slices.DeleteFunc(slices.Clone(install), func(word string) bool { return word == "--take-ownership" })
	if _, err := i.helm(alone...); err == nil || !strings.Contains(err.Error(), "invalid ownership metadata") {
		t.Errorf("without --take-ownership the second release is refused for the definition, got %v", err)
	}
	i.mustHelm(install...)
	if got := i.keeper(); got != "zookeeper/zk-operator" {
		t.Errorf("the definition belongs to %s", got)
	}
	if arguments := i.arguments("zookeeper", "zk-operator"); !slices.Contains(arguments, "--take-over=true") {
		t.Errorf("the new operator takes nothing over: %v", arguments)
	}
	if i.arguments("zookeeper-operator-system", "zookeeper-operator") == nil {
		t.Error("the old operator is gone before the new one runs")
	}
	i.mustHelm(uninstall...)
	i.mustHelm(upgrade...)
	if i.arguments("zookeeper-operator-system", "zookeeper-operator") != nil {
		t.Error("the old operator is still there")
	}
	if arguments := i.arguments("zookeeper", "zk-operator"); !slices.Contains(arguments, "--take-over=false") {
		t.Errorf("the new operator goes on taking over: %v", arguments)
	}
	if got := i.keeper(); got != "zookeeper/zk-operator" {
		t.Errorf("the definition belongs to %s", got)
	}
	roles := &rbacv1.ClusterRoleBindingList{}
	if err := i.List(t.Context(), roles, of("zk-operator")); err != nil || len(roles.Items) == 0 {
		t.Errorf("the new operator has no rights: %v", err)
	}
}

// TestInstallationsStandSideBySide runs the command for a second release, and what
// the first one says to whoever installed it.
func TestInstallationsStandSideBySide(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	notes := i.mustHelm("install", "zookeeper-operator", chart, "--namespace", "zookeeper-operator-system", "--create-namespace")
	for _, words := range []string{"looks after all namespaces", "crds.enabled=false", "--take-ownership", "docs/operations/moving.md"} {
		if !strings.Contains(notes, words) {
			t.Errorf("the notes do not say %q:\n%s", words, notes)
		}
	}
	i.acceptsTheEnsembleOf(notes)

	if err := i.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "team-a"}}); err != nil {
		t.Fatal(err)
	}
	commands := helmCommands(t, "moving.md", "Two installations side by side")
	if len(commands) != 1 {
		t.Fatalf("the page has the commands %v", commands)
	}
	notes = i.mustHelm(commands[0]...)
	for _, words := range []string{"looks after the namespaces team-a", "upgrade the release that has it first"} {
		if !strings.Contains(notes, words) {
			t.Errorf("the notes of the second release do not say %q:\n%s", words, notes)
		}
	}
	if got := i.keeper(); got != "zookeeper-operator-system/zookeeper-operator" {
		t.Errorf("the definition belongs to %s", got)
	}
	roles := &rbacv1.RoleList{}
	if err := i.List(t.Context(), roles, client.InNamespace("team-a")); err != nil || len(roles.Items) == 0 {
		t.Errorf("the second operator has no rights in its namespace: %v", err)
	}
}

// acceptsTheEnsembleOf creates the ensemble that the notes show, once the API server
// knows the kind.
func (i installation) acceptsTheEnsembleOf(notes string) {
	i.Helper()
	_, text, _ := strings.Cut(notes, "<<YAML\n")
	text, _, found := strings.Cut(text, "  YAML\n")
	if !found {
		i.Fatalf("the notes show no ensemble:\n%s", notes)
	}
	ensemble := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(strings.ReplaceAll("\n"+text, "\n  ", "\n")), &ensemble.Object); err != nil {
		i.Fatal(err)
	}
	var refused error
	err := wait.PollUntilContextTimeout(i.Context(), 100*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		refused = i.Create(ctx, ensemble.DeepCopy(), client.FieldValidation(metav1.FieldValidationStrict))
		return refused == nil, nil
	})
	if err != nil {
		i.Errorf("the ensemble of the notes is refused: %v", refused)
	}
}
