package ensemble

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// lies remembers who claimed, itself or by its agent, that another configuration is
// committed than the quorum says. Such a claim makes the operator ask the quorum,
// which is a write; one that was disproved must not do so at each pass. A member
// that tells the truth is never here: it tells of what was committed before it was
// asked. Forgetting it, as a restarted operator does, costs one more session.
//
// Each liar is remembered by itself, for as long as its claims are not heard: two of
// them that take turns to lead must not make each other forgotten.
type lies struct{ told sync.Map } // liar → until when it is not heard

type liar struct{ ensemble, pod types.UID }

const (
	// unheard is for how long the claims of a Pod are not heard after one of them
	// was disproved.
	unheard = time.Minute
	// unanswered is for how long those of the followers are not, after no session
	// with any of them came about.
	unanswered = unheard / 2
)

// followers stands for all Pods of an ensemble that no member leads.
const followers types.UID = "followers"

// note lets the claims of a Pod not be heard for a while.
func (l *lies) note(ensemble, pod types.UID, while time.Duration) {
	now := time.Now()
	l.told.Range(func(who, until any) bool {
		if until, ok := until.(time.Time); ok && !now.Before(until) {
			l.told.Delete(who)
		}
		return true
	})
	l.told.Store(liar{ensemble, pod}, now.Add(while))
}

// by reports whether the claims of a Pod are not to be heard now.
func (l *lies) by(ensemble, pod types.UID) bool {
	known, _ := l.told.Load(liar{ensemble, pod})
	until, ok := known.(time.Time)
	return ok && time.Now().Before(until)
}
