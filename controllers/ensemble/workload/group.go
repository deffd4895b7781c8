package workload

import (
	"fmt"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// group is one of the two kinds of members. Each has a StatefulSet and a budget
// of its own, both of the same name, and otherwise the members are alike.
type group struct {
	ensemble  string
	name      string // of the StatefulSet and the budget
	component string // the value of the component label
	idOffset  int64  // what is added to an ordinal to give the server id
	role      zkconfig.Role
}

func voters(ensemble string) group {
	return group{ensemble, ensemble, v1alpha1.ComponentServer, voterIDOffset, zkconfig.Participant}
}

func observers(ensemble string) group {
	return group{ensemble, ObserversName(ensemble), v1alpha1.ComponentObserver, observerIDOffset, zkconfig.Observer}
}

func (g group) podName(ordinal int32) string { return fmt.Sprintf("%s-%d", g.name, ordinal) }

// selection selects the Pods and volume claims of the group.
func (g group) selection() map[string]string {
	return map[string]string{
		v1alpha1.LabelEnsemble:  g.ensemble,
		v1alpha1.LabelComponent: g.component,
	}
}

// selector is the selection in the form of an apply configuration.
func (g group) selector() *metav1ac.LabelSelectorApplyConfiguration {
	return metav1ac.LabelSelector().WithMatchLabels(g.selection())
}

// claimLabels are the labels of the group's volume claims: what the operator
// knows them by, and nothing that means something to others. Kubernetes never
// changes them in a StatefulSet.
func (g group) claimLabels() map[string]string {
	labels := ManagedLabels()
	maps.Copy(labels, g.selection())
	return labels
}

// ComponentOf is the value of the component label of voters or of observers.
func ComponentOf(observer bool) string {
	if observer {
		return v1alpha1.ComponentObserver
	}
	return v1alpha1.ComponentServer
}

// labels are the labels of the group's Pods and StatefulSet.
func (g group) labels() map[string]string {
	labels := Labels(g.ensemble)
	maps.Copy(labels, g.selection())
	return labels
}

// replicas is the size of the group's StatefulSet.
func (g group) replicas(in Input) int32 {
	if g.role == zkconfig.Observer {
		return in.ObserverReplicas
	}
	return in.Replicas
}

// live is the group's StatefulSet as it is, nil when there is none.
func (g group) live(in Input) *appsv1.StatefulSet {
	if g.role == zkconfig.Observer {
		return in.LiveObservers
	}
	return in.Live
}
