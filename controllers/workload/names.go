package workload

import (
	"fmt"
	"maps"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// Names of an ensemble's objects. The StatefulSet, the client Service, the
// budget and the network policy have the ensemble's own name.

// ServersServiceName names the headless Service that gives every member its
// host name.
func ServersServiceName(ensemble string) string { return ensemble + "-servers" }

// SuperuserName names the Secret of the super-user.
func SuperuserName(ensemble string) string { return ensemble + "-superuser" }

// FormationName names the ConfigMap that says whether blank disks may vote.
func FormationName(ensemble string) string { return ensemble + "-formation" }

// MembersName names the ConfigMap that keeps the committed membership.
func MembersName(ensemble string) string { return ensemble + "-members" }

// ConfigName names the ConfigMap whose content has the given hash.
func ConfigName(ensemble, hash string) string { return ensemble + "-config-" + hash }

// PodName names the Pod of a voter.
func PodName(ensemble string, ordinal int32) string { return fmt.Sprintf("%s-%d", ensemble, ordinal) }

// DataClaimName names the claim of a voter's data volume.
func DataClaimName(ensemble string, ordinal int32) string {
	return dataVolume + "-" + PodName(ensemble, ordinal)
}

// LogClaimName names the claim of a voter's log volume.
func LogClaimName(ensemble string, ordinal int32) string {
	return logVolume + "-" + PodName(ensemble, ordinal)
}

// voterIDOffset is what is added to a voter's ordinal to give its server id.
const voterIDOffset = 1

// VoterID is the server id of the voter with an ordinal.
func VoterID(ordinal int32) int64 { return int64(ordinal) + voterIDOffset }

// HostSuffix is what follows the Pod's name in the host name of a member.
func HostSuffix(in Input) string {
	domain := in.ClusterDomain
	if domain == "" {
		domain = "cluster.local"
	}
	return strings.Join([]string{ServersServiceName(in.Ensemble.Name), in.Ensemble.Namespace, "svc", domain}, ".")
}

const managedByLabel = "app.kubernetes.io/managed-by"

// Labels are the labels that every object of an ensemble carries.
func Labels(ensemble string) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name":     "zookeeper",
		"app.kubernetes.io/instance": ensemble,
		managedByLabel:               v1alpha1.FieldOwner,
		v1alpha1.LabelEnsemble:       ensemble,
	}
}

// ManagedLabels select the objects of all ensembles.
func ManagedLabels() map[string]string {
	return map[string]string{managedByLabel: v1alpha1.FieldOwner}
}

// Selector selects the Pods and volume claims of the voters.
func Selector(ensemble string) map[string]string {
	return map[string]string{
		v1alpha1.LabelEnsemble:  ensemble,
		v1alpha1.LabelComponent: v1alpha1.ComponentServer,
	}
}

// serverLabels are the labels of the voters' Pods, StatefulSet and claims.
func serverLabels(ensemble string) map[string]string {
	labels := Labels(ensemble)
	maps.Copy(labels, Selector(ensemble))
	return labels
}

// selector is Selector in the form of an apply configuration.
func selector(ensemble string) *metav1ac.LabelSelectorApplyConfiguration {
	return metav1ac.LabelSelector().WithMatchLabels(Selector(ensemble))
}

// ownerReference makes an object go when its ensemble goes, and keeps others
// from claiming it.
func ownerReference(e *v1alpha1.ZooKeeperEnsemble) *metav1ac.OwnerReferenceApplyConfiguration {
	return metav1ac.OwnerReference().
		WithAPIVersion(v1alpha1.GroupVersion.String()).
		WithKind(v1alpha1.Kind).
		WithName(e.Name).
		WithUID(e.UID).
		WithController(true).
		WithBlockOwnerDeletion(true)
}

// objectMeta is the metadata of an object that belongs to an ensemble, for
// objects that are created rather than applied.
func objectMeta(e *v1alpha1.ZooKeeperEnsemble, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:            name,
		Namespace:       e.Namespace,
		Labels:          Labels(e.Name),
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(e, v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))},
	}
}
