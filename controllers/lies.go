package controllers

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// lies remembers which leader claimed, itself or by its agent, that another
// configuration is committed than the quorum says. Such a claim makes the operator
// ask the quorum, which is a write; one that was disproved must not do so at each
// pass. A member that tells the truth is never here: it tells of what was committed
// before it was asked. Forgetting it, as a restarted operator does, costs one more
// session.
type lies struct{ told sync.Map } // UID of the ensemble → lie

type lie struct {
	pod types.UID
	at  time.Time
}

// unheard is for how long the claims of a Pod are not heard after one of them was
// disproved.
const unheard = time.Minute

// note compares what a leader claims with what the quorum said thereafter, which
// was nothing new.
func (l *lies) note(ensemble types.UID, leader *observedMember) {
	l.told.Store(ensemble, lie{leader.pod.UID, time.Now()})
}

// by reports whether a leader lied a short time ago.
func (l *lies) by(ensemble types.UID, leader *observedMember) bool {
	known, _ := l.told.Load(ensemble)
	last, ok := known.(lie)
	return ok && last.pod == leader.pod.UID && time.Since(last.at) < unheard
}
