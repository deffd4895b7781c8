package main

import (
	"context"
	"fmt"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
	"github.com/zkensemble/zookeeper-operator/e2e/words"
)

// states are what the servers say, by their ids.
type states = words.States[int64]

// states asks all servers at once.
func (e *ensemble) states(ctx context.Context) states {
	addrs := map[int64]string{}
	for _, s := range e.servers {
		addrs[s.id] = s.clientAddr()
	}
	return words.AskAll(ctx, addrs)
}

// pollInterval is short beside what is measured, and cheap for the servers.
const pollInterval = 50 * time.Millisecond

// await asks all servers until what they say is as wanted.
func (e *ensemble) await(ctx context.Context, limit time.Duration, want func(states) bool) (states, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		all := e.states(ctx)
		if want(all) {
			return all, nil
		}
		if err := load.Pause(ctx, pollInterval); err != nil {
			return all, fmt.Errorf("%w; the servers say %+v", err, all)
		}
	}
}
