package ensemble

import (
	"context"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// deleteClaims deletes the data volumes of members by hand, which stay as long as
// their Pods do, and waits until that is told of each.
func (w *world) deleteClaims(e *v1alpha1.ZooKeeperEnsemble, names ...string) {
	w.Helper()
	claims := w.claims()
	for _, name := range names {
		for i := range claims {
			if claims[i].Name == name {
				w.judge.give(&claims[i])
				w.drop(name, &claims[i])
			}
		}
	}
	w.eventually("the warnings name each claim", func() bool {
		w.get(e.Name, e)
		told := strings.Join(e.Status.Warnings, "\n")
		for _, name := range names {
			if !strings.Contains(told, name) {
				return false
			}
		}
		return true
	})
}

// allThere makes sure that no Pod was taken or replaced, and no member taken out.
func (w *world) allThere(e *v1alpha1.ZooKeeperEnsemble, replicas int) {
	w.Helper()
	before := w.pods()
	if len(before) != replicas {
		w.Fatalf("%d of %d Pods are there", len(before), replicas)
	}
	for range 5 {
		w.turn()
		if now := w.pods(); len(now) != replicas {
			w.Fatalf("%d of %d Pods are left", len(now), replicas)
		}
		w.untouched(before)
	}
	if voters := w.servers.Membership().Voters(); len(voters) != replicas {
		w.Errorf("the membership must not change: %v", voters)
	}
	var set appsv1.StatefulSet
	if w.get("zk", &set); *set.Spec.Replicas != int32(replicas) {
		w.Errorf("the StatefulSet asks for %d replicas", *set.Spec.Replicas)
	}
	if !says(e, "data-zk-0", "persistentVolumeReclaimPolicy") {
		w.Errorf("the status must name the claims and the way out: %s", e.Status.Activity)
	}
}

// meddling is the API server, where somebody acts right after a specification was
// read from it.
type meddling struct {
	client.Reader
	meddle func()
}

func (m meddling) Get(ctx context.Context, key client.ObjectKey, into client.Object, opts ...client.GetOption) error {
	err := m.Reader.Get(ctx, key, into, opts...)
	if _, is := into.(*v1alpha1.ZooKeeperEnsemble); is {
		m.meddle()
	}
	return err
}

// Claims that are deleted after an operator has looked, and before it ends Pods, are
// seen in time.
func TestClaimsThatAreDeletedMeanwhileAreSeen(t *testing.T) {
	t.Parallel()
	for name, wish := range map[string]func(*world, *v1alpha1.ZooKeeperEnsemble){
		"a stop": func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModeStop })
		},
		"a roll": func(w *world, e *v1alpha1.ZooKeeperEnsemble) { w.flags(e) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			deleted, claims := false, w.claims()
			w.operators[0].r.Live = meddling{w.operators[0].r.Live, func() {
				for i := range claims {
					w.judge.give(&claims[i])
					w.drop(claims[i].Name, &claims[i])
				}
				deleted = true
			}}
			before := w.pods()
			wish(w, e)
			w.eventually("the claims are deleted", func() bool { return deleted })
			w.untilStalls(e, v1alpha1.ReasonVolumesTerminating)
			w.untouched(before)
			w.allThere(e, 3)
		})
	}
}

// While the volumes of a majority are being deleted, nothing that is asked for
// ends a Pod that keeps one of them.
func TestNothingTakesTheLastOfTheData(t *testing.T) {
	t.Parallel()
	for name, wish := range map[string]func(*world, *v1alpha1.ZooKeeperEnsemble){
		"a roll": (*world).flags,
		"a label": func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Pod.Labels = map[string]string{"team": "a"} })
		},
		"a stop": func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModeStop })
		},
		"fewer members": func(w *world, e *v1alpha1.ZooKeeperEnsemble) { w.resize(e, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			w.deleteClaims(e, "data-zk-0", "data-zk-1", "data-zk-2")
			wish(w, e)
			w.untilStalls(e, v1alpha1.ReasonVolumesTerminating)
			w.allThere(e, 3)
		})
	}
}

// The only member gets company, which copies its data, and then goes on with what
// was refused.
func TestTheOnlyVolumeIsSavedByMoreMembers(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1)
	w.rests(e)
	w.deleteClaims(e, "data-zk-0")
	w.flags(e)
	w.untilStalls(e, v1alpha1.ReasonVolumesTerminating)
	w.allThere(e, 1)
	if !says(e, "spec.replicas") {
		t.Errorf("the status must name the way out: %s", e.Status.Activity)
	}
	w.resize(e, 3)
	w.rests(e)
	if len(e.Status.Warnings) != 0 {
		t.Errorf("nothing is being deleted any more: %v", e.Status.Warnings)
	}
}

// A volume of the minority that is being deleted is lost like any other, and the
// members are still rolled one at a time.
func TestAMinorityOfVolumesGoesLikeALostOne(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.deleteClaims(e, "data-zk-1")
	w.flags(e)
	w.rests(e)
	if len(e.Status.Warnings) != 0 {
		t.Errorf("nothing is being deleted any more: %v", e.Status.Warnings)
	}
}

