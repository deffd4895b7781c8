package workload

import (
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"
	policyv1ac "k8s.io/client-go/applyconfigurations/policy/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// Input is everything that the objects follow from.
type Input struct {
	// Ensemble is the resource as the API server holds it.
	Ensemble *v1alpha1.ZooKeeperEnsemble
	// ClusterDomain ends every host name; cluster.local when empty.
	ClusterDomain string
	// OperatorNamespace is where the operator's Pods run. When it is empty, for
	// an operator outside the cluster, the agent's port is open to nobody.
	OperatorNamespace string
	// AgentImage is the image that holds the agent, see [AgentImage].
	AgentImage string
	// Replicas of the StatefulSet. It is the caller's decision: spec.replicas
	// alone never shrinks a StatefulSet.
	Replicas int32
	// SuperuserHash tells one super-user Secret from the next, see
	// [SuperuserHash].
	SuperuserHash string
}

// Objects are the objects of one ensemble. Budget and NetworkPolicy are nil
// when the spec asks for none.
type Objects struct {
	ConfigMap      *corev1ac.ConfigMapApplyConfiguration
	ServersService *corev1ac.ServiceApplyConfiguration
	ClientService  *corev1ac.ServiceApplyConfiguration
	StatefulSet    *appsv1ac.StatefulSetApplyConfiguration
	Budget         *policyv1ac.PodDisruptionBudgetApplyConfiguration
	NetworkPolicy  *networkingv1ac.NetworkPolicyApplyConfiguration
}

// Build returns the objects of an ensemble. Its error, if any, is about the
// spec and lists every finding; trying again is of no use.
func Build(in Input) (Objects, error) {
	if err := check(in.Ensemble); err != nil {
		return Objects{}, err
	}
	config := configMap(in)
	set, err := statefulSet(in, *config.Name)
	if err != nil {
		return Objects{}, err
	}
	return Objects{
		ConfigMap:      config,
		ServersService: serversService(in),
		ClientService:  clientService(in),
		StatefulSet:    set,
		Budget:         budget(in),
		NetworkPolicy:  networkPolicy(in),
	}, nil
}
