package main

import (
	"strings"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
)

// five rolls of each, of which ours are just good enough.
func goodRolls() []roll {
	var rolls []roll
	for n := range fewest {
		rolls = append(rolls,
			roll{number: n + 1, ensemble: plain, from: 2, changes: 2, members: reading(3 * time.Second)},
			roll{number: n + 1, ensemble: ours, from: 2, changes: 1, members: reading(time.Second)})
	}
	return rolls
}

func reading(total time.Duration) load.Reading { return load.Reading{Largest: total, Total: total} }

func TestClaims(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func([]roll) []roll
		want   string // part of what is broken, "" for nothing
	}{
		{"all hold", func(r []roll) []roll { return r }, ""},
		{"a roll of ours with two leader changes", func(r []roll) []roll { r[3].changes = 2; return r }, "roll 2 of ours had 2 leader changes"},
		{"a roll of ours without any", func(r []roll) []roll { r[1].changes = 0; return r }, "roll 1 of ours had 0"},
		{"one long roll of ours", func(r []roll) []roll { r[9].members = reading(5001 * time.Millisecond); return r }, "roll 5 of ours was without writes for 5.001s"},
		{"one long roll of the other", func(r []roll) []roll { r[0].members = reading(time.Minute); return r }, ""},
		{"more than a third by the medians", func(r []roll) []roll {
			for _, n := range []int{1, 3, 5} {
				r[n].members = reading(1001 * time.Millisecond)
			}
			return r
		}, "by the median"},
		{"another leader at the beginning", func(r []roll) []roll { r[4].from = 1; return r }, "roll 3 of plain began with leader 1"},
		{"too few rolls", func(r []roll) []roll { return r[:9] }, "too few"},
		{"no rolls", func([]roll) []roll { return nil }, "too few"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			err := claim(&out, tt.change(goodRolls()))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v, want no objection", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || out.Len() > 0):
				t.Errorf("got %v and output %q, want %q and none", err, out.String(), tt.want)
			}
		})
	}
}
