package workload

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// VersionOf is the ZooKeeper version for which a StatefulSet's template was made,
// empty where nothing says so.
func VersionOf(live *appsv1.StatefulSet) string {
	if live == nil {
		return ""
	}
	return live.Annotations[versionAnnotation]
}

// HeldVersionOf is the ZooKeeper version of the template that all members ran last, where
// a StatefulSet has a newer one, and else empty.
func HeldVersionOf(live *appsv1.StatefulSet) string {
	if live == nil {
		return ""
	}
	return live.Annotations[heldVersionAnnotation]
}

// HeldConfigMapOf names the ConfigMap of that template.
func HeldConfigMapOf(live *appsv1.StatefulSet) string {
	if live == nil {
		return ""
	}
	return live.Annotations[heldConfigAnnotation]
}

// ConfigMapOf names the ConfigMap from which new Pods of a StatefulSet get their
// properties.
func ConfigMapOf(live *appsv1.StatefulSet) string {
	if live == nil {
		return ""
	}
	return configMapOf(live.Spec.Template.Spec.Volumes)
}

// ConfigMapOfPod names the ConfigMap from which a member gets its properties.
func ConfigMapOfPod(pod *corev1.Pod) string {
	if pod == nil {
		return ""
	}
	return configMapOf(pod.Spec.Volumes)
}

func configMapOf(volumes []corev1.Volume) string {
	for i := range volumes {
		if v := &volumes[i]; v.Name == configVolume && v.ConfigMap != nil {
			return v.ConfigMap.Name
		}
	}
	return ""
}

// NewTemplate returns the name of a desired template, and whether it is another one
// than the live StatefulSet was last given.
func NewTemplate(desired *appsv1ac.StatefulSetApplyConfiguration, live *appsv1.StatefulSet) (string, bool) {
	if desired == nil {
		return "", false
	}
	hash := desired.Annotations[templateHashAnnotation]
	return hash, live == nil || live.Annotations[templateHashAnnotation] != hash
}

// Written reports whether a live StatefulSet was last given the Pod template, and the
// agent, of a desired one, whatever has become of it.
func Written(desired *appsv1ac.StatefulSetApplyConfiguration, live *appsv1.StatefulSet) bool {
	_, isNew := NewTemplate(desired, live)
	return !isNew && live.Annotations[agentImageAnnotation] == desired.Annotations[agentImageAnnotation]
}

// Withhold returns what is to be applied instead of desired while updates are
// paused, and whether a new template is held back by that. It is then what the
// operator already owns of the live object, to which the caller adds the size.
//
// As everywhere, the annotation tells what the template should be, so that an
// edited template is still put right.
func Withhold(desired *appsv1ac.StatefulSetApplyConfiguration, live *appsv1.StatefulSet) (*appsv1ac.StatefulSetApplyConfiguration, bool, error) {
	if _, differs := NewTemplate(desired, live); live == nil || !differs {
		return desired, false, nil
	}
	owned, err := appsv1ac.ExtractStatefulSet(live, v1alpha1.FieldOwner)
	if err != nil {
		return nil, false, fmt.Errorf("read what is ours of StatefulSet %s: %w", live.Name, err)
	}
	if owned.Spec == nil {
		owned.WithSpec(appsv1ac.StatefulSetSpec())
	}
	return owned, true, nil
}
