package plan

// proven lets a step be taken that takes members away, once the ensemble has
// committed something through every voter that stays, in this very pass. A voter
// can look in sync to itself, and to its leader, for as long as it takes both to
// notice that nothing passes between them.
func (o *Observation) proven(d Decision, taken Set) Decision {
	stay := o.Voters() &^ taken
	switch {
	case stay&o.Unproved != 0:
		return o.decide(Wait, NotCommitting)
	case stay&^o.Proved != 0:
		return Decision{Kind: Prove, Reason: d.Reason, Members: stay &^ o.Proved}
	default:
		return d
	}
}

// unproved tells of a voter through which nothing was committed. One of an older
// revision is not waited for, because a new Pod may heal it: it is taken while it
// is proved that all others commit.
func unproved(o *Observation) (Decision, bool) {
	older := o.set(func(m *Member) bool { return m.Group == Servers && m.Revision == Outdated })
	return o.decide(Wait, NotCommitting), o.Unproved&o.Voters()&^older != 0
}
