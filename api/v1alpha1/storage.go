package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
)

// Storage describes the volumes of the members. Volumes are never deleted by
// the operator.
type Storage struct {
	// data is the volume for snapshots, and for the transaction log unless log
	// is given.
	// +optional
	Data Volume `json:"data,omitzero"`

	// log gives the transaction log a volume of its own. It can neither be
	// added nor removed later. Defaults to none: the log is on the data volume.
	// +optional
	Log *Volume `json:"log,omitempty"`
}

// Volume describes one volume of each member.
//
// +kubebuilder:validation:XValidation:rule="!has(self.size) || quantity(string(self.size)).compareTo(quantity('256Mi')) >= 0",message="size is smaller than 256Mi: each transaction log file alone takes 64Mi; use 256Mi or more"
type Volume struct {
	// size of the volume. Defaults to 10Gi.
	// +optional
	Size resource.Quantity `json:"size,omitzero"`

	// storageClassName names the StorageClass that provides the volume.
	// Defaults to the cluster's default class.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	StorageClassName *string `json:"storageClassName,omitempty"`
}
