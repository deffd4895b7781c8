package workload

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// minimumHeapMiB is the least heap with which a server starts reliably.
const minimumHeapMiB = 64

// Check finds what the API server's schema cannot find in a spec, so that a
// wrong spec changes nothing at all instead of some of the objects.
func Check(e *v1alpha1.ZooKeeperEnsemble) error {
	spec := field.NewPath("spec")
	return slices.Concat(
		checkConfig(spec.Child("config"), e),
		checkObservers(spec.Child("observers"), e),
		checkMemory(spec, e),
		checkFlags(spec.Child("jvm", "flags"), e.Spec.JVM.Flags),
		checkPod(spec.Child("pod"), e.Spec.Pod),
		checkPlacement(spec.Child("placement"), e.Spec.Placement),
		checkStorage(spec.Child("storage"), e.Spec.Storage),
	).ToAggregate()
}

// lastTTLServerID is the highest server id with the TTL nodes of ZooKeeper 3.5.3.
const lastTTLServerID = 127

// checkObservers refuses more observers than there are server ids.
func checkObservers(path *field.Path, e *v1alpha1.ZooKeeperEnsemble) field.ErrorList {
	n := e.Spec.Observers.Replicas
	if n == 0 || ObserverID(n-1) <= lastTTLServerID || !strings.EqualFold(e.Spec.Config["emulate353TTLNodes"], "true") {
		return nil
	}
	return field.ErrorList{field.Invalid(path.Child("replicas"), n, fmt.Sprintf(
		"gives server ids up to %d, and emulate353TTLNodes allows none above %d; use %d observers at most, or take the property out",
		ObserverID(n-1), lastTTLServerID, lastTTLServerID-ObserverID(0)+1))}
}

func checkMemory(spec *field.Path, e *v1alpha1.ZooKeeperEnsemble) field.ErrorList {
	var found field.ErrorList
	path := spec.Child("pod", "resources")
	r := resources(e)
	for _, name := range slices.Sorted(maps.Keys(r.Requests)) {
		request, limit := r.Requests[name], r.Limits[name]
		if _, limited := r.Limits[name]; limited && request.Cmp(limit) > 0 {
			found = append(found, field.Invalid(path.Child("requests").Key(string(name)), request.String(),
				fmt.Sprintf("is more than the limit %s; raise the limit or lower the request", limit.String())))
		}
	}
	switch heap, memory := heapMiB(e), memoryMiB(e); {
	case heap < minimumHeapMiB:
		found = append(found, field.Invalid(path, fmt.Sprintf("%d MiB", memory),
			fmt.Sprintf("leaves a heap of %d MiB, and a server needs %d MiB; raise the memory limit", heap, minimumHeapMiB)))
	case heap >= memory:
		found = append(found, field.Invalid(spec.Child("jvm", "heapMiB"), heap,
			fmt.Sprintf("does not fit into the container's memory of %d MiB; lower the heap or raise the memory limit", memory)))
	}
	return found
}

// leastBuffer is the size in bytes of a request that every server takes unless a
// flag says otherwise.
const leastBuffer = 0xfffff

// checkFlags refuses a buffer that is too small for the data that there may be,
// and for a change of the membership.
func checkFlags(path *field.Path, flags []string) field.ErrorList {
	var found field.ErrorList
	for i, flag := range flags {
		text, is := strings.CutPrefix(flag, "-Djute.maxbuffer=")
		if size, err := strconv.ParseInt(text, 0, 64); is && (err != nil || size < leastBuffer) {
			found = append(found, field.Invalid(path.Index(i), flag, fmt.Sprintf(
				"servers could not read data that others took, nor take a change of the membership; use a number of %d or more, or remove the flag", leastBuffer)))
		}
	}
	return found
}

func checkPod(path *field.Path, pod v1alpha1.PodTemplate) field.ErrorList {
	found := metav1validation.ValidateLabels(pod.Labels, path.Child("labels"))
	found = append(found, apivalidation.ValidateAnnotations(pod.Annotations, path.Child("annotations"))...)
	for i, v := range pod.Env {
		item := path.Child("env").Index(i)
		for _, problem := range validation.IsEnvVarName(v.Name) {
			found = append(found, field.Invalid(item.Child("name"), v.Name, problem))
		}
		if v.Value != "" && v.ValueFrom != nil {
			found = append(found, field.Invalid(item.Child("valueFrom"), "", "may not be set together with value; remove one of them"))
		}
		found = append(found, checkJMX(item, v)...)
	}
	return found
}

// checkJMX checks a variable that the start script makes part of a flag, which
// it splits at blanks.
func checkJMX(path *field.Path, v corev1.EnvVar) field.ErrorList {
	const reason = "becomes part of a flag, where a blank would begin another; use spec.jvm.flags for flags"
	switch {
	case !strings.HasPrefix(v.Name, "JMX") || v.Name == jmxDisable:
		return nil
	case strings.ContainsAny(v.Value, " \t\r\n\v\f$"):
		return field.ErrorList{field.Invalid(path.Child("value"), v.Value, "must hold no blanks and no $: it "+reason)}
	case v.ValueFrom != nil && v.ValueFrom.FieldRef == nil:
		return field.ErrorList{field.Forbidden(path.Child("valueFrom"), "must be a fieldRef: the value "+reason)}
	}
	return nil
}

func checkPlacement(path *field.Path, p v1alpha1.Placement) field.ErrorList {
	found := metav1validation.ValidateLabels(p.NodeSelector, path.Child("nodeSelector"))
	found = append(found, checkName(path.Child("priorityClassName"), p.PriorityClassName)...)
	for i, t := range p.Tolerations {
		item := path.Child("tolerations").Index(i)
		if t.Operator == corev1.TolerationOpExists && t.Value != "" {
			found = append(found, field.Invalid(item.Child("value"), t.Value, "must be empty with operator Exists; remove it or use Equal"))
		}
		if t.Key == "" && t.Operator != corev1.TolerationOpExists {
			found = append(found, field.Invalid(item.Child("operator"), t.Operator, "must be Exists when there is no key; name a key or use Exists"))
		}
	}
	return found
}

func checkStorage(path *field.Path, s v1alpha1.Storage) field.ErrorList {
	var found field.ErrorList
	if name := s.Data.StorageClassName; name != nil {
		found = append(found, checkName(path.Child("data", "storageClassName"), *name)...)
	}
	if s.Log != nil && s.Log.StorageClassName != nil {
		found = append(found, checkName(path.Child("log", "storageClassName"), *s.Log.StorageClassName)...)
	}
	return found
}

// checkName checks the name of another object, which may be left out.
func checkName(path *field.Path, name string) field.ErrorList {
	var found field.ErrorList
	if name != "" {
		for _, problem := range validation.IsDNS1123Subdomain(name) {
			found = append(found, field.Invalid(path, name, problem))
		}
	}
	return found
}
