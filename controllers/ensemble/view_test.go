package ensemble

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// view is what an operator sees of the API server. Without a source of chance it
// is the cache of all tests. With one, each kind of object stands still for a
// few turns at a time, as in a cache whose watch hangs.
type view struct {
	namespace string
	chance    *rand.Rand
	kinds     map[string]*standing
}

// standing is one kind of object as it was some turns ago.
type standing struct {
	turns   int // for which it stays like that
	objects []client.Object
}

// longest is for how many turns a kind may stand still.
const longest = 8

// blink makes the view stale from now on, each time in another way, or fresh.
func (v *view) blink(chance *rand.Rand) { v.chance, v.kinds = chance, map[string]*standing{} }

// freeze makes the view show for ever what there is now of some kinds.
func (v *view) freeze(w *world, kinds ...client.ObjectList) {
	w.Helper()
	v.blink(nil)
	for _, list := range kinds {
		v.stand(w, list, math.MaxInt)
	}
}

// turn lets time pass.
func (v *view) turn(w *world) {
	w.Helper()
	if v.chance == nil {
		return
	}
	for _, list := range lists() {
		kind := kindOf(list)
		if s := v.kinds[kind]; s != nil && s.turns > 0 {
			s.turns--
			continue
		}
		v.stand(w, list, v.chance.IntN(longest+1))
	}
}

// stand makes a kind stand still as it is now.
func (v *view) stand(w *world, list client.ObjectList, turns int) {
	w.Helper()
	s := &standing{turns: turns}
	v.kinds[kindOf(list)] = s
	if err := watched.List(w.Context(), list, client.InNamespace(v.namespace)); err != nil {
		w.Fatal(err)
	}
	if err := eachItem(list, func(o client.Object) { s.objects = append(s.objects, o.DeepCopyObject().(client.Object)) }); err != nil {
		w.Fatal(err)
	}
}

// lists are the kinds of objects that an operator watches.
func lists() []client.ObjectList { return append(parts(), &v1alpha1.ZooKeeperEnsembleList{}) }

// parts are those that an ensemble has.
func parts() []client.ObjectList {
	return []client.ObjectList{
		&appsv1.StatefulSetList{}, &corev1.PodList{}, &corev1.PersistentVolumeClaimList{}, &corev1.ConfigMapList{},
		&corev1.ServiceList{}, &policyv1.PodDisruptionBudgetList{},
	}
}

func kindOf(o runtime.Object) string { return strings.TrimSuffix(fmt.Sprintf("%T", o), "List") }

// Get reads an object as it stands.
func (v *view) Get(ctx context.Context, key client.ObjectKey, into client.Object, opts ...client.GetOption) error {
	s := v.kinds[kindOf(into)]
	if s == nil {
		return watched.Get(ctx, key, into, opts...)
	}
	for _, o := range s.objects {
		if client.ObjectKeyFromObject(o) == key {
			reflect.ValueOf(into).Elem().Set(reflect.ValueOf(o.DeepCopyObject()).Elem())
			return nil
		}
	}
	return apierrors.NewNotFound(schema.GroupResource{Resource: kindOf(into)}, key.Name)
}

// List reads the objects of a kind as they stand.
func (v *view) List(ctx context.Context, into client.ObjectList, opts ...client.ListOption) error {
	s := v.kinds[kindOf(into)]
	if s == nil {
		return watched.List(ctx, into, opts...)
	}
	options := client.ListOptions{LabelSelector: labels.Everything()}
	options.ApplyOptions(opts)
	if options.LabelSelector == nil {
		options.LabelSelector = labels.Everything()
	}
	var found []runtime.Object
	for _, o := range s.objects {
		if options.LabelSelector.Matches(labels.Set(o.GetLabels())) {
			found = append(found, o.DeepCopyObject())
		}
	}
	return meta.SetList(into, found)
}
