package ensemble

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// story is something that people or the world do to an ensemble, and that ends
// where it began, so that it can be told again and again: with the k-th of the
// operator's writes failing for each k, with the operator dying after each of them, and with
// caches that lag behind. It must come to the same end each time, and the judge
// watches that no rule is broken on the way.
type story struct {
	name     string
	replicas int32
	spec     func(w *world, e *v1alpha1.ZooKeeperEnsemble)
	// cycle does it, and leaves the ensemble to come to rest as it was.
	cycle func(w *world, e *v1alpha1.ZooKeeperEnsemble)
	// elections is how often another member leads than before, when nothing fails;
	// any number where it is negative.
	elections int
}

// staleTellings is how often a story is told with a cache that lags behind.
const staleTellings = 3

// spacing is how many writes after one that fails the next fails. A story is told
// that often, so that each of its writes fails once, and in a short story alone.
const spacing = 10

// lifetime is how many writes an operator makes before it dies, where it does. A
// story is told that often, so that there is a death after every write.
const lifetime = 4

// tell tells a story in all ways.
func (s story) tell(t *testing.T) {
	t.Helper()
	w := newStage(t)
	e := w.ensemble(s.replicas, func(e *v1alpha1.ZooKeeperEnsemble) {
		if s.spec != nil {
			s.spec(w, e)
		}
	})
	w.rests(e)
	elections := w.judge.elections
	writes := s.once(w, e, faults{})
	if got := w.judge.elections - elections; s.elections >= 0 && got != s.elections {
		t.Errorf("another member led %d times, and should %d times", got, s.elections)
	}
	for k := range spacing {
		s.once(w, e, faults{at: k, every: spacing})
	}
	for k := range lifetime {
		s.once(w, e, faults{at: k, every: lifetime, deadly: true})
	}
	for seed := range uint64(staleTellings) {
		if t.Failed() {
			return
		}
		w.chapter = fmt.Sprintf("stale %d", seed)
		w.operators[0].view.blink(rand.New(rand.NewPCG(seed, 0)))
		s.cycle(w, e)
		w.operators[0].view.blink(nil)
		w.rests(e)
	}
	t.Logf("%s: %d writes", s.name, writes)
}

// once tells a story with some writes failing, and returns how many were made.
func (s story) once(w *world, e *v1alpha1.ZooKeeperEnsemble, how faults) int {
	w.Helper()
	f := w.operators[0].faults
	*f = how
	if w.chapter = how.String(); w.Failed() {
		return 0
	}
	s.cycle(w, e)
	w.rests(e)
	writes := len(f.done)
	*f = faults{}
	return writes
}

// rests waits until the ensemble is Ready and nothing is written any more, and
// judges what is there then.
func (w *world) rests(e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	enough := 3
	for _, o := range w.operators {
		if o.view.chance != nil {
			enough = longest + 3
		}
	}
	turns, writes := 0, -1
	w.eventually("the ensemble is Ready and comes to rest", func() bool {
		if now := w.writes(); now != writes || w.reason(e, v1alpha1.ConditionReady, metav1.ConditionTrue) != v1alpha1.ReasonAsSpecified {
			turns, writes = 0, now
		}
		if turns++; turns > enough && !w.inStep() {
			turns = 0
		}
		return turns > enough
	})
	w.get(e.Name, e)
	w.judge.ends(e)
}

// writes counts the writes of all operators.
func (w *world) writes() int {
	writes := 0
	for _, o := range w.operators {
		writes += len(o.faults.done)
	}
	return writes
}

// inStep reports whether the cache holds what the API server holds.
func (w *world) inStep() bool {
	w.Helper()
	return len(w.behind()) == 0
}

// behind are the kinds of which the cache does not hold what the API server holds.
func (w *world) behind() []string {
	w.Helper()
	var behind []string
	for _, list := range lists() {
		w.list(list)
		cached := list.DeepCopyObject().(client.ObjectList)
		if err := watched.List(w.Context(), cached, client.InNamespace(w.namespace)); err != nil {
			w.Fatal(err)
		}
		if !slices.Equal(w.versions(list), w.versions(cached)) {
			behind = append(behind, kindOf(list))
		}
	}
	return behind
}

// versions are the versions of all objects of a list.
func (w *world) versions(list client.ObjectList) []string {
	w.Helper()
	var versions []string
	if err := eachItem(list, func(o client.Object) { versions = append(versions, o.GetName()+" "+o.GetResourceVersion()) }); err != nil {
		w.Fatal(err)
	}
	slices.Sort(versions)
	return versions
}

// ensemble creates a small ensemble as a user would write it.
func (w *world) ensemble(replicas int32, change ...func(*v1alpha1.ZooKeeperEnsemble)) *v1alpha1.ZooKeeperEnsemble {
	w.Helper()
	e := &v1alpha1.ZooKeeperEnsemble{
		ObjectMeta: metav1.ObjectMeta{Name: "zk", Namespace: w.namespace},
		Spec:       v1alpha1.ZooKeeperEnsembleSpec{Version: "3.9.5", Replicas: replicas},
	}
	for _, f := range change {
		f(e)
	}
	if err := w.Create(w.Context(), e); err != nil {
		w.Fatal(err)
	}
	return e
}

// change updates the ensemble as a user would.
func (w *world) change(e *v1alpha1.ZooKeeperEnsemble, f func(*v1alpha1.ZooKeeperEnsemble)) {
	w.Helper()
	before := e.DeepCopy()
	f(e)
	if err := w.Patch(w.Context(), e, client.MergeFrom(before)); err != nil {
		w.Fatal(err)
	}
}

// flags gives the servers other JVM flags than they have, which is a roll.
func (w *world) flags(e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
		if len(e.Spec.JVM.Flags) > 0 {
			e.Spec.JVM.Flags = nil
		} else {
			e.Spec.JVM.Flags = []string{"-Xss512k"}
		}
	})
}

// resize changes the number of voters.
func (w *world) resize(e *v1alpha1.ZooKeeperEnsemble, replicas int32) {
	w.Helper()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Replicas = replicas })
}

func (w *world) untilReady(e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.eventually("the ensemble is Ready", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionTrue) == v1alpha1.ReasonAsSpecified
	})
}

// untilWaits waits until the ensemble is not Ready for a reason.
func (w *world) untilWaits(e *v1alpha1.ZooKeeperEnsemble, reason string) {
	w.Helper()
	w.eventually("the reason is "+reason, func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) == reason
	})
}

// untilStalls waits until a person is asked to help.
func (w *world) untilStalls(e *v1alpha1.ZooKeeperEnsemble, reason string) {
	w.Helper()
	w.eventually("the ensemble stalls with the reason "+reason, func() bool {
		return w.reason(e, v1alpha1.ConditionStalled, metav1.ConditionTrue) == reason
	})
}

// eachItem calls do for the objects of a list.
func eachItem(list client.ObjectList, do func(client.Object)) error {
	return meta.EachListItem(list, func(o runtime.Object) error {
		do(o.(client.Object))
		return nil
	})
}
