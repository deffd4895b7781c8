package plan

var foreignPromises = []promise{
	{
		"no step takes or changes a member, or writes the record, beside a server that is none of the ensemble's",
		func(t *truth, d Decision) bool {
			switch d.Kind {
			case Wait, OpenFormation, CloseFormation, ReplacePod, ExpandVolumes:
				return true
			case Shrink:
				return t.Stop || !t.stranger()
			default:
				return !t.stranger()
			}
		},
	},
	{
		"a server that is none of the ensemble's is told wherever there is a quorum and nothing more urgent to do",
		func(t *truth, d Decision) bool {
			told := d.Reason == ForeignMember
			return told == (t.stranger() && t.quorum && !t.forbids() && !urgent(d))
		},
	},
	{
		"a voter is taken only when the leader counts every committed voter, and knows no other",
		func(t *truth, d Decision) bool { return t.taken(d) == 0 || t.QuorumSize == t.listed[Servers].Len() },
	},
}

// stranger reports whether the servers committed one that is none of the ensemble's.
func (t *truth) stranger() bool { return t.Committed != nil && t.Committed.Foreign }
