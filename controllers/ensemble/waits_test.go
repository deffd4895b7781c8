package ensemble

import (
	"strconv"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// untouched makes sure that no Pod was replaced.
func (w *world) untouched(before map[string]*corev1.Pod) {
	w.Helper()
	for name, pod := range w.pods() {
		if before[name] == nil || before[name].UID != pod.UID {
			w.Errorf("%s must not be replaced", name)
		}
	}
}

// A second budget makes the API server evict nobody, so a person has to help.
func TestASecondBudgetIsNamed(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1)
	w.rests(e)
	before := w.pods()
	foreign := w.foreignBudget()
	w.flags(e)
	w.untilStalls(e, v1alpha1.ReasonSecondBudget)
	if !says(e, foreign.Name) {
		t.Errorf("the status must name the other budget: %s", e.Status.Activity)
	}
	w.untouched(before)
	w.drop(foreign.Name, foreign)
	w.rests(e)
}

func TestAnExhaustedBudgetIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	before := w.pods()
	w.kubelet.allow(false)
	w.flags(e)
	w.untilWaits(e, v1alpha1.ReasonBudgetExhausted)
	w.untouched(before)
	w.kubelet.allow(true)
	w.rests(e)
}

// An operator that dies in the middle of an eviction may leave it allowed and not
// done. It is waited for like any other, and told.
func TestAnEvictionThatWasCutOffIsNamed(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	book := func(until time.Time) {
		t.Helper()
		var budget policyv1.PodDisruptionBudget
		w.get("zk", &budget)
		budget.Status.DisruptionsAllowed = 0
		budget.Status.DisruptedPods = map[string]metav1.Time{"zk-1": metav1.NewTime(until.Add(-evictions))}
		if err := w.Status().Update(w.Context(), &budget); err != nil {
			t.Fatal(err)
		}
	}
	book(time.Now().Add(timeout))
	w.flags(e)
	w.eventually("the eviction that was cut off is named", func() bool {
		return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) == v1alpha1.ReasonBudgetExhausted && says(e, "cut off", "zk-1")
	})
	book(time.Now())
	w.rests(e)
}

// The servers let nobody change the membership but the super user whose digest
// they were started with.
func TestARefusedReconfigIsReported(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1)
	w.rests(e)
	var secret corev1.Secret
	w.get("zk-superuser", &secret)
	right := secret.Data[workload.SuperuserPasswordKey]
	password := func(password []byte) {
		t.Helper()
		secret.Data[workload.SuperuserPasswordKey] = password
		if err := w.Update(w.Context(), &secret); err != nil {
			t.Fatal(err)
		}
	}
	w.judge.refuses = true
	password([]byte("wrong"))
	w.resize(e, 3)
	w.untilWaits(e, v1alpha1.ReasonReconfigRefused)
	if voters := w.servers.Membership().Voters(); len(voters) != 1 {
		t.Errorf("there must be one voter, not %v", voters)
	}
	password(right)
	w.rests(e)
}

// A super user that was made anew is unknown to the servers until they are
// rolled, which comes before a change of the membership for once.
func TestALostSuperuserHoldsBackTheSizeUntilTheRoll(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.LeaderHandover = v1alpha1.LeaderHandoverQuorumPort })
	w.rests(e)
	for _, replicas := range []int32{3, 1} {
		leader := w.leaderPod()
		w.drop("zk-superuser", &corev1.Secret{})
		w.resize(e, replicas)
		var set appsv1.StatefulSet
		w.eventually("the StatefulSet says what is specified before the leader is restarted", func() bool {
			return w.seen("zk", &set) && set.Annotations[desiredAnnotation] == strconv.Itoa(int(replicas))
		})
		if now := w.pods()[leader.Name]; now == nil || now.UID != leader.UID {
			t.Error("the leader was restarted already, so that nothing is shown")
		}
		w.eventually("the status says that the size waits", func() bool { return w.get(e.Name, e) && says(e, "the size waits", "super user") })
		w.rests(e)
		if voters := w.servers.Membership().Voters(); len(voters) != int(replicas) {
			t.Errorf("there must be %d voters, not %v", replicas, voters)
		}
	}
}

