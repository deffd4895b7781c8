package ensemble

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
)

// hasty is an ensemble at rest with an operator that waits for no session for long.
func hasty(t *testing.T) (*world, *v1alpha1.ZooKeeperEnsemble) {
	t.Helper()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.operators[0].r.Members.SessionTimeout = shortSession
	return w, e
}

// frozen is one that commits nothing from now on.
func frozen(t *testing.T) (*world, *v1alpha1.ZooKeeperEnsemble) {
	t.Helper()
	w, e := hasty(t)
	w.servers.Freeze()
	return w, e
}

// rolledNever gives the members another revision and holds that the ensemble
// waits for a proof without restarting any of them.
func (w *world) rolledNever(e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	before := w.pods()
	w.flags(e)
	w.untilWaits(e, v1alpha1.ReasonNotCommitting)
	for range 3 {
		w.turn()
	}
	w.untouched(before)
}

// An election that the same leader wins leaves all members as they were, and it
// is what a leader that cannot commit comes from.
func TestAProofEndsWithTheNextElection(t *testing.T) {
	t.Parallel()
	w, e := frozen(t)
	w.servers.Elect(w.servers.Leader())
	w.eventually("the ensemble is not Available", func() bool {
		return w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionFalse) == v1alpha1.ReasonNotCommitting
	})
	w.rolledNever(e)
	w.servers.Thaw()
	w.rests(e)
}

// A proof of before says nothing where a member is to be taken: without an
// election as well, nobody is restarted while nothing is committed.
func TestNobodyIsRestartedOnAnOldProof(t *testing.T) {
	t.Parallel()
	w, e := frozen(t)
	w.rolledNever(e)
	w.servers.Thaw()
	w.rests(e)
}

// A follower that has lost its leader and not the operator looks like one in
// sync for some seconds, to the leader as well. To take another one then would
// lose the quorum; to take that one costs nothing.
func TestAFollowerThatIsCutOffHoldsTheRollBack(t *testing.T) {
	t.Parallel()
	w, e := hasty(t)
	w.servers.Elect(3)
	w.turn()
	w.servers.become(1, zkclienttest.CutOff)
	w.rolledNever(e)
	if !says(e, "zk-0") {
		t.Errorf("the status must name zk-0: %s", e.Status.Activity)
	}
	if got := w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionTrue); got != v1alpha1.ReasonQuorumServes {
		t.Errorf("two of three voters serve and commit; got %q", got)
	}
	w.resize(e, 1)
	for range 3 {
		w.turn()
	}
	if voters := w.servers.Membership().Voters(); len(voters) != 3 {
		t.Errorf("the membership must not change: %v", voters)
	}
	w.resize(e, 3)
	w.servers.become(1, zkclienttest.Up)
	w.rests(e)
	before := w.pods()["zk-1"]
	w.servers.Elect(3)
	w.servers.become(2, zkclienttest.CutOff)
	w.flags(e)
	w.rests(e)
	if w.pods()["zk-1"].UID == before.UID {
		t.Error("zk-1 is next in the roll and must be restarted")
	}
}

// A voter that lets no session in is healed when the specification is put back,
// if the others commit without it, and is told until then.
func TestAVoterThatLetsNobodyInIsPutBack(t *testing.T) {
	t.Parallel()
	w, e := hasty(t)
	w.servers.Elect(1)
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = []string{deafFlag} })
	w.untilWaits(e, v1alpha1.ReasonNotCommitting)
	if got := w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionTrue); got != v1alpha1.ReasonQuorumServes || !says(e, "zk-2") {
		t.Errorf("two of three voters serve and commit, and zk-2 is named; got %q: %s", got, e.Status.Activity)
	}
	before := w.pods()
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = nil })
	w.rests(e)
	if now := w.pods(); now["zk-2"].UID == before["zk-2"].UID || now["zk-1"].UID != before["zk-1"].UID || now["zk-0"].UID != before["zk-0"].UID {
		t.Error("only the Pod of zk-2 must be new")
	}
}
