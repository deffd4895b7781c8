package load

import (
	"sync"
	"time"
)

// Meter tells for how long no client had a write acknowledged. Several clients
// share one.
type Meter struct {
	threshold time.Duration

	mu      sync.Mutex
	last    time.Time // the last acknowledgement, or the beginning of the window
	reading Reading
}

// Reading is what a meter saw in one window of time.
type Reading struct {
	// Largest is the longest time between two acknowledged writes, whoever wrote
	// them.
	Largest time.Duration
	// Gaps are those such times that are no shorter than the threshold, and Total
	// is their sum.
	Gaps  []Gap
	Total time.Duration
	// Acknowledged and Failed count writes.
	Acknowledged, Failed int
}

// Gap is a time in which no write was acknowledged.
type Gap struct {
	Began  time.Time
	Length time.Duration
}

// NewMeter begins the first window. Shorter gaps than the threshold do not
// count as time without writes.
func NewMeter(threshold time.Duration) *Meter {
	return &Meter{threshold: threshold, last: time.Now()}
}

// Acknowledged notes that a write was acknowledged just now.
func (m *Meter) Acknowledged() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acknowledged(time.Now())
}

func (m *Meter) acknowledged(now time.Time) {
	m.reading.Acknowledged++
	m.pass(now)
}

// Failed notes a write whose answer was an error.
func (m *Meter) Failed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reading.Failed++
}

// Reset ends the window, begins the next, and returns what was seen. Silence at
// either end of a window counts.
func (m *Meter) Reset() Reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reset(time.Now())
}

// Seen is the window up to the last acknowledged write, if that came after a
// moment.
func (m *Meter) Seen(after time.Time) (Reading, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reading, m.last.After(after)
}

func (m *Meter) reset(now time.Time) Reading {
	m.pass(now)
	seen := m.reading
	m.reading = Reading{}
	return seen
}

func (m *Meter) pass(now time.Time) {
	gap := Gap{Began: m.last, Length: now.Sub(m.last)}
	m.last = now
	m.reading.Largest = max(m.reading.Largest, gap.Length)
	if gap.Length >= m.threshold {
		m.reading.Gaps = append(m.reading.Gaps, gap)
		m.reading.Total += gap.Length
	}
}
