package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// operatorTimeout is how long a new operator may take to work: its Pod starts,
// and the lease of the old one runs out.
const operatorTimeout = 90 * time.Second

// operatorPods are the operator's Pods.
func (c *Cluster) operatorPods(ctx context.Context) ([]corev1.Pod, error) {
	pods, err := c.Kube.CoreV1().Pods(operatorNamespace).List(ctx, metav1.ListOptions{
		LabelSelector: "app.kubernetes.io/name=zookeeper-operator",
	})
	if err != nil {
		return nil, fmt.Errorf("list the operator's Pods: %w", err)
	}
	return pods.Items, nil
}

// operatorRestarts counts the restarts of the operator's containers, by Pod.
func (c *Cluster) operatorRestarts(ctx context.Context) map[string]int32 {
	ginkgo.GinkgoHelper()
	pods := got(c.operatorPods(ctx))
	out := map[string]int32{}
	for i := range pods {
		out[pods[i].Name] = 0
		for _, status := range pods[i].Status.ContainerStatuses {
			out[pods[i].Name] += status.RestartCount
		}
	}
	return out
}

// Operator is the operator's one Pod, once it is ready.
func (c *Cluster) Operator(ctx context.Context) (*corev1.Pod, error) {
	pods, err := c.operatorPods(ctx)
	if err != nil {
		return nil, err
	}
	pods = slices.DeleteFunc(pods, func(pod corev1.Pod) bool { return pod.DeletionTimestamp != nil })
	switch {
	case len(pods) != 1:
		return nil, fmt.Errorf("the operator has %d Pods", len(pods))
	case !podReady(&pods[0]):
		return nil, fmt.Errorf("the operator's Pod %s is not Ready", pods[0].Name)
	}
	return &pods[0], nil
}

// operatorMemory is how much memory the operator uses, and how much it may.
func (c *Cluster) operatorMemory(ctx context.Context) (used, limit int64) {
	ginkgo.GinkgoHelper()
	pod := got(c.Operator(ctx))
	text := got(c.Kube.CoreV1().Pods(pod.Namespace).ProxyGet("http", pod.Name, "8080", "metrics", nil).DoRaw(ctx))
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "process_resident_memory_bytes "); ok {
			used = int64(got(strconv.ParseFloat(strings.TrimSpace(value), 64)))
		}
	}
	if used == 0 {
		ginkgo.Fail("the operator does not tell its memory")
	}
	return used, pod.Spec.Containers[0].Resources.Limits.Memory().Value()
}

// KillOperator kills the operator without warning, so that it neither finishes
// what it does nor gives its lease up. A new Pod starts at once, without the
// back-off of a restarted container, and has to wait for the lease.
func (c *Cluster) KillOperator(ctx context.Context) {
	ginkgo.GinkgoHelper()
	pods := got(c.operatorPods(ctx))
	for i := range pods {
		// A Pod that has just been created has nothing to kill.
		if podReady(&pods[i]) {
			c.node(ctx, "kill", pods[i].Spec.NodeName, "/zookeeper-operator")
		}
		must(client.IgnoreNotFound(c.Client.Delete(ctx, &pods[i], client.GracePeriodSeconds(0))))
	}
	tell("the operator was killed")
}

// AwaitOperator waits until the operator is ready in another Pod than those.
func (c *Cluster) AwaitOperator(ctx context.Context, old ...string) *corev1.Pod {
	ginkgo.GinkgoHelper()
	var pod *corev1.Pod
	Await(ctx, operatorTimeout, "the operator is there", func(ctx context.Context) (err error) {
		pod, err = c.Operator(ctx)
		if err == nil && slices.Contains(old, pod.Name) {
			err = fmt.Errorf("%s is still the old one", pod.Name)
		}
		return err
	})
	return pod
}

// MoveOperator lets the operator run on a node of the test's choice, so that
// the power-off of another node does not take it along.
func (c *Cluster) MoveOperator(ctx context.Context, node string) {
	ginkgo.GinkgoHelper()
	pod := got(c.Operator(ctx))
	if pod.Spec.NodeName == node {
		return
	}
	for _, other := range got(c.Workers(ctx)) {
		if other != node {
			must(c.Cordon(ctx, other, true))
			defer func() { must(c.Cordon(ctx, other, false)) }()
		}
	}
	must(c.Client.Delete(ctx, pod))
	c.AwaitOperator(ctx, pod.Name)
}

// Arguments of the operator.
const (
	agentImageFlag    = "--agent-image="    // names the image with the agent
	clusterDomainFlag = "--cluster-domain=" // names the DNS domain of the cluster
	takeOverFlag      = "--take-over="      // says whether to take over what another operator keeps
)

// InstallOperator changes the image of the operator and of its agent, as an
// upgrade does, waits for it, and returns the image that it had before.
func (c *Cluster) InstallOperator(ctx context.Context, image string) (before string) {
	ginkgo.GinkgoHelper()
	c.changeOperator(ctx, func(container *corev1.Container) {
		before, container.Image = container.Image, image
		setArgument(container, agentImageFlag, image)
	})
	return before
}

// InstallCommit installs the operator of another commit with its chart, or that of
// this tree for "", and waits for it.
func (c *Cluster) InstallCommit(ctx context.Context, commit string) {
	ginkgo.GinkgoHelper()
	old := got(c.Operator(ctx))
	was := got(c.operatorDeployment(ctx))
	got(script(ctx, "operator.sh", []string{"IMAGE_REF=" + commit}))
	if now := got(c.operatorDeployment(ctx)); now.Generation == was.Generation {
		return
	}
	c.AwaitOperator(ctx, old.Name)
}

// upgradeFrom is the commit from whose operator an upgrade to this tree changes
// nothing.
func upgradeFrom() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(root, "hack", "upgrade-from"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			return strings.TrimSpace(line), nil
		}
	}
	return "", errors.New("hack/upgrade-from names no commit")
}

// TellDomain tells the operator another cluster domain, waits for it, and returns
// the one that it was told before.
func (c *Cluster) TellDomain(ctx context.Context, domain string) (before string) {
	ginkgo.GinkgoHelper()
	c.changeOperator(ctx, func(container *corev1.Container) {
		before = setArgument(container, clusterDomainFlag, domain)
	})
	return before
}

// changeOperator changes the operator's container and waits for its new Pod.
func (c *Cluster) changeOperator(ctx context.Context, change func(*corev1.Container)) {
	ginkgo.GinkgoHelper()
	old := got(c.Operator(ctx))
	deployment := got(c.operatorDeployment(ctx))
	original := deployment.DeepCopy()
	change(&deployment.Spec.Template.Spec.Containers[0])
	must(c.Client.Patch(ctx, deployment, client.MergeFrom(original)))
	c.AwaitOperator(ctx, old.Name)
}

func (c *Cluster) operatorDeployment(ctx context.Context) (*appsv1.Deployment, error) {
	deployment := &appsv1.Deployment{}
	return deployment, c.Client.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: "zookeeper-operator"}, deployment)
}

// setArgument changes an argument of the operator and returns the value that it
// had.
func setArgument(container *corev1.Container, flag, value string) (before string) {
	ginkgo.GinkgoHelper()
	i := slices.IndexFunc(container.Args, func(arg string) bool { return strings.HasPrefix(arg, flag) })
	if i < 0 {
		must(fmt.Errorf("the operator is not told %s", flag))
	}
	before, container.Args[i] = strings.TrimPrefix(container.Args[i], flag), flag+value
	return before
}
