package main

import (
	"sync"
	"time"
)

// meter tells for how long no client had a write acknowledged.
type meter struct {
	threshold time.Duration

	mu      sync.Mutex
	last    time.Time // the last acknowledgement, or the beginning
	reading reading
}

// reading is what a meter saw since its last reset.
type reading struct {
	// Largest is the longest time between two acknowledged writes.
	Largest time.Duration
	// Total is the sum of all such times from the threshold up.
	Total time.Duration
	// Failed counts writes that ended with an error.
	Failed int
}

func newMeter(threshold time.Duration) *meter {
	return &meter{threshold: threshold, last: time.Now()}
}

// acknowledged notes a write. Of two at the same time, the earlier one may come
// second.
func (m *meter) acknowledged(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Before(m.last) {
		return
	}
	m.reading.add(now.Sub(m.last), m.threshold)
	m.last = now
}

func (m *meter) failed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reading.Failed++
}

// reset begins a new reading and returns what was seen until then.
func (m *meter) reset(now time.Time) reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := m.reading
	seen.add(now.Sub(m.last), m.threshold)
	m.last, m.reading = now, reading{}
	return seen
}

// seen returns the reading up to the last acknowledged write, if that came after
// a moment.
func (m *meter) seen(after time.Time) (reading, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reading, m.last.After(after)
}

func (r *reading) add(gap, threshold time.Duration) {
	r.Largest = max(r.Largest, gap)
	if gap >= threshold {
		r.Total += gap
	}
}
