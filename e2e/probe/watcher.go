package main

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

const (
	watchPace = 500 * time.Millisecond
	// heartbeat is how often an unchanged view is told, as proof that somebody
	// still watches.
	heartbeat = 2 * time.Second
)

// watch asks all members again and again and tells every change.
func watch(ctx context.Context, out *printer, members []member) error {
	var last history.View
	var told time.Time
	return every(ctx, watchPace, func() error {
		view := askAll(ctx, members)
		if maps.Equal(view, last) && time.Since(told) < heartbeat {
			return nil
		}
		last, told = view, time.Now()
		return out.print(history.Entry{Kind: history.Saw, View: view})
	})
}

func askAll(ctx context.Context, members []member) history.View {
	answers := make([]history.Member, len(members))
	var all sync.WaitGroup
	for i, m := range members {
		all.Go(func() { answers[i] = ask(ctx, m.addr) })
	}
	all.Wait()
	view := history.View{}
	for i, m := range members {
		view[m.name] = answers[i]
	}
	return view
}
