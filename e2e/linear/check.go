package linear

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Report is what a history shows.
type Report struct {
	Ops, Unknown, Keys int
	// Broken are the histories of those znodes for which there is no order.
	Broken []string
	// Undecided are the znodes for which none was found in time.
	Undecided []string
}

// String tells the report in one line.
func (r Report) String() string {
	verdict := "linearizable"
	switch {
	case len(r.Broken) > 0:
		verdict = fmt.Sprintf("%d znodes are NOT linearizable", len(r.Broken))
	case len(r.Undecided) > 0:
		verdict = fmt.Sprintf("undecided for %v", r.Undecided)
	}
	return fmt.Sprintf("%d operations on %d znodes, %d of them without an answer: %s", r.Ops, r.Keys, r.Unknown, verdict)
}

// Err is nil when all of the history is certainly linearizable.
func (r Report) Err() error {
	switch {
	case len(r.Broken) > 0:
		return fmt.Errorf("no single server could have answered so:\n%s", strings.Join(r.Broken, "\n"))
	case len(r.Undecided) > 0:
		return fmt.Errorf("it was not decided in time whether the histories of %v are linearizable; let them be shorter", r.Undecided)
	}
	return nil
}

// Check looks for an order of the operations on each znode, for so long with
// each.
func Check(ops []Op, patience time.Duration) Report {
	report := Report{Ops: len(ops)}
	keys := map[string][]Op{}
	for _, o := range ops {
		keys[o.Key] = append(keys[o.Key], o)
		if o.Result == Unknown {
			report.Unknown++
		}
	}
	report.Keys = len(keys)

	var mu sync.Mutex
	var all sync.WaitGroup
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	for key, ops := range keys {
		all.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			verdict := porcupine.CheckOperationsTimeout(model, operations(ops), patience)
			mu.Lock()
			defer mu.Unlock()
			switch verdict {
			case porcupine.Illegal:
				report.Broken = append(report.Broken, tell(key, ops))
			case porcupine.Unknown:
				report.Undecided = append(report.Undecided, key)
			case porcupine.Ok:
			}
		})
	}
	all.Wait()
	slices.Sort(report.Broken)
	slices.Sort(report.Undecided)
	return report
}

// model is a znode in the words of the checker.
var model = porcupine.Model{
	Init: func() any { return znode{} },
	Step: func(state, input, _ any) (bool, any) { return state.(znode).step(input.(Op)) },
}

// operations are those of one znode in the words of the checker. One without an
// answer never returns.
func operations(ops []Op) []porcupine.Operation {
	out := make([]porcupine.Operation, 0, len(ops))
	for _, o := range ops {
		returned := int64(o.Returned)
		if o.Result == Unknown {
			returned = math.MaxInt64
		}
		out = append(out, porcupine.Operation{ClientId: o.Client, Input: o, Call: int64(o.Called), Return: returned})
	}
	return out
}

// tell lists the operations on one znode in the order of their calls.
func tell(key string, ops []Op) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s:\n", key)
	for _, o := range slices.SortedFunc(slices.Values(ops), func(a, b Op) int { return cmp.Compare(a.Called, b.Called) }) {
		fmt.Fprintf(&text, "  %s\n", o)
	}
	return text.String()
}
