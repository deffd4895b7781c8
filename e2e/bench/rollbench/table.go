package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
)

func printHeader(out io.Writer, o *options) {
	fmt.Fprintf(out, "Tree of %d MB in znodes of %d bytes; member %d leads before each roll. A record every %v through each member "+
		"and through the stock client; gaps of %v and more count as time without writes.\n\n",
		o.treeMB, znodeSize, o.leader, load.WritePace, o.threshold)
	fmt.Fprintln(out, "| roll | ensemble | leader | leader changes | gap before, ms | largest gap, ms | without writes, ms | failed | "+
		"stock: largest gap, ms | without writes, ms | failed | whole, s | records checked |")
	fmt.Fprintln(out, "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
}

func printRoll(out io.Writer, r roll) {
	changes := fmt.Sprint(r.changes)
	if r.numbers != r.changes {
		changes += fmt.Sprintf(" (%d elections)", r.numbers)
	}
	fmt.Fprintf(out, "| %d | %s | %d → %d | %s | %d | %d | %d | %d | %d | %d | %d | %.1f | %d |\n",
		r.number, r.ensemble, r.from, r.to, changes, r.noise.Milliseconds(),
		r.members.Largest.Milliseconds(), r.members.Total.Milliseconds(), r.members.Failed,
		r.stock.Largest.Milliseconds(), r.stock.Total.Milliseconds(), r.stock.Failed,
		r.took.Seconds(), r.checked)
}

// figure is one column of the summary.
type figure struct {
	name string
	of   func(roll) float64
}

func milliseconds(d time.Duration) float64 { return float64(d.Milliseconds()) }

func figures() []figure {
	return []figure{
		{"leader changes", func(r roll) float64 { return float64(r.changes) }},
		{"largest gap, ms", func(r roll) float64 { return milliseconds(r.members.Largest) }},
		{"without writes, ms", func(r roll) float64 { return milliseconds(r.members.Total) }},
		{"failed", func(r roll) float64 { return float64(r.members.Failed) }},
		{"stock: largest gap, ms", func(r roll) float64 { return milliseconds(r.stock.Largest) }},
		{"stock: without writes, ms", func(r roll) float64 { return milliseconds(r.stock.Total) }},
		{"stock: failed", func(r roll) float64 { return float64(r.stock.Failed) }},
		{"whole, s", func(r roll) float64 { return r.took.Round(time.Second / 10).Seconds() }},
	}
}

// printSummary puts the medians and maxima of both ensembles side by side.
func printSummary(out io.Writer, rolls []roll) {
	fmt.Fprintln(out, "\n| | plain: median | maximum | ours: median | maximum |")
	fmt.Fprintln(out, "| --- | --- | --- | --- | --- |")
	for _, f := range figures() {
		fmt.Fprintf(out, "| %s |", f.name)
		for _, name := range []string{plain, ours} {
			if of := rollsOf(rolls, name); len(of) > 0 {
				s := spread(of, f.of)
				fmt.Fprintf(out, " %v | %v |", s.median, s.maximum)
			} else {
				fmt.Fprint(out, " | |")
			}
		}
		fmt.Fprintln(out)
	}
}

// printGaps tells the gaps that a change of the leader makes from the many small
// ones of a busy machine.
func printGaps(out io.Writer, rolls []roll) {
	fmt.Fprint(out, "\nThe gaps that count, as seconds after the beginning and their length in milliseconds:\n\n")
	for _, r := range rolls {
		gaps := make([]string, 0, len(r.members.Gaps))
		for _, gap := range r.members.Gaps {
			gaps = append(gaps, fmt.Sprintf("%.1f: %d", max(gap.Began.Sub(r.begun), 0).Seconds(), gap.Length.Milliseconds()))
		}
		fmt.Fprintf(out, "* %s, roll %d: %s\n", r.ensemble, r.number, cmp.Or(strings.Join(gaps, ", "), "none"))
	}
}

func rollsOf(rolls []roll, ensemble string) []roll {
	return slices.DeleteFunc(slices.Clone(rolls), func(r roll) bool { return r.ensemble != ensemble })
}

// extent is the middle and the end of a distribution.
type extent[T cmp.Ordered] struct{ median, maximum T }

// spread is over at least one roll. Of an even number, the median is the larger
// of the two in the middle.
func spread[T cmp.Ordered](rolls []roll, of func(roll) T) extent[T] {
	values := make([]T, len(rolls))
	for i, r := range rolls {
		values[i] = of(r)
	}
	slices.Sort(values)
	return extent[T]{median: values[len(values)/2], maximum: values[len(values)-1]}
}
