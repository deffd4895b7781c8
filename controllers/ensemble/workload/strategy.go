package workload

import (
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
)

// everyone is a partition above every ordinal: Kubernetes replaces no Pod by
// itself, and makes anew those that anybody deletes with the last revision that all
// of them ran.
const everyone = 1000

// UpdateStrategy is how a StatefulSet makes Pods anew: held, with the last revision
// that all of them ran, or open, with the newest. RollingUpdate is never without a
// partition, which would be 0: Kubernetes would roll by itself, whoever leads. A
// maxUnavailable that the API server set is owned, since it refuses OnDelete with
// what would stay behind. live may be nil.
func UpdateStrategy(live *appsv1.StatefulSet, open bool) *appsv1ac.StatefulSetUpdateStrategyApplyConfiguration {
	strategy := appsv1ac.StatefulSetUpdateStrategy()
	if open {
		return strategy.WithType(appsv1.OnDeleteStatefulSetStrategyType)
	}
	rolling := appsv1ac.RollingUpdateStatefulSetStrategy().WithPartition(everyone)
	if live != nil && live.Spec.UpdateStrategy.RollingUpdate != nil && live.Spec.UpdateStrategy.RollingUpdate.MaxUnavailable != nil {
		rolling.WithMaxUnavailable(intstr.FromInt32(1))
	}
	return strategy.WithType(appsv1.RollingUpdateStatefulSetStrategyType).WithRollingUpdate(rolling)
}

// IsOpen reports whether a StatefulSet makes Pods anew with its newest template.
func IsOpen(live *appsv1.StatefulSet) bool {
	return live.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType
}
