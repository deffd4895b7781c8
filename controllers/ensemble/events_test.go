package ensemble

import (
	"errors"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
)

// began moves the beginning of a condition into the past.
func (w *world) began(e *v1alpha1.ZooKeeperEnsemble, condition string, ago time.Duration) {
	w.Helper()
	w.get(e.Name, e)
	before := e.DeepCopy()
	meta.FindStatusCondition(e.Status.Conditions, condition).LastTransitionTime = metav1.NewTime(time.Now().Add(-ago))
	if err := w.Status().Patch(w.Context(), e, client.MergeFrom(before)); err != nil {
		w.Fatal(err)
	}
}

// What an operator reports itself begins no pass: words that are others each time
// would have it run without a pause.
func TestAReportWakesNobody(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1)
	w.rests(e)
	r := w.operators[0].r
	change := func(f func(*v1alpha1.ZooKeeperEnsemble)) event.UpdateEvent {
		is := e.DeepCopy()
		f(is)
		return event.UpdateEvent{ObjectOld: e.DeepCopy(), ObjectNew: is}
	}
	was := e.DeepCopy()
	if err := r.reportBlind(t.Context(), e, errors.New("the words of now")); err != nil {
		t.Fatal(err)
	}
	now := &v1alpha1.ZooKeeperEnsemble{}
	w.get(e.Name, now)
	if r.reported.isNews(event.UpdateEvent{ObjectOld: was, ObjectNew: now}) {
		t.Error("the operator wakes itself")
	}
	for what, f := range map[string]func(*v1alpha1.ZooKeeperEnsemble){
		"the status of another operator": func(e *v1alpha1.ZooKeeperEnsemble) { e.Status.Activity = "else" },
		"a specification":                func(e *v1alpha1.ZooKeeperEnsemble) { e.Generation++ },
		"an approval": func(e *v1alpha1.ZooKeeperEnsemble) {
			e.Annotations = map[string]string{v1alpha1.AnnotationApprove: "revision"}
		},
		"a resync": func(*v1alpha1.ZooKeeperEnsemble) {},
	} {
		if !r.reported.isNews(change(f)) {
			t.Errorf("%s wakes nobody", what)
		}
	}
}

// A planned change of leader is no news for anybody.
func TestARollGivesNoWarning(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	leader := w.servers.Leader()
	w.flags(e)
	w.eventually("the leader is restarted, the last of all", func() bool { return w.servers.Leader() != leader })
	// The others take a while to elect another one, and the operator sees it.
	others := slices.DeleteFunc([]int64{1, 2, 3}, func(id int64) bool { return id == leader })
	for _, id := range others {
		w.servers.become(id, zkclienttest.Electing)
	}
	w.eventually("the election is in the conditions", func() bool {
		return w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionFalse) == v1alpha1.ReasonQuorumLost
	})
	for _, id := range others {
		w.servers.become(id, zkclienttest.Up)
	}
	w.rests(e)
	if len(w.judge.warned) > 0 {
		t.Errorf("a roll that goes well warns of nothing: %v", w.judge.warned)
	}
}

// The loss of a quorum is in the conditions at once, and an event once it has
// lasted for longer than an election, however often the operator looks or dies.
func TestALossIsToldWhenItLasts(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	lost := func() int {
		return len(slices.DeleteFunc(slices.Clone(w.judge.warned), func(r string) bool { return r != v1alpha1.ReasonQuorumLost }))
	}
	lose := func() {
		t.Helper()
		for _, id := range []int64{1, 2, 3} {
			w.servers.become(id, zkclienttest.Electing)
		}
		w.eventually("the loss is in the conditions", func() bool {
			return w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionFalse) == v1alpha1.ReasonQuorumLost
		})
		for range 3 {
			w.turn()
		}
	}
	found := func() {
		t.Helper()
		for _, id := range []int64{1, 2, 3} {
			w.servers.become(id, zkclienttest.Up)
		}
		w.rests(e)
	}
	lose()
	found()
	if got := lost(); got != 0 {
		t.Errorf("a loss that is shorter than an election was told %d times", got)
	}
	for told := 1; told <= 2; told++ {
		lose()
		w.began(e, v1alpha1.ConditionAvailable, time.Duration(told)*2*election)
		w.eventually("the loss is told", func() bool { return lost() == told })
		for range 5 {
			w.turn()
		}
		if got := lost(); got != told {
			t.Errorf("%d losses were told %d times", told, got)
		}
		found()
	}
}

// Whatever only a person can mend is told.
func TestAStallIsTold(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1)
	w.rests(e)
	for told := 1; told <= 2; told++ {
		w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Config = map[string]string{"dataDir": "/tmp"} })
		w.untilStalls(e, v1alpha1.ReasonInvalidSpec)
		for range 3 {
			w.turn()
		}
		if len(w.judge.warned) != told || w.judge.warned[told-1] != v1alpha1.ReasonInvalidSpec {
			t.Errorf("%d stalls were told as %v", told, w.judge.warned)
		}
		w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Config = nil })
		w.rests(e)
	}
}

// A stopped ensemble is as specified. A paused one is as ready as it was when
// somebody last looked, and says of which specification.
func TestReadyOfThoseThatAreStoppedOrPaused(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1)
	w.rests(e)
	mode := func(mode v1alpha1.Mode) { w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = mode }) }
	mode(v1alpha1.ModePause)
	w.eventually("it is paused and ready", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionTrue) == v1alpha1.ReasonPaused
	})
	if c := meta.FindStatusCondition(e.Status.Conditions, v1alpha1.ConditionReady); c.ObservedGeneration >= e.Generation {
		t.Errorf("what was true of generation %d is not said of %d", e.Generation-1, c.ObservedGeneration)
	}
	mode(v1alpha1.ModeStop)
	w.eventually("it is stopped and ready", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionTrue) == v1alpha1.ReasonStopped
	})
	for _, kind := range []string{v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled, v1alpha1.ConditionAvailable} {
		if got := w.reason(e, kind, metav1.ConditionFalse); got != v1alpha1.ReasonStopped {
			t.Errorf("%s of a stopped ensemble is false, with the reason Stopped; got reason %q", kind, got)
		}
	}
	mode(v1alpha1.ModeRun)
	w.rests(e)
}
