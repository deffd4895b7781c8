package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
)

// Storage describes the volumes of the members.
type Storage struct {
	// data is the volume for snapshots, and for the transaction log unless log
	// is given.
	// +optional
	Data Volume `json:"data,omitzero"`

	// log gives the transaction log a volume of its own. It can neither be
	// added nor removed later. Defaults to none: the log is on the data volume.
	// +optional
	Log *Volume `json:"log,omitempty"`

	// retention is Retain to keep every volume for ever, or Delete to delete
	// the volumes of a member once the servers have committed that it left, and
	// all volumes with the ensemble. Defaults to Retain.
	// +optional
	Retention Retention `json:"retention,omitempty"`
}

// Retention says what becomes of the volumes that no member needs any more.
// +kubebuilder:validation:Enum=Retain;Delete
type Retention string

// Kinds of retention.
const (
	// RetentionRetain keeps every volume.
	RetentionRetain Retention = "Retain"
	// RetentionDelete deletes the volumes of departed members, and all of them
	// with the ensemble.
	RetentionDelete Retention = "Delete"
)

// Volume describes one volume of each member.
//
// +kubebuilder:validation:XValidation:rule="!has(self.size) || quantity(string(self.size)).compareTo(quantity('256Mi')) >= 0",message="size is smaller than 256Mi: each transaction log file alone takes 64Mi; use 256Mi or more"
type Volume struct {
	// size of the volume. Defaults to 10Gi. It can grow where the StorageClass
	// allows it, and never shrink.
	// +optional
	Size resource.Quantity `json:"size,omitzero"`

	// storageClassName names the StorageClass that provides the volume. It
	// cannot change. Defaults to the cluster's default class.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	StorageClassName *string `json:"storageClassName,omitempty"`

	// accessMode is ReadWriteOnce, or ReadWriteOncePod to let one Pod at a time
	// mount the volume, whatever node it is on. The volume's CSI driver must
	// support that. It cannot change. Defaults to ReadWriteOnce.
	// +optional
	AccessMode AccessMode `json:"accessMode,omitempty"`
}

// AccessMode says who may mount a volume at the same time.
// +kubebuilder:validation:Enum=ReadWriteOnce;ReadWriteOncePod
type AccessMode string

// Access modes of a volume.
const (
	// AccessModeReadWriteOnce lets the Pods of one node mount the volume.
	AccessModeReadWriteOnce AccessMode = "ReadWriteOnce"
	// AccessModeReadWriteOncePod lets one Pod mount the volume.
	AccessModeReadWriteOncePod AccessMode = "ReadWriteOncePod"
)
