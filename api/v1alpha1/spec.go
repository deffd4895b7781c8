package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
)

// ZooKeeperEnsembleSpec is what a user asks of an ensemble.
//
// What cannot change in place is refused on update, compared by what the
// fields mean: leaving out a default is no change.
//
// +kubebuilder:validation:XValidation:rule="quantity(string(has(self.storage) && has(self.storage.data) && has(self.storage.data.size) ? self.storage.data.size : '10Gi')).compareTo(quantity(string(has(oldSelf.storage) && has(oldSelf.storage.data) && has(oldSelf.storage.data.size) ? oldSelf.storage.data.size : '10Gi'))) >= 0",message="storage.data.size cannot shrink: no volume can give space back; put the old size back, or a larger one"
// +kubebuilder:validation:XValidation:rule="(has(self.storage) && has(self.storage.data) && has(self.storage.data.storageClassName) ? self.storage.data.storageClassName : '(default)') == (has(oldSelf.storage) && has(oldSelf.storage.data) && has(oldSelf.storage.data.storageClassName) ? oldSelf.storage.data.storageClassName : '(default)')",message="storage.data.storageClassName cannot change: the data stays on the volumes that hold it; put the old class back"
// +kubebuilder:validation:XValidation:rule="(has(self.storage) && has(self.storage.log)) == (has(oldSelf.storage) && has(oldSelf.storage.log))",message="storage.log can neither be added nor removed: the transaction log stays on the volume that holds it; put storage.log back as it was"
// +kubebuilder:validation:XValidation:rule="quantity(string(has(self.storage) && has(self.storage.log) && has(self.storage.log.size) ? self.storage.log.size : '10Gi')).compareTo(quantity(string(has(oldSelf.storage) && has(oldSelf.storage.log) && has(oldSelf.storage.log.size) ? oldSelf.storage.log.size : '10Gi'))) >= 0",message="storage.log.size cannot shrink: no volume can give space back; put the old size back, or a larger one"
// +kubebuilder:validation:XValidation:rule="(has(self.storage) && has(self.storage.log) && has(self.storage.log.storageClassName) ? self.storage.log.storageClassName : '(default)') == (has(oldSelf.storage) && has(oldSelf.storage.log) && has(oldSelf.storage.log.storageClassName) ? oldSelf.storage.log.storageClassName : '(default)')",message="storage.log.storageClassName cannot change: the log stays on the volumes that hold it; put the old class back"
// +kubebuilder:validation:XValidation:rule="(has(self.storage) && has(self.storage.data) && has(self.storage.data.accessMode) ? self.storage.data.accessMode : 'ReadWriteOnce') == (has(oldSelf.storage) && has(oldSelf.storage.data) && has(oldSelf.storage.data.accessMode) ? oldSelf.storage.data.accessMode : 'ReadWriteOnce')",message="storage.data.accessMode cannot change: a volume keeps the access mode that it was made with; put the old one back"
// +kubebuilder:validation:XValidation:rule="(has(self.storage) && has(self.storage.log) && has(self.storage.log.accessMode) ? self.storage.log.accessMode : 'ReadWriteOnce') == (has(oldSelf.storage) && has(oldSelf.storage.log) && has(oldSelf.storage.log.accessMode) ? oldSelf.storage.log.accessMode : 'ReadWriteOnce')",message="storage.log.accessMode cannot change: a volume keeps the access mode that it was made with; put the old one back"
type ZooKeeperEnsembleSpec struct {
	// version is the ZooKeeper version that the servers run, such as 3.9.5.
	// Versions 3.7, 3.8 and 3.9 are supported. From 3.9.4 on, no acknowledged
	// write is lost; older versions have known bugs.
	// +required
	// +kubebuilder:validation:MinLength=5
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)$')",message="version must be three numbers such as 3.9.5; use spec.image to choose a build of that version"
	// +kubebuilder:validation:XValidation:rule="self.matches('^3[.][789]([.].*)?$')",message="only ZooKeeper 3.7, 3.8 and 3.9 are supported; use the newest 3.9"
	Version string `json:"version,omitempty"`

	// image is the container image of the servers. It must have the layout of
	// the official image and hold the version named by spec.version. Defaults
	// to docker.io/library/zookeeper:<version>.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule=`self.matches('^\\S+$')`,message="image must not hold blanks; use a reference such as registry.example/zookeeper:3.9.5"
	Image string `json:"image,omitempty"`

	// replicas is the number of voting members. An odd number is best: an
	// even one tolerates no more failures than the odd one below it.
	// +optional
	// +kubebuilder:default=3
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=15
	Replicas int32 `json:"replicas,omitempty"`

	// observers are members that serve clients and never vote: they add reads,
	// and neither cost nor save a majority.
	// +optional
	Observers Observers `json:"observers,omitzero"`

	// mode is Run, or Pause to make the operator write nothing but the status,
	// or Stop to end all servers and keep everything that they wrote. Defaults
	// to Run.
	// +optional
	Mode Mode `json:"mode,omitempty"`

	// config holds properties of zoo.cfg, such as maxClientCnxns. Values are
	// strings: write "200", not 200. They are checked before anything changes.
	// Properties that the operator owns, such
	// as dataDir, are refused and the message names the field to use.
	// +optional
	// +kubebuilder:validation:MaxProperties=128
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) > 0 && size(k) <= 256 && size(self[k]) <= 4096)",message="config keys have 1 to 256 characters and values at most 4096; shorten the property"
	Config map[string]string `json:"config,omitempty"`

	// jvm tunes the Java virtual machine of the servers.
	// +optional
	JVM JVM `json:"jvm,omitzero"`

	// storage describes the volumes of the members.
	// +optional
	Storage Storage `json:"storage,omitzero"`

	// placement says on which nodes the members may run.
	// +optional
	Placement Placement `json:"placement,omitzero"`

	// disruption says how the members are protected from drains.
	// +optional
	Disruption Disruption `json:"disruption,omitzero"`

	// network says who may connect to the members.
	// +optional
	Network Network `json:"network,omitzero"`

	// update says how a change of the members' Pods reaches them.
	// +optional
	Update Update `json:"update,omitzero"`

	// pod adds to the members' Pods.
	// +optional
	Pod PodTemplate `json:"pod,omitzero"`
}