// Where no roll comes that restarts the leader, its size is not called as specified,
// and a person is told how to restart it.
func TestASuperuserThatTheLeaderDoesNotKnowIsReported(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	leader := w.leaderPod()
	metav1.SetMetaDataAnnotation(&leader.ObjectMeta, workload.SuperuserHashAnnotation, "another")
	if err := w.Update(w.Context(), leader); err != nil {
		t.Fatal(err)
	}
	w.resize(e, 1)
	w.untilStalls(e, v1alpha1.ReasonSuperuserUnknown)
	if !says(e, "zk-superuser", "kubectl delete pod "+leader.Name) {
		t.Errorf("nobody is told: %s", e.Status.Activity)
	}
	if voters := w.servers.Membership().Voters(); len(voters) != 3 {
		t.Errorf("there must be three voters, not %v", voters)
	}
	w.deletePod(leader.Name)
	w.rests(e)
}

// leaderPod is the Pod of the server that leads.
func (w *world) leaderPod() *corev1.Pod {
	w.Helper()
	return w.pods()[workload.PodName("zk", int32(w.servers.Leader()-1))]
}

// What somebody else commits between the look and the change makes the servers
// refuse the change, and is understood.
func TestAReconfigIsOnlyForTheMembershipThatWasSeen(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.resize(e, 5)
	w.eventually("the last joiner is about to come", func() bool { return w.seen("zk-4", &corev1.Pod{}) })
	// From now on every request but the first comes after a change of somebody
	// else, until the operator has changed the membership itself.
	changes, reconfigs := 0, w.servers.Reconfigs()
	var interfere func()
	interfere = func() {
		if w.servers.Reconfigs() == reconfigs && changes < 40 {
			changes++
			w.servers.SetMembership(w.servers.Membership())
			w.servers.OnRequest(interfere)
		}
	}
	w.servers.OnRequest(interfere)
	w.rests(e)
	if changes == 0 {
		t.Error("nobody interfered")
	}
}

func TestNoServerOfAnotherVersionJoins(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Version = "3.9.5" })
	w.rests(e)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
		e.Spec.Image, e.Spec.Replicas, e.Spec.Observers.Replicas = "mirror/zookeeper:3.9.4", 3, 1
	})
	w.untilStalls(e, v1alpha1.ReasonVersionDiffers)
	// Voters join with the revision that the first one has proved. One member gets the
	// newest then, and no observer joins, whose revision nobody has proved.
	wrong := 0
	for _, pod := range w.pods() {
		if _, member := w.servers.Membership().Server(serverID(pod)); member && pod.Spec.Containers[0].Image == e.Spec.Image {
			wrong++
		}
	}
	if wrong > 1 || len(w.servers.Membership().Observers()) > 0 || !says(e, "3.9.5") {
		t.Errorf("%d members run another version, or nobody is told: %s: %s", wrong, w.servers.Membership().String(), e.Status.Activity)
	}
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Image = "" })
	w.rests(e)
	if members := w.servers.Membership(); len(members.Voters()) != 3 || len(members.Observers()) != 1 {
		t.Errorf("the members are %v", members.Servers)
	}
}

func TestVersionsFollowTheRulesOfUpgrades(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Version = "3.8.6" })
	w.rests(e)
	before := w.pods()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Version = "3.9.5"; e.Spec.Image = "mirror/zookeeper:3.9.4" })
	w.untilStalls(e, v1alpha1.ReasonVersionDiffers)
	if !says(e, "3.9.5") || e.Status.UpdatedReplicas != 1 {
		t.Errorf("an image of another version stops at the first member, not at %d: %s", e.Status.UpdatedReplicas, e.Status.Activity)
	}
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Image = "" })
	w.rests(e)
	if e.Status.Version != "3.9.5" {
		t.Errorf("the version is %q", e.Status.Version)
	}
	for name, pod := range w.pods() {
		if before[name].UID == pod.UID {
			t.Errorf("%s must run the new version", name)
		}
	}
	before = w.pods()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Version = "3.7.2" })
	w.untilStalls(e, v1alpha1.ReasonInvalidSpec)
	if !says(e, "spec.version", "3.8") {
		t.Errorf("the status must name the way: %s", e.Status.Activity)
	}
	w.untouched(before)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Version = "3.9.5" })
	w.rests(e)
	w.untouched(before)
}

