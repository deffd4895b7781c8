package workload

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// OperatorLabel and OperatorName are the label by which the network policy
// knows the operator's Pods; the chart sets it.
const (
	OperatorLabel = "app.kubernetes.io/name"
	OperatorName  = "zookeeper-operator"
)

// networkPolicy closes the ports on which anyone could take part in an
// election. Kubelets reach their own node's Pods under any policy, so probes
// need no rule.
func networkPolicy(in Input) *networkingv1ac.NetworkPolicyApplyConfiguration {
	e := in.Ensemble
	if e.Spec.Network.Policy == v1alpha1.NetworkPolicyDisabled {
		return nil
	}
	rules := []*networkingv1ac.NetworkPolicyIngressRuleApplyConfiguration{
		ingress(clientPort),
		membersIngress(e.Name),
	}
	if in.OperatorNamespace != "" {
		rules = append(rules, ingress(agentPort).WithFrom(networkingv1ac.NetworkPolicyPeer().
			WithNamespaceSelector(metav1ac.LabelSelector().
				WithMatchLabels(map[string]string{corev1.LabelMetadataName: in.OperatorNamespace})).
			WithPodSelector(metav1ac.LabelSelector().
				WithMatchLabels(map[string]string{OperatorLabel: OperatorName}))))
	}
	return networkingv1ac.NetworkPolicy(e.Name, e.Namespace).
		WithLabels(Labels(e.Name)).
		WithOwnerReferences(ownerReference(e)).
		WithSpec(networkingv1ac.NetworkPolicySpec().
			WithPodSelector(members(e.Name)).
			WithPolicyTypes(networkingv1.PolicyTypeIngress).
			WithIngress(rules...))
}

// membersIngress lets the members reach one another. The quorum port of a
// leader that handed over has no name in the Pods: it was not known when their
// template was made.
func membersIngress(ensemble string) *networkingv1ac.NetworkPolicyIngressRuleApplyConfiguration {
	return ingress(quorumPort, electionPort).
		WithPorts(networkingv1ac.NetworkPolicyPort().
			WithProtocol(corev1.ProtocolTCP).
			WithPort(intstr.FromInt32(v1alpha1.HandoverQuorumPort))).
		WithFrom(networkingv1ac.NetworkPolicyPeer().WithPodSelector(members(ensemble)))
}

// members selects all members.
func members(ensemble string) *metav1ac.LabelSelectorApplyConfiguration {
	return metav1ac.LabelSelector().WithMatchLabels(EnsembleSelector(ensemble))
}

func ingress(ports ...string) *networkingv1ac.NetworkPolicyIngressRuleApplyConfiguration {
	rule := networkingv1ac.NetworkPolicyIngressRule()
	for _, port := range ports {
		rule.WithPorts(networkingv1ac.NetworkPolicyPort().
			WithProtocol(corev1.ProtocolTCP).
			WithPort(intstr.FromString(port)))
	}
	return rule
}