// What is being deleted is never said to stay.
func TestNoTextSaysThatAVolumeStaysThatIsBeingDeleted(t *testing.T) {
	t.Parallel()
	now := metav1.Now()
	seen := &observed{ensemble: &v1alpha1.ZooKeeperEnsemble{}, claims: claims{
		{PersistentVolumeClaim: &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data-zk-0"}}},
		{PersistentVolumeClaim: &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data-zk-1", DeletionTimestamp: &now}}},
	}}
	seen.facts.Stop = true
	for what, words := range map[string]string{
		"Stopping":  activity(seen, plan.Decision{Kind: plan.Shrink, Reason: plan.Stopping}),
		"Stopped":   activity(seen, plan.Decision{Reason: plan.Stopped}),
		"Available": available(seen).Message,
	} {
		if !strings.Contains(words, "but for those whose claims are being deleted: data-zk-1") || strings.Contains(words, "data-zk-0") {
			t.Errorf("%s must except the volume that goes, and no other: %s", what, words)
		}
	}
}

// A member that leaves may have a volume that is being deleted: it leaves all the
// same.
func TestAMemberLeavesWithAVolumeThatIsBeingDeleted(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.deleteClaims(e, "data-zk-2")
	w.resize(e, 1)
	w.rests(e)
}

// Two voters commit nothing without each other, so that neither may lose its volume,
// until there are three.
func TestNeitherOfTwoVotersLosesItsVolume(t *testing.T) {
	t.Parallel()
	for name, wish := range map[string]func(*v1alpha1.ZooKeeperEnsemble){
		"a roll":         func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = []string{"-Xss512k"} },
		"a stop":         func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModeStop },
		"a member fewer": func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Replicas = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(2)
			w.rests(e)
			w.deleteClaims(e, "data-zk-0")
			w.change(e, wish)
			w.untilStalls(e, v1alpha1.ReasonVolumesTerminating)
			w.allThere(e, 2)
			if !says(e, "spec.replicas to 3") {
				t.Errorf("the status must name the way out: %s", e.Status.Activity)
			}
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode, e.Spec.Replicas = v1alpha1.ModeRun, 3 })
			w.rests(e)
		})
	}
}

// editClaims changes the data volumes of the members by hand.
func (w *world) editClaims(change func(*corev1.PersistentVolumeClaim)) {
	w.Helper()
	claims := w.claims()
	for i := range claims {
		before := claims[i].DeepCopy()
		change(&claims[i])
		if err := w.Patch(w.Context(), &claims[i], client.MergeFrom(before)); err != nil {
			w.Fatal(err)
		}
	}
}

// ofAnEarlierOne makes a claim go with an ensemble that is gone.
func ofAnEarlierOne(claim *corev1.PersistentVolumeClaim) {
	claim.OwnerReferences = []metav1.OwnerReference{{APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.Kind, Name: "zk", UID: "gone"}}
}

// neverStops deletes the claims of all three members, and asks for a stop, which would
// lose their data and does not begin.
func (w *world) neverStops(e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	w.deleteClaims(e, "data-zk-0", "data-zk-1", "data-zk-2")
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Mode = v1alpha1.ModeStop })
	w.untilStalls(e, v1alpha1.ReasonVolumesTerminating)
	w.allThere(e, 3)
}

// Whose a claim is does not matter to what it holds: the data of a member that has
// mounted it.
func TestVolumesThatAreMountedDoNotGoWhoeverOwnsThem(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*corev1.PersistentVolumeClaim){
		"an owner that is gone":    ofAnEarlierOne,
		"no label of the ensemble": func(claim *corev1.PersistentVolumeClaim) { delete(claim.Labels, v1alpha1.LabelEnsemble) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			w.editClaims(change)
			w.neverStops(e)
		})
	}
}

// Claims that are being deleted while members run on them are nobody's remains: records
// that are deleted with them are written again, and the members are cared for.
func TestRecordsAreRestoredBesideClaimsThatAreBeingDeleted(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.deleteClaims(e, "data-zk-1")
	for _, record := range []string{"zk-formation", "zk-members"} {
		w.drop(record, &corev1.ConfigMap{})
	}
	w.untilSafe()
	w.flags(e)
	w.rests(e)
}

// Members that were restored on claims of an earlier ensemble run, and keep the claims
// for as long as nobody else has the data.
func TestMembersThatWereRestoredOnClaimsOfAnEarlierEnsembleAreKept(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	objects := slices.DeleteFunc(w.save(owned()...), func(o client.Object) bool { return o.GetName() == "zk-formation" })
	w.remove(e)
	w.editClaims(ofAnEarlierOne)
	w.restore(objects...)
	w.eventually("the Pods of the restored StatefulSet run", func() bool { return len(w.pods()) == 3 })
	*e = *w.ensemble(3)
	w.untilReady(e)
	w.neverStops(e)
}

// A volume that does not say that its member left is kept, whatever the other one of
// the member says.
func TestAVolumeThatDoesNotSayThatItsMemberLeftIsKept(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Log = &v1alpha1.Volume{} })
	w.rests(e)
	w.resize(e, 1)
	w.rests(e)
	w.editClaims(func(claim *corev1.PersistentVolumeClaim) {
		if claim.Name == "log-zk-2" {
			delete(claim.Labels, v1alpha1.LabelDeparted)
		}
	})
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Retention = v1alpha1.RetentionDelete })
	w.eventually("the volumes are deleted of the member of which both say so", func() bool {
		return !w.get("data-zk-1", &corev1.PersistentVolumeClaim{}) && !w.get("log-zk-1", &corev1.PersistentVolumeClaim{})
	})
	w.untilReady(e)
	w.still(func() {
		if !w.get("data-zk-2", &corev1.PersistentVolumeClaim{}) || !w.get("log-zk-2", &corev1.PersistentVolumeClaim{}) {
			t.Error("a volume was deleted that does not say that its member left")
		}
	})
}
