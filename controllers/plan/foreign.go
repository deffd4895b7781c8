package plan

// foreignMember stops before anything that changes or takes a member: a server that
// is none of the ensemble's can neither be asked how it is, nor be started again. A
// person who takes it out of the committed configuration ends that.
func foreignMember(o *Observation) (Decision, bool) {
	return o.stalled(ForeignMember), o.Committed != nil && o.Committed.Foreign
}

// foreignVoters is how many committed voters are none of the ensemble's.
func (o *Observation) foreignVoters() int {
	if o.Committed == nil {
		return 0
	}
	return o.Committed.ForeignVoters
}

// Electorate is the number of all voters that a quorum is counted of, whoever runs
// them.
func (o *Observation) Electorate() int { return o.Voters().Len() + o.foreignVoters() }

// ServingVoters is how many of these serve. Those that are none of the ensemble's
// cannot be asked: they serve as far as the leader counts more voters in sync than
// say so themselves.
func (o *Observation) ServingVoters() int {
	ours := o.count(o.votes)
	return ours + min(o.foreignVoters(), max(0, o.Synced-ours))
}
