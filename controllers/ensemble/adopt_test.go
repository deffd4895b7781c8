package ensemble

import (
	"maps"
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

// What was restored and is as specified is adopted as it is: no Pod is restarted,
// and it is told once.
func TestAdoptionRestartsNobody(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Observers.Replicas = 1 })
	w.rests(e)
	objects := w.save(owned()...)
	w.remove(e)
	w.restore(objects...)
	w.eventually("all Pods run", func() bool { return len(w.pods()) == 4 })
	before, set := w.pods(), &appsv1.StatefulSet{}
	w.get("zk", set)
	w.judge.told = nil
	*e = *w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Observers.Replicas = 1 })
	w.rests(e)
	w.untouched(before)
	now := &appsv1.StatefulSet{}
	if w.get("zk", now); now.UID != set.UID || now.Status.UpdateRevision != set.Status.UpdateRevision {
		t.Errorf("the StatefulSet is another one, or has another template: revision %s, was %s", now.Status.UpdateRevision, set.Status.UpdateRevision)
	}
	for _, o := range w.saved(objects) {
		if !metav1.IsControlledBy(o, e) {
			t.Errorf("%T %s is not adopted", o, o.GetName())
		}
	}
	told := slices.DeleteFunc(slices.Clone(w.judge.told), func(reason string) bool { return reason != v1alpha1.ReasonObjectsAdopted })
	if len(told) != 1 {
		t.Errorf("the adoption is told %d times: %v", len(told), w.judge.told)
	}
}

// saved reads objects again.
func (w *world) saved(objects []client.Object) []client.Object {
	w.Helper()
	now := make([]client.Object, 0, len(objects))
	for _, o := range objects {
		is := o.DeepCopyObject().(client.Object)
		if !w.get(o.GetName(), is) {
			w.Errorf("%T %s is gone", o, o.GetName())
		}
		now = append(now, is)
	}
	return now
}

// Whoever restores an object writes every field of it. What the specification no
// longer wants goes all the same.
func TestWhatIsAdoptedKeepsNothingThatIsNotSpecified(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1, func(e *v1alpha1.ZooKeeperEnsemble) {
		e.Spec.Pod.Annotations = map[string]string{"team": "a"}
		e.Spec.JVM.Flags = []string{"-Xss512k"}
		e.Spec.Placement.NodeSelector = map[string]string{"disk": "fast"}
	})
	w.rests(e)
	objects := w.save(owned()...)
	for _, o := range objects {
		o.SetAnnotations(merged(o.GetAnnotations(), map[string]string{"theirs": "stays"}))
	}
	w.restoredWith(e, objects)
	w.rests(e)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
		e.Spec.Pod.Annotations, e.Spec.JVM.Flags, e.Spec.Placement.NodeSelector = nil, nil, nil
	})
	w.rests(e)
	set := &appsv1.StatefulSet{}
	w.get("zk", set)
	template := set.Spec.Template
	if template.Annotations["team"] != "" || template.Spec.NodeSelector["disk"] != "" || hasFlag(w.pods()["zk-0"], "-Xss512k") {
		t.Errorf("the template keeps what was taken out of the specification: %v, %v", template.Annotations, template.Spec.NodeSelector)
	}
	for _, o := range w.saved(slices.DeleteFunc(objects, func(o client.Object) bool { return strings.HasPrefix(o.GetName(), "zk-config-") })) {
		if o.GetAnnotations()["theirs"] != "stays" {
			t.Errorf("%T %s has lost an annotation of somebody else", o, o.GetName())
		}
	}
}

func merged(a, b map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range []map[string]string{a, b} {
		maps.Copy(all, m)
	}
	return all
}

