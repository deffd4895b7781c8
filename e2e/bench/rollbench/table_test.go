package main

import (
	"strings"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
)

func TestTablesTellEveryRoll(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	rolls := goodRolls()
	rolls[1].begun = begun
	rolls[1].members.Gaps = []load.Gap{
		{Began: begun.Add(-time.Millisecond), Length: 300 * time.Millisecond},
		{Began: begun.Add(12340 * time.Millisecond), Length: 700 * time.Millisecond},
	}
	rolls[3].members = reading(4 * time.Second)
	rolls[5].numbers = 3

	var out strings.Builder
	for _, r := range rolls {
		printRoll(&out, r)
	}
	printSummary(&out, rolls)
	printGaps(&out, rolls)
	for _, want := range []string{
		"| 1 | plain | 2 → 0 | 2 (0 elections) |",
		"| 3 | ours | 2 → 0 | 1 (3 elections) |",
		"| without writes, ms | 3000 | 3000 | 1000 | 4000 |",
		"* ours, roll 1: 0.0: 300, 12.3: 700\n",
		"* ours, roll 2: none\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
}
