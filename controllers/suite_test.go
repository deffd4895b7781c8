package controllers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble"
)

// apiServer is a real API server with etcd, shared by all tests; each test has
// a namespace of its own.
var apiServer *rest.Config

func TestMain(m *testing.M) {
	os.Exit(withAPIServer(m.Run))
}

func withAPIServer(run func() int) int {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		fmt.Fprintln(os.Stderr, "KUBEBUILDER_ASSETS is not set: run the tests with 'make unit', or set it to what hack/envtest-assets.sh prints")
		return 1
	}
	log.SetLogger(zap.New(zap.UseDevMode(true), zap.WriteTo(logFile())))
	env := &envtest.Environment{
		CRDDirectoryPaths:     []string{filepath.Join("..", "charts", "zookeeper-operator", "files", "crds")},
		ErrorIfCRDPathMissing: true,
	}
	var err error
	if apiServer, err = env.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "starting the API server:", err)
		return 1
	}
	apiServer.QPS, apiServer.Burst = -1, -1
	defer func() {
		if err := env.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stopping the API server:", err)
		}
	}()
	return run()
}

// logFile is where the operator's log goes: to the terminal with -v only.
func logFile() *os.File {
	for _, arg := range os.Args {
		if strings.HasPrefix(arg, "-test.v=") || arg == "-test.v" {
			return os.Stderr
		}
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return os.Stderr
	}
	return null
}

func testScheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// world is a namespace with a stand-in for a cluster and servers on sockets.
type world struct {
	*testing.T
	client.Client // uncached, as an administrator
	namespace     string
	servers       *servers
	agentImage    string // of the operators that are started from now on
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c, err := client.New(apiServer, client.Options{Scheme: testScheme(t)})
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := c.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, Client: c, namespace: namespace.Name, servers: newServers(t), agentImage: "agent:1"}
	(&kubelet{client: c, namespace: w.namespace, machine: w.servers}).run(t)
	return w
}

// operator runs an operator in this world and returns a function that stops it.
// The client through which it writes may be wrapped.
func (w *world) operator(wrap ...func(client.Client) client.Client) (stop func()) {
	w.Helper()
	mgr, err := ctrl.NewManager(apiServer, ctrl.Options{
		Scheme:     w.Scheme(),
		Metrics:    server.Options{BindAddress: "0"},
		Cache:      cache.Options{DefaultNamespaces: map[string]cache.Config{w.namespace: {}}},
		Controller: config.Controller{SkipNameValidation: new(true)},
		Client: client.Options{
			FieldOwner: v1alpha1.FieldOwner,
			Cache:      &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}},
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	c := mgr.GetClient()
	for _, f := range wrap {
		c = f(c)
	}
	r := &Reconciler{
		Client: c, Live: mgr.GetAPIReader(), Members: &ensemble.Client{},
		Recorder: mgr.GetEventRecorder(v1alpha1.FieldOwner),
		Settings: Settings{AgentImage: w.agentImage, ClusterDomain: "cluster.local", Namespace: "operators"},
	}
	if err := r.SetupWithManager(mgr); err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := mgr.Start(ctx); err != nil {
			w.Errorf("operator: %v", err)
		}
	}()
	stop = func() { cancel(); <-done }
	w.Cleanup(stop)
	return stop
}

// patience of a story; each waits for a condition and not for time.
const storyDeadline = 60 * time.Second

// eventually waits until the condition holds.
func (w *world) eventually(what string, holds func() bool) {
	w.Helper()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	deadline := time.After(storyDeadline)
	for !holds() {
		select {
		case <-deadline:
			w.Fatalf("waited %v in vain until %s\n%s", storyDeadline, what, w.dump())
		case <-ticker.C:
		}
	}
}

// dump tells what the API server holds, for a failed test.
func (w *world) dump() string {
	var b strings.Builder
	var list v1alpha1.ZooKeeperEnsembleList
	_ = w.List(w.Context(), &list, client.InNamespace(w.namespace))
	for _, e := range list.Items {
		fmt.Fprintf(&b, "%s: %s\n", e.Name, e.Status.Activity)
		for _, c := range e.Status.Conditions {
			fmt.Fprintf(&b, "  %s=%s %s: %s\n", c.Type, c.Status, c.Reason, c.Message)
		}
		for _, m := range e.Status.Members {
			fmt.Fprintf(&b, "  %+v\n", m)
		}
	}
	var pods corev1.PodList
	_ = w.List(w.Context(), &pods, client.InNamespace(w.namespace))
	for _, p := range pods.Items {
		fmt.Fprintf(&b, "pod %s %s %s %s of %v\n", p.Name, p.UID, p.Status.Phase, p.Status.PodIP, p.OwnerReferences)
	}
	var sets appsv1.StatefulSetList
	_ = w.List(w.Context(), &sets, client.InNamespace(w.namespace))
	for _, s := range sets.Items {
		fmt.Fprintf(&b, "statefulset %s %s: %d replicas of %v\n", s.Name, s.UID, *s.Spec.Replicas, s.OwnerReferences)
	}
	return b.String()
}