// A backup that was taken while the ensemble formed holds an open record. It gives
// no blank volume a vote: three of them would be a quorum that knows nothing.
func TestARecordThatWasSavedOpenLetsNoBlankVolumeVote(t *testing.T) {
	t.Parallel()
	for name, kinds := range map[string][]client.ObjectList{"everything": owned(), "all but the StatefulSet": owned()[:5]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			w.servers.hold(true)
			e := w.ensemble(3)
			w.eventually("the ensemble forms", func() bool { return len(w.pods()) == 3 })
			objects := w.save(kinds...)
			if state := saved[*corev1.ConfigMap](t, objects, "zk-formation").Data[member.FormationStateKey]; state != string(member.FormationOpen) {
				t.Fatalf("the formation record was saved %s", state)
			}
			w.remove(e)
			w.wipe()
			w.servers.hold(false)
			w.restore(objects...)
			*e = *w.ensemble(3)
			w.caughtUp()
			w.operators[0].pass() // before any Pod starts
			w.eventually("all Pods run", func() bool { return len(w.pods()) == 3 })
			w.still(func() {
				record := &corev1.ConfigMap{}
				if w.get("zk-formation", record); record.Data[member.FormationStateKey] != string(member.FormationClosed) || !metav1.IsControlledBy(record, e) {
					t.Errorf("the record must be closed and the ensemble's: %v", record.Data)
				}
				if leader := w.servers.Leader(); leader != 0 {
					t.Errorf("server %d leads a quorum of blank disks", leader)
				}
			})
			w.untilWaits(e, v1alpha1.ReasonForming)
		})
	}
}

// Another object that is somebody else's does not keep an open record open.
func TestAnOpenRecordIsClosedBesideAConflict(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	record := workload.FormationRecord(&v1alpha1.ZooKeeperEnsemble{ObjectMeta: metav1.ObjectMeta{Name: "zk", Namespace: w.namespace}},
		member.FormationOpen, w.servers.Membership())
	foreign := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "zk-servers", Namespace: w.namespace},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
	}
	w.restore(stripped(record), foreign)
	e := w.ensemble(3)
	w.untilStalls(e, v1alpha1.ReasonNameConflict)
	now := &corev1.ConfigMap{}
	if w.get("zk-formation", now); now.Data[member.FormationStateKey] != string(member.FormationClosed) {
		t.Errorf("the record is %v", now.Data)
	}
}

