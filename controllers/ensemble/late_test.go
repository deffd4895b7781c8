package ensemble

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// A creation that was decided when there was nothing arrives after another
// operator has created the StatefulSet, and after the members are back that it
// would take away.
func TestACreationThatArrivesLateIsRefused(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	first, late := w.operators[0], false
	var e *v1alpha1.ZooKeeperEnsemble
	first.faults.late = func(what string) {
		if late || what != "apply zk with 1 replicas" {
			return
		}
		late = true
		w.operators = nil
		w.employ()
		w.rests(e)
		w.resize(e, 3)
		w.rests(e)
		w.operators = append(w.operators, first)
	}
	e = w.ensemble(1)
	w.eventually("the late creation has arrived", func() bool { return late && len(w.operators) == 2 })
	var set appsv1.StatefulSet
	if w.get("zk", &set); *set.Spec.Replicas != 3 {
		t.Errorf("the StatefulSet has %d replicas", *set.Spec.Replicas)
	}
	w.rests(e)
}

// foreigners are objects of somebody else of every kind that the operator
// creates.
func foreigners() map[string]func() client.Object {
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"somebody": "else"}}
	return map[string]func() client.Object{
		"ConfigMap": func() client.Object {
			return &corev1.ConfigMap{Data: map[string]string{member.FormationStateKey: string(member.FormationOpen)}}
		},
		"Secret": func() client.Object { return &corev1.Secret{} },
		"Service": func() client.Object {
			return &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}}
		},
		"NetworkPolicy": func() client.Object {
			return &networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{PodSelector: *selector}}
		},
		"PodDisruptionBudget": func() client.Object {
			return &policyv1.PodDisruptionBudget{Spec: policyv1.PodDisruptionBudgetSpec{Selector: selector}}
		},
		"StatefulSet": func() client.Object {
			template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: selector.MatchLabels}}
			template.Spec.Containers = []corev1.Container{{Name: "else", Image: "else"}}
			return &appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Replicas: new(int32(0)), Selector: selector, Template: template}}
		},
	}
}

// An object of somebody else that is born between the look and the creation is
// not taken over, whatever it is.
func TestWhatIsBornMeanwhileIsNotTakenOver(t *testing.T) {
	t.Parallel()
	for kind, foreigner := range foreigners() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			var born client.Object
			w.operators[0].faults.late = func(what string) {
				words := strings.Fields(what)
				name := words[len(words)-1]
				if what == "apply zk with 1 replicas" {
					words, name = []string{"apply", "StatefulSet"}, "zk"
				}
				if born != nil || words[1] != kind || w.get(name, foreigner()) {
					return
				}
				born = foreigner()
				born.SetName(name)
				born.SetNamespace(w.namespace)
				if err := w.Create(w.Context(), born); err != nil {
					t.Fatal(err)
				}
			}
			e := w.ensemble(1)
			w.untilStalls(e, v1alpha1.ReasonNameConflict)
			now := foreigner()
			if !w.get(born.GetName(), now) || now.GetUID() != born.GetUID() || len(now.GetOwnerReferences()) > 0 || len(now.GetLabels()) > 0 {
				t.Errorf("%s %s of somebody else was changed: %v", kind, born.GetName(), now)
			}
			w.drop(born.GetName(), now)
			w.rests(e)
		})
	}
}
