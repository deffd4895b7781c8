// Package probe answers the kubelet's probes and the operator's question for
// the state of a member.
package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/agentstate"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/fourletter"
)

// Each is shorter than the time-out of the probe that waits for it, so that the
// kubelet sees an answer with a reason and not a time-out.
const (
	readyTimeout = 2500 * time.Millisecond
	liveTimeout  = 4 * time.Second
)

// Member is what the probes look at. It is safe for concurrent use.
type Member struct {
	clientAddr string
	look       func(*agentstate.State)

	mu    sync.Mutex
	state agentstate.State
}

// NewMember returns a member that is preparing. The server will listen for
// clients at clientAddr; look fills in what the volumes say now.
func NewMember(clientAddr, podUID string, look func(*agentstate.State)) *Member {
	return &Member{clientAddr: clientAddr, look: look, state: agentstate.State{PodUID: podUID, Phase: agentstate.Preparing}}
}

// Update changes the state.
func (m *Member) Update(change func(*agentstate.State)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.state)
}

// State returns the state as it is now.
func (m *Member) State() agentstate.State {
	state := m.told()
	m.look(&state)
	return state
}

// told is the state without a look at the volumes, which may be slow.
func (m *Member) told() agentstate.State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// Handler serves /readyz, /livez and /state.
func (m *Member) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", verdict(m.ready, readyTimeout))
	mux.HandleFunc("GET /livez", verdict(m.live, liveTimeout))
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		// The reader is gone if this fails; there is nobody to tell.
		_ = json.NewEncoder(w).Encode(m.State())
	})
	return mux
}

func verdict(check func(context.Context) error, timeout time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		if err := check(ctx); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

// ready is nil if clients may be sent here: the server leads, or follows or
// observes in sync. Without a quorum no server is ready.
func (m *Member) ready(ctx context.Context) error {
	if err := m.notRunning(); err != nil {
		return err
	}
	monitor, err := fourletter.Mntr(ctx, m.clientAddr)
	switch {
	case err != nil:
		return err
	case !monitor.Serving():
		return fmt.Errorf("the server is %s (%s)", monitor.ServerState, monitor.PeerState)
	default:
		return nil
	}
}

// live is nil unless the server is certainly frozen: something accepts
// connections, or should as it listens, but says nothing. A server that does
// not listen yet is loading its data, and one that closes the connection has
// done something with it.
func (m *Member) live(ctx context.Context) error {
	if m.told().Phase != agentstate.Running {
		return nil
	}
	_, err := fourletter.Ask(ctx, m.clientAddr, "ruok")
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT) {
		return fmt.Errorf("the server listens but does not answer: %w", err)
	}
	return nil
}

func (m *Member) notRunning() error {
	switch state := m.told(); state.Phase {
	case agentstate.Running:
		return nil
	case agentstate.Waiting:
		return fmt.Errorf("waiting: %s", state.Waiting)
	default:
		return errors.New("preparing")
	}
}
