package main

import (
	"context"
	"sync"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
	"github.com/zkensemble/zookeeper-operator/e2e/words"
)

// watchPace is how often every member is asked whether it leads.
const watchPace = 100 * time.Millisecond

// watcher notes who led, by the number that each leadership has.
type watcher struct {
	mu      sync.Mutex
	leaders map[uint64]string
}

// watch asks every member by itself until the context ends: one that does not
// answer must not keep the others from being asked.
func (w *watcher) watch(ctx context.Context, addrs map[string]string) {
	var group sync.WaitGroup
	for name, addr := range addrs {
		group.Go(func() {
			for load.Pause(ctx, watchPace) == nil {
				answer, err := words.Ask(ctx, words.Timeout, addr, "srvr")
				if err == nil {
					w.note(name, answer)
				}
			}
		})
	}
	group.Wait()
}

func (w *watcher) note(name, answer string) {
	role, epoch, err := words.ParseServer(answer)
	if err != nil || role != words.Leading {
		return // it serves nobody now, or follows
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leaders == nil {
		w.leaders = map[uint64]string{}
	}
	w.leaders[epoch] = name
}

// changes is how many leaderships began after the first that was seen, and how
// many numbers they used up: more, when somebody was elected and did not come
// to lead.
func (w *watcher) changes() (seen, numbers int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var first, last uint64
	for epoch := range w.leaders {
		if first == 0 || epoch < first {
			first = epoch
		}
		last = max(last, epoch)
	}
	return max(len(w.leaders), 1) - 1, int(last - first)
}
