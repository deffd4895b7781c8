package ensemble

import (
	"context"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// beforeRead reads from the API server itself, and has something happen before one of
// the reads.
type beforeRead struct {
	client.Reader
	reads int    // so far
	at    int    // before which of them
	what  func() // happens
}

func (b *beforeRead) next() {
	if b.reads++; b.reads == b.at {
		b.what()
	}
}

func (b *beforeRead) Get(ctx context.Context, key client.ObjectKey, into client.Object, opts ...client.GetOption) error {
	b.next()
	return b.Reader.Get(ctx, key, into, opts...)
}

func (b *beforeRead) List(ctx context.Context, into client.ObjectList, opts ...client.ListOption) error {
	b.next()
	return b.Reader.List(ctx, into, opts...)
}

// An ensemble is handed over while objects of it are lost, at every moment of a pass of
// the operator that kept it at which that one looks at the API server: it makes nothing
// any more, and the hand-over stands.
func TestAHandOverStandsWhateverIsLost(t *testing.T) {
	t.Parallel()
	service := func(w *world) { w.drop("zk-servers", &corev1.Service{}) }
	for name, c := range map[string]struct {
		lose  func(w *world)
		named string // the object by which the ensemble is handed over
		least int    // moments that there must be
	}{
		"the StatefulSet":          {func(w *world) { w.drop("zk", &appsv1.StatefulSet{}) }, workload.FormationName("zk"), 5},
		"the StatefulSet and more": {func(w *world) { w.drop("zk", &appsv1.StatefulSet{}); service(w) }, workload.FormationName("zk"), 7},
		"that of the observers":    {func(w *world) { w.drop("zk-observers", &appsv1.StatefulSet{}) }, "zk", 2},
		"a Service":                {service, "zk", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(1)
			w.observe(e, 1)
			w.rests(e)
			a, b := w.operators[0], w.employ(second)
			for moment := 1; ; moment++ {
				w.rests(e)
				c.lose(w)
				w.caughtUp()
				live := a.r.Live
				at := &beforeRead{Reader: live, at: moment, what: func() { w.nameIn(c.named, secondOperator) }}
				a.r.Live = at
				a.pass()
				a.r.Live = live
				if at.reads < moment {
					if moment <= c.least {
						t.Errorf("the operator looked %d times in its pass", at.reads)
					}
					return
				}
				w.operators = []*operator{b, a}
				w.rests(e)
				if w.keeper() != secondOperator {
					t.Errorf("the hand-over at moment %d of the pass was undone: %s keeps the ensemble", moment, w.keeper())
				}
				w.handOver(firstOperator)
			}
		})
	}
}

// nameIn does what the command says that hands an ensemble over, on the object that
// names its operator.
func (w *world) nameIn(object, operator string) {
	w.Helper()
	var named client.Object = &corev1.ConfigMap{}
	if object == "zk" {
		named = &appsv1.StatefulSet{}
	}
	if !w.get(object, named) {
		w.Fatalf("there is no %T %s", named, object)
	}
	before := named.DeepCopyObject().(client.Object)
	named.SetAnnotations(merged(named.GetAnnotations(), map[string]string{v1alpha1.AnnotationOperator: operator}))
	if err := w.Patch(w.Context(), named, client.MergeFrom(before)); err != nil {
		w.Fatal(err)
	}
}
