package ensemble

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// What was restored names the operator of the cluster that it was saved in. Another
// one takes it where it is told to take over, an open record included, and else waits
// for the command that the status has. No Pod is restarted by either.
func TestWhatWasRestoredIsHandedOver(t *testing.T) {
	t.Parallel()
	for name, without := range map[string]func([]client.Object) []client.Object{
		"everything": func([]client.Object) []client.Object { return nil },
		"all but the StatefulSet": func(all []client.Object) []client.Object {
			return []client.Object{saved[*appsv1.StatefulSet](t, all, "zk")}
		},
		"all but the record": func(all []client.Object) []client.Object {
			return []client.Object{saved[*corev1.ConfigMap](t, all, "zk-formation")}
		},
		"an open record": func(all []client.Object) []client.Object {
			saved[*corev1.ConfigMap](t, all, "zk-formation").Data[member.FormationStateKey] = string(member.FormationOpen)
			return nil
		},
	} {
		for _, told := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", told to take over", false: ", by the command"}[told], func(t *testing.T) {
				t.Parallel()
				w := newStage(t)
				e := w.ensemble(3)
				w.rests(e)
				objects := w.save(owned()...)
				left := without(objects)
				objects = slices.DeleteFunc(objects, func(o client.Object) bool { return slices.Contains(left, o) })
				w.judge.closed = false // it is the test that opens the record
				b := w.movedTo(e, objects, func(s *Settings) { s.TakeOver = told })
				before := w.pods()
				*e = *w.ensemble(3)
				if !told {
					w.missed(e, b)
					if name == "an open record" && w.judge.restoredOpen() {
						t.Error("a record that was restored open is closed by whoever sees it")
					}
					if !onlyStatus(slices.DeleteFunc(slices.Clone(b.faults.done), func(what string) bool { return what == closing && name == "an open record" })) {
						t.Errorf("the operator that stands back wrote %v", b.faults.done)
					}
					w.obey(e)
				}
				w.rests(e)
				if len(before) > 0 { // else there was no StatefulSet that could have made any
					w.untouched(before)
				}
				if w.keeper() != secondOperator {
					t.Errorf("%s keeps the ensemble", w.keeper())
				}
				for _, o := range w.saved(objects) {
					if !metav1.IsControlledBy(o, e) {
						t.Errorf("%T %s is not adopted", o, o.GetName())
					}
				}
			})
		}
	}
}

// closing is the write that closes a formation record.
const closing = "patch ConfigMap zk-formation"

// A formation record that was restored open, and names an operator that may never come,
// is closed in the first pass of another one, but for a paused ensemble. One that has its
// owner is that of a formation that another operator has begun.
func TestAnOpenRecordIsClosedByWhoeverSeesIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode   v1alpha1.Mode
		closes bool
	}{
		"restored": {v1alpha1.ModeRun, true}, "restored and stopped": {v1alpha1.ModeStop, true}, "restored and paused": {v1alpha1.ModePause, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			record := saved[*corev1.ConfigMap](t, w.save(&corev1.ConfigMapList{}), workload.FormationName("zk"))
			record.Data[member.FormationStateKey] = string(member.FormationOpen)
			w.judge.closed = false // it is the test that opens the record
			b := w.movedTo(e, []client.Object{record}, func(*Settings) {})
			*e = *w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = c.mode })
			w.caughtUp()
			b.pass()
			if closed := slices.Contains(b.faults.done, closing); closed != c.closes || w.judge.restoredOpen() == c.closes {
				t.Errorf("closed: %t, want %t; written: %v", closed, c.closes, b.faults.done)
			}
			w.still(func() {
				if rest := slices.DeleteFunc(slices.Clone(b.faults.done), func(what string) bool { return what == closing }); !onlyStatus(rest) {
					t.Errorf("the operator that stands back wrote %v", rest)
				}
			})
		})
	}
	t.Run("of a formation that another operator has begun", func(t *testing.T) {
		t.Parallel()
		w := newStage(t)
		e := w.ensemble(3)
		w.eventually("the formation has begun", func() bool { return w.keeper() != "" })
		a := w.operators
		w.operators = nil
		b := w.employ(second)
		w.still(func() {
			if !onlyStatus(b.faults.done) {
				t.Errorf("the operator that stands back wrote %v", b.faults.done)
			}
		})
		w.operators = a
		w.rests(e)
	})
}

// movedTo deletes an ensemble and restores objects of it where another operator works.
func (w *world) movedTo(e *v1alpha1.ZooKeeperEnsemble, objects []client.Object, special func(*Settings)) *operator {
	w.Helper()
	w.remove(e)
	w.operators = nil
	b := w.employ(second, special)
	w.restore(objects...)
	if slices.ContainsFunc(objects, func(o client.Object) bool { _, is := o.(*appsv1.StatefulSet); return is }) {
		w.eventually("the Pods of the restored StatefulSet run", func() bool { return len(w.pods()) == 3 })
	}
	w.caughtUp()
	return b
}

