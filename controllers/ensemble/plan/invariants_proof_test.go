package plan

var proofPromises = []promise{
	{
		"members are restarted, hand over or leave only once a new session through every voter that stays was committed in this pass",
		func(t *truth, d Decision) bool {
			stay := t.listed[Servers]
			if d.Kind != HandOver { // which takes no vote
				stay &^= t.taken(d)
			}
			return !rolls(d) && d.Kind != RemoveMembers || stay&^t.Proved == 0 && stay&t.Unproved == 0
		},
	},
	{
		"a proof is asked for a step that takes members away, of voters that were not asked yet, and changes nothing",
		func(t *truth, d Decision) bool {
			if d.Kind != Prove {
				return true
			}
			rest := d
			rest.Kind, rest.Reason, rest.Members = Wait, "", 0
			step := d.Reason == RestartingMember || d.Reason == RestartingLeader || d.Reason == LeaderHandover || d.Reason == ScalingDown
			return step && rest == Decision{} && d.Members != 0 && d.Members&^t.listed[Servers] == 0 &&
				d.Members&(t.Proved|t.Unproved) == 0
		},
	},
	{
		"only full health, but for voters that are certainly down, is worth a proof",
		func(t *truth, d Decision) bool { return d.Kind != Prove || t.healthyWithout(t.down) },
	},
	{
		"a voter of the newest revision through which nothing was committed is told before what can wait",
		func(t *truth, d Decision) bool {
			older := t.any(func(m Member) bool { return t.votes(m) && m.Revision == Outdated && t.Unproved.Has(m.Ordinal) })
			switch d.Reason {
			case SuperuserUnknown, RevisionUnknown, VersionDiffers, UpdatePaused, ApprovalNeeded, Settling, SecondBudget, BudgetExhausted,
				AsSpecified:
				return t.Unproved&t.listed[Servers] == 0 || older
			default:
				return true
			}
		},
	},
}
