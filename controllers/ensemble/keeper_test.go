package ensemble

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// Names of the two installations of these tests.
const (
	firstOperator  = "operators/first"
	secondOperator = "elsewhere/second"
)

// writesOf are what an operator wrote since it had written so many times.
func (o *operator) writesOf(since int) []string { return o.faults.done[since:] }

// onlyStatus reports whether all of some writes are of the status.
func onlyStatus(writes []string) bool {
	return !slices.ContainsFunc(writes, func(w string) bool { return !strings.HasPrefix(w, "patch status ") })
}

// Two installations watch one namespace. Whoever is first keeps the ensemble, at
// whichever of its writes the other one comes in between. The other one writes the
// status alone: once for each object that names the operator, and where it came too
// late once before. Nothing is written in the end.
func TestOneOfTwoOperatorsStandsBack(t *testing.T) {
	t.Parallel()
	for _, between := range []string{"never", "create ConfigMap zk-formation", "create Secret zk-superuser", "apply Service zk-servers", "apply zk with 3 replicas"} {
		t.Run(between, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			a, b := w.operators[0], w.employ(second)
			came := false
			a.faults.late = func(what string) {
				if what == between && !came {
					came = true
					b.pass()
					if named := w.keeper(); between == "create ConfigMap zk-formation" && named != secondOperator {
						t.Errorf("the record is born with the name of its operator, and names %q", named)
					}
					w.judge.begins(a)
				}
			}
			e := w.ensemble(3)
			w.rests(e)
			keeps, back := a, b
			if w.keeper() == secondOperator {
				keeps, back = b, a
			}
			if between == "create ConfigMap zk-formation" && keeps != b {
				t.Error("the operator whose record was created first must keep the ensemble")
			}
			w.flags(e)
			w.rests(e)
			for _, replicas := range []int32{5, 3} {
				w.resize(e, replicas)
				w.rests(e)
			}
			w.observe(e, 1)
			w.rests(e)
			if writes := slices.DeleteFunc(slices.Clone(back.faults.done), func(s string) bool { return s == between }); !onlyStatus(writes) || len(writes) > 3 {
				t.Errorf("the operator that stands back wrote %v", writes)
			}
			var policy networkingv1.NetworkPolicy
			if !w.get("zk", &policy) || !strings.Contains(policy.String(), keeps.r.Settings.Namespace) {
				t.Errorf("the network policy must admit %s: %v", keeps.r.Settings.Operator(), policy.Spec)
			}
			if !slices.Contains(w.judge.warned, v1alpha1.ReasonOtherOperator) {
				t.Errorf("an event must tell that an operator stands back: %v", w.judge.warned)
			}
		})
	}
}

// An operator that works has the last word in the status, however often the other
// one is started, and is never said to be gone.
func TestAnOperatorThatWorksHasTheLastWord(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1)
	w.rests(e)
	stalled := func() {
		t.Helper()
		if w.get("zk", e); meta.IsStatusConditionTrue(e.Status.Conditions, v1alpha1.ConditionStalled) {
			t.Fatalf("the operator works, and the status says otherwise: %+v", e.Status)
		}
	}
	b := w.employ(second)
	for range 3 {
		b.born()
		before := len(b.faults.done)
		w.eventually("the second operator has asked", func() bool { stalled(); return len(b.faults.done) > before })
		w.rests(e)
		for range 5 {
			b.silences()
			w.turn()
			stalled()
		}
		w.rests(e)
		if writes := b.writesOf(before); len(writes) != 1 {
			t.Errorf("the status is written once by a new process that stands back, and was %v", writes)
		}
	}
}

