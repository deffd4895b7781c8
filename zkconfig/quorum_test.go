package zkconfig

import (
	"slices"
	"testing"
)

const mostVoters = 9

// TestSurvivesWithoutCountsEverySubset compares the answer with the definition,
// for every set of up to nine servers and everything that can go away.
func TestSurvivesWithoutCountsEverySubset(t *testing.T) {
	for size := range mostVoters + 1 {
		voters := subset(1<<size - 1)
		for mask := range 1 << size {
			gone := subset(mask)
			remaining := size - len(gone)
			want := 2*remaining > size
			if got := SurvivesWithout(voters, gone...); got != want {
				t.Fatalf("of %v without %v %d remain: got %v, want %v", voters, gone, remaining, got, want)
			}
			if got := SurvivesWithout(append(voters, voters...), append(gone, 99, 99)...); got != want {
				t.Fatalf("duplicates and strangers changed the answer for %v without %v", voters, gone)
			}
		}
	}
}

// TestMajoritiesAlwaysMeet shows what a majority is for: any two have a member
// in common, and nothing smaller has that property.
func TestMajoritiesAlwaysMeet(t *testing.T) {
	for size := 1; size <= mostVoters; size++ {
		majority := Majority(size)
		if 2*majority <= size {
			t.Errorf("two majorities of %d need not meet: %d", size, majority)
		}
		if 2*(majority-1) > size {
			t.Errorf("%d of %d is more than a majority needs", majority, size)
		}
	}
}

// TestWayKeepsBothQuorums checks every way between ensembles of up to five of
// six servers: each step keeps a majority of the voters before it, the last is
// the goal, and odd sizes that only grow or only shrink take one step.
func TestWayKeepsBothQuorums(t *testing.T) {
	for from := 1; from < 1<<6; from++ {
		for to := 1; to < 1<<6; to++ {
			before, goal := subset(from), subset(to)
			way := Way(before, goal)
			if from == to {
				if len(way) != 0 {
					t.Fatalf("from %v to itself leads %v", before, way)
				}
				continue
			}
			if len(way) == 0 || !slices.Equal(way[len(way)-1], goal) {
				t.Fatalf("%v does not lead to %v", way, goal)
			}
			if onlyOneDirection := from&to == from || from&to == to; onlyOneDirection && len(way) != 1 {
				t.Fatalf("from %v to %v takes %v instead of one step", before, goal, way)
			}
			checkSteps(t, before, way)
		}
	}
}

func checkSteps(t *testing.T, before []int64, way [][]int64) {
	t.Helper()
	for _, after := range way {
		gone := slices.DeleteFunc(slices.Clone(before), func(id int64) bool { return slices.Contains(after, id) })
		joins := slices.ContainsFunc(after, func(id int64) bool { return !slices.Contains(before, id) })
		if joins && !SurvivesWithout(before, gone...) {
			t.Fatalf("from %v to %v: new voters come while a majority goes", before, after)
		}
		before = after
	}
}

// subset returns the ids, from 1, whose bits are set.
func subset(mask int) []int64 {
	ids := []int64{}
	for id := int64(1); mask != 0; id, mask = id+1, mask>>1 {
		if mask&1 == 1 {
			ids = append(ids, id)
		}
	}
	return ids
}
