package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/onsi/ginkgo/v2"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// nodeTimeout is how long Kubernetes may take to notice that a node went or
	// came.
	nodeTimeout = 3 * time.Minute
	// nodeCommandTimeout bounds a command that acts on a node.
	nodeCommandTimeout = time.Minute
	// outOfService is the taint by which a person tells Kubernetes that nothing
	// runs on a node any more.
	outOfService = "node.kubernetes.io/out-of-service"
)

// script runs one of the repository's scripts, with more environment.
func script(ctx context.Context, name string, environment []string, args ...string) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, cmp.Or(os.Getenv("E2E_SCRIPTS"), filepath.Join(root, "hack"))+"/"+name, args...)
	command.Env = append(os.Environ(), environment...)
	command.Stderr = ginkgo.GinkgoWriter
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %v: %w", name, args, err)
	}
	return string(out), nil
}

// node does something to a node: see hack/node.sh.
func (c *Cluster) node(ctx context.Context, action, node string, args ...string) {
	ginkgo.GinkgoHelper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), nodeCommandTimeout)
	defer cancel()
	_, err := script(ctx, "node.sh", nil, append([]string{action, node}, args...)...)
	must(err)
}

// PowerOff switches a node off and returns what switches it on again, which
// happens at the end of the spec at the latest.
func (c *Cluster) PowerOff(ctx context.Context, node string) (on func()) {
	ginkgo.GinkgoHelper()
	off := true
	ginkgo.DeferCleanup(func(ctx ginkgo.SpecContext) {
		if off {
			c.PowerOn(ctx, node)
		}
	}, ginkgo.NodeTimeout(nodeTimeout))
	tell("power off %s", node)
	c.node(ctx, "stop", node)
	return func() {
		ginkgo.GinkgoHelper()
		c.PowerOn(ctx, node)
		off = false
	}
}

// PowerOn switches a node on and waits until it is ready.
func (c *Cluster) PowerOn(ctx context.Context, node string) {
	ginkgo.GinkgoHelper()
	tell("power on %s", node)
	c.node(ctx, "start", node)
	c.AwaitNode(ctx, node, true)
}

// KeepNamesServed declares that the cluster's name service runs on the control
// plane, as kind's own does, so that it outlives the workers.
func KeepNamesServed() {
	ginkgo.BeforeAll(func(ctx ginkgo.SpecContext) {
		dns := &appsv1.Deployment{}
		must(cluster.Client.Get(ctx, client.ObjectKey{Namespace: "kube-system", Name: "coredns"}, dns))
		before := dns.DeepCopy()
		dns.Spec.Template.Spec.NodeSelector = map[string]string{"kubernetes.io/os": "linux", "node-role.kubernetes.io/control-plane": ""}
		must(cluster.Client.Patch(ctx, dns, client.MergeFrom(before)))
		Await(ctx, nodeTimeout, "the name service runs on the control plane", func(ctx context.Context) error {
			if err := cluster.Client.Get(ctx, client.ObjectKeyFromObject(dns), dns); err != nil {
				return err
			}
			if s := dns.Status; s.ObservedGeneration < dns.Generation || s.UpdatedReplicas != s.Replicas || s.AvailableReplicas != s.Replicas {
				return fmt.Errorf("%d of its %d Pods are there", s.UpdatedReplicas, s.Replicas)
			}
			return nil
		})
	}, ginkgo.NodeTimeout(nodeTimeout))
}

// AwaitNode waits until Kubernetes calls a node ready, or no longer.
func (c *Cluster) AwaitNode(ctx context.Context, node string, ready bool) {
	ginkgo.GinkgoHelper()
	Await(ctx, nodeTimeout, fmt.Sprintf("that %s is ready is %v", node, ready), func(ctx context.Context) error {
		now, err := c.nodeReady(ctx, node)
		if err == nil && now != ready {
			err = errors.New("not yet")
		}
		return err
	})
}

func (c *Cluster) nodeReady(ctx context.Context, name string) (bool, error) {
	node, err := c.Kube.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return false, err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue, nil
		}
	}
	return false, nil
}

// Workers are the names of all nodes on which members run.
func (c *Cluster) Workers(ctx context.Context) ([]string, error) {
	nodes, err := c.Kube.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: "!node-role.kubernetes.io/control-plane"})
	if err != nil {
		return nil, fmt.Errorf("list the workers: %w", err)
	}
	var out []string
	for i := range nodes.Items {
		out = append(out, nodes.Items[i].Name)
	}
	return out, nil
}

// Cordon lets no new Pod onto a node, or again.
func (c *Cluster) Cordon(ctx context.Context, name string, cordoned bool) error {
	return c.changeNode(ctx, name, func(node *corev1.Node) { node.Spec.Unschedulable = cordoned })
}

// CordonUntilEnd is Cordon until it is undone, at the end of the spec at the
// latest.
func (c *Cluster) CordonUntilEnd(ctx context.Context, name string) {
	ginkgo.GinkgoHelper()
	ginkgo.DeferCleanup(func(ctx ginkgo.SpecContext) { must(c.Cordon(ctx, name, false)) })
	must(c.Cordon(ctx, name, true))
}

// DeclareDead puts the out-of-service taint on a node, until the spec ends at
// the latest.
func (c *Cluster) DeclareDead(ctx context.Context, name string) {
	ginkgo.GinkgoHelper()
	ginkgo.DeferCleanup(func(ctx ginkgo.SpecContext) { must(c.DeclareAlive(ctx, name)) })
	must(c.changeNode(ctx, name, func(node *corev1.Node) {
		node.Spec.Taints = append(node.Spec.Taints,
			corev1.Taint{Key: outOfService, Value: "nodeshutdown", Effect: corev1.TaintEffectNoExecute})
	}))
}

// DeclareAlive takes the out-of-service taint off a node.
func (c *Cluster) DeclareAlive(ctx context.Context, name string) error {
	return c.changeNode(ctx, name, func(node *corev1.Node) {
		var taints []corev1.Taint
		for _, taint := range node.Spec.Taints {
			if taint.Key != outOfService {
				taints = append(taints, taint)
			}
		}
		node.Spec.Taints = taints
	})
}

// changeNode changes a node beside Kubernetes, which writes taints of its own on
// a node that goes or comes.
func (c *Cluster) changeNode(ctx context.Context, name string, change func(*corev1.Node)) error {
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		node := &corev1.Node{}
		if err := c.Client.Get(ctx, client.ObjectKey{Name: name}, node); err != nil {
			return err
		}
		before := node.DeepCopy()
		change(node)
		return c.Client.Patch(ctx, node, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	})
}

// Evict asks for the eviction of a member's present Pod, as a drain does. The
// answer "too many requests" is how a budget refuses.
func (e *Ensemble) Evict(ctx context.Context, ordinal int) error {
	pod, err := e.Pod(ctx, ordinal)
	if err != nil {
		return err
	}
	return e.evict(ctx, pod)
}

// evict evicts this very Pod: no budget protects its successor while that is
// pending.
func (e *Ensemble) evict(ctx context.Context, pod *corev1.Pod) error {
	return e.cluster.Kube.PolicyV1().Evictions(e.Namespace).Evict(ctx, &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Name: pod.Name, Namespace: e.Namespace},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &pod.UID}},
	})
}