// A volume grows when the one before has grown, and only where its class says so.
func TestVolumesGrowOneByOneWhereTheirClassAllowsIt(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	class := w.class(false)
	e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) {
		e.Spec.Storage.Data = v1alpha1.Volume{Size: resource.MustParse("1Gi"), StorageClassName: &class}
	})
	w.rests(e)
	before := w.pods()
	w.kubelet.expand(false)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Data.Size = resource.MustParse("2Gi") })
	w.untilStalls(e, v1alpha1.ReasonVolumeNotExpandable)
	if asked := w.asked(); asked != 0 {
		t.Errorf("%d claims were changed whose class does not expand volumes", asked)
	}
	allow := &storagev1.StorageClass{}
	if err := w.Get(w.Context(), client.ObjectKey{Name: class}, allow); err != nil {
		t.Fatal(err)
	}
	allow.AllowVolumeExpansion = new(true)
	if err := w.Update(w.Context(), allow); err != nil {
		t.Fatal(err)
	}
	w.untilWaits(e, v1alpha1.ReasonVolumeExpanding)
	for range 10 {
		w.turn()
	}
	if asked := w.asked(); asked != 1 {
		t.Errorf("%d claims grow at a time", asked)
	}
	w.kubelet.expand(true)
	w.rests(e)
	if asked := w.asked(); asked != 3 {
		t.Errorf("%d of 3 claims have grown", asked)
	}
	w.untouched(before)
}

// asked counts the claims that ask for 2Gi.
func (w *world) asked() int {
	w.Helper()
	var claims corev1.PersistentVolumeClaimList
	w.list(&claims)
	asked := 0
	for i := range claims.Items {
		if size := claims.Items[i].Spec.Resources.Requests[corev1.ResourceStorage]; size.String() == "2Gi" {
			asked++
		}
	}
	return asked
}

func TestTheNextMemberWaitsUntilTheLastHasSettled(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	w.kubelet.ages(timeout)
	e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.SettleSeconds = 3600 })
	w.rests(e)
	w.kubelet.ages(0)
	w.flags(e)
	w.untilWaits(e, v1alpha1.ReasonSettling)
	for range 10 {
		w.turn()
	}
	w.get("zk", e)
	if e.Status.UpdatedReplicas != 1 {
		t.Errorf("%d members were restarted before the first had settled", e.Status.UpdatedReplicas)
	}
	w.kubelet.ages(timeout)
	w.rests(e)
}

// A member that cannot be reached delays everything and permits nothing.
func TestAMemberThatCannotBeReachedIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	before := w.pods()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: w.kubelet.node("zk-1")}}
	if err := w.Create(w.Context(), node); err != nil {
		t.Fatal(err)
	}
	node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionUnknown}}
	if err := w.Status().Update(w.Context(), node); err != nil {
		t.Fatal(err)
	}
	w.kubelet.lose("zk-1", true)
	w.servers.become(2, zkclienttest.Hung)
	w.flags(e)
	w.untilWaits(e, v1alpha1.ReasonMembersNotServing)
	if !says(e, node.Name, corev1.TaintNodeOutOfService) {
		t.Errorf("the status must name the node and the taint: %s", e.Status.Activity)
	}
	w.resize(e, 1)
	w.eventually("the new size is seen", func() bool { return w.seen("zk", e) && e.Status.ObservedGeneration == e.Generation })
	for range 5 {
		w.turn()
	}
	w.untouched(before)
	if voters := w.servers.Membership().Voters(); len(voters) != 3 {
		t.Errorf("the membership must not change: %v", voters)
	}
	w.kubelet.lose("zk-1", false)
	w.servers.become(2, zkclienttest.Up)
	w.rests(e)
}

// A wish that is withdrawn is not carried out by an operator that has yet to
// hear of it.
func TestAWithdrawnWishIsNotCarriedOut(t *testing.T) {
	t.Parallel()
	for name, wish := range map[string]func(*world, *v1alpha1.ZooKeeperEnsemble){
		"fewer members": func(w *world, e *v1alpha1.ZooKeeperEnsemble) { w.resize(e, 1) },
		"more members":  func(w *world, e *v1alpha1.ZooKeeperEnsemble) { w.resize(e, 5) },
		"a roll":        (*world).flags,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			before, wanted, reconfigs := w.pods(), e.Spec.DeepCopy(), w.servers.Reconfigs()
			operators := w.operators
			w.operators = nil
			wish(w, e)
			w.eventually("the wish is in the cache", func() bool {
				var cached v1alpha1.ZooKeeperEnsemble
				return w.seen("zk", &cached) && cached.Generation == e.Generation
			})
			w.operators = operators
			w.operators[0].view.freeze(w, &v1alpha1.ZooKeeperEnsembleList{})
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec = *wanted })
			for range 20 {
				w.operators[0].born() // and does not remember that its cache lags behind
				w.turn()
			}
			w.untouched(before)
			if got := w.servers.Reconfigs(); got != reconfigs {
				t.Errorf("the membership was changed %d times", got-reconfigs)
			}
			w.operators[0].view.blink(nil)
			w.rests(e)
		})
	}
}

