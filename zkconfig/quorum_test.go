package zkconfig

import "testing"

const mostVoters = 9

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
