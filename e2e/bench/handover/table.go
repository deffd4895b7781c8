package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
)

// run is one measurement.
type run struct {
	pair int
	way  way
	// from led before; moved led before the restart, which is another one unless
	// a handover failed; to led after all.
	from, moved, to int64
	// changes counts leaderships that began, elections those of them for which a
	// server that was not restarted had to look for a leader.
	changes, elections int
	// noise is the largest gap between two acknowledged writes before the run.
	noise time.Duration
	// move is what clients noticed until another server led and wrote, before
	// the restart of the old one begins to cost processor time.
	move load.Reading
	// Reading is what they noticed in all.
	load.Reading
	// took is the time from full health to full health.
	took time.Duration
}

func printHeader(out io.Writer, o *options, collector string, size int64) {
	settings := "the operator's defaults"
	if len(o.set) > 0 {
		settings += " but for " + o.set.String()
	}
	fmt.Fprintf(out, "Tree of %d MB (zk_approximate_data_size %d), heap of %d MiB, %s, %s, %d busy loops; gaps count from %v up.\n\n",
		o.treeMB, size, o.heapMiB, collector, settings, o.busy, o.threshold)
	fmt.Fprintln(out, "| pair | way | leader | leader changes | elections | gap before, ms | move: largest gap, ms | "+
		"move: without writes, ms | all: largest gap, ms | all: without writes, ms | failed writes | whole, s |")
	fmt.Fprintln(out, "|"+strings.Repeat(" --- |", 12))
}

func printRun(out io.Writer, r run) {
	fmt.Fprintf(out, "| %d | %s | %s | %d | %d | %d | %d | %d | %d | %d | %d | %.1f |\n",
		r.pair, r.way, r.leaders(), r.changes, r.elections, r.noise.Milliseconds(),
		r.move.Largest.Milliseconds(), r.move.Total.Milliseconds(),
		r.Largest.Milliseconds(), r.Total.Milliseconds(), r.Failed, r.took.Seconds())
}

// leaders names those who led, one after the other.
func (r run) leaders() string {
	text := fmt.Sprintf("%d → %d", r.from, r.moved)
	if r.to != r.moved {
		text += fmt.Sprintf(" → %d", r.to)
	}
	return text
}

// measures are what the two ways are compared by.
var measures = []struct {
	name string
	of   func(run) float64
	// decides says that the comparison of the two ways is about this.
	decides bool
}{
	{"move: largest gap, ms", func(r run) float64 { return milliseconds(r.move.Largest) }, true},
	{"move: without writes, ms", func(r run) float64 { return milliseconds(r.move.Total) }, true},
	{"all: largest gap, ms", func(r run) float64 { return milliseconds(r.Largest) }, true},
	{"all: without writes, ms", func(r run) float64 { return milliseconds(r.Total) }, true},
	{"failed writes", func(r run) float64 { return float64(r.Failed) }, false},
	{"whole, s", func(r run) float64 { return r.took.Seconds() }, false},
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// printSummary compares the two ways.
func printSummary(out io.Writer, runs []run) {
	fmt.Fprintln(out, "\n| | plain: median | plain: maximum | handover: median | handover: maximum | "+
		"handovers worse than the worst plain stop | pairs in which the handover was worse |")
	fmt.Fprintln(out, "|"+strings.Repeat(" --- |", 7))
	for _, m := range measures {
		stops, handovers := spread(ofWay(runs, plain), m.of), spread(ofWay(runs, handover), m.of)
		fmt.Fprintf(out, "| %s | %.4g | %.4g | %.4g | %.4g |", m.name, stops.median, stops.maximum, handovers.median, handovers.maximum)
		if !m.decides {
			fmt.Fprintln(out, " | |")
			continue
		}
		v := judge(runs, m.of)
		fmt.Fprintf(out, " %d of %d | %d of %d |\n", v.worse, v.handovers, v.lostPairs, v.pairs)
	}
}

func ofWay(runs []run, w way) []run {
	return slices.DeleteFunc(slices.Clone(runs), func(r run) bool { return r.way != w })
}

// extent is the middle and the end of a distribution.
type extent struct{ median, maximum float64 }

// spread returns zeros for no runs.
func spread(runs []run, of func(run) float64) extent {
	if len(runs) == 0 {
		return extent{}
	}
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = of(r)
	}
	slices.Sort(values)
	middle := len(values) / 2
	return extent{
		median:  (values[middle] + values[len(values)-1-middle]) / 2,
		maximum: values[len(values)-1],
	}
}

// verdict is how the handovers did beside the plain stops.
type verdict struct {
	// handovers were measured; worse counts those that were worse than every
	// plain stop.
	handovers, worse int
	// pairs are complete; in lostPairs the handover was worse than its neighbour.
	pairs, lostPairs int
}

func judge(runs []run, of func(run) float64) verdict {
	stops, handovers := ofWay(runs, plain), ofWay(runs, handover)
	worst := spread(stops, of).maximum
	v := verdict{handovers: len(handovers)}
	for _, h := range handovers {
		if of(h) > worst {
			v.worse++
		}
		for _, s := range stops {
			if s.pair == h.pair {
				v.pairs++
			}
			if s.pair == h.pair && of(h) > of(s) {
				v.lostPairs++
			}
		}
	}
	return v
}
