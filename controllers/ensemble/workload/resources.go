package workload

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

const mebi = 1 << 20

// resources of the server's container: the spec's, and the default for each of
// memory and cpu that the spec does not mention.
func resources(e *v1alpha1.ZooKeeperEnsemble) corev1.ResourceRequirements {
	asked := e.Spec.Pod.Resources
	limits, requests := maps.Clone(asked.Limits), maps.Clone(asked.Requests)
	if limits == nil {
		limits = corev1.ResourceList{}
	}
	if requests == nil {
		requests = corev1.ResourceList{}
	}
	if !mentioned(asked, corev1.ResourceMemory) {
		limits[corev1.ResourceMemory] = resource.MustParse("1Gi")
		requests[corev1.ResourceMemory] = resource.MustParse("1Gi")
	}
	if !mentioned(asked, corev1.ResourceCPU) {
		requests[corev1.ResourceCPU] = resource.MustParse("100m")
	}
	return corev1.ResourceRequirements{Limits: limits, Requests: requests, Claims: asked.Claims}
}

func mentioned(r corev1.ResourceRequirements, name corev1.ResourceName) bool {
	_, limit := r.Limits[name]
	_, request := r.Requests[name]
	return limit || request
}

// memoryMiB is the memory that the server's container may count on.
func memoryMiB(e *v1alpha1.ZooKeeperEnsemble) int64 {
	r := resources(e)
	memory, limited := r.Limits[corev1.ResourceMemory]
	if !limited {
		memory = r.Requests[corev1.ResourceMemory]
	}
	return memory.Value() / mebi
}

// heapMiB is the heap of the server's JVM. The rest of the memory is for
// threads, buffers, the JVM's own code and the agent.
func heapMiB(e *v1alpha1.ZooKeeperEnsemble) int64 {
	if e.Spec.JVM.HeapMiB > 0 {
		return int64(e.Spec.JVM.HeapMiB)
	}
	return memoryMiB(e) * 60 / 100
}
