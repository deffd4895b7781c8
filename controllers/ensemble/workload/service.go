package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// Names of the ports of Pods and Services.
const (
	clientPort   = "client"
	quorumPort   = "quorum"
	electionPort = "election"
	agentPort    = "agent"
)

// serversService gives the members their host names. Members that are not
// ready have theirs too: they become ready by finding one another.
func serversService(in Input) *corev1ac.ServiceApplyConfiguration {
	service := service(in, ServersServiceName(in.Ensemble.Name),
		servicePort(clientPort, v1alpha1.ClientPort),
		servicePort(quorumPort, v1alpha1.QuorumPort),
		servicePort(electionPort, v1alpha1.ElectionPort))
	service.Spec.WithClusterIP(corev1.ClusterIPNone).WithPublishNotReadyAddresses(true)
	return service
}

// clientService leads clients to the members that serve.
func clientService(in Input) *corev1ac.ServiceApplyConfiguration {
	service := service(in, in.Ensemble.Name, servicePort(clientPort, v1alpha1.ClientPort))
	service.Spec.WithType(corev1.ServiceTypeClusterIP)
	return service
}

func service(in Input, name string, ports ...*corev1ac.ServicePortApplyConfiguration) *corev1ac.ServiceApplyConfiguration {
	e := in.Ensemble
	return corev1ac.Service(name, e.Namespace).
		WithLabels(Labels(e.Name)).
		WithOwnerReferences(ownerReference(e)).
		WithSpec(corev1ac.ServiceSpec().WithSelector(EnsembleSelector(e.Name)).WithPorts(ports...))
}

func servicePort(name string, port int32) *corev1ac.ServicePortApplyConfiguration {
	return corev1ac.ServicePort().
		WithName(name).
		WithPort(port).
		WithTargetPort(intstr.FromString(name)).
		WithProtocol(corev1.ProtocolTCP)
}
