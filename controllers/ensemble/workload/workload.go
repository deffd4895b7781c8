package workload

import (
	appsv1 "k8s.io/api/apps/v1"
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
	// Replicas and ObserverReplicas of the StatefulSets. They are the caller's
	// decision: the spec alone never shrinks a StatefulSet.
	Replicas, ObserverReplicas int32
	// Live and LiveObservers are the StatefulSets as they are, nil where there is
	// none. What cannot change in a StatefulSet is taken from them.
	Live, LiveObservers *appsv1.StatefulSet
	// Complete says that there are members, and that every one of them serves with the
	// template of its live StatefulSet.
	Complete bool
	// Served says that the ensemble has had a quorum.
	Served bool
	// SuperuserHash tells one super-user Secret from the next, see
	// [SuperuserHash].
	SuperuserHash string
}

// Objects are the objects of one ensemble. The budgets and NetworkPolicy are nil
// when the spec asks for none. Observers and ObserversBudget are nil as long as
// there never were observers.
type Objects struct {
	ConfigMap       *corev1ac.ConfigMapApplyConfiguration
	ServersService  *corev1ac.ServiceApplyConfiguration
	ClientService   *corev1ac.ServiceApplyConfiguration
	StatefulSet     *appsv1ac.StatefulSetApplyConfiguration
	Budget          *policyv1ac.PodDisruptionBudgetApplyConfiguration
	Observers       *appsv1ac.StatefulSetApplyConfiguration
	ObserversBudget *policyv1ac.PodDisruptionBudgetApplyConfiguration
	NetworkPolicy   *networkingv1ac.NetworkPolicyApplyConfiguration
}

// Build returns the objects of an ensemble. Its error, if any, is about the
// spec and lists every finding; trying again is of no use.
func Build(in Input) (Objects, error) {
	if err := Check(in.Ensemble); err != nil {
		return Objects{}, err
	}
	config := configMap(in)
	objects := Objects{
		ConfigMap:      config,
		ServersService: serversService(in),
		ClientService:  clientService(in),
		Budget:         votersBudget(in),
		NetworkPolicy:  networkPolicy(in),
	}
	var err error
	if objects.StatefulSet, err = statefulSet(in, voters(in.Ensemble.Name), *config.Name); err != nil {
		return Objects{}, err
	}
	if in.Ensemble.Spec.Observers.Replicas == 0 && in.LiveObservers == nil {
		return objects, nil
	}
	if objects.Observers, err = statefulSet(in, observers(in.Ensemble.Name), *config.Name); err != nil {
		return Objects{}, err
	}
	objects.ObserversBudget = observersBudget(in)
	return objects, nil
}
