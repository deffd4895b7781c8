package e2e

import (
	"context"
	"fmt"

	"github.com/onsi/ginkgo/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// createNamespace makes a namespace that enforces the restricted standard. Its
// name begins with the given one and was never used before.
func (c *Cluster) createNamespace(ctx context.Context, name string) (string, error) {
	name = "e2e-" + name + "-" + rand.String(5)
	return name, c.createNamespaceOf(ctx, name)
}

func (c *Cluster) createNamespaceOf(ctx context.Context, name string) error {
	_, err := c.Kube.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: name,
		Labels: map[string]string{
			namespaceLabel:                       "true",
			"pod-security.kubernetes.io/enforce": "restricted",
			"pod-security.kubernetes.io/warn":    "restricted",
		},
	}}, metav1.CreateOptions{})
	return err
}

// NewNamespace makes a namespace that goes with the spec.
func NewNamespace(ctx context.Context, name string) string {
	ginkgo.GinkgoHelper()
	namespace := got(cluster.createNamespace(ctx, name))
	tell("namespace %s", namespace)
	ginkgo.DeferCleanup(func(ctx ginkgo.SpecContext) {
		if keep && ginkgo.CurrentSpecReport().Failed() {
			tell("namespace %s is kept", namespace)
			return
		}
		err := cluster.Kube.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{})
		must(client.IgnoreNotFound(err))
	})
	return namespace
}

// Unwatched is an ensemble that is not created yet, and that no probe will
// watch: what the spec wants to know of it, it asks itself. When the spec fails,
// the ensemble is dumped beside the one under test.
func Unwatched(namespace, name string, changes ...Change) *Ensemble {
	e := &Ensemble{Name: name, Namespace: namespace, Log: &history.Log{}, cluster: cluster, spec: newSpec(changes...)}
	ginkgo.DeferCleanup(func(ctx ginkgo.SpecContext) {
		if report := ginkgo.CurrentSpecReport(); report.Failed() {
			e.dump(ctx, artifactDir(report)+"/"+namespace)
		}
	})
	return e
}

// AwaitReady waits until the resource says that it is Ready.
func (e *Ensemble) AwaitReady(ctx context.Context) {
	ginkgo.GinkgoHelper()
	Await(ctx, beginTimeout, fmt.Sprintf("%s in %s is Ready", e.Name, e.Namespace), func(ctx context.Context) error {
		return e.says(ctx, v1alpha1.ConditionReady, "True")
	})
}
