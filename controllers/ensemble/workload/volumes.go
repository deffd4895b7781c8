package workload

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// DataVolume and LogVolume are the names of the volumes that a member keeps. The
// name of a claim begins with that of its volume, for ever.
const (
	DataVolume = "data"
	LogVolume  = "log"
)

// Names of the other volumes.
const (
	configVolume    = "config"
	membersVolume   = "members"
	formationVolume = "formation"
	superuserVolume = "superuser"
	agentVolume     = "agent"
	stateVolume     = "agent-state"
	tmpVolume       = "tmp"
	logsVolume      = "logs"
)

// DefaultVolumeSize is the size of a volume whose size the spec leaves open.
const DefaultVolumeSize = "10Gi"

// logDir is where the transaction log of an ensemble's members is.
func logDir(e *v1alpha1.ZooKeeperEnsemble) string {
	if e.Spec.Storage.Log == nil {
		return member.DataDir
	}
	return member.LogDir
}

// ClaimSize is the size that the claims of a volume, data or log, should have. It
// is the default for a volume that the spec does not mention.
func ClaimSize(e *v1alpha1.ZooKeeperEnsemble, volume string) resource.Quantity {
	size := e.Spec.Storage.Data.Size
	if volume == LogVolume {
		size = resource.Quantity{}
		if log := e.Spec.Storage.Log; log != nil {
			size = log.Size
		}
	}
	if size.IsZero() {
		return resource.MustParse(DefaultVolumeSize)
	}
	return size
}

// claims are the volumes that outlive the Pods. A StatefulSet keeps the templates
// that it was created with, for Kubernetes never changes them: volumes grow
// claim by claim.
func claims(in Input, g group) ([]*corev1ac.PersistentVolumeClaimApplyConfiguration, error) {
	if live := g.live(in); live != nil {
		return liveClaims(live)
	}
	return newClaims(in.Ensemble, g), nil
}

// newClaims are the templates with which a StatefulSet is created.
func newClaims(e *v1alpha1.ZooKeeperEnsemble, g group) []*corev1ac.PersistentVolumeClaimApplyConfiguration {
	claims := []*corev1ac.PersistentVolumeClaimApplyConfiguration{claim(e, g, DataVolume, e.Spec.Storage.Data)}
	if log := e.Spec.Storage.Log; log != nil {
		claims = append(claims, claim(e, g, LogVolume, *log))
	}
	return claims
}

func liveClaims(live *appsv1.StatefulSet) ([]*corev1ac.PersistentVolumeClaimApplyConfiguration, error) {
	var claims []*corev1ac.PersistentVolumeClaimApplyConfiguration
	for i := range live.Spec.VolumeClaimTemplates {
		claim, err := applyConfiguration[corev1ac.PersistentVolumeClaimApplyConfiguration](&live.Spec.VolumeClaimTemplates[i])
		if err != nil {
			return nil, err
		}
		claims = append(claims, claim)
	}
	return claims, nil
}

func claim(e *v1alpha1.ZooKeeperEnsemble, g group, name string, volume v1alpha1.Volume) *corev1ac.PersistentVolumeClaimApplyConfiguration {
	mode := corev1.ReadWriteOnce
	if volume.AccessMode != "" {
		mode = corev1.PersistentVolumeAccessMode(volume.AccessMode)
	}
	spec := corev1ac.PersistentVolumeClaimSpec().
		WithAccessModes(mode).
		WithResources(corev1ac.VolumeResourceRequirements().
			WithRequests(corev1.ResourceList{corev1.ResourceStorage: ClaimSize(e, name)}))
	if volume.StorageClassName != nil {
		spec.WithStorageClassName(*volume.StorageClassName)
	}
	claim := &corev1ac.PersistentVolumeClaimApplyConfiguration{}
	return claim.WithName(name).WithLabels(g.claimLabels()).WithSpec(spec)
}

// volumes are the volumes that come and go with the Pod.
func volumes(e *v1alpha1.ZooKeeperEnsemble, config string) []*corev1ac.VolumeApplyConfiguration {
	return []*corev1ac.VolumeApplyConfiguration{
		corev1ac.Volume().WithName(configVolume).WithConfigMap(corev1ac.ConfigMapVolumeSource().WithName(config)),
		recordVolume(membersVolume, MembersName(e.Name)),
		recordVolume(formationVolume, FormationName(e.Name)),
		corev1ac.Volume().WithName(superuserVolume).WithSecret(corev1ac.SecretVolumeSource().
			WithSecretName(SuperuserName(e.Name)).
			WithOptional(true).
			WithItems(corev1ac.KeyToPath().WithKey(member.Digest).WithPath(member.Digest))),
		scratch(agentVolume, "64Mi"),
		scratch(stateVolume, "1Mi"),
		scratch(tmpVolume, "128Mi"),
		scratch(logsVolume, "64Mi"),
	}
}

// recordVolume mounts a record that may not exist yet, and that the kubelet
// brings up to date while the Pod runs.
func recordVolume(volume, configMap string) *corev1ac.VolumeApplyConfiguration {
	return corev1ac.Volume().WithName(volume).
		WithConfigMap(corev1ac.ConfigMapVolumeSource().WithName(configMap).WithOptional(true))
}

// scratch is a directory that dies with the Pod and cannot fill the node.
func scratch(name, limit string) *corev1ac.VolumeApplyConfiguration {
	return corev1ac.Volume().WithName(name).
		WithEmptyDir(corev1ac.EmptyDirVolumeSource().WithSizeLimit(resource.MustParse(limit)))
}

// mounts are the mounts of the server's container. Records are mounted as
// directories: a mounted single file would never change again.
func mounts(e *v1alpha1.ZooKeeperEnsemble) []*corev1ac.VolumeMountApplyConfiguration {
	mounts := []*corev1ac.VolumeMountApplyConfiguration{
		mount(DataVolume, member.DataDir),
	}
	if e.Spec.Storage.Log != nil {
		mounts = append(mounts, mount(LogVolume, member.LogDir))
	}
	return append(mounts,
		mount(configVolume, member.ConfigDir).WithReadOnly(true),
		mount(membersVolume, member.MembersDir).WithReadOnly(true),
		mount(formationVolume, member.FormationDir).WithReadOnly(true),
		mount(superuserVolume, member.SuperuserDir).WithReadOnly(true),
		mount(agentVolume, member.ProgramDir).WithReadOnly(true),
		mount(stateVolume, member.StateDir),
		mount(tmpVolume, member.TempDir),
		mount(logsVolume, member.ServerLogDir))
}

func mount(volume, path string) *corev1ac.VolumeMountApplyConfiguration {
	return corev1ac.VolumeMount().WithName(volume).WithMountPath(path)
}