// What only looks like the ensemble's is never touched, and the status says what to
// do.
func TestWhatCannotBeAdoptedIsNamed(t *testing.T) {
	t.Parallel()
	set := func(change func(*appsv1.StatefulSet)) func(*world, []client.Object) client.Object {
		return func(w *world, objects []client.Object) client.Object {
			set := saved[*appsv1.StatefulSet](w.T, objects, "zk")
			set.Spec.Replicas = new(int32(0))
			change(set)
			return set
		}
	}
	service := func(change func(*corev1.Service)) func(*world, []client.Object) client.Object {
		return func(w *world, objects []client.Object) client.Object {
			service := saved[*corev1.Service](w.T, objects, "zk-servers")
			change(service)
			return service
		}
	}
	for name, c := range map[string]struct {
		object func(w *world, objects []client.Object) client.Object
		says   []string
	}{
		"another selector": {set(func(set *appsv1.StatefulSet) {
			set.Spec.Selector.MatchLabels["of"], set.Spec.Template.Labels["of"] = "other", "other"
		}), []string{"StatefulSet zk", "spec.selector"}},
		"another Service name": {set(func(set *appsv1.StatefulSet) {
			set.Spec.ServiceName = "other"
		}), []string{"StatefulSet zk", "spec.serviceName"}},
		"Pods one after the other": {set(func(set *appsv1.StatefulSet) {
			set.Spec.PodManagementPolicy = appsv1.OrderedReadyPodManagement
		}), []string{"StatefulSet zk", "spec.podManagementPolicy"}},
		"no volume": {set(func(set *appsv1.StatefulSet) {
			set.Spec.VolumeClaimTemplates = nil
			dataless(set)
		}), []string{"StatefulSet zk", "spec.volumeClaimTemplates"}},
		"another volume": {set(func(set *appsv1.StatefulSet) {
			set.Spec.VolumeClaimTemplates[0].Name = "other"
			dataless(set)
		}), []string{"StatefulSet zk", "spec.volumeClaimTemplates"}},
		"volumes of another class": {set(func(set *appsv1.StatefulSet) {
			set.Spec.VolumeClaimTemplates[0].Spec.StorageClassName = new("other")
		}), []string{"StatefulSet zk", "spec.storage"}},
		"block devices": {set(func(set *appsv1.StatefulSet) {
			set.Spec.VolumeClaimTemplates[0].Spec.VolumeMode = new(corev1.PersistentVolumeBlock)
		}), []string{"StatefulSet zk", "spec.volumeClaimTemplates"}},
		"copies of a volume": {set(func(set *appsv1.StatefulSet) {
			set.Spec.VolumeClaimTemplates[0].Spec.DataSource = &corev1.TypedLocalObjectReference{Kind: "PersistentVolumeClaim", Name: "old"}
		}), []string{"StatefulSet zk", "spec.volumeClaimTemplates"}},
		"certain volumes": {set(func(set *appsv1.StatefulSet) {
			set.Spec.VolumeClaimTemplates[0].Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"of": "old"}}
		}), []string{"StatefulSet zk", "spec.volumeClaimTemplates"}},
		"volumes without labels": {set(func(set *appsv1.StatefulSet) {
			set.Spec.VolumeClaimTemplates[0].Labels = nil
		}), []string{"StatefulSet zk", "spec.volumeClaimTemplates"}},
		"the component of observers": {set(func(set *appsv1.StatefulSet) {
			set.Labels[v1alpha1.LabelComponent] = v1alpha1.ComponentObserver
		}), []string{"StatefulSet zk"}},
		"not all labels":            {service(func(s *corev1.Service) { delete(s.Labels, "app.kubernetes.io/name") }), []string{"Service zk-servers"}},
		"those of another ensemble": {service(func(s *corev1.Service) { s.Labels[v1alpha1.LabelEnsemble] = "zk2" }), []string{"Service zk-servers"}},
		"an owner of another kind": {service(func(s *corev1.Service) {
			s.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "x", UID: "x"}}
		}), []string{"Service zk-servers"}},
		"an earlier ensemble": {service(func(s *corev1.Service) {
			s.OwnerReferences = []metav1.OwnerReference{{
				APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.Kind, Name: "zk", UID: "x", Controller: new(true),
			}}
		}), []string{"Service zk-servers", "earlier ensemble", "ownerReferences"}},
		"a super user whose halves do not fit": {func(w *world, objects []client.Object) client.Object {
			secret := saved[*corev1.Secret](w.T, objects, "zk-superuser")
			secret.Data[workload.SuperuserPasswordKey] = []byte("mine")
			return secret
		}, []string{"Secret zk-superuser", "delete it"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(1)
			w.rests(e)
			object := c.object(w, w.save(owned()...))
			w.remove(e)
			w.restore(object)
			*e = *w.ensemble(1)
			w.untilStalls(e, v1alpha1.ReasonNameConflict)
			if !says(e, c.says...) {
				t.Errorf("the status must say %q: %s", c.says, e.Status.Activity)
			}
			w.still(func() { w.unadopted(object) })
			w.drop(object.GetName(), object)
			w.rests(e)
		})
	}
}

func dataless(set *appsv1.StatefulSet) {
	container := &set.Spec.Template.Spec.Containers[0]
	container.VolumeMounts = slices.DeleteFunc(container.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == workload.DataVolume })
}

// unadopted holds that nobody but the stand-in has changed an object.
func (w *world) unadopted(was client.Object) {
	w.Helper()
	is := was.DeepCopyObject().(client.Object)
	if !w.get(was.GetName(), is) || len(is.GetOwnerReferences()) != len(was.GetOwnerReferences()) || is.GetGeneration() > 1 {
		w.Errorf("%T %s is not as it was: %v", was, was.GetName(), is.GetOwnerReferences())
	}
}

// A Secret is adopted only as the super user that the Pods run with.
func TestASuperuserThatThePodsDoNotKnowIsNotAdopted(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	objects := w.save(owned()...)
	right := saved[*corev1.Secret](t, objects, "zk-superuser")
	wrong := workload.SuperuserSecret(e, workload.NewSuperuser())
	before := w.pods()
	w.operators, w.judge.restored = nil, true
	seeing := w.employ() // who is told of nothing that happens meanwhile
	w.operators = nil
	w.drop("zk-superuser", &corev1.Secret{})
	w.restore(stripped(wrong))
	w.operators = []*operator{seeing}
	w.untilStalls(e, v1alpha1.ReasonNameConflict)
	if !says(e, "Secret zk-superuser", "put that one back") {
		t.Errorf("the status must say what to do: %s", e.Status.Activity)
	}
	w.still(func() { w.unadopted(stripped(wrong)) })
	w.operators = nil
	w.drop("zk-superuser", &corev1.Secret{})
	w.restore(right)
	w.operators = []*operator{seeing}
	w.rests(e)
	w.untouched(before)
}

