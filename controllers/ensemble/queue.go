package ensemble

import (
	"maps"
	"math"
	"math/bits"
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// fairQueue gives the next free worker to the ensemble whose passes took least time
// lately. Ensembles whose servers answer as late as they can share what the others
// leave, however many they are, and nobody waits while a worker is free. What wakes an
// ensemble makes no difference: its owner could have its Pods change all the time.
// Forgetting all of it, as a restarted operator does, makes them equal.
type fairQueue struct {
	priorityqueue.PriorityQueue[reconcile.Request]
	now func() time.Time

	mu      sync.Mutex
	began   map[reconcile.Request]time.Time               // those that have a worker, since when
	later   map[reconcile.Request][]priorityqueue.AddOpts // what is to be added of them
	took    map[reconcile.Request]cost
	waiting map[reconcile.Request]int // those that wait, with the priority that they have
}

// cost is how many seconds the longest pass of late took, and when it ended.
type cost struct {
	seconds float64
	at      time.Time
}

// fading is the time in which a long pass comes to count for half as much.
const fading = 5 * time.Minute

// left is what counts of it now.
func (c cost) left(now time.Time) float64 {
	return c.seconds * math.Exp2(-now.Sub(c.at).Seconds()/fading.Seconds())
}

// newQueue makes the queue of a controller.
func newQueue(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
	return &fairQueue{
		PriorityQueue: priorityqueue.New(name, func(o *priorityqueue.Opts[reconcile.Request]) { o.RateLimiter = limiter }),
		now:           time.Now,
		began:         map[reconcile.Request]time.Time{},
		later:         map[reconcile.Request][]priorityqueue.AddOpts{},
		took:          map[reconcile.Request]cost{},
		waiting:       map[reconcile.Request]int{},
	}
}

// AddWithOpts adds requests, each with the priority of its ensemble. That of one that has
// a worker is known when its pass is over: the queue raises a priority and never lowers it.
func (q *fairQueue) AddWithOpts(o priorityqueue.AddOpts, requests ...reconcile.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, request := range requests {
		if _, works := q.began[request]; works {
			q.later[request] = append(q.later[request], o)
		} else {
			q.add(o, request, q.priority(request))
		}
	}
}

func (q *fairQueue) add(o priorityqueue.AddOpts, request reconcile.Request, priority int) {
	q.waiting[request] = priority
	o.Priority = &priority
	q.PriorityQueue.AddWithOpts(o, request)
}

// priority is how an ensemble stands: 0 where its passes take less than a second, and one
// less for each doubling.
func (q *fairQueue) priority(request reconcile.Request) int {
	return -bits.Len(uint(q.took[request].left(q.now())))
}

// GetWithPriority waits for the next request.
func (q *fairQueue) GetWithPriority() (request reconcile.Request, priority int, shutdown bool) {
	request, priority, shutdown = q.PriorityQueue.GetWithPriority()
	if !shutdown {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.waiting, request)
		q.began[request] = q.now()
	}
	return request, priority, shutdown
}

// Done takes a worker from an ensemble.
func (q *fairQueue) Done(request reconcile.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	maps.DeleteFunc(q.took, func(_ reconcile.Request, c cost) bool { return c.left(now) < 1 })
	if is := (cost{now.Sub(q.began[request]).Seconds(), now}); is.seconds > q.took[request].left(now) {
		q.took[request] = is
	}
	q.age()
	q.PriorityQueue.Done(request)
	for _, o := range q.later[request] {
		q.add(o, request, q.priority(request))
	}
	delete(q.began, request)
	delete(q.later, request)
}

// age lets those go forward that wait, the longer they do, so that nobody waits for ever
// behind others. The queue keeps the earlier one of two times.
func (q *fairQueue) age() {
	for request, was := range q.waiting {
		if now := q.priority(request); now > was {
			q.add(priorityqueue.AddOpts{After: fading}, request, now)
		}
	}
}

// Add adds a request.
func (q *fairQueue) Add(request reconcile.Request) {
	q.AddWithOpts(priorityqueue.AddOpts{}, request)
}

// AddAfter adds a request for later.
func (q *fairQueue) AddAfter(request reconcile.Request, after time.Duration) {
	q.AddWithOpts(priorityqueue.AddOpts{After: after}, request)
}

// AddRateLimited adds a request again that failed.
func (q *fairQueue) AddRateLimited(request reconcile.Request) {
	q.AddWithOpts(priorityqueue.AddOpts{RateLimited: true}, request)
}
