package ensemble

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/agentstate"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/fourletter"
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

func (r *Report) askServer(ctx context.Context) {
	monitor, err := fourletter.Mntr(ctx, r.ClientAddr)
	if err != nil {
		r.Reachable = errors.Is(err, fourletter.ErrNotServing) || errors.Is(err, fourletter.ErrNotAllowed) ||
			errors.Is(err, fourletter.ErrUnexpected)
		r.Err = err
		return
	}
	r.Reachable = true
	r.Version = monitor.Version
	switch role := Role(monitor.ServerState); role {
	case Leader, Follower, Observer, Standalone:
		r.Role, r.Serving = role, true
	default:
		// A read-only server, say: it answers, but is part of no quorum.
		return
	}
	r.Broadcasting = monitor.Broadcasting()
	r.QuorumSize = monitor.QuorumSize
	r.SyncedFollowers = monitor.SyncedFollowers
	r.SyncedNonVoting = monitor.SyncedNonVoting
	r.LeaderUptime = monitor.LeaderUptime
}

// agentHTTP keeps no connection: a member is asked seldom, and its address may
// be another Pod's the next time.
var agentHTTP = &http.Client{
	Transport: &http.Transport{DisableKeepAlives: true, Proxy: nil},
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	},
}

// stateLimit bounds the answer of an agent, which has a few hundred bytes.
const stateLimit = 64 << 10

func askAgent(ctx context.Context, addr string) (*agentstate.State, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/state", nil)
	if err != nil {
		return nil, err
	}
	response, err := agentHTTP.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the agent: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask the agent at %s: %s", addr, response.Status)
	}
	var state agentstate.State
	if err := json.NewDecoder(io.LimitReader(response.Body, stateLimit)).Decode(&state); err != nil {
		return nil, fmt.Errorf("ask the agent at %s: %w", addr, err)
	}
	return &state, nil
}
