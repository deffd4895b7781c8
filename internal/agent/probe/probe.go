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

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/fourletter"
)

// Each is shorter than the time-out of the probe that waits for it, so that the
// kubelet sees an answer with a reason and not a time-out.
const (
	readyTimeout = 2500 * time.Millisecond
	liveTimeout  = 4 * time.Second
)

// fresh is how old the server's word may be that a probe is answered with.
const fresh = time.Second

// Member is what the probes look at. It is safe for concurrent use.
type Member struct {
	clientAddr string
	monitored  shared[error] // is it fit for clients?
	responds   shared[error]
	looked     shared[member.State]

	mu    sync.Mutex
	state member.State
}

// NewMember returns a member that is preparing. The server will listen for
// clients at clientAddr; look fills in what the volumes say now.
func NewMember(clientAddr, podUID string, look func(*member.State)) *Member {
	m := &Member{clientAddr: clientAddr, state: member.State{PodUID: podUID, Phase: member.Preparing}}
	m.monitored = shared[error]{ask: within(readyTimeout, m.monitor), keep: fresh}
	m.responds = shared[error]{ask: within(liveTimeout, m.respond), keep: fresh}
	// What the volumes say is never older than the question.
	m.looked = shared[member.State]{ask: func() member.State {
		state := m.told()
		look(&state)
		return state
	}}
	return m
}

func within(timeout time.Duration, ask func(context.Context) error) func() error {
	return func() error {
		//nolint:forbidigo // The answer is shared: it must not end with the one who asked first.
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		return ask(ctx)
	}
}

// Update changes the state.
func (m *Member) Update(change func(*member.State)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.state)
}

// State returns the state as it is now.
func (m *Member) State() member.State { return m.looked.get() }

// told is the state without a look at the volumes, which may be slow.
func (m *Member) told() member.State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// Handler serves /readyz, /livez and /state.
func (m *Member) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+member.ReadyPath, verdict(m.ready))
	mux.HandleFunc("GET "+member.LivePath, verdict(m.live))
	mux.HandleFunc("GET "+member.StatePath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		// The reader is gone if this fails; there is nobody to tell.
		_ = json.NewEncoder(w).Encode(m.State())
	})
	return mux
}

func verdict(check func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if err := check(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

// ready is nil if clients may be sent here: the server leads, or follows or
// observes in sync. Without a quorum no server is ready.
func (m *Member) ready() error {
	if err := m.notRunning(); err != nil {
		return err
	}
	return m.monitored.get()
}

func (m *Member) monitor(ctx context.Context) error {
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
func (m *Member) live() error {
	if m.told().Phase != member.Running {
		return nil
	}
	return m.responds.get()
}

func (m *Member) respond(ctx context.Context) error {
	_, err := fourletter.Ask(ctx, m.clientAddr, "ruok")
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT) {
		return fmt.Errorf("the server listens but does not answer: %w", err)
	}
	return nil
}

func (m *Member) notRunning() error {
	switch state := m.told(); state.Phase {
	case member.Running:
		return nil
	case member.Waiting:
		return fmt.Errorf("waiting: %s", state.Waiting)
	default:
		return errors.New("preparing")
	}
}
