package workload

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// Names of an ensemble's objects. The voters' StatefulSet, the client Service,
// the voters' budget and the network policy have the ensemble's own name.

// ObserversName names the StatefulSet and the budget of the observers.
func ObserversName(ensemble string) string { return ensemble + "-observers" }

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
func PodName(ensemble string, ordinal int32) string { return voters(ensemble).podName(ordinal) }

// ObserverPodName names the Pod of an observer.
func ObserverPodName(ensemble string, ordinal int32) string {
	return observers(ensemble).podName(ordinal)
}

// What is added to the ordinal of a voter or an observer to give its server id.
const (
	voterIDOffset    = 1
	observerIDOffset = 101
)

// VoterID is the server id of the voter with an ordinal.
func VoterID(ordinal int32) int64 { return int64(ordinal) + voterIDOffset }

// ObserverID is the server id of the observer with an ordinal.
func ObserverID(ordinal int32) int64 { return int64(ordinal) + observerIDOffset }

// HostSuffix is what follows the Pod's name in the host name of a member.
func HostSuffix(in Input) string {
	domain := in.ClusterDomain
	if domain == "" {
		domain = "cluster.local"
	}
	return strings.Join([]string{ServersServiceName(in.Ensemble.Name), in.Ensemble.Namespace, "svc", domain}, ".")
}

// DomainOf is the cluster domain in the host names by which a membership knows the
// servers of an ensemble, "" where it knows none of them.
func DomainOf(e *v1alpha1.ZooKeeperEnsemble, membership zkconfig.Membership) string {
	service := ServersServiceName(e.Name) + "." + e.Namespace + ".svc."
	for _, server := range membership.Servers {
		for _, address := range server.Addresses {
			_, suffix, _ := strings.Cut(address.Host, ".")
			if domain, ok := strings.CutPrefix(suffix, service); ok {
				return domain
			}
		}
	}
	return ""
}

const managedByLabel = "app.kubernetes.io/managed-by"

// Labels are the labels that every object of an ensemble carries, apart from the
// volume claims. app.kubernetes.io/instance is none of them: a tool that delivers
// applications takes it for its own mark, and deletes what carries it and was not
// delivered.
func Labels(ensemble string) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name": "zookeeper",
		managedByLabel:           v1alpha1.FieldOwner,
		v1alpha1.LabelEnsemble:   ensemble,
	}
}

// ManagedLabels select the objects of all ensembles.
func ManagedLabels() map[string]string {
	return map[string]string{managedByLabel: v1alpha1.FieldOwner}
}

// Selector selects the Pods and volume claims of the voters.
func Selector(ensemble string) map[string]string { return voters(ensemble).selection() }

// ObserverSelector selects the Pods and volume claims of the observers.
func ObserverSelector(ensemble string) map[string]string { return observers(ensemble).selection() }

// EnsembleSelector selects the Pods of all members.
func EnsembleSelector(ensemble string) map[string]string {
	return map[string]string{v1alpha1.LabelEnsemble: ensemble}
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
