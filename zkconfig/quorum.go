package zkconfig

// Majority returns how many of voters a quorum needs: strictly more than half.
func Majority(voters int) int {
	return voters/2 + 1
}
