package plan

import "github.com/zkensemble/zookeeper-operator/zkconfig"

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
// say so themselves. Where one of them leads, so do as many of them as it takes to
// commit.
func (o *Observation) ServingVoters() int {
	ours := o.count(o.votes)
	theirs := max(0, o.Synced-ours)
	if o.ForeignLeads() {
		theirs = max(1, zkconfig.Majority(o.Electorate())-ours)
	}
	return ours + min(o.foreignVoters(), theirs)
}

// ForeignLeads reports whether members serve and none of them says that it leads,
// while the servers committed something, and a voter that is none of the ensemble's.
func (o *Observation) ForeignLeads() bool {
	if !o.Commits || o.foreignVoters() == 0 || o.count(leads) > 0 {
		return false
	}
	return o.count(func(m *Member) bool { return serves(m) && o.Wanted(m) }) > 0
}
