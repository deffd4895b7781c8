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
