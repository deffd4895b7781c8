package probe

import (
	"sync"
	"time"
)

// shared is a question that is asked once for all who want to know the answer at
// about the same time. So those who ask cost the server one connection, however
// many they are, and none of them has to wait for another's turn.
type shared[T any] struct {
	// ask belongs to nobody who waits for it: it must end by itself.
	ask func() T
	// keep is for how long an answer is good once it is there.
	keep time.Duration

	mu       sync.Mutex
	answer   T
	answered time.Time
}

// get returns an answer that came while the caller waited, or no longer than
// keep before.
func (s *shared[T]) get() T {
	arrived := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answered.Before(arrived.Add(-s.keep)) {
		s.answer = s.ask()
		s.answered = time.Now()
	}
	return s.answer
}
