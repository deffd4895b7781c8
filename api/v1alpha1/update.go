package v1alpha1

// Update says how a change of the members' Pods reaches them. Whatever it says,
// voters are replaced one at a time, only in full health, and the leader last.
type Update struct {
	// paused holds back every change of the members' Pods, also in the middle
	// of one: none is replaced to be brought up to date. Members that are down
	// are still repaired, and the ensemble still scales.
	// +optional
	Paused bool `json:"paused,omitempty"`

	// canary is the number of voters that get a new revision at first. All other
	// members wait until the annotation zkensemble.dev/approve of the ensemble
	// names the revision in status.updateRevision. The leader is never among the
	// first. Defaults to 0, which asks for no approval.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=15
	Canary int32 `json:"canary,omitempty"`

	// leaderHandover says how the leader gives up leadership before it is
	// replaced. Defaults to None.
	// +optional
	LeaderHandover LeaderHandover `json:"leaderHandover,omitempty"`

	// settleSeconds is how long the ensemble must have been in full health
	// before the next member is replaced. Defaults to 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	SettleSeconds int32 `json:"settleSeconds,omitempty"`

	// progressDeadlineSeconds is how long a replaced or new member may take to
	// serve before the ensemble is reported as stalled. It changes nothing but
	// the report: an update never goes past a member that does not serve.
	// Defaults to 600.
	// +optional
	// +kubebuilder:validation:Minimum=30
	// +kubebuilder:validation:Maximum=86400
	ProgressDeadlineSeconds int32 `json:"progressDeadlineSeconds,omitempty"`
}

// LeaderHandover says how the leader gives up leadership before it is replaced.
// +kubebuilder:validation:Enum=None;QuorumPort
type LeaderHandover string

// Ways to hand over leadership.
const (
	// LeaderHandoverNone ends the leader at once: the others elect a new one.
	LeaderHandoverNone LeaderHandover = "None"
	// LeaderHandoverQuorumPort changes the leader's quorum port in the
	// configuration of the ensemble, which makes it a voting follower of a new
	// leader, and replaces it then.
	LeaderHandoverQuorumPort LeaderHandover = "QuorumPort"
)
