package drift_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/drift"
)

// sets are the two StatefulSets of an input, applied and read back into it.
func sets(t *testing.T, in *workload.Input) (servers, observers pair) {
	t.Helper()
	o := build(t, *in)
	in.Live, in.LiveObservers = &appsv1.StatefulSet{}, &appsv1.StatefulSet{}
	servers, observers = pair{o.StatefulSet, in.Live}, pair{o.Observers, in.LiveObservers}
	apply(t, servers)
	apply(t, observers)
	return servers, observers
}

// TestLargerVolumesLeaveTheStatefulSetsAlone raises the sizes, which no
// StatefulSet can take over: its claims grow one by one.
func TestLargerVolumesLeaveTheStatefulSetsAlone(t *testing.T) {
	for name, change := range map[string]func(*v1alpha1.ZooKeeperEnsembleSpec){
		"default": func(*v1alpha1.ZooKeeperEnsembleSpec) {},
		"full":    full,
	} {
		t.Run(name, func(t *testing.T) {
			in := ensembleOf(namespace(t), change)
			servers, observers := sets(t, &in)
			in.Ensemble.Spec.Storage.Data.Size = resource.MustParse("100Gi")
			if log := in.Ensemble.Spec.Storage.Log; log != nil {
				log.Size = resource.MustParse("50Gi")
			}
			o := build(t, in)
			for kind, p := range map[string]pair{
				"voters":    {o.StatefulSet, servers.live},
				"observers": {o.Observers, observers.live},
			} {
				if differs(t, p) {
					t.Errorf("%s: a larger volume is drift of the StatefulSet", kind)
				}
				before := p.live.GetResourceVersion()
				apply(t, p)
				if after := p.live.GetResourceVersion(); after != before {
					t.Errorf("%s: applying wrote version %s over %s", kind, after, before)
				}
			}
		})
	}
}

// TestTemplatesChangeBesideLargerVolumes applies a new template together with
// larger volumes: the one must not keep the other away.
func TestTemplatesChangeBesideLargerVolumes(t *testing.T) {
	in := ensembleOf(namespace(t), full)
	servers, _ := sets(t, &in)
	in.Ensemble.Spec.Storage.Data.Size = resource.MustParse("100Gi")
	in.Ensemble.Spec.Config = map[string]string{"snapCount": "70000"}
	p := pair{build(t, in).StatefulSet, servers.live}
	if !differs(t, p) {
		t.Fatal("another property is no drift")
	}
	apply(t, p)
	if differs(t, p) {
		t.Error("what was just applied differs")
	}
}

// withhold is what is applied to a live StatefulSet while updates are paused.
func withhold(t *testing.T, desired *appsv1ac.StatefulSetApplyConfiguration, live client.Object) (pair, bool) {
	t.Helper()
	held, differs, err := workload.Withhold(desired, set(live))
	if err != nil {
		t.Fatal(err)
	}
	return pair{held, live}, differs
}

// TestWithhold pauses updates and changes the spec: nothing but the size of the
// StatefulSets changes, and what was held back comes when the pause ends.
func TestWithhold(t *testing.T) {
	for name, change := range map[string]func(*v1alpha1.ZooKeeperEnsembleSpec){
		"default": func(*v1alpha1.ZooKeeperEnsembleSpec) {},
		"full":    full,
	} {
		t.Run(name, func(t *testing.T) {
			in := ensembleOf(namespace(t), change)
			servers, observers := sets(t, &in)
			in.Ensemble.Spec.Version = "3.9.6"
			in.Ensemble.Spec.Pod.Labels = map[string]string{"new": "label"}
			in.AgentImage = "operator:2"
			o := build(t, in)
			for kind, p := range map[string]pair{
				"voters":    {o.StatefulSet, servers.live},
				"observers": {o.Observers, observers.live},
			} {
				checkWithheld(t, kind, p)
			}
		})
	}
}

func checkWithheld(t *testing.T, kind string, wanted pair) {
	t.Helper()
	desired := wanted.desired.(*appsv1ac.StatefulSetApplyConfiguration)
	p, held := withhold(t, desired, wanted.live)
	if !held {
		t.Fatalf("%s: a new template is not seen as one", kind)
	}
	if differs(t, p) {
		t.Errorf("%s: what is ours of the live object differs from it", kind)
	}
	template := set(p.live).Spec.Template.DeepCopy()
	p.desired.(*appsv1ac.StatefulSetApplyConfiguration).Spec.WithReplicas(7)
	if !differs(t, p) {
		t.Errorf("%s: another size is no drift", kind)
	}
	apply(t, p)
	if differs(t, p) {
		t.Errorf("%s: what was just applied differs", kind)
	}
	if got := *set(p.live).Spec.Replicas; got != 7 {
		t.Errorf("%s: the size is %d, want 7", kind, got)
	}
	if diff := cmp.Diff(template, &set(p.live).Spec.Template); diff != "" {
		t.Errorf("%s: a paused update changed the template (-before +after):\n%s", kind, diff)
	}
	if got := workload.VersionOf(set(p.live)); got != "3.9.5" {
		t.Errorf("%s: the template that is held back makes the StatefulSet one of version %s", kind, got)
	}
	apply(t, wanted)
	if _, held := withhold(t, desired, wanted.live); held || differs(t, wanted) {
		t.Errorf("%s: the new template did not come when the pause ended", kind)
	}
}

// TestWithholdOnlyTemplates checks what is not held back: an edited template is
// put right, and a size is a size.
func TestWithholdOnlyTemplates(t *testing.T) {
	in := ensembleOf(namespace(t))
	servers, _ := sets(t, &in)
	in.Replicas = 5
	desired := build(t, in).StatefulSet
	container(servers.live).Image = "edited:1"
	if err := server.Update(t.Context(), servers.live, client.FieldOwner("somebody-else")); err != nil {
		t.Fatal(err)
	}
	p, held := withhold(t, desired, servers.live)
	if held {
		t.Error("another size or an edit counts as a new template")
	}
	apply(t, p)
	if got := container(p.live).Image; got == "edited:1" {
		t.Error("an edited template was kept")
	}
	if _, held := withhold(t, desired, (*appsv1.StatefulSet)(nil)); held {
		t.Error("a StatefulSet that does not exist yet is held back")
	}
}

// TestWithholdFromAStranger covers a StatefulSet of ours whose managed fields
// somebody removed: its size must still be ours to set.
func TestWithholdFromAStranger(t *testing.T) {
	in := ensembleOf(namespace(t))
	servers, _ := sets(t, &in)
	in.Ensemble.Spec.Version = "3.9.6"
	live := set(servers.live)
	live.ManagedFields = []metav1.ManagedFieldsEntry{{}} // this clears them
	if err := server.Update(t.Context(), live, client.FieldOwner("somebody-else")); err != nil {
		t.Fatal(err)
	}
	held, differs, err := workload.Withhold(build(t, in).StatefulSet, live)
	if err != nil || !differs {
		t.Fatalf("held back %v, error %v", differs, err)
	}
	held.Spec.WithReplicas(4)
	if got, err := drift.Compare(live, held, v1alpha1.FieldOwner); err != nil || !got.Any() {
		t.Errorf("differs %v, error %v", got, err)
	}
	p := pair{held, servers.live}
	apply(t, p)
	if got := set(p.live); *got.Spec.Replicas != 4 || len(got.Spec.Template.Spec.Containers) != 1 {
		t.Errorf("after an apply of the size the StatefulSet has %d replicas of %d containers",
			*got.Spec.Replicas, len(got.Spec.Template.Spec.Containers))
	}
}
