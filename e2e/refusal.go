package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// policyTimeout is how long the API server may take to heed a new policy.
const policyTimeout = time.Minute

// Refusal is a kind of write of the operator that the API server refuses.
type Refusal struct {
	Operation       admissionv1.OperationType
	Group, Resource string // the resource may be a subresource, such as pods/eviction
	Only            string // the name of the one object; empty for all
}

// words are what the policy says that refuses it.
func (r Refusal) words() string {
	return strings.ToLower(string(r.Operation)) + " of " + r.Resource + " is refused here"
}

// policy is a name of few letters, since each refusal quotes it twice.
func (r Refusal) policy(namespace string) string {
	return strings.ToLower(fmt.Sprintf("%s-%.2s-%.4s", namespace, r.Operation, r.Resource))
}

// Refuse lets the API server refuse writes of the operator in one namespace, by a
// policy each, and returns what lifts that. It waits until the policies hold.
func (c *Cluster) Refuse(ctx context.Context, namespace string, refusals ...Refusal) (lift func(context.Context)) {
	ginkgo.GinkgoHelper()
	user := c.operatorUser(ctx)
	names := make([]string, 0, len(refusals))
	lift = func(ctx context.Context) {
		ginkgo.GinkgoHelper()
		admission := c.Kube.AdmissionregistrationV1()
		for _, name := range names {
			must(client.IgnoreNotFound(admission.ValidatingAdmissionPolicyBindings().Delete(ctx, name, metav1.DeleteOptions{})))
			must(client.IgnoreNotFound(admission.ValidatingAdmissionPolicies().Delete(ctx, name, metav1.DeleteOptions{})))
		}
		tell("the API server refuses no more in %s", namespace)
	}
	ginkgo.DeferCleanup(func(ctx ginkgo.SpecContext) { lift(ctx) })
	for _, r := range refusals {
		name := r.policy(namespace)
		names = append(names, name)
		must(c.addPolicy(ctx, namespace, name, r.by(user, name)))
		Await(ctx, policyTimeout, name+" holds", func(ctx context.Context) error { return c.holds(ctx, namespace, name, r.words()) })
	}
	return lift
}

// operatorUser is the name by which the API server knows the operator.
func (c *Cluster) operatorUser(ctx context.Context) string {
	ginkgo.GinkgoHelper()
	pod := got(c.Operator(ctx))
	return "system:serviceaccount:" + pod.Namespace + ":" + pod.Spec.ServiceAccountName
}

// holds finds nothing once a policy refuses the ConfigMap that has its name, which
// nobody but the suite ever asks for.
func (c *Cluster) holds(ctx context.Context, namespace, policy, words string) error {
	asked := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: policy}}
	_, err := c.Kube.CoreV1().ConfigMaps(namespace).Create(ctx, asked, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err == nil {
		return errors.New("it is not heeded yet")
	}
	if !strings.Contains(err.Error(), words) {
		return err
	}
	return nil
}

// by is what a policy is to refuse: the writes of a user, and the ConfigMap by which
// the suite finds out whether the policy holds.
func (r Refusal) by(user, policy string) *admissionv1.ValidatingAdmissionPolicy {
	resource, _, _ := strings.Cut(r.Resource, "/")
	refused := fmt.Sprintf("request.userInfo.username == %q && request.resource.resource == %q && request.operation == %q", user, resource, r.Operation)
	if r.Only != "" {
		refused += fmt.Sprintf(" && request.name == %q", r.Only)
	}
	return &admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: policy},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			FailurePolicy: new(admissionv1.Fail),
			MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{
				ruleFor(r.Operation, r.Group, r.Resource), ruleFor(admissionv1.Create, "", "configmaps"),
			}},
			MatchConditions: []admissionv1.MatchCondition{{
				Name:       "refused",
				Expression: fmt.Sprintf("request.name == %q || %s", policy, refused),
			}},
			Validations: []admissionv1.Validation{{Expression: "false", Message: r.words()}},
		},
	}
}

// addPolicy makes a policy and binds it to a namespace.
func (c *Cluster) addPolicy(ctx context.Context, namespace, name string, policy *admissionv1.ValidatingAdmissionPolicy) error {
	binding := &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: name, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
			MatchResources: only(namespace),
		},
	}
	admission := c.Kube.AdmissionregistrationV1()
	if _, err := admission.ValidatingAdmissionPolicies().Create(ctx, policy, metav1.CreateOptions{}); err != nil {
		return err
	}
	_, err := admission.ValidatingAdmissionPolicyBindings().Create(ctx, binding, metav1.CreateOptions{})
	return err
}

func ruleFor(operation admissionv1.OperationType, group, resource string) admissionv1.NamedRuleWithOperations {
	return admissionv1.NamedRuleWithOperations{RuleWithOperations: admissionv1.RuleWithOperations{
		Operations: []admissionv1.OperationType{operation},
		Rule:       admissionv1.Rule{APIGroups: []string{group}, APIVersions: []string{"*"}, Resources: []string{resource}},
	}}
}

// only matches what is in one namespace.
func only(namespace string) *admissionv1.MatchResources {
	return &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{
		MatchLabels: map[string]string{corev1.LabelMetadataName: namespace},
	}}
}