// An ensemble that is gone is given nothing, although an operator sees it for a while: it
// was deleted so that all that it had stays, and that would go with it.
func TestNothingIsGivenToAnEnsembleThatIsGone(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Retention = v1alpha1.RetentionDelete })
	w.rests(e)
	late := w.operators[0]
	late.view.freeze(w, &v1alpha1.ZooKeeperEnsembleList{})
	w.operators = nil
	w.drop("zk", e.DeepCopy())
	kept := append(owned(), &corev1.PersistentVolumeClaimList{})
	w.each(kept, func(o client.Object) {
		before := o.DeepCopyObject().(client.Object)
		o.SetOwnerReferences(nil) // as the garbage collector does
		if err := w.Patch(t.Context(), o, client.MergeFrom(before)); err != nil {
			t.Fatal(err)
		}
	})
	w.caughtUp()
	w.operators = []*operator{late}
	for range patient {
		w.turn()
	}
	w.each(kept, func(o client.Object) {
		if len(o.GetOwnerReferences()) > 0 {
			t.Errorf("%T %s is given to an ensemble that is gone", o, o.GetName())
		}
	})
}

// each calls do for the ensemble's objects of some kinds.
func (w *world) each(kinds []client.ObjectList, do func(client.Object)) {
	w.Helper()
	for _, list := range kinds {
		if err := w.List(w.Context(), list, client.InNamespace(w.namespace), client.MatchingLabels(workload.EnsembleSelector("zk"))); err != nil {
			w.Fatal(err)
		}
		if err := eachItem(list, do); err != nil {
			w.Fatal(err)
		}
	}
}

// Only the Pods of members tell who their super user is, and not what else has their
// label.
func TestOnlyMembersVouchForASuperuser(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t)
	e := &v1alpha1.ZooKeeperEnsemble{ObjectMeta: metav1.ObjectMeta{Name: "zk", Namespace: w.namespace, UID: "e"}}
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "zk", UID: "set"}}
	right, wrong := workload.SuperuserSecret(e, workload.NewSuperuser()), workload.SuperuserSecret(e, workload.NewSuperuser())
	r := &Reconciler{Live: w.Client}
	vouches := func(name string, secret *corev1.Secret, owners ...metav1.OwnerReference) {
		hash := workload.SuperuserHash(string(secret.Data[member.Digest]))
		err := w.Create(t.Context(), &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Name: name, Namespace: w.namespace, Labels: workload.EnsembleSelector("zk"), OwnerReferences: owners,
				Annotations: map[string]string{workload.SuperuserHashAnnotation: hash},
			},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := func(set *appsv1.StatefulSet, secret *corev1.Secret) bool {
		why, err := r.checkSuperuser(t.Context(), &observed{ensemble: e, statefulSet: set}, secret)
		if err != nil {
			t.Fatal(err)
		}
		return why != nil
	}
	vouches("client", wrong)
	if refused(nil, right) {
		t.Error("a Pod of somebody else speaks against a super user")
	}
	vouches("zk-0", right, *metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet")))
	if !refused(set, wrong) {
		t.Error("a Pod of somebody else speaks for a super user")
	}
	if refused(set, right) {
		t.Error("the super user of a member is refused")
	}
}

// An adoption that the API server refuses for good holds back only what rests on it,
// and is named.
func TestAnAdoptionThatIsRefusedHoldsBackNothingElse(t *testing.T) {
	t.Parallel()
	for kind, name := range map[string]string{"Service": "zk", "PodDisruptionBudget": "zk", "ConfigMap": "zk-members", "Secret": "zk-superuser"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			objects := w.save(owned()...)
			w.remove(e)
			w.restore(objects...)
			w.forbid("patch", kind, name)
			*e = *w.ensemble(3)
			w.untilRefused(e, kind)
			w.repairsAllTheSame(e)
		})
	}
}
