package zkclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/fourletter"
)

// Ask asks all targets at once and reports in their order. It takes no longer
// than the slowest member may take, whatever the others do.
func (c *Client) Ask(ctx context.Context, targets []Target) []Report {
	reports := make([]Report, len(targets))
	var group sync.WaitGroup
	for i, target := range targets {
		group.Go(func() { reports[i] = c.askOne(ctx, target) })
	}
	group.Wait()
	return reports
}

// askOne asks server and agent at the same time, so that one that is slow does
// not take the time of the other.
func (c *Client) askOne(ctx context.Context, target Target) Report {
	ctx, cancel := context.WithTimeout(ctx, c.askTimeout())
	defer cancel()
	start := time.Now()
	report := Report{Target: target}
	var agentErr error
	var group sync.WaitGroup
	group.Go(func() { report.Agent, agentErr = askAgent(ctx, target.AgentAddr) })
	report.askServer(ctx)
	group.Wait()
	if report.Err == nil {
		report.Err = agentErr
	}
	report.Duration = time.Since(start)
	return report
}

// readOnly is the state of a server that was cut off from its quorum and lets
// clients read what it has.
const readOnly = "read-only"

func (r *Report) askServer(ctx context.Context) {
	monitor, err := fourletter.Mntr(ctx, r.ClientAddr)
	if err != nil {
		r.NotServing, r.Err = errors.Is(err, fourletter.ErrNotServing), err
		return
	}
	switch role := Role(monitor.ServerState); role {
	case Leader, Follower, Observer, Standalone:
		r.Role, r.Serving = role, true
	case readOnly:
		r.NotServing, r.Version = true, monitor.Version
		return
	default:
		r.Err = fmt.Errorf("%w: a server that is %q", fourletter.ErrUnexpected, role)
		return
	}
	r.Version = monitor.Version
	r.Broadcasting = monitor.Broadcasting()
	r.QuorumSize = monitor.QuorumSize
	r.SyncedFollowers = monitor.SyncedFollowers
	r.SyncedNonVoting = monitor.SyncedNonVoting
	r.LeaderUptime = monitor.LeaderUptime
}

// agentHTTP keeps no connection: a member is asked seldom, and its address may
// be another Pod's the next time.
var agentHTTP = &http.Client{
	Transport: &http.Transport{
		DisableKeepAlives: true, DisableCompression: true, Proxy: nil,
		MaxResponseHeaderBytes: 4 << 10, ReadBufferSize: 2 << 10, WriteBufferSize: 1 << 10,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	},
}

// stateLimit bounds the answer of an agent, which has a few hundred bytes.
const stateLimit = 16 << 10

func askAgent(ctx context.Context, addr string) (*member.State, error) {
	state, err := readState(ctx, addr)
	if err != nil {
		// An error may quote what the agent said.
		return nil, fmt.Errorf("ask the agent at %s: %w", addr, agentError{err})
	}
	return state, nil
}

func readState(ctx context.Context, addr string) (*member.State, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+member.StatePath, nil)
	if err != nil {
		return nil, err
	}
	response, err := agentHTTP.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers with the status %d", response.StatusCode)
	}
	body := make([]byte, stateLimit)
	switch n, err := io.ReadFull(response.Body, body); {
	case err == nil:
		return nil, fmt.Errorf("its answer is not shorter than %d bytes", stateLimit)
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, err
	default:
		return member.Parse(body[:n])
	}
}

// agentError is why an agent gave no usable answer, in plain words.
type agentError struct{ cause error }

// Error is the beginning of what happened.
func (e agentError) Error() string { return member.Plain(e.cause.Error()) }

// Unwrap returns what happened.
func (e agentError) Unwrap() error { return e.cause }
