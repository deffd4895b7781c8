package ensemble

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// hearings remember whether those that serve proved that something is committed, while
// no one member can be asked that leads. The question is a write, so it is not asked
// again at each pass. Forgetting the answer, as a restarted operator does, costs one
// more session.
//
// Nobody tells of an election then, so an answer is good for a while only.
type hearings struct{ told sync.Map } // UID of the ensemble → hearing

type hearing struct {
	who   string // was asked
	began time.Time
	heard bool
}

const (
	// goodFor is for how long somebody's answer is.
	goodFor = time.Minute
	// inVainFor is for how long nobody is asked again after none answered: no longer
	// than the status may lag behind.
	inVainFor = settled
)

// recall takes what came of the last question to the same members, and reports whether
// that is still good.
func (h *hearings) recall(seen *observed, asked []*observedMember) bool {
	known, _ := h.told.Load(seen.ensemble.UID)
	last, ok := known.(hearing)
	if !ok || last.who != whoServes(seen, asked) {
		return false
	}
	good := inVainFor
	if last.heard {
		good = goodFor
	}
	// One clock stands still while this machine is suspended, the other can be set.
	for _, since := range []time.Duration{time.Since(last.began), time.Now().Round(0).Sub(last.began.Round(0))} {
		if since < 0 || since >= good {
			return false
		}
	}
	seen.heard = last.heard
	return true
}

// note remembers what came of a question that began at a time.
func (h *hearings) note(seen *observed, asked []*observedMember, began time.Time) {
	h.told.Store(seen.ensemble.UID, hearing{whoServes(seen, asked), began, seen.heard})
}

// whoServes names a recorded membership and members, each in one life of its container.
func whoServes(seen *observed, members []*observedMember) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%x", seen.recorded.Version)
	for _, m := range members {
		fmt.Fprintf(&b, " %d/%s/%d", m.id, m.pod.UID, m.started().UnixNano())
	}
	return b.String()
}
