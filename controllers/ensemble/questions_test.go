package ensemble

import (
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
)

// A pass that has asked for long begins no further question. What it could not ask
// permits nothing and is held against nobody: clients are served all the same.
func TestAPassThatAskedForLongAsksNothingMore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wish   func(w *world, e *v1alpha1.ZooKeeperEnsemble)
		reason string
	}{
		"a roll":  {func(w *world, e *v1alpha1.ZooKeeperEnsemble) { w.flags(e) }, v1alpha1.ReasonNotCommitting},
		"a scale": {func(w *world, e *v1alpha1.ZooKeeperEnsemble) { w.resize(e, 1) }, v1alpha1.ReasonMembershipUnread},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			before, sessions := w.pods(), w.servers.Sessions()
			w.operators[0].r.Questions = time.Nanosecond
			c.wish(w, e)
			w.untilWaits(e, c.reason)
			w.still(func() { w.untouched(before) })
			if n := w.servers.Sessions() - sessions; n > 0 {
				t.Errorf("%d sessions were opened all the same", n)
			}
			if w.get("zk", e); !meta.IsStatusConditionTrue(e.Status.Conditions, v1alpha1.ConditionAvailable) {
				t.Errorf("clients are served: %+v", e.Status.Conditions)
			}
			w.operators[0].r.Questions = 0
			w.rests(e)
		})
	}
}

// A slow ensemble, of which one pass can ask only a part, comes to its end all the
// same: it is rolled, and scaled up and down.
func TestASlowEnsembleIsLookedAfter(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.operators[0].r.Questions = 500 * time.Millisecond
	for _, change := range []func(){
		func() { w.flags(e) }, func() { w.resize(e, 1) }, func() { w.resize(e, 3) },
	} {
		w.replies(func(int64) { <-time.After(100 * time.Millisecond) })
		change()
		w.rests(e)
	}
}

// replies has something happen before each answer that a server gives in a session.
func (w *world) replies(what func(id int64)) {
	w.Helper()
	for _, voter := range w.servers.Membership().Voters() {
		w.servers.Lie(voter.ID, zkclienttest.Lies{Reply: func(int32, int32) []byte { what(voter.ID); return nil }})
	}
}

// A voter that takes long to let the operator in is not waited for alone: where the
// first one answers only when others have been asked as well, nobody is given up.
func TestTheOthersAreAskedBesideAVoterThatTakesLong(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	var mu sync.Mutex
	asked, several := map[int64]bool{}, make(chan struct{})
	w.replies(func(id int64) {
		mu.Lock()
		if before := len(asked); before < 2 {
			if asked[id] = true; len(asked) == 2 {
				close(several)
			}
		}
		mu.Unlock()
		select {
		case <-several:
		case <-t.Context().Done():
		}
	})
	o := w.operators[0]
	o.born() // and remembers no proof
	o.pass()
	if _, proved := o.r.proofs.proved.Load(e.UID); !proved {
		t.Errorf("of the voters %v one was given up", asked)
	}
	w.rests(e)
}
