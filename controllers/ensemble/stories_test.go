package ensemble

import (
	"errors"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

func TestAnEnsembleIsFormed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.operator()
	e := w.ensemble(3)
	w.untilReady(e)

	formation, members := &corev1.ConfigMap{}, &corev1.ConfigMap{}
	if !w.get("zk-formation", formation) || formation.Data[member.FormationStateKey] != string(member.FormationClosed) {
		t.Errorf("the formation record must be closed in a formed ensemble, not %v", formation.Data)
	}
	if !w.get("zk-members", members) || members.Data[member.MembershipKey] != w.servers.Membership().String() {
		t.Errorf("the members record must hold what the servers committed:\ngot  %q\nwant %q",
			members.Data[member.MembershipKey], w.servers.Membership().String())
	}
	for name, object := range map[string]client.Object{
		"zk": &corev1.Service{}, "zk-servers": &corev1.Service{}, "zk-superuser": &corev1.Secret{},
	} {
		if !w.get(name, object) {
			t.Errorf("%T %s is missing", object, name)
		}
	}
	if e.Status.ReadyReplicas != 3 || e.Status.UpdatedReplicas != 3 || e.Status.Leader == "" || e.Status.Version != "3.9.5" {
		t.Errorf("the status does not tell what is: %+v", e.Status)
	}
	if e.Status.ReadyVoters != "3/3" || len(e.Status.Members) != 3 || e.Status.Members[2].Pod != "zk-2" {
		t.Errorf("the status does not tell who is ready: %+v", e.Status)
	}
	if got := w.reason(e, v1alpha1.ConditionFaultTolerant, metav1.ConditionTrue); got != v1alpha1.ReasonQuorumSpread {
		t.Errorf("three members on three nodes are fault tolerant; got reason %q", got)
	}
}

// Clients are led to an ensemble only when no blank disk can vote any more.
func TestTheClientServiceComesAfterTheRecordIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.servers.hold(true)
	w.operator()
	e := w.ensemble(3)
	w.eventually("all Pods run", func() bool { return len(w.pods()) == 3 })
	w.eventually("the status says that the ensemble forms", func() bool {
		return w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionFalse) == v1alpha1.ReasonForming
	})
	formation := &corev1.ConfigMap{}
	if !w.get("zk-formation", formation) || formation.Data[member.FormationStateKey] != string(member.FormationOpen) {
		t.Errorf("the record must be open until a majority has saved its grant, not %v", formation.Data)
	}
	if w.get("zk", &corev1.Service{}) {
		t.Error("there must be no client Service while the record is open")
	}
	w.servers.hold(false)
	w.untilReady(e)
	if !w.get("zk", &corev1.Service{}) {
		t.Error("there must be a client Service in the end")
	}
}

func TestWhatWasDeletedIsRepaired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.operator()
	e := w.ensemble(3)
	w.untilReady(e)
	var formation corev1.ConfigMap
	config := configName(t, w)
	for name, object := range map[string]client.Object{
		"zk": &corev1.Service{}, "zk-servers": &corev1.Service{}, "zk-members": &corev1.ConfigMap{}, config: &corev1.ConfigMap{},
	} {
		w.repairs(name, object)
	}
	w.repairs("zk", &policyv1.PodDisruptionBudget{})
	w.repairs("zk", &appsv1.StatefulSet{})
	w.repairs("zk-formation", &formation)
	if got := formation.Data[member.FormationStateKey]; got != string(member.FormationClosed) {
		t.Errorf("a formation record that is restored must be closed, not %q", got)
	}
	w.untilReady(e)
}

// repairs deletes an object and waits until it is there again.
func (w *world) repairs(name string, object client.Object) {
	w.Helper()
	if !w.get(name, object) {
		w.Fatalf("%T %s is missing", object, name)
	}
	uid := object.GetUID()
	if err := w.Delete(w.Context(), object); err != nil {
		w.Fatal(err)
	}
	w.eventually(name+" is there again", func() bool { return w.get(name, object) && object.GetUID() != uid })
}

func configName(t *testing.T, w *world) string {
	t.Helper()
	var set appsv1.StatefulSet
	if !w.get("zk", &set) {
		t.Fatal("the StatefulSet is missing")
	}
	for _, v := range set.Spec.Template.Spec.Volumes {
		if v.Name == "config" {
			return v.ConfigMap.Name
		}
	}
	t.Fatal("the template names no configuration")
	return ""
}

// A first specification with which no member ever comes up is not the end: when
// it is put right, the Pods are replaced although none of them ever served.
func TestABadFirstSpecificationIsHealed(t *testing.T) {
	t.Parallel()
	for name, replicas := range map[string]int32{"three members": 3, "a single member": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.operator()
			e := w.ensemble(replicas, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = []string{badFlag} })
			w.eventually("every member is down", func() bool {
				return w.get(e.Name, e) && len(e.Status.Members) == int(replicas) && allDown(e)
			})
			c := meta.FindStatusCondition(e.Status.Conditions, v1alpha1.ConditionAvailable)
			if c == nil || c.Status != metav1.ConditionFalse || c.Reason != v1alpha1.ReasonForming {
				t.Errorf("an ensemble that never served is forming, not %+v", c)
			}
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
			w.untilReady(e)
		})
	}
}

func allDown(e *v1alpha1.ZooKeeperEnsemble) bool {
	for _, m := range e.Status.Members {
		if m.Health != v1alpha1.MemberHealthDown {
			return false
		}
	}
	return true
}

// Two of three voters may be asked to go at the same time by anyone; the budget
// lets one of them go. A member that is certainly down is not held by the budget.
func TestTheBudgetIsTheArbiterOfRestarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stop := w.operator()
	e := w.ensemble(3)
	w.untilReady(e)
	stop()
	var budget policyv1.PodDisruptionBudget
	w.eventually("the budget allows one disruption", func() bool {
		return w.get("zk", &budget) && budget.Status.DisruptionsAllowed == 1
	})
	r := &Reconciler{Client: w.Client, Live: w.Client}
	seen := &observed{ensemble: e}
	for _, name := range []string{"zk-0", "zk-1"} {
		seen.members = append(seen.members, observedMember{Member: plan.Member{Health: plan.Following}, pod: w.pods()[name]})
	}
	first, second := &seen.members[0], &seen.members[1]
	w.servers.refuse(true) // so that the first one is not back before the second is asked for
	if err := r.restart(t.Context(), seen, first); err != nil {
		t.Fatalf("the first eviction must be granted: %v", err)
	}
	if err := r.restart(t.Context(), seen, second); !errors.Is(err, errChanged) {
		t.Fatalf("nobody is evicted while another Pod is not as it was, got %v", err)
	}
	alone := &observed{ensemble: e, members: []observedMember{*second}}
	if err := r.restart(t.Context(), alone, second); !apierrors.IsTooManyRequests(err) {
		t.Fatalf("the budget must refuse the second eviction, got %v", err)
	}
	second.Health = plan.Down
	if err := r.restart(t.Context(), seen, second); err != nil {
		t.Fatalf("a member that is certainly down is deleted whatever the budget says: %v", err)
	}
	if err := r.restart(t.Context(), seen, second); err == nil {
		t.Fatal("a Pod that changed since it was judged must not be deleted")
	}
}
