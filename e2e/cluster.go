package e2e

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// Settings from the environment.
var (
	// artifacts is where histories and dumps are written.
	artifacts = cmp.Or(os.Getenv("E2E_ARTIFACTS"), "artifacts")
	// operatorNamespace is where the operator was installed.
	operatorNamespace = cmp.Or(os.Getenv("E2E_OPERATOR_NAMESPACE"), "zookeeper-operator-system")
	// zookeeperVersion is the version of the servers under test.
	zookeeperVersion = cmp.Or(os.Getenv("E2E_ZOOKEEPER_VERSION"), "3.9.5")
	// clusterDomain is the DNS domain of the cluster.
	clusterDomain = cmp.Or(os.Getenv("E2E_CLUSTER_DOMAIN"), "cluster.local")
	// auditLog is the API server's audit log, as a path below /var/log of the
	// control-plane node.
	auditLog = cmp.Or(os.Getenv("E2E_AUDIT_LOG"), "kubernetes/audit.log")
	// keep leaves the ensembles of failed specs in the cluster.
	keep = os.Getenv("E2E_KEEP") != ""
)

// Cluster is the cluster under test.
type Cluster struct {
	Config *rest.Config
	Client client.Client
	Kube   kubernetes.Interface
	HTTP   *http.Client // for what the other two cannot ask
}

// Connect connects to the cluster that KUBECONFIG names.
func Connect() (*Cluster, error) {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("load the kubeconfig: %w", err)
	}
	config.QPS, config.Burst = 100, 200
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("build the scheme: %w", err)
		}
	}
	web, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("connect to the cluster: %w", err)
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("connect to the cluster: %w", err)
	}
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to the cluster: %w", err)
	}
	return &Cluster{Config: config, Client: c, Kube: kube, HTTP: web}, nil
}

// moduleRoot is the folder that holds go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no go.mod above the working directory")
		}
		dir = parent
	}
}
