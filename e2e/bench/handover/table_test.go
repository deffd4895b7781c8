package main

import (
	"strings"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
)

func measured(pair int, w way, largest, total int) run {
	return run{pair: pair, way: w, Reading: load.Reading{
		Largest: time.Duration(largest) * time.Millisecond, Total: time.Duration(total) * time.Millisecond,
	}}
}

var measurements = []run{
	measured(1, plain, 400, 500), measured(1, handover, 200, 300),
	measured(2, handover, 700, 700), measured(2, plain, 600, 900),
	measured(3, plain, 300, 300), measured(3, handover, 500, 950),
	measured(4, handover, 100, 0), // cut short
}

func total(r run) float64 { return milliseconds(r.Total) }

func TestJudge(t *testing.T) {
	t.Parallel()
	want := verdict{handovers: 4, worse: 1, pairs: 3, lostPairs: 1}
	if got := judge(measurements, total); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := judge(measurements[:1], total); got != (verdict{}) {
		t.Errorf("without a handover: %+v", got)
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	for way, want := range map[way]extent{
		plain:    {median: 500, maximum: 900},
		handover: {median: 500, maximum: 950}, // (300 + 700) / 2
		"none":   {},
	} {
		if got := spread(ofWay(measurements, way), total); got != want {
			t.Errorf("%s: got %v, want %v", way, got, want)
		}
	}
}

// TestPrint holds that every run is a row, and that the rows of a table have as
// many columns as its head.
func TestPrint(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	o := &options{}
	if err := o.set.Set("syncLimit=7"); err != nil {
		t.Fatal(err)
	}
	printHeader(&b, o, "-XX:+UseSerialGC", 1)
	if !strings.Contains(b.String(), "but for syncLimit=7,") {
		t.Errorf("what differs from the defaults is not told: %s", b.String())
	}
	for _, r := range measurements {
		printRun(&b, r)
	}
	printSummary(&b, measurements)
	columns, rows := 0, 0
	for line := range strings.Lines(b.String()) {
		n := strings.Count(line, "|")
		if columns == 0 || n == 0 {
			columns = n
			continue
		}
		if rows++; n != columns {
			t.Errorf("%d columns instead of %d: %s", n, columns, line)
		}
	}
	if want := 1 + len(measurements) + 1 + len(measures); rows != want {
		t.Errorf("%d rows, want %d:\n%s", rows, want, b.String())
	}
}

// TestLeaders holds that a handover that fails can be told from one that does not.
func TestLeaders(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]run{
		"3 → 1":     {from: 3, moved: 1, to: 1},
		"2 → 2 → 1": {from: 2, moved: 2, to: 1},
	} {
		if got := r.leaders(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
