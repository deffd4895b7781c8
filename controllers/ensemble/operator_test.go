package ensemble

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
)

// operator is an operator whose passes are made one by one.
type operator struct {
	w      *world
	r      *Reconciler
	view   *view
	faults *faults
	last   error // what the last pass returned
	// special is what is special about its settings.
	special []func(*Settings)
}

// faults counts the writes of an operator and lets some of them fail. A write
// that fails is not made, unless it is deadly: then it is made, and the operator
// dies before it knows.
type faults struct {
	done   []string // the writes so far
	every  int      // how many writes apart those are that fail, 0 for none
	at     int      // which of so many it is
	deadly bool
	dead   bool
	// late happens before a write arrives that was decided already.
	late func(what string)
	// refuses says which writes the API server refuses, for as long as it is set.
	refuses func(attempt) bool
	asked   int // how often a write was only rehearsed
}

// attempt is a write as the API server sees it.
type attempt struct{ verb, kind, name string }

func (a attempt) String() string { return a.verb + " " + a.kind + " " + a.name }

var (
	errWrite = errors.New("this write fails")
	errDead  = errors.New("the operator is dead")
)

func (f faults) String() string {
	return fmt.Sprintf("write %d of every %d fails, deadly: %t", f.at, f.every, f.deadly)
}

// errPolicy is why a write is refused for good.
var errPolicy = errors.New("the policy of the house forbids it")

// write makes a write, or has it fail.
func (f *faults) write(a attempt, what string, do func() error) error {
	if f.dead {
		return errDead
	}
	f.done = append(f.done, what)
	if f.refuses != nil && f.refuses(a) {
		return apierrors.NewForbidden(schema.GroupResource{Resource: a.kind}, a.name, errPolicy)
	}
	if f.late != nil {
		f.late(what)
	}
	if f.every == 0 || len(f.done)%f.every != f.at {
		return do()
	}
	if f.deadly {
		f.dead = true
		_ = do()
	}
	return fmt.Errorf("%w: %s", errWrite, what)
}

// newStage is a world in which nothing happens but by its turns, with an
// operator.
func newStage(t *testing.T) *world {
	t.Helper()
	w := emptyWorld(t)
	w.judge.listen()
	w.employ()
	return w
}

// employ adds an operator, another Pod of the installation unless it is changed.
func (w *world) employ(special ...func(*Settings)) *operator {
	w.Helper()
	o := &operator{w: w, faults: &faults{}, view: &view{namespace: w.namespace}, special: special}
	o.born()
	w.operators = append(w.operators, o)
	return o
}

// born gives the operator a process that remembers nothing.
func (o *operator) born() {
	o.w.Helper()
	o.faults.dead = false
	c, err := client.NewWithWatch(apiServer, client.Options{
		Scheme: testScheme, FieldOwner: v1alpha1.FieldOwner,
		Cache: &client.CacheOptions{Reader: o.view, DisableFor: []client.Object{&corev1.Secret{}}},
	})
	if err != nil {
		o.w.Fatal(err)
	}
	live, err := client.New(apiServer, client.Options{Scheme: testScheme})
	if err != nil {
		o.w.Fatal(err)
	}
	settings := o.w.settings()
	for _, f := range o.special {
		f(&settings)
	}
	o.r = &Reconciler{
		Client: o.w.judge.watching(o, c), Live: live, Members: &zkclient.Client{}, Recorder: o.w.judge, Settings: settings,
	}
}

// turn lets the cluster, then each operator, take one turn.
func (w *world) turn() {
	w.Helper()
	w.servers.enforce()
	if len(w.operators) == 0 {
		return // everything runs by itself
	}
	if err := w.kubelet.pass(w.Context()); err != nil {
		w.Fatalf("kubelet stand-in: %v", err)
	}
	w.servers.enforce()
	w.judge.look()
	for _, o := range w.operators {
		o.view.turn(w)
		o.pass()
		w.judge.look()
	}
}

