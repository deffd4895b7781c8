package ensemble

import (
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// TestAnEnsembleThatCostsWorkersRests holds that the rests double up to a minute,
// for one ensemble alone, and end with the trouble.
func TestAnEnsembleThatCostsWorkersRests(t *testing.T) {
	t.Parallel()
	var r rests
	in, now := plan.Decision{Reason: plan.NotCommitting}, time.Now()
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		got := r.after("lying", in, now)
		if got != want*time.Second {
			t.Errorf("rest %d takes %v", i, got)
		}
		if got := r.after("healthy", plan.Decision{Reason: plan.MembersNotServing}, now); got != step {
			t.Errorf("a healthy ensemble waits %v", got)
		}
		now = now.Add(got)
	}
	if got := r.after("unread", plan.Decision{Reason: plan.MembershipUnread}, now); got != step {
		t.Errorf("the first rest takes %v", got)
	}
	now = now.Add(relapse + time.Second)
	r.after("lying", plan.Decision{Reason: plan.AsSpecified}, now)
	if got := r.after("lying", in, now); got != step {
		t.Errorf("after it went well the first rest takes %v", got)
	}
}

// TestAGoodWordEndsNoTrouble holds that a leader which says good and bad words in
// turn costs no more than one that says bad words only.
func TestAGoodWordEndsNoTrouble(t *testing.T) {
	t.Parallel()
	var r rests
	now := time.Now()
	var longest time.Duration
	for range 10 {
		longest = r.after("lying", plan.Decision{Reason: plan.NotCommitting}, now)
		now = now.Add(longest + 7*time.Second)
		now = now.Add(r.after("lying", plan.Decision{Reason: plan.AsSpecified}, now))
	}
	if longest != longestRest {
		t.Errorf("the rests come to %v", longest)
	}
}
