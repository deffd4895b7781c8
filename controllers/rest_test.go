package controllers

import (
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/controllers/plan"
)

// TestAnEnsembleThatCostsWorkersRests holds that the rests double up to a minute,
// for one ensemble alone, and end with the trouble.
func TestAnEnsembleThatCostsWorkersRests(t *testing.T) {
	t.Parallel()
	var r rests
	in := plan.Decision{Reason: plan.NotCommitting}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		if got := r.after("lying", in); got != want*time.Second {
			t.Errorf("rest %d takes %v", i, got)
		}
		if got := r.after("healthy", plan.Decision{Reason: plan.MembersNotServing}); got != step {
			t.Errorf("a healthy ensemble waits %v", got)
		}
	}
	if got := r.after("unread", plan.Decision{Reason: plan.MembershipUnread}); got != step {
		t.Errorf("the first rest takes %v", got)
	}
	r.after("lying", plan.Decision{Reason: plan.AsSpecified})
	if got := r.after("lying", in); got != step {
		t.Errorf("after it went well the first rest takes %v", got)
	}
}
