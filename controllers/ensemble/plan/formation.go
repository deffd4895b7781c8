package plan

import "github.com/zkensemble/zookeeper-operator/zkconfig"

// recordOwnerless closes a record that was restored without its owner, by the write
// that makes it the ensemble's. Until then a blank volume could be given a vote by
// it, so that nothing comes before, and nothing that stands in the way of others
// stands in the way of this.
func recordOwnerless(o *Observation) (Decision, bool) {
	return Decision{Kind: CloseFormation, Reason: ObjectsAdopted}, o.Formation == Ownerless
}

// formationMissing opens the record where nothing remains, and otherwise
// restores it closed, also where it cannot be read. An invalid specification
// forms nothing.
func formationMissing(o *Observation) (Decision, bool) {
	switch {
	case o.Formation == Garbled:
		return Decision{Kind: CloseFormation, Reason: RecordUnreadable}, true
	case o.Formation != Missing:
		return Decision{}, false
	case o.Remains || o.Unreadable:
		return Decision{Kind: CloseFormation, Reason: RecordRestored}, true
	case o.Invalid:
		return Decision{Kind: Wait, Reason: InvalidSpec, Stalled: true}, true
	default:
		return Decision{Kind: OpenFormation, Reason: FormationStarts}, true
	}
}

// formationOpen closes the record as early as the ensemble can live without
// it: a majority of granted disks elects a leader and brings in the rest. A
// member that serves has found a quorum, so the grants have done their work
// even if their agents could not be asked. Beside a members record it did so
// long ago, and somebody has opened it again.
func formationOpen(o *Observation) (Decision, bool) {
	if o.Formation != Open {
		return Decision{}, false
	}
	enough := o.count(o.granted) >= zkconfig.Majority(o.Voters().Len())
	return o.decide(CloseFormation, FormationCompleted), enough || o.served() || o.count(serves) > 0
}