// Voters that are certainly down may leave: it takes nobody away who serves.
func TestVotersThatAreDownMayLeave(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.servers.refuse(true)
	w.drop("zk-2", &corev1.Pod{})
	w.untilWaits(e, v1alpha1.ReasonMembersNotServing)
	w.eventually("the member is certainly down", func() bool {
		return w.seen("zk", e) && e.Status.Members[2].Health == v1alpha1.MemberHealthDown
	})
	w.resize(e, 1)
	w.rests(e)
}

// Voters that are away keep a lost quorum from being touched.
func TestALostQuorumIsReportedAndNotTouched(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	before := w.pods()
	w.servers.become(2, zkclienttest.Closed)
	w.servers.become(3, zkclienttest.Electing)
	w.eventually("the loss is reported", func() bool {
		return w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionFalse) == v1alpha1.ReasonQuorumLost
	})
	w.flags(e)
	w.resize(e, 1)
	w.eventually("the new size is seen", func() bool { return w.seen("zk", e) && e.Status.ObservedGeneration == e.Generation })
	for range 5 {
		w.turn()
	}
	w.untouched(before)
	for _, id := range []int64{1, 2, 3} {
		w.servers.become(id, zkclienttest.Hung)
	}
	w.eventually("nothing is known", func() bool {
		return w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionUnknown) == v1alpha1.ReasonMembersUnreachable
	})
	w.untouched(before)
	for _, id := range []int64{1, 2, 3} {
		w.servers.become(id, zkclienttest.Up)
	}
	w.rests(e)
}

// A leader that cannot commit answers like one that can.
func TestALeaderThatCannotCommitHoldsEverythingBack(t *testing.T) {
	t.Parallel()
	w, e := frozen(t)
	w.flags(e)
	w.deletePod("zk-0")
	w.untilWaits(e, v1alpha1.ReasonNotCommitting)
	before := w.pods()
	for range 3 {
		w.turn()
	}
	w.untouched(before)
	w.servers.Thaw()
	w.rests(e)
}

// Properties that would make the servers misread their own data are refused, and
// others roll.
func TestAConfigurationChangeRollsOrIsRefused(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(1)
	w.rests(e)
	config := w.config()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Config = map[string]string{"maxClientCnxns": "17"} })
	w.rests(e)
	if config == w.config() || w.get(config, &corev1.ConfigMap{}) {
		t.Error("another configuration has another name, and the old one goes")
	}
	before := w.pods()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Config["tickTime"] = "2000" })
	w.rests(e)
	w.untouched(before) // what is the default anyway changes nothing
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Config["localSessionsEnabled"] = "maybe" })
	w.untilStalls(e, v1alpha1.ReasonInvalidSpec)
	if !says(e, "localSessionsEnabled") {
		t.Errorf("the status must name the property: %s", e.Status.Activity)
	}
	w.untouched(before)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Config = nil })
	w.rests(e)
}

// Settled ensembles with observers are left alone as well, and observers never
// count for the quorum.
func TestASettledEnsembleWithObserversIsSilent(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Observers.Replicas = 2 })
	w.rests(e)
	writes, sessions := w.writes(), w.servers.Sessions()
	for range 20 {
		w.turn()
	}
	if now := w.writes(); now != writes {
		t.Errorf("a settled ensemble was written to %d times", now-writes)
	}
	if now := w.servers.Sessions(); now != sessions {
		t.Errorf("%d sessions were opened on a settled ensemble", now-sessions)
	}
	w.drop("zk-observers-0", &corev1.Pod{})
	w.drop("zk-observers-1", &corev1.Pod{})
	w.servers.become(1, zkclienttest.Electing)
	w.untilWaits(e, v1alpha1.ReasonMembersNotServing)
	if got := w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionTrue); got != v1alpha1.ReasonQuorumServes {
		t.Errorf("two of three voters serve, whatever becomes of observers; got %q", got)
	}
	w.servers.become(1, zkclienttest.Up)
	w.rests(e)
	if m := w.servers.Membership(); len(m.Observers()) != 2 || m.Observers()[0].Role != zkconfig.Observer {
		t.Errorf("the membership is %s", m.String())
	}
}
