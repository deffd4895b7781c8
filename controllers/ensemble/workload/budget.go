package workload

import (
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	policyv1ac "k8s.io/client-go/applyconfigurations/policy/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// votersBudget lets one voter go at a time, whoever asks. A member that is not
// ready may be evicted only while all the others are: it might come back first.
func votersBudget(in Input) *policyv1ac.PodDisruptionBudgetApplyConfiguration {
	return budget(in, voters(in.Ensemble.Name), policyv1.IfHealthyBudget)
}

// observersBudget lets one observer go at a time, and always one that is not
// ready: no quorum depends on it.
func observersBudget(in Input) *policyv1ac.PodDisruptionBudgetApplyConfiguration {
	return budget(in, observers(in.Ensemble.Name), policyv1.AlwaysAllow)
}

func budget(in Input, g group, unhealthy policyv1.UnhealthyPodEvictionPolicyType) *policyv1ac.PodDisruptionBudgetApplyConfiguration {
	e := in.Ensemble
	if e.Spec.Disruption.Budget == v1alpha1.BudgetNone {
		return nil
	}
	return policyv1ac.PodDisruptionBudget(g.name, e.Namespace).
		WithLabels(Labels(e.Name)).
		WithOwnerReferences(ownerReference(e)).
		WithSpec(policyv1ac.PodDisruptionBudgetSpec().
			WithMaxUnavailable(intstr.FromInt32(1)).
			WithUnhealthyPodEvictionPolicy(unhealthy).
			WithSelector(g.selector()))
}
