package ensemble

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// rests remembers how long an ensemble waited last that costs a worker seconds in
// each pass: one with a leader that answers and then commits nothing. The next
// rest is twice as long, so that a hundred of them leave the workers to others.
// It is never much longer than the trouble has lasted. One good word does not end
// the trouble: a leader could say good and bad words in turn.
type rests struct{ last sync.Map } // UID of the ensemble → trouble

// trouble is for how long it let an ensemble rest last, and until when.
type trouble struct {
	rest  time.Duration
	until time.Time
}

const (
	longestRest = time.Minute      // bounds a rest
	relapse     = 30 * time.Second // trouble that comes back within it never ended
)

// costly are the reasons with which a pass has waited in vain for a session.
var costly = map[plan.Reason]bool{plan.NotCommitting: true, plan.MembershipUnread: true}

// after is when to look at an ensemble again.
func (r *rests) after(ensemble types.UID, d plan.Decision, now time.Time) time.Duration {
	wait := wakeAfter(d)
	known, _ := r.last.Load(ensemble)
	last, ok := known.(trouble)
	lasts := ok && now.Before(last.until.Add(relapse))
	switch {
	case costly[d.Reason]:
		if lasts {
			wait = min(2*last.rest, longestRest)
		}
		r.last.Store(ensemble, trouble{wait, now.Add(wait)})
	case !lasts:
		r.last.Delete(ensemble)
	}
	return wait
}
