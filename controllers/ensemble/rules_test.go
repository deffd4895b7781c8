package ensemble

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// writes counts the write requests of an operator, and can make one fail.
type writes struct {
	count  atomic.Int64
	failAt int64 // the write that fails, 0 for none
}

func (w *writes) next() error {
	if w.count.Add(1) == w.failAt {
		return errWrite
	}
	return nil
}

// unwatched is a client that cannot watch, which the operator's own never does.
type unwatched struct{ client.Client }

func (unwatched) Watch(context.Context, client.ObjectList, ...client.ListOption) (watch.Interface, error) {
	return nil, errors.ErrUnsupported
}

// counting wraps a client so that all its writes are counted.
func (w *writes) counting(c client.Client) client.Client {
	return interceptor.NewClient(unwatched{c}, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			if err := w.next(); err != nil {
				return err
			}
			return c.Create(ctx, o, opts...)
		},
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			if err := w.next(); err != nil {
				return err
			}
			return c.Delete(ctx, o, opts...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			if err := w.next(); err != nil {
				return err
			}
			return c.Patch(ctx, o, p, opts...)
		},
		Apply: func(ctx context.Context, c client.WithWatch, o runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
			if err := w.next(); err != nil {
				return err
			}
			return c.Apply(ctx, o, opts...)
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, name string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
			if err := w.next(); err != nil {
				return err
			}
			return c.SubResource(name).Patch(ctx, o, p, opts...)
		},
		SubResourceCreate: func(ctx context.Context, c client.Client, name string, o, sub client.Object, opts ...client.SubResourceCreateOption) error {
			if err := w.next(); err != nil {
				return err
			}
			return c.SubResource(name).Create(ctx, o, sub, opts...)
		},
	})
}

// Rule 11: a pass over a settled ensemble sends no write request, and opens no
// session.
func TestASettledEnsembleIsSilent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var counted writes
	w.operator(counted.counting)
	e := w.ensemble(3)
	w.untilReady(e)
	w.settles(&counted)
	before, sessions := counted.count.Load(), w.servers.Sessions()
	// Whatever touches an object of the ensemble makes a pass; so many of them
	// have been made when the last touch is seen.
	var set appsv1.StatefulSet
	for i := range 5 {
		w.get("zk", &set)
		set.Annotations["touched"] = string(rune('a' + i))
		if err := w.Update(w.Context(), &set); err != nil {
			t.Fatal(err)
		}
		w.settles(&counted)
	}
	if after := counted.count.Load(); after != before {
		t.Errorf("a settled ensemble was written to %d times", after-before)
	}
	if now := w.servers.Sessions(); now != sessions {
		t.Errorf("%d sessions were opened on a settled ensemble", now-sessions)
	}
}

// settles waits until no write has been seen for a while that is many passes long.
func (w *world) settles(counted *writes) {
	w.Helper()
	last, since := counted.count.Load(), time.Now()
	w.eventually("the operator is quiet", func() bool {
		if now := counted.count.Load(); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > 2*time.Second
	})
}

// Rule 7: the super user is created once and never overwritten.
func TestTheSuperuserIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stop := w.operator()
	e := w.ensemble(3)
	w.untilReady(e)
	var before, after corev1.Secret
	w.get("zk-superuser", &before)
	stop()
	w.operator()
	w.untilReady(e)
	w.get("zk-superuser", &after)
	if before.UID != after.UID || before.ResourceVersion != after.ResourceVersion {
		t.Error("a second operator must leave the Secret as it is")
	}
	if err := w.Delete(t.Context(), &after); err != nil {
		t.Fatal(err)
	}
	w.eventually("the new super user makes the members outdated", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) == v1alpha1.ReasonRestartingMember
	})
	w.rests(e)
	if before := w.servers.Reconfigs(); before != 0 {
		t.Fatalf("nobody asked for another membership, and it was changed %d times", before)
	}
	w.resize(e, 1) // which the servers let nobody do but the new super user
	w.rests(e)
}

// Rule 12: another operator image alone changes no template.
func TestANewOperatorRestartsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stop := w.operator()
	e := w.ensemble(3)
	w.untilReady(e)
	var before, after appsv1.StatefulSet
	w.get("zk", &before)
	stop()
	w.agentImage = "agent:2"
	w.operator()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Disruption.Budget = v1alpha1.BudgetNone })
	w.untilReady(e)
	w.eventually("the budget is gone", func() bool { return !w.get("zk", &policyv1.PodDisruptionBudget{}) })
	w.get("zk", &after)
	if before.Generation != after.Generation {
		t.Errorf("the StatefulSet changed from generation %d to %d", before.Generation, after.Generation)
	}
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = []string{"-Xss512k"} })
	w.eventually("a template that changes anyway takes the new agent", func() bool {
		return w.get("zk", &after) && after.Spec.Template.Spec.InitContainers[0].Image == "agent:2"
	})
}

func TestPausedMeansThatOnlyTheStatusIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.operator()
	e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModePause })
	w.eventually("the status says Paused", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) == v1alpha1.ReasonPaused
	})
	if w.get("zk", &appsv1.StatefulSet{}) || w.get("zk-formation", &corev1.ConfigMap{}) || w.get("zk-superuser", &corev1.Secret{}) {
		t.Error("a paused ensemble must not be created")
	}
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModeRun })
	w.untilReady(e)
}