// Where the operator that keeps an ensemble is gone, the status says so and how the
// ensemble is handed over; also that nobody looks at a new specification.
func TestAnOperatorThatIsGoneIsMissed(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(w *world, e *v1alpha1.ZooKeeperEnsemble){
		"settled":  func(*world, *v1alpha1.ZooKeeperEnsemble) {},
		"outdated": func(w *world, e *v1alpha1.ZooKeeperEnsemble) { w.flags(e) },
		"paused": func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModePause })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			w.operators = nil
			before(w, e)
			b := w.employ(second)
			w.turn()
			w.missed(e, b)
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
				e.Spec.Mode = v1alpha1.ModeRun
				e.Spec.Disruption.Budget = v1alpha1.BudgetNone
			})
			w.missed(e, b)
			if !onlyStatus(b.faults.done) {
				t.Errorf("the operator that stands back wrote %v", b.faults.done)
			}
			command := "kubectl annotate -n " + w.namespace + " statefulset zk " + v1alpha1.AnnotationOperator + "=" + secondOperator + " --overwrite"
			if !says(e, firstOperator, command) {
				t.Errorf("the status must have the command %q: %s", command, e.Status.Activity)
			}
			w.handOver(secondOperator)
			w.rests(e)
			if b.r.stances.of.Range(func(any, any) bool { t.Error("nobody is waited for any more"); return false }); w.keeper() != secondOperator {
				t.Errorf("%s keeps the ensemble", w.keeper())
			}
		})
	}
}

// missed waits until an operator says that the one that keeps the ensemble is gone,
// and writes no more.
func (w *world) missed(e *v1alpha1.ZooKeeperEnsemble, o *operator) {
	w.Helper()
	w.turn()
	w.eventually("the operator that is gone is missed", func() bool {
		o.silences()
		return w.reason(e, v1alpha1.ConditionStalled, metav1.ConditionTrue) == v1alpha1.ReasonOtherOperator
	})
	for _, kind := range []string{v1alpha1.ConditionAvailable, v1alpha1.ConditionReady, v1alpha1.ConditionFaultTolerant} {
		if got := w.reason(e, kind, metav1.ConditionUnknown); got != v1alpha1.ReasonOtherOperator {
			w.Errorf("nobody knows of %s, and its reason is %q", kind, got)
		}
	}
	writes := len(o.faults.done)
	w.still(func() {
		if more := o.writesOf(writes); len(more) > 0 {
			w.Errorf("all is said, and %v was written", more)
		}
	})
}

// An operator that comes back is believed, although it was said to be gone.
func TestAnOperatorThatComesBackGoesOn(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	a := w.operators[0]
	w.operators = nil
	b := w.employ(second)
	w.missed(e, b)
	w.operators = append(w.operators, a)
	w.rests(e)
	if !onlyStatus(b.faults.done) {
		t.Errorf("the operator that stands back wrote %v", b.faults.done)
	}
}

// An ensemble is handed over in the middle of a roll, and back in the middle of a
// change of size, to operators whose caches lag behind.
func TestAnEnsembleIsHandedOverInTheMiddle(t *testing.T) {
	t.Parallel()
	const ways = 4
	for seed := range uint64(ways) {
		t.Run(strconv.Itoa(int(seed)), func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			w.employ(second)
			w.rests(e)
			if seed > 0 {
				w.judge.lenient = true
				for i, o := range w.operators {
					o.view.blink(rand.New(rand.NewPCG(seed, uint64(i))))
				}
			}
			from := map[string]types.UID{}
			for name, pod := range w.pods() {
				from[name] = pod.UID
			}
			whole := func() {
				if absent := w.servers.absent(); len(absent) > 1 {
					t.Fatalf("the voters %v are away at once\n%s", absent, w.dump())
				}
			}
			w.chapter = fmt.Sprintf("roll %d", seed)
			w.flags(e)
			w.eventually("a member is replaced", func() bool {
				whole()
				pods := w.pods()
				for name, uid := range from {
					if pod := pods[name]; pod == nil || pod.UID != uid || pod.DeletionTimestamp != nil {
						return true
					}
				}
				return false
			})
			w.handOver(secondOperator)
			w.eventually("the roll is over", func() bool {
				whole()
				return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionTrue) == v1alpha1.ReasonAsSpecified
			})
			w.chapter = fmt.Sprintf("scale %d", seed)
			w.resize(e, 5)
			w.eventually("there are more Pods", func() bool { whole(); return len(w.pods()) > 3 })
			w.handOver(firstOperator)
			w.untilReady(e)
			for _, o := range w.operators {
				o.view.blink(nil)
			}
			w.rests(e)
			if w.keeper() != firstOperator {
				t.Errorf("%s keeps the ensemble", w.keeper())
			}
		})
	}
}

