package ensemble

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// apiServer is a real API server with etcd, shared by all tests; each test has
// a namespace of its own.
var apiServer *rest.Config

// watched is a cache of everything in that API server, for the stand-ins and for
// the operators that are driven step by step.
var watched cache.Cache

var testScheme = runtime.NewScheme()

// kinds are all that an operator or a stand-in reads from a cache.
func kinds() []client.Object {
	return []client.Object{
		&v1alpha1.ZooKeeperEnsemble{}, &appsv1.StatefulSet{}, &corev1.Pod{}, &corev1.PersistentVolumeClaim{},
		&corev1.ConfigMap{}, &corev1.Service{}, &policyv1.PodDisruptionBudget{}, &networkingv1.NetworkPolicy{},
	}
}

// atOnce is how many tests run side by side unless -parallel says otherwise. They
// wait for the API server more than they work.
const atOnce = "6"

func TestMain(m *testing.M) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		if err := parallel.Value.Set(atOnce); err != nil {
			panic(err)
		}
	}
	os.Exit(withAPIServer(m.Run))
}

func withAPIServer(run func() int) int {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		fmt.Fprintln(os.Stderr, "KUBEBUILDER_ASSETS is not set: run the tests with 'make unit', or set it to what hack/envtest-assets.sh prints")
		return 1
	}
	log.SetLogger(zap.New(zap.WriteTo(io.Discard)))
	if verbose() {
		log.SetLogger(zap.New(zap.UseDevMode(true), zap.WriteTo(os.Stderr)))
	}
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(testScheme); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	env := &envtest.Environment{
		CRDDirectoryPaths:     []string{filepath.Join("..", "..", "charts", "zookeeper-operator", "files", "crds")},
		ErrorIfCRDPathMissing: true,
	}
	// Nobody else asks this API server, so there is nothing to be fair about.
	env.ControlPlane.GetAPIServer().Configure().Set("enable-priority-and-fairness", "false")
	// A Service of every test at once is more than the usual 254 addresses.
	env.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.0.0.0/16")
	var err error
	if apiServer, err = env.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "starting the API server:", err)
		return 1
	}
	defer func() {
		if err := env.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stopping the API server:", err)
		}
	}()
	apiServer.QPS, apiServer.Burst = -1, -1
	debug.SetGCPercent(400) // many small worlds make much garbage
	ctx, cancel := context.WithCancel(ctrl.SetupSignalHandler())
	defer cancel()
	if err := fillCache(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "watching the API server:", err)
		return 1
	}
	return run()
}

// fillCache fills the cache and keeps it up to date.
func fillCache(ctx context.Context) error {
	var err error
	if watched, err = cache.New(apiServer, cache.Options{Scheme: testScheme}); err != nil {
		return err
	}
	for _, kind := range kinds() {
		if _, err := watched.GetInformer(ctx, kind, cache.BlockUntilSynced(false)); err != nil {
			return err
		}
	}
	go func() { _ = watched.Start(ctx) }()
	if !watched.WaitForCacheSync(ctx) {
		return context.Cause(ctx)
	}
	return nil
}

// verbose says whether the operators' log is shown: with -v only.
func verbose() bool {
	return slices.ContainsFunc(os.Args, func(arg string) bool { return strings.HasPrefix(arg, "-test.v=") || arg == "-test.v" })
}
