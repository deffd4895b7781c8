package load

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMeterCountsGapsAndTheSilenceAtBothEnds(t *testing.T) {
	t.Parallel()
	m := NewMeter(100 * time.Millisecond)
	start := m.last
	gap := func(from, to int) Gap {
		return Gap{start.Add(time.Duration(from) * time.Millisecond), time.Duration(to-from) * time.Millisecond}
	}
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }

	for _, ms := range []int{5, 104, 304, 310, 410} { // gaps of 5, 99, 200, 6 and 100
		m.acknowledged(at(ms))
	}
	m.Failed()
	if seen, ok := m.Seen(at(409)); !ok || seen.Total != 300*time.Millisecond {
		t.Errorf("after the last write: %+v, %t", seen, ok)
	}
	if _, ok := m.Seen(at(410)); ok {
		t.Error("a write that is not there yet is seen")
	}
	steps := []struct {
		name string
		got  Reading
		want Reading
	}{
		{
			"writes with gaps", m.reset(at(411)),
			Reading{Largest: 200 * time.Millisecond, Gaps: []Gap{gap(104, 304), gap(310, 410)}, Total: 300 * time.Millisecond, Acknowledged: 5, Failed: 1},
		},
		{"a short silence", m.reset(at(500)), Reading{Largest: 89 * time.Millisecond}},
		{
			"a long silence", m.reset(at(700)),
			Reading{Largest: 200 * time.Millisecond, Gaps: []Gap{gap(500, 700)}, Total: 200 * time.Millisecond},
		},
	}
	for _, step := range steps {
		if diff := cmp.Diff(step.want, step.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}
