package main

import (
	"testing"
	"time"
)

func TestMeter(t *testing.T) {
	t.Parallel()
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	m := newMeter(100 * time.Millisecond)
	m.reset(start)
	for _, ms := range []int{5, 50, 149, 260, 300} {
		m.acknowledged(at(ms))
	}
	m.failed()
	if seen, ok := m.seen(at(299)); !ok || seen.Total != 111*time.Millisecond {
		t.Errorf("after the last write: %+v, %t", seen, ok)
	}
	if _, ok := m.seen(at(300)); ok {
		t.Error("a write that is not there yet is seen")
	}
	want := reading{Largest: 111 * time.Millisecond, Total: 111 * time.Millisecond, Failed: 1}
	if got := m.reset(at(301)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// Silence at both ends of a window counts.
	m.acknowledged(at(501))
	want = reading{Largest: 300 * time.Millisecond, Total: 500 * time.Millisecond}
	if got := m.reset(at(801)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := m.reset(at(1000)); got.Largest != 199*time.Millisecond || got.Failed != 0 {
		t.Errorf("without any write: %+v", got)
	}
}
