package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
)

// Placement says on which nodes the members may run.
type Placement struct {
	// antiAffinity is Preferred to run voters on different nodes if possible, or
	// Required to do so always: a voter without a free node stays Pending. The
	// same holds for observers among themselves. Defaults to Preferred.
	// +optional
	AntiAffinity AntiAffinity `json:"antiAffinity,omitempty"`

	// zoneSpread is Preferred when members should, and Required when they must,
	// be spread evenly over the zones, by the node label
	// topology.kubernetes.io/zone. Defaults to Disabled.
	// +optional
	ZoneSpread ZoneSpread `json:"zoneSpread,omitempty"`

	// nodeSelector holds labels that a node must carry.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`

	// tolerations of the members.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`

	// priorityClassName names the PriorityClass of the members.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	PriorityClassName string `json:"priorityClassName,omitempty"`
}

// AntiAffinity says how strictly members avoid each other's nodes.
// +kubebuilder:validation:Enum=Preferred;Required
type AntiAffinity string

// Degrees of anti-affinity.
const (
	// AntiAffinityPreferred puts members together rather than leave one out.
	AntiAffinityPreferred AntiAffinity = "Preferred"
	// AntiAffinityRequired leaves a member pending rather than put two together.
	AntiAffinityRequired AntiAffinity = "Required"
)

// ZoneSpread says how strictly members are spread over zones.
// +kubebuilder:validation:Enum=Disabled;Preferred;Required
type ZoneSpread string

// Degrees of zone spread.
const (
	// ZoneSpreadDisabled ignores zones.
	ZoneSpreadDisabled ZoneSpread = "Disabled"
	// ZoneSpreadPreferred fills the zones unevenly rather than leave a member out.
	ZoneSpreadPreferred ZoneSpread = "Preferred"
	// ZoneSpreadRequired leaves a member pending rather than fill the zones
	// unevenly.
	ZoneSpreadRequired ZoneSpread = "Required"
)