// Mode says how much the operator may do.
// +kubebuilder:validation:Enum=Run;Pause;Stop
type Mode string

// Modes of an ensemble.
const (
	// ModeRun lets the operator look after the ensemble.
	ModeRun Mode = "Run"
	// ModePause keeps the operator from writing anything but the status.
	ModePause Mode = "Pause"
	// ModeStop ends all servers. Volumes, records and the Secret stay, and mode
	// Run starts the same members on the same data.
	ModeStop Mode = "Stop"
)

// Observers are the members that serve clients and never vote.
type Observers struct {
	// replicas is the number of observers. Defaults to 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=32
	Replicas int32 `json:"replicas,omitempty"`
}

// JVM tunes the Java virtual machine of the servers.
type JVM struct {
	// heapMiB is the maximum heap in MiB. Defaults to 60 percent of the
	// container's memory limit, or of its memory request when it has no limit.
	// +optional
	// +kubebuilder:validation:Minimum=64
	// +kubebuilder:validation:Maximum=1048576
	HeapMiB int32 `json:"heapMiB,omitempty"`

	// flags are passed to the java command after the operator's own.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule=`self.all(f, f.matches('^\\S+$'))`,message="a flag holds a blank: the start script splits flags at blanks; write each flag as an item of its own"
	// +kubebuilder:validation:XValidation:rule="!self.exists(f, f.startsWith('@') || f.startsWith('-XX:Flags=') || f.startsWith('-XX:VMOptionsFile=') || f.startsWith('-Xoptionsfile='))",message="flags are not read from a file, where nobody can check them: @file, -XX:Flags, -XX:VMOptionsFile and -Xoptionsfile are refused; write each flag as an item of its own"
	// +kubebuilder:validation:XValidation:rule="!self.exists(f, f.startsWith('-Xmx') || f.startsWith('-mx') || f.startsWith('-XX:MaxHeapSize') || f.startsWith('-XX:MaxRAMPercentage'))",message="the size of the heap is not set by a flag; use jvm.heapMiB"
	// +kubebuilder:validation:XValidation:rule="!self.exists(f, f.startsWith('-Dzookeeper.'))",message="ZooKeeper's own properties are not set by a flag; use spec.config without the prefix 'zookeeper.', where they are checked"
	// +kubebuilder:validation:XValidation:rule="!self.exists(f, f.startsWith('-Djava.security.properties'))",message="-Djava.security.properties is the operator's: the servers' DNS caches depend on it; remove the flag"
	// +kubebuilder:validation:XValidation:rule="!self.exists(f, f == '-XX:-ExitOnOutOfMemoryError')",message="-XX:+ExitOnOutOfMemoryError is the operator's: a server that is out of memory must end, or it stays and serves nobody; remove the flag"
	Flags []string `json:"flags,omitempty"`
}

