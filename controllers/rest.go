package controllers

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/zkensemble/zookeeper-operator/controllers/plan"
)

// rests remembers how long an ensemble waited last that costs a worker seconds in
// each pass: one with a leader that answers and then commits nothing. The next
// rest is twice as long, so that a hundred of them leave the workers to others.
// It is never much longer than the trouble has lasted.
type rests struct{ last sync.Map } // UID of the ensemble → time.Duration

// longestRest bounds a rest.
const longestRest = time.Minute

// costly are the reasons with which a pass has waited in vain for a session.
var costly = map[plan.Reason]bool{plan.NotCommitting: true, plan.MembershipUnread: true}

// after is when to look at an ensemble again.
func (r *rests) after(ensemble types.UID, d plan.Decision) time.Duration {
	wait := wakeAfter(d)
	if !costly[d.Reason] {
		r.last.Delete(ensemble)
		return wait
	}
	if known, ok := r.last.Load(ensemble); ok {
		if last, ok := known.(time.Duration); ok {
			wait = min(2*last, longestRest)
		}
	}
	r.last.Store(ensemble, wait)
	return wait
}