// obey does what the command in the status says.
func (w *world) obey(e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	_, command, _ := strings.Cut(e.Status.Activity, "kubectl annotate -n "+w.namespace+" ")
	words := strings.Fields(command)
	if len(words) != 4 || words[3] != "--overwrite" {
		w.Fatalf("the status has no command: %s", e.Status.Activity)
	}
	named := map[string]client.Object{"statefulset": &appsv1.StatefulSet{}, "configmap": &corev1.ConfigMap{}}[words[0]]
	key, name, _ := strings.Cut(words[2], "=")
	if named == nil || !w.get(words[1], named) {
		w.Fatalf("there is no %s %s", words[0], words[1])
	}
	named.SetAnnotations(merged(named.GetAnnotations(), map[string]string{key: name}))
	if err := w.Update(w.Context(), named); err != nil {
		w.Fatal(err)
	}
}

// What was restored and names nobody is claimed before it is adopted, and before
// anything else is written, so that one of two operators gets it.
func TestWhatWasRestoredIsClaimedBeforeItIsAdopted(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	objects := w.save(owned()...)
	for _, o := range objects {
		o.SetAnnotations(nil)
	}
	w.movedTo(e, objects, func(*Settings) {})
	w.employ()
	claims := []string{"patch StatefulSet zk", "patch ConfigMap zk-formation"}
	for _, o := range w.operators {
		o.faults.late = func(what string) {
			for _, named := range w.saved([]client.Object{saved[*appsv1.StatefulSet](t, objects, "zk"), saved[*corev1.ConfigMap](t, objects, "zk-formation")}) {
				if named.GetAnnotations()[v1alpha1.AnnotationOperator] != "" {
					continue
				}
				if owned := len(named.GetOwnerReferences()) > 0; owned || !slices.Contains(claims, what) && !strings.HasPrefix(what, "patch status ") {
					t.Errorf("%s names nobody, has an owner: %t, and %q is written", named.GetName(), owned, what)
				}
			}
		}
	}
	*e = *w.ensemble(3)
	w.rests(e)
	back := w.operators[1]
	if w.keeper() == back.r.Settings.Operator() {
		back = w.operators[0]
	}
	if writes := slices.DeleteFunc(slices.Clone(back.faults.done), func(s string) bool { return slices.Contains(claims, s) }); !onlyStatus(writes) {
		t.Errorf("the operator that stands back wrote %v", back.faults.done)
	}
}

// A StatefulSet that names nobody, or that a backup brought back from before a move,
// does not overrule the record.
func TestTheRecordOutlivesAStatefulSetThatKnowsLess(t *testing.T) {
	t.Parallel()
	for name, knows := range map[string]string{"nobody": "", "who kept it before": firstOperator} {
		for _, restored := range []bool{false, true} {
			if !restored && knows != "" {
				continue // what has an owner and names somebody is a hand-over
			}
			t.Run(name+map[bool]string{true: ", restored", false: ""}[restored], func(t *testing.T) {
				t.Parallel()
				w := newStage(t)
				e := w.ensemble(3)
				w.rests(e)
				a, b := w.operators[0], w.employ(second)
				w.handOver(secondOperator)
				w.rests(e)
				a.faults.done = nil
				set := saved[*appsv1.StatefulSet](t, w.save(&appsv1.StatefulSetList{}), "zk")
				set.Annotations[v1alpha1.AnnotationOperator] = knows
				if restored {
					w.operators = nil
					w.drop("zk", &appsv1.StatefulSet{})
					w.restore(set)
					w.operators = []*operator{a, b}
				} else {
					w.editSet("zk", func(set *appsv1.StatefulSet) { delete(set.Annotations, v1alpha1.AnnotationOperator) })
				}
				w.rests(e)
				now := &appsv1.StatefulSet{}
				if w.get("zk", now); now.Annotations[v1alpha1.AnnotationOperator] != secondOperator || !metav1.IsControlledBy(now, e) {
					t.Errorf("the StatefulSet names %q, its owners are %v", now.Annotations[v1alpha1.AnnotationOperator], now.OwnerReferences)
				}
				if !onlyStatus(a.faults.done) {
					t.Errorf("the operator that stands back wrote %v", a.faults.done)
				}
			})
		}
	}
}

// A StatefulSet that could never be the ensemble's is somebody else's, whatever it names.
func TestWhatCannotBeAdoptedNamesNobody(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1)
	w.rests(e)
	set := saved[*appsv1.StatefulSet](t, w.save(owned()...), "zk")
	set.Spec.Replicas = new(int32(0))
	set.Spec.ServiceName = "other"
	set.Annotations[v1alpha1.AnnotationOperator] = secondOperator
	w.remove(e)
	w.restore(set)
	*e = *w.ensemble(1)
	w.untilStalls(e, v1alpha1.ReasonNameConflict)
	w.still(func() { w.unadopted(set) })
	record := &corev1.ConfigMap{}
	if w.get(workload.FormationName("zk"), record); record.Annotations[v1alpha1.AnnotationOperator] == secondOperator {
		t.Error("the record names whom somebody else's StatefulSet names")
	}
}