// An ensemble of an operator that named nobody yet is taken by one of two, with
// writes to metadata only.
func TestAnEnsembleThatNobodyKeepsIsTakenOnce(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.employ(second)
	w.rests(e)
	var before, after appsv1.StatefulSet
	w.forgetKeeper()
	w.get("zk", &before)
	pods := w.pods()
	w.operators[0], w.operators[1] = w.operators[1], w.operators[0]
	w.eventually("somebody keeps it", func() bool { return w.keeper() != "" })
	w.rests(e)
	if w.keeper() != secondOperator {
		t.Errorf("%s came first, and %s keeps the ensemble", secondOperator, w.keeper())
	}
	if w.get("zk", &after); after.Generation != before.Generation || after.UID != before.UID {
		t.Errorf("the StatefulSet changed from generation %d to %d", before.Generation, after.Generation)
	}
	for name, pod := range w.pods() {
		if pods[name] == nil || pods[name].UID != pod.UID {
			t.Errorf("%s was restarted", name)
		}
	}
}

// forgetKeeper leaves the objects as an operator made them that named nobody.
func (w *world) forgetKeeper() {
	w.Helper()
	w.editSet("zk", func(set *appsv1.StatefulSet) { delete(set.Annotations, v1alpha1.AnnotationOperator) })
	var record corev1.ConfigMap
	w.get(workload.FormationName("zk"), &record)
	delete(record.Annotations, v1alpha1.AnnotationOperator)
	if err := w.Update(w.Context(), &record); err != nil {
		w.Fatal(err)
	}
}

// An operator that is told to take over takes each ensemble once, also one that it
// finds in the middle of its formation; what a person decides afterwards stays, and
// so does what another one took that is told the same.
func TestTakingOver(t *testing.T) {
	t.Parallel()
	for _, early := range []bool{false, true} {
		t.Run(fmt.Sprintf("early %t", early), func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			if early {
				w.eventually("the formation has begun", func() bool { return w.keeper() != "" })
			} else {
				w.rests(e)
			}
			b := w.employ(second, taking)
			w.rests(e)
			if w.keeper() != secondOperator {
				t.Fatalf("%s keeps the ensemble", w.keeper())
			}
			w.flags(e)
			w.rests(e)
			w.handOver(firstOperator)
			w.rests(e)
			if w.keeper() != firstOperator {
				t.Errorf("what a person handed back was taken again: %s keeps the ensemble", w.keeper())
			}
			c := w.employ(taking, func(s *Settings) { s.Release = "third" })
			w.rests(e)
			b.born()
			w.rests(e)
			b.faults.done = nil
			c.faults.done = nil
			w.rests(e)
			if w.keeper() != secondOperator || len(b.faults.done)+len(c.faults.done) > 0 {
				t.Errorf("%s keeps the ensemble; two that take over wrote %v and %v", w.keeper(), b.faults.done, c.faults.done)
			}
		})
	}
}

// The name outlives the StatefulSet, also after the ensemble was handed over.
func TestAStatefulSetThatIsLostIsNobodyElses(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.employ(second)
	w.handOver(secondOperator)
	w.rests(e)
	var set appsv1.StatefulSet
	w.get("zk", &set)
	was := set.UID
	w.drop("zk", &set)
	w.eventually("the StatefulSet is there again", func() bool { return w.get("zk", &set) && set.UID != was })
	w.rests(e)
	if w.keeper() != secondOperator {
		t.Errorf("%s keeps the ensemble", w.keeper())
	}
}
