//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// refusalTold is how soon a person must read why a Pod is not made: Kubernetes tries
// a few times before it says so in an event.
const refusalTold = 30 * time.Second

var _ = Describe("A namespace with a quota, a minimum and a ratio", full, func() {
	It("is told as what refuses the Pods, and met by the server's resources alone", Label("C8", "admission"), func(ctx SpecContext) {
		namespace := NewNamespace(ctx, "quota")
		must(cluster.Client.Create(ctx, &corev1.ResourceQuota{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "compute"},
			Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{
				corev1.ResourceRequestsCPU: resource.MustParse("2"), corev1.ResourceLimitsCPU: resource.MustParse("4"),
				corev1.ResourceRequestsMemory: resource.MustParse("2Gi"), corev1.ResourceLimitsMemory: resource.MustParse("2Gi"),
			}},
		}))
		must(cluster.Client.Create(ctx, &corev1.LimitRange{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "sizes"},
			Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{{
				Type:                 corev1.LimitTypeContainer,
				Min:                  corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("100Mi")},
				MaxLimitRequestRatio: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1")},
			}}},
		}))
		zk := Unwatched(namespace, "frugal")
		asked := zk.spec.Pod.Resources.Requests[corev1.ResourceMemory]
		zk.spec.Pod.Resources.Requests[corev1.ResourceMemory] = resource.MustParse("64Mi")
		must(zk.Create(ctx))
		Await(ctx, refusalTold, "the status quotes the minimum and the ratio", func(ctx context.Context) error {
			return zk.mentions(ctx, "frugal-0", "minimum memory usage per Container is 100Mi", "memory max limit to request ratio per Container is 1")
		})
		must(zk.Change(ctx, func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Resources.Requests[corev1.ResourceMemory] = asked }))
		Await(ctx, refusalTold, "the status quotes the quota", func(ctx context.Context) error {
			return zk.mentions(ctx, "frugal-0", "must specify limits.cpu")
		})
		must(zk.Change(ctx, func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Pod.Resources.Limits[corev1.ResourceCPU] = resource.MustParse("1")
		}))
		zk.AwaitReady(ctx)
	}, NodeTimeout(6*time.Minute))
})

var _ = Describe("A namespace that enforces the restricted Pod security standard", Ordered, full, func() {
	zk := Running("modest")

	It("is quoted where a change offends against it, and that costs one follower at the most", Label("C8", "admission"), func(ctx SpecContext) {
		before, leader, from := zk.pods(ctx), zk.Member(zk.Leader()), time.Now()
		must(zk.Change(ctx, func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Pod.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: new(false), RunAsUser: new(int64(0))}
		}))
		Await(ctx, time.Minute, "the status quotes the standard", func(ctx context.Context) error {
			return zk.mentions(ctx, "violates PodSecurity")
		})
		victims := zk.Replaced(from)
		Expect(len(victims)).To(BeNumerically("<=", 1), "members that were taken: %v", victims)
		Expect(victims).NotTo(ContainElement(leader))
		missing := zk.missing(ctx, before)
		Hold(ctx, 20*time.Second, "the others are left alone and serve", func(ctx context.Context) error {
			return errors.Join(zk.allUntouched(before, missing...)(ctx), zk.says(ctx, v1alpha1.ConditionAvailable, "True"), zk.writesLately(ctx))
		})
		must(zk.Change(ctx, func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.SecurityContext = nil }))
		zk.AwaitHealthy(ctx, 2*time.Minute)
		must(zk.allUntouched(before, missing...)(ctx))
		Expect(zk.Since(from).LeaderChanges).To(BeZero(), "leader changes")
	}, NodeTimeout(6*time.Minute))
})

