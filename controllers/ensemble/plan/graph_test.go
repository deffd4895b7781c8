package plan

import (
	"fmt"
	"slices"
	"strings"
)

// truthful is the truth about an ensemble, as a value that can be told apart
// from others and forgets what no longer matters.
type truthful[W any] interface {
	comparable
	normal() W
}

// graph is every world that was visited and how it was reached first.
type graph[W truthful[W]] struct {
	worlds  []W
	came    []step
	index   map[W]int32
	heals   map[W]bool // worlds that a good turn of events leads to Done
	last    [4]W       // that were visited last
	visits  int
	forgive string // a broken promise that is passed over, to see what follows
	broken  string
}

// step is how a world was first reached.
type step struct {
	from  int32
	event string
}

// visitor is told of every world that may follow.
type visitor[W any] func(event string, to W, broken string)

// The events of operators, made once for every kind of decision.
var (
	acts       = events("the operator acts: ")
	actsLate   = events("an operator decides, and is late to act: ")
	actsAtLast = events("the late operator acts: ")
)

func events(text string) (of [Shrink + 1]string) {
	for kind := range of {
		of[kind] = text + Kind(kind).String()
	}
	return of
}

// lasting are members whose look depends on how long they have been down.
func lasting(m Member) bool { return m.Lasting }

// run visits every world that can follow from the first one, until a promise is
// broken. Successors passes all that can happen in a world to its visitor, and
// goodTurn says what is wrong with a world if all goes well from there.
func (g *graph[W]) run(first W, successors func(W, visitor[W]), goodTurn func(W) string) {
	g.index, g.heals = map[W]int32{}, map[W]bool{}
	g.visit(-1, "in the beginning", first, "")
	for at := int32(0); int(at) < len(g.worlds) && g.broken == ""; at++ {
		w := g.worlds[at]
		if broken := goodTurn(w); broken != "" {
			g.fail(at, "then all goes well", broken)
			break
		}
		successors(w, func(event string, to W, broken string) { g.visit(at, event, to, broken) })
	}
}

func (g *graph[W]) visit(from int32, event string, to W, broken string) {
	if g.broken != "" {
		return
	}
	if broken != "" && broken != g.forgive {
		g.fail(from, event, broken)
		return
	}
	// Half of what happens changes nothing, or what was changed just before: to look
	// there is cheaper than to search.
	if from >= 0 && to == g.worlds[from] || slices.Contains(g.last[:], to) {
		return
	}
	g.last[g.visits%len(g.last)] = to
	g.visits++
	to = to.normal()
	if _, known := g.index[to]; known {
		return
	}
	g.index[to] = int32(len(g.worlds))
	g.worlds = append(g.worlds, to)
	g.came = append(g.came, step{from, event})
}

// fail remembers the broken promise with all that led to it.
func (g *graph[W]) fail(at int32, event, broken string) {
	trace := []string{event}
	for i := at; i >= 0; i = g.came[i].from {
		trace = append(trace, fmt.Sprintf("%s: %v", g.came[i].event, g.worlds[i]))
	}
	var text strings.Builder
	text.WriteString(broken)
	for _, line := range slices.Backward(trace) {
		text.WriteString("\n  " + line)
	}
	g.broken = text.String()
}

// patience is how many rounds a good turn of events may take.
const patience = 60

// recover lets rounds of a good turn of events pass until one is done. Worlds on
// the way are remembered, since the same future lies before them.
func (g *graph[W]) recover(w W, round func(*W) (done bool, broken string)) (broken string) {
	var path []W
	for done := false; !done; {
		w = w.normal()
		if g.heals[w] {
			break
		}
		if path = append(path, w); len(path) > patience {
			return fmt.Sprintf("%s, but to: %v", hangs, w)
		}
		if done, broken = round(&w); broken != "" {
			if broken == g.forgive {
				return ""
			}
			return broken
		}
	}
	for _, p := range path {
		g.heals[p] = true
	}
	return ""
}

// hangs is what is wrong with a world from which there is no way.
const hangs = "a good turn of events does not lead to Done"