func TestAnObjectThatIsNotOursIsNeverTouched(t *testing.T) {
	t.Parallel()
	for name, foreign := range map[string]client.Object{
		"zk":           &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}},
		"zk-servers":   &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}},
		"zk-members":   &corev1.ConfigMap{Data: map[string]string{"a": "b"}},
		"zk-formation": &corev1.ConfigMap{Data: map[string]string{"state": "open"}},
		"zk-superuser": &corev1.Secret{Data: map[string][]byte{"a": []byte("b")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			foreign.SetName(name)
			foreign.SetNamespace(w.namespace)
			if err := w.Create(t.Context(), foreign); err != nil {
				t.Fatal(err)
			}
			version := foreign.GetResourceVersion()
			w.operator()
			e := w.ensemble(3)
			w.eventually("the status names the object", func() bool {
				return w.reason(e, v1alpha1.ConditionStalled, metav1.ConditionTrue) == v1alpha1.ReasonNameConflict
			})
			if w.get("zk", &appsv1.StatefulSet{}) {
				t.Error("no server must be started without all its objects")
			}
			w.get(name, foreign)
			if foreign.GetResourceVersion() != version {
				t.Errorf("the foreign object was changed: %v", foreign)
			}
			if err := w.Delete(t.Context(), foreign); err != nil {
				t.Fatal(err)
			}
			w.untilReady(e)
		})
	}
}

// Rule 10: a wrong specification is explained and changes nothing.
func TestAWrongSpecificationChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.operator()
	e := w.ensemble(3)
	w.untilReady(e)
	var before, after appsv1.StatefulSet
	w.get("zk", &before)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
		e.Spec.Config = map[string]string{"syncLimt": "7", "dataDir": "/tmp"}
	})
	w.eventually("the status explains both mistakes", func() bool {
		return w.reason(e, v1alpha1.ConditionStalled, metav1.ConditionTrue) == v1alpha1.ReasonInvalidSpec
	})
	for _, words := range []string{"syncLimt", "syncLimit", "dataDir"} {
		if !strings.Contains(e.Status.Activity, words) {
			t.Errorf("the status must name %q: %s", words, e.Status.Activity)
		}
	}
	if got := w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionTrue); got != v1alpha1.ReasonQuorumServes {
		t.Errorf("the running ensemble stays available; got reason %q", got)
	}
	w.get("zk", &after)
	if before.Generation != after.Generation {
		t.Error("the StatefulSet must not change")
	}
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Config = nil })
	w.untilReady(e)
}

// An ensemble that is created again on kept volumes is never formed anew: none
// of its disks may be given a vote.
func TestKeptVolumesAreNeverFormedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.claim("data-zk-1", stranger("data-zk-1", "zk", nil).Labels)
	w.servers.hold(true)
	w.operator()
	w.ensemble(3)
	var formation corev1.ConfigMap
	w.eventually("the formation record exists", func() bool { return w.get("zk-formation", &formation) })
	if got := formation.Data[member.FormationStateKey]; got != string(member.FormationClosed) {
		t.Errorf("beside a kept volume the record must be created closed, not %q", got)
	}
}

// Every reason has an alarm clock, so that nothing is waited for in vain, and
// words that a person can read.
func TestEveryReasonHasAnAlarmClockAndWords(t *testing.T) {
	t.Parallel()
	for _, reason := range plan.Reasons() {
		after := wakeAfter(plan.Decision{Reason: reason})
		if after <= 0 || after > 15*time.Second {
			t.Errorf("%s is looked at again after %v; the status may lag by 15 s at most", reason, after)
		}
	}
	for _, reason := range plan.Reasons() {
		if lines[reason] == nil {
			t.Errorf("there are no words for %s", reason)
		}
	}
	if len(alarms) != len(plan.Reasons()) {
		t.Errorf("there are %d alarm clocks for %d reasons", len(alarms), len(plan.Reasons()))
	}
}

// What is accepted but unwise is told once, by an event, and stays in the status.
func TestUnwiseSpecificationsAreWarnedOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.operator()
	e := w.ensemble(2, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Version = "3.8.6" })
	w.eventually("both warnings are in the status", func() bool { return w.get(e.Name, e) && len(e.Status.Warnings) == 2 })
	for i, words := range []string{"spec.replicas", "ZOOKEEPER-4712"} {
		if !strings.Contains(e.Status.Warnings[i], words) {
			t.Errorf("warning %d must name %q: %s", i, words, e.Status.Warnings[i])
		}
	}
	var events eventsv1.EventList
	w.eventually("one event tells them both", func() bool {
		if err := w.List(t.Context(), &events, client.InNamespace(w.namespace)); err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, event := range events.Items {
			if event.Reason == v1alpha1.ReasonSpecWarning {
				told++
				if want := strings.Join(e.Status.Warnings, "; "); event.Note != want {
					t.Fatalf("the event says %q, want %q", event.Note, want)
				}
			}
		}
		return told == 1
	})
}
