package ensemble

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// TestTheControllerOfStatefulSets holds the table that the stand-in meets against the
// real kube-controller-manager: KUBE_CONTROLLER_MANAGER is the path of the program.
// With the feature gate the API server gives each rolling update a maxUnavailable.
func TestTheControllerOfStatefulSets(t *testing.T) {
	t.Parallel()
	program := os.Getenv("KUBE_CONTROLLER_MANAGER")
	if program == "" {
		t.Skip("starts a real controller manager: set KUBE_CONTROLLER_MANAGER to what hack/binaries.sh kube-controller-manager prints")
	}
	for name, gates := range map[string]string{
		"as it is":                       "MaxUnavailableStatefulSet=false",
		"with MaxUnavailableStatefulSet": "MaxUnavailableStatefulSet=true",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := controllerManager(t, program, gates)
			for _, of := range setCases {
				t.Run(of.name, func(t *testing.T) {
					t.Parallel()
					h := realSet(t, c)
					of.run(h)
					rolling := h.live().Spec.UpdateStrategy.RollingUpdate
					if gated := strings.HasSuffix(gates, "true"); rolling != nil && (rolling.MaxUnavailable != nil) != gated {
						t.Errorf("with %s the API server gave %+v", gates, rolling)
					}
				})
			}
		})
	}
}

// controllerManager runs a control plane of its own: the controller works on every
// namespace.
func controllerManager(t *testing.T, program, gates string) client.Client {
	t.Helper()
	env := &envtest.Environment{}
	env.ControlPlane.GetAPIServer().Configure().Set("feature-gates", gates).Set("enable-priority-and-fairness", "false")
	config, err := env.Start()
	if err != nil {
		t.Fatal("starting the API server:", err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error("stopping the API server:", err)
		}
	})
	kubeconfig, said := filepath.Join(t.TempDir(), "kubeconfig"), filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(kubeconfig, env.KubeConfig, 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(said)
	if err != nil {
		t.Fatal(err)
	}
	manager := exec.CommandContext(t.Context(), program, "--kubeconfig="+kubeconfig, "--controllers=statefulset-controller",
		"--leader-elect=false", "--secure-port=0", "--feature-gates="+gates)
	manager.Stdout, manager.Stderr = log, log
	if err := manager.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = manager.Wait() // it was killed with the test's context
		if text, err := os.ReadFile(said); t.Failed() && err == nil {
			t.Logf("the controller manager said: %s", text[max(0, len(text)-4000):])
		}
	})
	config.QPS, config.Burst = -1, -1
	c, err := client.New(config, client.Options{Scheme: testScheme})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// realSet is a harness whose controller works by itself.
func realSet(t *testing.T, c client.Client) *setHarness {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := c.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	h := &setHarness{T: t, Client: c, namespace: namespace.Name, turns: 25}
	h.templateOf = func(revision string) string {
		r := &appsv1.ControllerRevision{}
		err := c.Get(t.Context(), client.ObjectKey{Namespace: h.namespace, Name: revision}, r)
		var set appsv1.StatefulSet
		if err != nil || json.Unmarshal(r.Data.Raw, &set) != nil {
			return ""
		}
		return set.Spec.Template.Annotations[templateAnnotation]
	}
	h.forget = func(revision string) {
		r := &appsv1.ControllerRevision{ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: revision}}
		if err := c.Delete(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	return h
}