// pass makes one pass over the ensemble, as the controller does for each event.
func (o *operator) pass() {
	o.w.Helper()
	e := &v1alpha1.ZooKeeperEnsemble{}
	err := o.r.Get(o.w.Context(), client.ObjectKey{Namespace: o.w.namespace, Name: "zk"}, e)
	if apierrors.IsNotFound(err) {
		return
	}
	if err != nil {
		o.w.Fatal(err)
	}
	o.w.judge.begins(o)
	result, err := o.reconcile(log.IntoContext(o.w.Context(), o.w.logger), e)
	o.last = err
	if err == nil && result.RequeueAfter <= 0 && e.DeletionTimestamp == nil {
		o.w.Error("a pass must end with an error or an alarm clock")
	}
	if o.faults.dead {
		o.born()
	}
}

// reconcile is [Reconciler.Reconcile], and judges that nothing of what was observed is
// changed once it is decided.
func (o *operator) reconcile(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) (ctrl.Result, error) {
	o.w.Helper()
	seen, decision, wait, err := o.r.begin(ctx, e)
	if seen == nil {
		return ctrl.Result{RequeueAfter: wait}, err
	}
	before := fingerprints(seen)
	result, err := o.r.carryOut(ctx, seen, decision)
	after := fingerprints(seen)
	for _, field := range slices.Sorted(maps.Keys(before)) {
		if before[field] != after[field] {
			o.w.judge.breaks("the step %s (%s) changed what was observed: %s", decision.Kind, decision.Reason, field)
		}
	}
	return result, err
}

// watching wraps the client of an operator: its writes may fail, and those that
// are made are judged.
func (j *judge) watching(by *operator, c client.WithWatch) client.Client {
	f := by.faults
	write := func(verb string, o client.Object, do func() error) error {
		a := attempt{verb, kindName(o), o.GetName()}
		if claims := verb == "patch" && len(o.GetOwnerReferences()) == 0; !claims {
			j.closesFirst(a)
		}
		return f.write(a, a.String(), func() error { return j.allowed(by, a, do) })
	}
	return interceptor.NewClient(c, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			return write("create", o, func() error { return j.created(o, c.Create(ctx, o, opts...)) })
		},
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			j.deletes(o, opts)
			return write("delete", o, func() error {
				return j.takes(o, false, func() error { return c.Delete(ctx, o, opts...) })
			})
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			j.patches(o, p)
			return write("patch", o, func() error { return c.Patch(ctx, o, p, opts...) })
		},
		Apply: func(ctx context.Context, c client.WithWatch, o runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
			j.applies(o)
			if wasRehearsed(opts) {
				f.asked++
				return c.Apply(ctx, o, opts...)
			}
			kind, name := called(o)
			a := attempt{"apply", kind, name}
			j.closesFirst(a)
			set, ok := o.(*appsv1ac.StatefulSetApplyConfiguration)
			if !ok {
				return f.write(a, a.String(), func() error {
					return j.allowed(by, a, func() error { return c.Apply(ctx, o, opts...) })
				})
			}
			return f.write(a, fmt.Sprintf("apply %s with %d replicas", *set.Name, *set.Spec.Replicas), func() error {
				return j.allowed(by, a, func() error {
					return j.sized(set, func() error { return c.Apply(ctx, o, opts...) })
				})
			})
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
			return write("patch "+sub, o, func() error { return j.reported(o, c.SubResource(sub).Patch(ctx, o, p, opts...)) })
		},
		SubResourceCreate: func(ctx context.Context, c client.Client, sub string, o, content client.Object, opts ...client.SubResourceCreateOption) error {
			j.evicts(o, content)
			return write(sub, o, func() error {
				return j.takes(o, true, func() error { return c.SubResource(sub).Create(ctx, o, content, opts...) })
			})
		},
	})
}
