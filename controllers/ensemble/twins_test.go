package ensemble

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// An old operator that does not know yet that it was replaced, a new one, caches
// that lag behind in both, and people who drain nodes: never are two voters away
// that somebody took away through the API server.
func TestTwoOperatorsAndADrain(t *testing.T) {
	t.Parallel()
	const ways = 6
	for seed := range uint64(ways) {
		t.Run(strconv.Itoa(int(seed)), func(t *testing.T) {
			t.Parallel()
			chance := rand.New(rand.NewPCG(seed, 1))
			w := newStage(t)
			budget := seed%2 == 0 // without one, an operator has to see for itself that nobody is away
			e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) {
				if !budget {
					e.Spec.Disruption.Budget = v1alpha1.BudgetNone
				}
			})
			w.rests(e)
			w.employ()
			w.judge.lenient = true
			for _, o := range w.operators {
				o.view.blink(rand.New(rand.NewPCG(seed, chance.Uint64())))
			}
			w.chapter = fmt.Sprintf("roll %d", seed)
			w.flags(e)
			drained := 0
			w.eventually("the roll and the drains are over", func() bool {
				if budget && drained < 3 && chance.IntN(8) == 0 {
					switch err := w.drain("zk-" + strconv.Itoa(chance.IntN(3))); {
					case err == nil:
						drained++
					case !apierrors.IsTooManyRequests(err) && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err):
						t.Fatal(err)
					}
				}
				if absent := w.servers.absent(); len(absent) > 1 {
					t.Fatalf("the voters %v are away at once\n%s", absent, w.dump())
				}
				return (drained == 3 || !budget) && w.reason(e, v1alpha1.ConditionReady, metav1.ConditionTrue) == v1alpha1.ReasonAsSpecified
			})
			w.chapter = fmt.Sprintf("scale %d", seed)
			for _, replicas := range []int32{1, 3} {
				w.resize(e, replicas)
				w.untilReady(e)
			}
			w.operators = w.operators[:1]
			w.operators[0].view.blink(nil)
			w.rests(e)
		})
	}
}

// A size that was decided for an earlier wish arrives after the members are back
// that it would take away.
func TestASizeThatArrivesLateIsRefused(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	first, late := w.operators[0], false
	first.faults.late = func(what string) {
		if late || what != "apply zk with 1 replicas" {
			return
		}
		late = true
		w.operators = nil
		w.employ()
		w.resize(e, 3)
		w.rests(e)
		w.operators = append(w.operators, first)
	}
	w.resize(e, 1)
	w.eventually("the late size has arrived", func() bool { return late && len(w.operators) == 2 })
	w.rests(e)
}

// An operator whose cache has yet to see anything takes nothing for missing.
func TestAnEmptyCacheIsNoProof(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	blind := w.operators[0]
	blind.view.freeze(w, parts()...)
	w.operators = nil
	w.employ()
	e := w.ensemble(1)
	w.rests(e)
	w.resize(e, 3)
	w.rests(e)
	var before, after appsv1.StatefulSet
	w.get("zk", &before)
	seeing := w.operators
	w.operators = []*operator{blind}
	for range 20 {
		w.turn()
	}
	if w.get("zk", &after); after.Generation != before.Generation || after.UID != before.UID {
		t.Errorf("the StatefulSet was changed by who could not see it: %v", blind.faults.done)
	}
	w.operators = seeing
	w.remove(e)
	*e = *w.ensemble(1) // whose volumes are kept, which only a live list shows
	w.operators = []*operator{blind}
	var formation corev1.ConfigMap
	w.eventually("there is a formation record", func() bool { return w.seen("zk-formation", &formation) })
	if got := formation.Data[member.FormationStateKey]; got != string(member.FormationClosed) {
		t.Errorf("the formation record is %q beside kept volumes", got)
	}
	w.operators = seeing
	w.rests(e)
}

// What the cache does not show yet may be somebody else's.
func TestAForeignObjectIsSeenPastTheCache(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	w.operators[0].view.freeze(w, parts()...)
	foreign := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "zk-servers", Namespace: w.namespace},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
	}
	if err := w.Create(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	version := foreign.ResourceVersion
	e := w.ensemble(1)
	w.untilStalls(e, v1alpha1.ReasonNameConflict)
	if w.get("zk-servers", foreign); foreign.ResourceVersion != version {
		t.Errorf("the foreign object was changed: %v", foreign)
	}
	w.drop("zk-servers", foreign)
	w.operators[0].view.blink(nil)
	w.rests(e)
}
