package ensemble

import (
	"strconv"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// worker takes ensembles from a queue, one after the other, by a clock of its own.
type worker struct {
	*testing.T
	queue *fairQueue
	now   time.Time
	costs map[reconcile.Request]time.Duration // what a pass takes
	quiet reconcile.Request                   // wants nothing after its pass
}

func newWorker(t *testing.T) *worker {
	t.Helper()
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](time.Nanosecond, time.Nanosecond)
	w := &worker{T: t, now: time.Now(), costs: map[reconcile.Request]time.Duration{}}
	queue, ok := newQueue(t.Name(), limiter).(*fairQueue)
	if !ok {
		t.Fatal("the queue is another one")
	}
	w.queue, queue.now = queue, func() time.Time { return w.now }
	t.Cleanup(queue.ShutDown)
	return w
}

// waits adds an ensemble whose passes take so long.
func (w *worker) waits(name string, pass time.Duration) reconcile.Request {
	request := reconcile.Request{NamespacedName: types.NamespacedName{Namespace: name, Name: "zk"}}
	w.costs[request] = pass
	w.queue.Add(request)
	return request
}

// next makes a pass of the next ensemble, of which something changes meanwhile, so that
// it waits again at once.
func (w *worker) next() reconcile.Request {
	request, _, _ := w.queue.GetWithPriority()
	w.now = w.now.Add(w.costs[request])
	if request != w.quiet {
		w.queue.Add(request)
		w.queue.AddWithOpts(priorityqueue.AddOpts{Priority: new(100)}, request)
	}
	w.queue.Done(request)
	return request
}

// Ensembles whose servers take all the time that they are given keep no worker from
// others, however many they are and whatever wakes them.
func TestTheLongestPassesComeLast(t *testing.T) {
	t.Parallel()
	w := newWorker(t)
	const liars = 50
	for i := range liars {
		w.waits("liar-"+strconv.Itoa(i), 10*time.Second)
	}
	for range liars {
		w.next()
	}
	w.quiet = w.waits("healthy", 50*time.Millisecond)
	for pass := range 10 {
		if got := w.next(); got != w.quiet {
			t.Fatalf("in pass %d a healthy ensemble waits for %s", pass, got)
		}
		for range 5 {
			w.next()
		}
		w.queue.Add(w.quiet)
	}
}

// Who waits behind others comes forward, although these never end.
func TestNobodyWaitsForEver(t *testing.T) {
	t.Parallel()
	w := newWorker(t)
	slow := w.waits("slow", 4*time.Second)
	w.next()
	for i := range 20 {
		w.waits("quick-"+strconv.Itoa(i), 900*time.Millisecond)
	}
	for range 3 {
		began := w.now
		for w.next() != slow {
			if waits := w.now.Sub(began); waits > 3*fading {
				t.Fatalf("it waits for %v", waits)
			}
		}
		if waits := w.now.Sub(began); waits < fading {
			t.Errorf("it waits for %v only, and others are quicker", waits)
		}
	}
}

// A long pass is forgotten in time.
func TestALongPassIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorker(t)
	slow := w.waits("slow", 10*time.Second)
	w.next()
	if got := w.queue.priority(slow); got != -4 {
		t.Errorf("an ensemble whose pass took 10 s stands at %d", got)
	}
	w.costs[slow] = 0
	w.next()
	if got := w.queue.priority(slow); got != -4 {
		t.Errorf("a short pass makes no long one forgotten, and it stands at %d", got)
	}
	w.now = w.now.Add(5 * fading)
	w.next()
	if got := w.queue.priority(slow); got != 0 || len(w.queue.took) > 1 {
		t.Errorf("it stands at %d, and %v are remembered", got, w.queue.took)
	}
}
