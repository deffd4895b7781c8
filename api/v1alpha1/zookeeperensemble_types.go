package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ZooKeeperEnsemble is one ensemble of Apache ZooKeeper servers that keep one
// tree of znodes together.
//
// The name is part of every server's address, which ZooKeeper keeps in its
// committed configuration for ever.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:subresource:scale:specpath=.spec.replicas,statuspath=.status.replicas,selectorpath=.status.selector
// +kubebuilder:resource:shortName=zke,singular=zookeeperensemble
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.readyVoters`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Up-to-date",type=integer,JSONPath=`.status.updatedReplicas`
// +kubebuilder:printcolumn:name="Available",type=string,JSONPath=`.status.conditions[?(@.type=="Available")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Version",type=string,priority=1,JSONPath=`.status.version`
// +kubebuilder:printcolumn:name="Leader",type=string,priority=1,JSONPath=`.status.leader`
// +kubebuilder:printcolumn:name="Activity",type=string,priority=1,JSONPath=`.status.activity`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 40",message="metadata.name is longer than 40 characters: it becomes part of the servers' host names; use a shorter name"
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",message="metadata.name is not usable as a Service name: use lower-case letters, digits and '-', begin with a letter, end with a letter or digit"
// +kubebuilder:validation:XValidation:rule="oldSelf.hasValue() || !(self.metadata.name.endsWith('-observers') || self.metadata.name.endsWith('-servers'))",optionalOldSelf=true,message="metadata.name ends with -observers or -servers: the objects of an ensemble whose name lacks that ending have such names; use another name"
type ZooKeeperEnsemble struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what the ensemble should be.
	// +required
	Spec ZooKeeperEnsembleSpec `json:"spec,omitzero"`

	// status is what the operator last saw of the ensemble.
	// +optional
	Status ZooKeeperEnsembleStatus `json:"status,omitzero"`
}

// ZooKeeperEnsembleList is a list of ensembles.
//
// +kubebuilder:object:root=true
type ZooKeeperEnsembleList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`

	// items are the ensembles of the list.
	Items []ZooKeeperEnsemble `json:"items"`
}
