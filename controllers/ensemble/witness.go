package ensemble

import (
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// witnesses remembers since when each member has looked as it does. The times that
// Kubernetes gives are those of other clocks, and ours can be set: an hour between
// the two makes a server that was started a moment ago one that has been away for
// long. So what leads to the deletion of a Pod must also have lasted while this
// process looked on, by a clock that is never set. Forgetting it, as a restarted
// operator does, makes a repair wait as long once more.
//
// Kubernetes counts restarts over the whole life of a Pod, so those of a crash of today
// are counted here, from when the server last served.
type witnesses struct{ last sync.Map } // UID of the ensemble → map[types.UID]witness, by Pod

// witness is how a member looked, and since when.
type witness struct {
	looks  string
	since  time.Time
	served bool  // a server has served in its Pod
	calm   int32 // restarts when it served last, or when that was first seen
}

// look notes how the members look now, and tells each for how long it has looked so.
func (w *witnesses) look(ensemble types.UID, members []observedMember, now time.Time) {
	known, _ := w.last.Load(ensemble)
	before, _ := known.(map[types.UID]witness)
	after := map[types.UID]witness{}
	for i := range members {
		m := &members[i]
		if m.pod == nil {
			continue
		}
		is := before[m.pod.UID]
		if m.report.Serving || !is.served && !neverServed(m.pod) {
			is = witness{looks: is.looks, since: is.since, served: true, calm: allRestarts(m.pod)}
		}
		m.again = allRestarts(m.pod) - is.calm
		switch looks := m.looks(); {
		case m.report.Serving:
			is.looks = ""
		case looks != "" && looks != is.looks:
			is.looks, is.since = looks, now
		}
		if is.looks != "" {
			m.witnessed = now.Sub(is.since)
		}
		after[m.pod.UID] = is
	}
	w.last.Store(ensemble, after)
}

// looks names what may make a member that does not serve one that is down, in one
// life of its container. It is empty where nothing can be said: that is no sign of
// the contrary either.
func (m *observedMember) looks() string {
	switch {
	case m.report.NotServing:
		return "not serving since its start at " + m.started().String()
	case doesNotRun(m.pod):
		return "not running after so many restarts: " + strconv.Itoa(int(restarts(m.pod)))
	default:
		return ""
	}
}

// allRestarts is how often any container of a Pod was started again.
func allRestarts(pod *corev1.Pod) int32 {
	var n int32
	for _, statuses := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range statuses {
			n += statuses[i].RestartCount
		}
	}
	return n
}

func restarts(pod *corev1.Pod) int32 {
	if status := containerStatus(pod); status != nil {
		return status.RestartCount
	}
	return 0
}
