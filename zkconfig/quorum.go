package zkconfig

import "slices"

// Majority returns how many of voters a quorum needs: strictly more than half.
func Majority(voters int) int {
	return voters/2 + 1
}

// SurvivesWithout reports whether the voters that remain without those gone
// are still a majority of all voters. Ids that are no voters do not count.
func SurvivesWithout(voters []int64, gone ...int64) bool {
	all := slices.Compact(slices.Sorted(slices.Values(voters)))
	remaining := 0
	for _, id := range all {
		if !slices.Contains(gone, id) {
			remaining++
		}
	}
	return remaining >= Majority(len(all))
}

// Way returns the voters of each reconfig that leads from one odd number of
// voters to another, the goal last; it is empty when there is nothing to do.
//
// All voters that join enter together, and all that leave go together, because
// every even number in between tolerates less. Both at once is one reconfig as
// long as a majority of the old voters stays; otherwise the new ones join
// first.
func Way(from, to []int64) [][]int64 {
	from, to = sortedSet(from), sortedSet(to)
	if slices.Equal(from, to) {
		return nil
	}
	union := sortedSet(slices.Concat(from, to))
	leaving := len(union) - len(to)
	if leaving == 0 || len(union) == len(from) || len(from)-leaving >= Majority(len(from)) {
		return [][]int64{to}
	}
	return [][]int64{union, to}
}

func sortedSet(ids []int64) []int64 {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}
