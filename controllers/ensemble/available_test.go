package ensemble

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
)

// What becomes of a voter, and what the operator sees of it.
const (
	serves     = 'S' // it serves, and says so
	unseen     = 'u' // it serves, and cannot be reached
	gone       = 'x' // it does not serve, and cannot be reached
	certainly  = 'd' // its container has ended
	allFates   = "Suxd"
	silentOnes = "ux"
	ableOnes   = "Su"
)

// mustSay is what Available must say of three voters.
func mustSay(fates string, frozen bool) (metav1.ConditionStatus, string) {
	count := func(of string) int {
		return len(fates) - len(strings.Map(func(r rune) rune {
			if strings.ContainsRune(of, r) {
				return -1
			}
			return r
		}, fates))
	}
	quorum, silent := count(ableOnes) >= 2, count(silentOnes)
	switch {
	case quorum && !frozen && count(string(serves)) > 0:
		return metav1.ConditionTrue, v1alpha1.ReasonQuorumServes
	case quorum && frozen && silent == 0:
		return metav1.ConditionFalse, v1alpha1.ReasonNotCommitting
	case !quorum && silent < 2:
		return metav1.ConditionFalse, v1alpha1.ReasonQuorumLost
	case frozen && count(string(serves)) >= 2 && leaderOf(fates) == serves:
		return metav1.ConditionUnknown, v1alpha1.ReasonNotCommitting
	default:
		return metav1.ConditionUnknown, v1alpha1.ReasonMembersUnreachable
	}
}

// leaderOf is the fate of the voter that leads: the last one that serves.
func leaderOf(fates string) byte {
	at := strings.LastIndexAny(fates, ableOnes)
	if at < 0 {
		return 0
	}
	return fates[at]
}

// Available is true only on a proof of commit, false only on evidence that no quorum
// serves, and unknown otherwise. The cases are all that can become of three voters, of
// which the last one that serves leads, with an ensemble that commits and one that
// does not.
func TestAvailableIsFalseOnlyOnEvidence(t *testing.T) {
	t.Parallel()
	for _, last := range allFates {
		t.Run("the last is "+string(last), func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			before := w.pods()
			for _, first := range allFates {
				for _, second := range allFates {
					fates := string([]rune{first, second, last})
					for _, frozen := range []bool{false, true} {
						w.befalls(fates, frozen)
						status, reason := mustSay(fates, frozen)
						w.saysOfAvailable(e, fates, status, reason)
						w.recovers()
					}
				}
			}
			w.rests(e)
			w.untouched(before)
		})
	}
}

// befalls lets something become of each voter, with an operator that remembers nothing.
func (w *world) befalls(fates string, frozen bool) {
	w.Helper()
	w.chapter = fates
	if frozen {
		w.chapter += ", and nothing is committed"
	}
	pods := w.pods()
	for i, fate := range fates {
		id := int64(i + 1)
		if strings.ContainsRune(silentOnes, fate) {
			w.servers.estrange(id, true)
		}
		switch fate {
		case gone:
			w.servers.become(id, zkclienttest.Electing)
		case certainly:
			w.kubelet.crash(pods[workload.PodName("zk", int32(i))], true)
		}
	}
	w.eventually("those that are down have ended", func() bool {
		return !slices.ContainsFunc([]int64{1, 2, 3}, func(id int64) bool { return fates[id-1] == certainly && w.servers.runs(id) })
	})
	if frozen {
		w.servers.Freeze()
	}
	if last := int64(strings.LastIndexAny(fates, ableOnes) + 1); w.servers.Leader() != 0 {
		w.servers.Elect(last)
	}
	w.operators[0].born()
	w.operators[0].r.Members.SessionTimeout = shortSession
}

// recovers brings every voter back.
func (w *world) recovers() {
	w.Helper()
	w.servers.Thaw()
	for name, pod := range w.pods() {
		id := serverID(pod)
		w.servers.estrange(id, false)
		w.kubelet.crash(w.pods()[name], false)
		if w.servers.runs(id) {
			w.servers.become(id, zkclienttest.Up)
		}
	}
	w.eventually("all voters serve", func() bool { return len(w.servers.absent()) == 0 })
}

// saysOfAvailable waits until Available is what it must be, and holds that it stays so.
func (w *world) saysOfAvailable(e *v1alpha1.ZooKeeperEnsemble, of string, status metav1.ConditionStatus, reason string) {
	w.Helper()
	turns := 0
	w.eventually("Available is "+string(status)+" with the reason "+reason+", of "+of, func() bool {
		if w.reason(e, v1alpha1.ConditionAvailable, status) != reason {
			turns = 0
			return false
		}
		turns++
		return turns > 2 && w.inStep()
	})
}

// Of five voters the leader counts three in sync, and says so of two that nobody else
// hears of.
func TestTheLeaderIsBelievedOfVotersThatCannotBeReached(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(5)
	w.rests(e)
	w.servers.Elect(5)
	for _, id := range []int64{1, 2} {
		w.servers.become(id, zkclienttest.Electing)
	}
	for _, id := range []int64{3, 4} {
		w.servers.estrange(id, true)
	}
	w.saysOfAvailable(e, "three of five", metav1.ConditionTrue, v1alpha1.ReasonQuorumServes)
	c := meta.FindStatusCondition(e.Status.Conditions, v1alpha1.ConditionAvailable)
	const want = "The leader counts 3 of 5 voters in sync, 3 needed; cannot be reached: zk-2 (unreachable), zk-3 (unreachable)"
	if c.Message != want || !says(e, want) {
		t.Errorf("Available says %q, and the activity is %q", c.Message, e.Status.Activity)
	}
	w.servers.estrange(3, false)
	w.servers.become(3, zkclienttest.Electing)
	w.saysOfAvailable(e, "the leader alone", metav1.ConditionFalse, v1alpha1.ReasonQuorumLost)
}

// An observer has its data from a leader that commits, whoever of the voters can be
// reached.
func TestAnObserverProvesThatTheVotersCommit(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Observers.Replicas = 1 })
	w.rests(e)
	for _, id := range []int64{1, 2, 3} {
		w.servers.estrange(id, true)
	}
	w.operators[0].r.Members.SessionTimeout = shortSession
	w.saysOfAvailable(e, "an observer", metav1.ConditionTrue, v1alpha1.ReasonQuorumServes)
	w.servers.Freeze()
	w.operators[0].born()
	w.operators[0].r.Members.SessionTimeout = shortSession
	w.saysOfAvailable(e, "an observer in vain", metav1.ConditionUnknown, v1alpha1.ReasonMembersUnreachable)
	w.servers.Thaw()
	for _, id := range []int64{1, 2, 3} {
		w.servers.estrange(id, false)
	}
	w.rests(e)
}

// Nobody is taken, and no member is added, on a proof of commit by those that follow.
func TestNothingRestsOnWhatFollowersProve(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.servers.Elect(3)
	w.servers.estrange(3, true)
	w.saysOfAvailable(e, "a leader that is not reached", metav1.ConditionTrue, v1alpha1.ReasonQuorumServes)
	before, recorded := w.pods(), w.servers.Membership()
	w.flags(e)
	w.resize(e, 5)
	w.untilWaits(e, v1alpha1.ReasonMembersUnreachable)
	w.leaves(before, recorded)
	w.servers.estrange(3, false)
	w.rests(e)
}
