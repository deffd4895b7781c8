package ensemble

import (
	"net"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
)

// observedMember is one member as a pass saw it.
type observedMember struct {
	plan.Member
	id     int64
	pod    *corev1.Pod     // nil when there is none
	report zkclient.Report // zero when the Pod has no address
	// why is why the Pod is not there or has no node, "" where nobody says so.
	why string
	// witnessed is for how long this process has seen it look as it does.
	witnessed time.Duration
	// again is how often its containers were started again since its server served last,
	// before the eyes of this process; in all where none ever did.
	again int32
	// node is read only where it matters: the member gave no answer that counts.
	node node
	// zone is that of a server's node, read only where the specification asks for a
	// spread over zones, and zoneUnread why it is not known.
	zone       string
	zoneUnread error
}

// target is where a member with an address is asked. The address is that of the
// Pod and not a name. It may have passed to another Pod all the same: see [own].
func (m *observedMember) target() zkclient.Target {
	at := func(port int32) string { return net.JoinHostPort(m.pod.Status.PodIP, strconv.Itoa(int(port))) }
	return zkclient.Target{ClientAddr: at(v1alpha1.ClientPort), AgentAddr: at(v1alpha1.AgentPort)}
}

// started is when the server's container was started last.
func (m *observedMember) started() time.Time {
	if status := containerStatus(m.pod); status != nil && status.State.Running != nil {
		return status.State.Running.StartedAt.Time
	}
	return time.Time{}
}

// runningFor is for how long the server's container has run since it was
// started last, 0 when that is not known.
func (m *observedMember) runningFor() time.Duration {
	started := m.started()
	if started.IsZero() {
		return 0
	}
	return time.Since(started)
}
