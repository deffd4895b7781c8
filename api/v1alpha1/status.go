package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ZooKeeperEnsembleStatus is what the operator last saw. It changes when
// something changed and lags the servers by at most 15 seconds; by up to a minute
// while a leader commits nothing, or another operator keeps the ensemble.
type ZooKeeperEnsembleStatus struct {
	// conditions summarise the ensemble: Available, Ready, Reconciling, Stalled
	// and FaultTolerant.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec that this status is
	// about.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// activity says in one line what the operator does or waits for.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Activity string `json:"activity,omitempty"`

	// warnings say what in the spec is accepted, but unwise, and which volume claims
	// are being deleted, one line each.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=1024
	Warnings []string `json:"warnings,omitempty"`

	// replicas is the number of voters' Pods that exist.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Replicas int32 `json:"replicas"`

	// readyReplicas is the number of voters that serve and are in sync.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ReadyReplicas int32 `json:"readyReplicas"`

	// readyVoters is readyReplicas beside the number of voters that are asked
	// for, such as 3/3.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	ReadyVoters string `json:"readyVoters,omitempty"`

	// updatedReplicas is the number of voters that run the update revision.
	// +optional
	// +kubebuilder:validation:Minimum=0
	UpdatedReplicas int32 `json:"updatedReplicas"`

	// selector selects the voters' Pods, for the scale subresource.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Selector string `json:"selector,omitempty"`

	// updateRevision is the revision of the Pod template that every voter should
	// run.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	UpdateRevision string `json:"updateRevision,omitempty"`

	// version is the ZooKeeper version that the servers report. It is empty
	// while they report different ones or none.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Version string `json:"version,omitempty"`

	// leader is the name of the leader's Pod, empty while not exactly one member
	// leads.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Leader string `json:"leader,omitempty"`

	// members are the voters and observers, by id.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=256
	Members []MemberStatus `json:"members,omitempty"`
}

// MemberStatus is what the operator last saw of one member.
type MemberStatus struct {
	// id is the server id, the content of the file myid: the ordinal plus 1 for
	// a voter, and plus 101 for an observer.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=255
	ID int64 `json:"id,omitempty"`

	// ordinal is the number at the end of the Pod's name. A voter and an observer
	// may have the same.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=254
	Ordinal int32 `json:"ordinal"`

	// pod is the name of the member's Pod, also while it has none.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Pod string `json:"pod,omitempty"`

	// role is the member's part in the quorum.
	// +optional
	Role MemberRole `json:"role,omitempty"`

	// health is how much the member contributes now.
	// +required
	Health MemberHealth `json:"health,omitempty"`

	// revision is the revision of the Pod template that the member runs. It is
	// empty while the member has no Pod.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Revision string `json:"revision,omitempty"`
}

// MemberRole is a member's part in the quorum.
// +kubebuilder:validation:Enum=Voter;Observer;NonVoter
type MemberRole string

// Roles of a member. A member of unknown role has none.
const (
	// MemberRoleVoter counts for the quorum in the committed configuration.
	MemberRoleVoter MemberRole = "Voter"
	// MemberRoleObserver serves clients and never votes.
	MemberRoleObserver MemberRole = "Observer"
	// MemberRoleNonVoter is not in the committed configuration: it joins or
	// leaves.
	MemberRoleNonVoter MemberRole = "NonVoter"
)

// MemberHealth is how much a member contributes now.
// +kubebuilder:validation:Enum=Unknown;Down;NotServing;Syncing;Serving
type MemberHealth string

// Healths of a member, from the least that is known to the best.
const (
	// MemberHealthUnknown is a member that does not answer: it may be serving.
	MemberHealthUnknown MemberHealth = "Unknown"
	// MemberHealthDown certainly does not serve, by the evidence of Kubernetes.
	MemberHealthDown MemberHealth = "Down"
	// MemberHealthNotServing answers that it does not serve: it starts, waits,
	// or has no quorum.
	MemberHealthNotServing MemberHealth = "NotServing"
	// MemberHealthSyncing follows, but is behind the leader.
	MemberHealthSyncing MemberHealth = "Syncing"
	// MemberHealthServing leads, follows in sync, or observes.
	MemberHealthServing MemberHealth = "Serving"
)

// MemberHealths are all healths of a member.
var MemberHealths = []MemberHealth{
	MemberHealthUnknown, MemberHealthDown, MemberHealthNotServing, MemberHealthSyncing, MemberHealthServing,
}
