package ensemble

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// leadsWith is what a leader says that counts so many of its voters in sync.
func leadsWith(synced, voters int) zkclient.Report {
	return zkclient.Report{
		Serving: true, Role: zkclient.Leader, Broadcasting: true, QuorumSize: voters, SyncedFollowers: synced - 1, LeaderUptime: time.Hour,
	}
}

// voters is an ensemble of three voters that gave such answers.
func voters(reports ...zkclient.Report) *observed {
	seen := &observed{facts: plan.Observation{Record: &plan.Membership{Version: 1, Voters: plan.UpTo(3)}}}
	for ordinal, report := range reports {
		seen.members = append(seen.members, observedMember{Member: plan.Member{Ordinal: int32(ordinal)}, report: report})
	}
	return seen
}

// Somebody is shut out only where one leader counts a majority that leaves somebody
// out, and only for as long as that leader has led.
func TestOnlyAMajorityThatLeavesSomebodyOutShutsHimOut(t *testing.T) {
	t.Parallel()
	notServing := zkclient.Report{NotServing: true}
	follows := zkclient.Report{Serving: true, Role: zkclient.Follower, Broadcasting: true, QuorumSize: 3}
	nonVoters := leadsWith(3, 3)
	nonVoters.SyncedNonVoting = 2
	silent := leadsWith(2, 3)
	silent.Serving = false
	for name, c := range map[string]struct {
		said []zkclient.Report
		want time.Duration
	}{
		"two of three, by the leader's count":  {[]zkclient.Report{notServing, follows, leadsWith(2, 3)}, time.Hour},
		"the leader counts every voter":        {[]zkclient.Report{notServing, follows, leadsWith(3, 3)}, 0},
		"the leader counts itself alone":       {[]zkclient.Report{notServing, notServing, leadsWith(1, 3)}, 0},
		"the others have no vote":              {[]zkclient.Report{notServing, follows, nonVoters}, 0},
		"followers say so, and no leader":      {[]zkclient.Report{notServing, follows, follows}, 0},
		"who says that it leads serves nobody": {[]zkclient.Report{notServing, follows, silent}, 0},
		"two of four are no majority":          {[]zkclient.Report{notServing, follows, leadsWith(2, 4)}, 0},
		"nobody says anything":                 {nil, 0},
	} {
		if got := servingMajority(voters(c.said...)); got != c.want {
			t.Errorf("%s: a majority has served for %v, want %v", name, got, c.want)
		}
	}
}

// A voter that its leader counts and that does not answer follows all the same.
func TestAVoterThatIsCountedAndSilentFollows(t *testing.T) {
	t.Parallel()
	follows := zkclient.Report{Serving: true, Role: zkclient.Follower, Broadcasting: true, QuorumSize: 3}
	for name, c := range map[string]struct {
		said []zkclient.Report
		want bool
	}{
		"one is silent, and counted":     {[]zkclient.Report{{}, follows, leadsWith(3, 3)}, true},
		"one is silent, and not counted": {[]zkclient.Report{{}, follows, leadsWith(2, 3)}, false},
		"all answer":                     {[]zkclient.Report{follows, follows, leadsWith(3, 3)}, false},
		"nobody leads":                   {[]zkclient.Report{{}, follows, follows}, false},
	} {
		if got := silentFollower(voters(c.said...)); got != c.want {
			t.Errorf("%s: a silent voter follows: %t, want %t", name, got, c.want)
		}
	}
}

// A proof is of one leader, one membership and the voters that serve, each in one
// life of its container, and it begins after the election.
func TestAProofIsOfOneLifeOfEachVoter(t *testing.T) {
	t.Parallel()
	began := metav1.Now()
	at := func(uid types.UID, started metav1.Time) *observedMember {
		pod := podWith(corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}})
		pod.UID = uid
		return &observedMember{id: 1, pod: pod}
	}
	one, other := at("a", began), at("b", began)
	seen := &observed{recorded: zkconfig.Membership{Version: 7}}
	is := quorumOf(seen, one, []*observedMember{one, other})
	newer := &observed{recorded: zkconfig.Membership{Version: 8}}
	for name, changed := range map[string]string{
		"another membership":       quorumOf(newer, one, []*observedMember{one, other}),
		"one voter less":           quorumOf(seen, one, []*observedMember{one}),
		"another Pod":              quorumOf(seen, one, []*observedMember{one, at("c", began)}),
		"another life of the same": quorumOf(seen, one, []*observedMember{one, at("b", metav1.NewTime(began.Add(time.Second)))}),
		"another leader":           quorumOf(seen, &observedMember{id: 2}, []*observedMember{one, other}),
	} {
		if changed == is {
			t.Errorf("%s: the proof of before would hold", name)
		}
	}
	var p proofs
	p.proved.Store(types.UID("zk"), proof{is, began.Time})
	if !p.holds("zk", is, began.Add(-time.Second)) {
		t.Error("the proof holds as long as nothing changes")
	}
	if p.holds("zk", is, began.Add(time.Second)) {
		t.Error("the proof ends with the next election, whoever wins it")
	}
	if p.holds("another", is, began.Add(-time.Second)) {
		t.Error("the proof is of one ensemble")
	}
}
