package ensemble

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// moved restarts the operator with another cluster domain.
func (w *world) moved(domain string) {
	w.Helper()
	w.clusterDomain = domain
	w.operators[0].born()
}

// A cluster domain that was told wrong is put right by telling it right: nothing
// has to be deleted.
func TestAWrongClusterDomainIsPutRight(t *testing.T) {
	t.Parallel()
	for name, replicas := range map[string]int32{"three members": 3, "a single member": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			w.moved("wrong.example")
			e := w.ensemble(replicas)
			w.eventually("the status names the name that nobody knows", func() bool {
				return w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionFalse) == v1alpha1.ReasonForming &&
					says(e, "zk-0.zk-servers."+w.namespace+".svc.wrong.example")
			})
			w.moved("cluster.local")
			w.rests(e)
		})
	}
}

// A cluster domain that is changed under an ensemble that has served changes no
// template and no address of those that join.
func TestAChangedClusterDomainRollsNobody(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	before := w.pods()
	var set, now appsv1.StatefulSet
	w.get("zk", &set)
	w.moved("other.example")
	w.eventually("the status warns", func() bool {
		return w.seen("zk", e) && strings.Contains(strings.Join(e.Status.Warnings, "; "), "cluster domain cluster.local")
	})
	w.rests(e)
	w.untouched(before)
	if w.get("zk", &now); now.Generation != set.Generation {
		t.Errorf("the StatefulSet changed from generation %d to %d", set.Generation, now.Generation)
	}
	w.resize(e, 5)
	w.rests(e)
	if m := w.servers.Membership(); strings.Contains(m.String(), "other.example") {
		t.Errorf("those that joined have other names: %s", m.String())
	}
}