// missing are the names of Pods that there were and are not, of which there is one
// at the most.
func (e *Ensemble) missing(ctx context.Context, before []corev1.Pod) []string {
	GinkgoHelper()
	now := map[string]bool{}
	for _, pod := range e.pods(ctx) {
		now[string(pod.UID)] = true
	}
	var names []string
	for i := range before {
		if !now[string(before[i].UID)] {
			names = append(names, before[i].Name)
		}
	}
	Expect(len(names)).To(BeNumerically("<=", 1), "Pods that are missing: %v", names)
	return names
}

var _ = Describe("A namespace whose admission changes what is written", Ordered, full, func() {
	zk := Watched("mutated")

	It("has the last word: the status names the field, and nobody fights", Label("C8", "admission"), func(ctx SpecContext) {
		cluster.Mutate(ctx, zk.Namespace)
		must(zk.Create(ctx))
		zk.AwaitHealthy(ctx, beginTimeout)
		Await(ctx, statusLag, "the status names the field", func(ctx context.Context) error {
			return zk.mentions(ctx, "StatefulSet "+zk.Name, "terminationGracePeriodSeconds")
		})
		// That nothing is written any more is judged at the end of every spec.
		Hold(ctx, 40*time.Second, "it stays Ready", func(ctx context.Context) error { return zk.says(ctx, v1alpha1.ConditionReady, "True") })
		zk.expectRoll(ctx, func() error { return zk.Change(ctx, CPU("60m")) })
		Expect(*got(zk.Pod(ctx, 0)).Spec.TerminationGracePeriodSeconds).To(Equal(int64(mutatedGrace)), "seconds, as admission wants")
	}, NodeTimeout(8*time.Minute))
})

// mutatedGrace is the grace period in seconds that the policy of a namespace gives
// every Pod of a StatefulSet.
const mutatedGrace = 45

// Mutate lets a mutating admission policy change a field of every StatefulSet of a
// namespace, for the time of the spec.
func (c *Cluster) Mutate(ctx context.Context, namespace string) {
	GinkgoHelper()
	const expression = `Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{terminationGracePeriodSeconds: %d}}}}`
	policy := &admissionv1.MutatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: namespace},
		Spec: admissionv1.MutatingAdmissionPolicySpec{
			MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{
				ruleFor(admissionv1.Create, "apps", "statefulsets"), ruleFor(admissionv1.Update, "apps", "statefulsets"),
			}},
			FailurePolicy:      new(admissionv1.Fail),
			ReinvocationPolicy: admissionv1.NeverReinvocationPolicy,
			Mutations: []admissionv1.Mutation{{
				PatchType:          admissionv1.PatchTypeApplyConfiguration,
				ApplyConfiguration: &admissionv1.ApplyConfiguration{Expression: fmt.Sprintf(expression, mutatedGrace)},
			}},
		},
	}
	binding := &admissionv1.MutatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: namespace},
		Spec:       admissionv1.MutatingAdmissionPolicyBindingSpec{PolicyName: namespace, MatchResources: only(namespace)},
	}
	DeferCleanup(func(ctx SpecContext) {
		must(client.IgnoreNotFound(c.Client.Delete(ctx, binding)))
		must(client.IgnoreNotFound(c.Client.Delete(ctx, policy)))
	})
	must(c.Client.Create(ctx, policy))
	must(c.Client.Create(ctx, binding))
	Await(ctx, policyTimeout, "the API server heeds the policy", func(ctx context.Context) error {
		labels, spec := map[string]string{"suite": "asks"}, harmlessPod(namespace, "asked", "true").Spec
		spec.RestartPolicy = corev1.RestartPolicyAlways
		set := &appsv1.StatefulSet{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "asked"},
			Spec: appsv1.StatefulSetSpec{
				Replicas: new(int32(0)), Selector: &metav1.LabelSelector{MatchLabels: labels},
				Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec},
			},
		}
		if err := c.Client.Create(ctx, set, client.DryRunAll); err != nil {
			return err
		}
		if grace := set.Spec.Template.Spec.TerminationGracePeriodSeconds; grace == nil || *grace != mutatedGrace {
			return fmt.Errorf("the grace period is %v", grace)
		}
		return nil
	})
}
