//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// The releases of the chart.
const (
	firstRelease  = "zookeeper-operator"
	secondRelease = "second"
)

var _ = Describe("A second operator over the namespace of an ensemble", Ordered, Serial, full, func() {
	zk := Running("shared")

	It("stands back until the ensemble is handed over, which restarts no Pod", Label("C10", "operators"), func(ctx SpecContext) {
		before, second := zk.pods(ctx), NewNamespace(ctx, secondRelease)
		writes := &auditReader{of: second}
		must(writes.begin(ctx, zk.cluster))
		over := zk.DisturbOperator("have another operator beside it, and instead of it")

		zk.addOperator(ctx, second)
		Await(ctx, time.Minute, "an event tells that the second one stands back", zk.stoodBack)
		Hold(ctx, 20*time.Second, "the first one keeps the ensemble", func(ctx context.Context) error {
			return errors.Join(zk.keptBy(operatorNamespace, firstRelease)(ctx), zk.says(ctx, v1alpha1.ConditionReady, "True"),
				zk.isNot(ctx, v1alpha1.ConditionStalled), zk.allUntouched(before)(ctx))
		})

		zk.cluster.scaleOperator(ctx, 0)
		must(zk.Change(ctx, Retention(v1alpha1.RetentionDelete)))
		Await(ctx, 3*time.Minute, "the status says that the first one is gone", func(ctx context.Context) error {
			return zk.saysWhy(ctx, v1alpha1.ConditionStalled, "True", v1alpha1.ReasonOtherOperator)
		})
		written := got(writes.read(ctx, zk.cluster, zk.Namespace))
		Expect(written).NotTo(BeEmpty())
		for _, write := range written {
			Expect(write.Text).To(Or(HavePrefix("patch zookeeperensembles/status"), HavePrefix("create events")), "writes of the second one")
		}
		commands := zk.commands(ctx)
		Expect(commands).To(HaveLen(1), "commands in the status")
		zk.kubectl(ctx, commands[0])
		Await(ctx, time.Minute, "the second one keeps the ensemble", func(ctx context.Context) error {
			return errors.Join(zk.admits(ctx, second), zk.says(ctx, v1alpha1.ConditionReady, "True"), zk.isNot(ctx, v1alpha1.ConditionStalled))
		})

		zk.cluster.scaleOperator(ctx, 1)
		zk.cluster.AwaitOperator(ctx)
		Hold(ctx, 20*time.Second, "the first one stands back", zk.keptBy(second, secondRelease))
		zk.cluster.tellToTakeOver(ctx, true)
		Await(ctx, time.Minute, "the first one takes over", func(ctx context.Context) error {
			return errors.Join(zk.keptBy(operatorNamespace, firstRelease)(ctx), zk.admits(ctx, operatorNamespace))
		})
		zk.cluster.tellToTakeOver(ctx, false)
		zk.AwaitHealthy(ctx, healTimeout)
		must(zk.allUntouched(before)(ctx))
		over()
	}, NodeTimeout(10*time.Minute))
})

// addOperator installs the chart a second time, for the namespace of the ensemble,
// and takes it away at the end of the spec. The first operator is then as it was.
func (e *Ensemble) addOperator(ctx context.Context, namespace string) {
	GinkgoHelper()
	image := got(e.cluster.Operator(ctx)).Spec.Containers[0].Image
	colon := strings.LastIndex(image, ":")
	root := got(moduleRoot())
	DeferCleanup(func(ctx SpecContext) {
		e.cluster.scaleOperator(ctx, 1)
		e.cluster.AwaitOperator(ctx)
		e.cluster.tellToTakeOver(ctx, false)
		helm(ctx, "uninstall", secondRelease, "--namespace", namespace, "--ignore-not-found", "--wait")
	})
	helm(ctx, "install", secondRelease, filepath.Join(root, "charts", "zookeeper-operator"), "--namespace", namespace, "--wait",
		"--set", "crds.enabled=false", "--set", "rbac.nodes=false", "--set", "watchNamespaces={"+e.Namespace+"}",
		"--set", "clusterDomain="+clusterDomain, "--set", "image.repository="+image[:colon], "--set-string", "image.tag="+image[colon+1:])
}

// helm runs a command of Helm.
func helm(ctx context.Context, args ...string) {
	GinkgoHelper()
	program := strings.TrimSpace(got(script(ctx, "tool.sh", nil, "helm")))
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	tell("helm %s: %s", args[0], out)
	Expect(err).NotTo(HaveOccurred(), "helm %v: %s", args, out)
}

// stoodBack finds nothing once an event tells that an operator stands back.
func (e *Ensemble) stoodBack(ctx context.Context) error {
	events, err := e.cluster.Kube.EventsV1().Events(e.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for i := range events.Items {
		if events.Items[i].Reason == v1alpha1.ReasonOtherOperator {
			return nil
		}
	}
	return fmt.Errorf("none of %d events does", len(events.Items))
}

// keptBy finds nothing while the StatefulSet names an operator.
func (e *Ensemble) keptBy(namespace, release string) func(context.Context) error {
	return func(ctx context.Context) error {
		set, err := e.StatefulSet(ctx)
		if err != nil {
			return err
		}
		if named := set.Annotations[v1alpha1.AnnotationOperator]; named != namespace+"/"+release {
			return fmt.Errorf("the StatefulSet names %q", named)
		}
		return nil
	}
}

// admits finds nothing once the network policy lets a namespace through to the agents.
func (e *Ensemble) admits(ctx context.Context, namespace string) error {
	policy, err := e.cluster.Kube.NetworkingV1().NetworkPolicies(e.Namespace).Get(ctx, e.Name, metav1.GetOptions{})
	if err == nil && !strings.Contains(policy.String(), namespace) {
		err = fmt.Errorf("the network policy admits %v", policy.Spec.Ingress)
	}
	return err
}

// scaleOperator changes how many Pods the first operator has.
func (c *Cluster) scaleOperator(ctx context.Context, replicas int32) {
	GinkgoHelper()
	deployment := &appsv1.Deployment{}
	must(c.Client.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: firstRelease}, deployment))
	before := deployment.DeepCopy()
	deployment.Spec.Replicas = &replicas
	must(c.Client.Patch(ctx, deployment, client.MergeFrom(before)))
}

// tellToTakeOver tells the first operator whether to take over what another one keeps.
func (c *Cluster) tellToTakeOver(ctx context.Context, take bool) {
	GinkgoHelper()
	is := strconv.FormatBool(take)
	pod := got(c.Operator(ctx))
	if setArgument(&pod.Spec.Containers[0], takeOverFlag, is) == is {
		return
	}
	c.changeOperator(ctx, func(container *corev1.Container) { setArgument(container, takeOverFlag, is) })
}