// Disruption says how the members are protected from drains.
type Disruption struct {
	// budget is Managed when the operator keeps a PodDisruptionBudget that lets
	// one voter go at a time, and another that lets one observer go, or None.
	// Defaults to Managed.
	// +optional
	Budget Budget `json:"budget,omitempty"`
}

// Budget says who keeps the PodDisruptionBudget.
// +kubebuilder:validation:Enum=Managed;None
type Budget string

// Kinds of budget.
const (
	// BudgetManaged has the operator keep one budget over the voters, and one
	// over the observers.
	BudgetManaged Budget = "Managed"
	// BudgetNone has nobody keep one: a drain may take the quorum away.
	BudgetNone Budget = "None"
)

// Network says who may connect to the members.
type Network struct {
	// policy is Enabled when the operator keeps a NetworkPolicy: the quorum and
	// election ports are for the members alone, the agent's port is for the
	// operator, and the client port is open. Defaults to Enabled.
	// +optional
	Policy NetworkPolicy `json:"policy,omitempty"`
}

// NetworkPolicy says whether the operator keeps a NetworkPolicy.
// +kubebuilder:validation:Enum=Enabled;Disabled
type NetworkPolicy string

// States of the network policy.
const (
	// NetworkPolicyEnabled closes the ports that are not for clients.
	NetworkPolicyEnabled NetworkPolicy = "Enabled"
	// NetworkPolicyDisabled leaves all ports to the policies of others.
	NetworkPolicyDisabled NetworkPolicy = "Disabled"
)

// PodTemplate adds to the members' Pods.
type PodTemplate struct {
	// resources of the server's container, and of the init container that copies
	// the agent. Memory and cpu each keep their default if neither a request nor
	// a limit of it is given: memory 1Gi as request and limit, cpu 100m as
	// request. A memory request without a limit therefore leaves none, and the
	// heap is taken from the request.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!has(self.claims) || size(self.claims) == 0",message="claims name devices that the Pod would have to declare, and no field does; remove claims"
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`

	// env adds environment variables to the server's container. Those that the
	// agent, the start script or the Java virtual machine take settings from are
	// refused.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="!self.exists(e, e.name.startsWith('ZOO') || e.name.startsWith('ZK_') || e.name in ['POD_NAME', 'POD_UID', 'POD_IP', 'SERVER_JVMFLAGS', 'JVMFLAGS', 'PATH', 'BASH_ENV'])",message="ZOO*, ZK_*, POD_NAME, POD_UID, POD_IP, SERVER_JVMFLAGS, JVMFLAGS, PATH and BASH_ENV are the operator's; use spec.config for properties and spec.jvm for flags and heap"
	// +kubebuilder:validation:XValidation:rule="!self.exists(e, e.name == 'JAVA_TOOL_OPTIONS' || e.name.endsWith('JAVA_OPTIONS'))",message="JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and _JAVA_OPTIONS give the Java virtual machine flags that nobody checks; use spec.jvm.flags, and spec.config for ZooKeeper's properties"
	Env []corev1.EnvVar `json:"env,omitempty"`

	// labels are added to the Pods.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('zkensemble.dev/') || k in ['app.kubernetes.io/name', 'app.kubernetes.io/instance', 'app.kubernetes.io/managed-by'])",message="zkensemble.dev/* and app.kubernetes.io/name, instance and managed-by are the operator's; use another label"
	Labels map[string]string `json:"labels,omitempty"`

	// annotations are added to the Pods.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('zkensemble.dev/'))",message="zkensemble.dev/* is the operator's; use another annotation"
	Annotations map[string]string `json:"annotations,omitempty"`

	// securityContext of the Pods. Each field that is not given keeps its
	// default: user, group and file system group 1000, not root, and the
	// runtime's seccomp profile. To run as root, write both runAsUser 0 and
	// runAsNonRoot false. The containers' own context is fixed: no capabilities,
	// no escalation of privileges, a read-only root file system.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!(has(self.runAsUser) && self.runAsUser == 0) || (has(self.runAsNonRoot) && !self.runAsNonRoot)",message="runAsUser 0 is root, which runAsNonRoot forbids by default; choose another user, or write runAsNonRoot: false as well"
	SecurityContext *corev1.PodSecurityContext `json:"securityContext,omitempty"`
}
