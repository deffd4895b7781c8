package workload

import (
	corev1 "k8s.io/api/core/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// place says on which nodes a Pod may run. Voters keep off voters and observers
// off observers: a node may well have one of each.
func place(pod *corev1ac.PodSpecApplyConfiguration, e *v1alpha1.ZooKeeperEnsemble, g group) error {
	p := e.Spec.Placement
	pod.WithAffinity(corev1ac.Affinity().WithPodAntiAffinity(antiAffinity(e, g)))
	if p.ZoneSpread == v1alpha1.ZoneSpreadPreferred || p.ZoneSpread == v1alpha1.ZoneSpreadRequired {
		pod.WithTopologySpreadConstraints(zoneSpread(e, g))
	}
	if len(p.NodeSelector) > 0 {
		pod.WithNodeSelector(p.NodeSelector)
	}
	if p.PriorityClassName != "" {
		pod.WithPriorityClassName(p.PriorityClassName)
	}
	for i := range p.Tolerations {
		toleration, err := applyConfiguration[corev1ac.TolerationApplyConfiguration](p.Tolerations[i])
		if err != nil {
			return err
		}
		pod.WithTolerations(toleration)
	}
	return nil
}

func antiAffinity(e *v1alpha1.ZooKeeperEnsemble, g group) *corev1ac.PodAntiAffinityApplyConfiguration {
	term := corev1ac.PodAffinityTerm().WithTopologyKey(corev1.LabelHostname).WithLabelSelector(g.selector())
	if e.Spec.Placement.AntiAffinity == v1alpha1.AntiAffinityRequired {
		return corev1ac.PodAntiAffinity().WithRequiredDuringSchedulingIgnoredDuringExecution(term)
	}
	return corev1ac.PodAntiAffinity().WithPreferredDuringSchedulingIgnoredDuringExecution(
		corev1ac.WeightedPodAffinityTerm().WithWeight(100).WithPodAffinityTerm(term))
}

func zoneSpread(e *v1alpha1.ZooKeeperEnsemble, g group) *corev1ac.TopologySpreadConstraintApplyConfiguration {
	unsatisfiable := corev1.ScheduleAnyway
	if e.Spec.Placement.ZoneSpread == v1alpha1.ZoneSpreadRequired {
		unsatisfiable = corev1.DoNotSchedule
	}
	return corev1ac.TopologySpreadConstraint().
		WithMaxSkew(1).
		WithTopologyKey(corev1.LabelTopologyZone).
		WithWhenUnsatisfiable(unsatisfiable).
		WithLabelSelector(g.selector())
}
