package plan

var volumePromises = []promise{
	{
		"volumes are deleted only of servers that the servers themselves, asked in this pass, no longer name",
		func(t *truth, d Decision) bool {
			if d.Kind != DeleteVolumes {
				return true
			}
			leftover := [2]Set{t.Leftover, t.LeftoverObservers}[d.Group]
			return t.certain && leftover.Has(d.Ordinal) && !t.wanted[d.Group].Has(d.Ordinal) &&
				d.Ordinal >= t.asks(d.Group) && t.healthy()
		},
	},
	{
		"no Pod is ended, and no voter leaves, where too few voters with a volume would be left for a quorum",
		func(t *truth, d Decision) bool {
			goes, holds := t.dataGoes(t.listed[Servers]), t.Terminating.Has(d.Ordinal)
			switch {
			case d.Kind == Shrink && t.Stop:
				return !goes || t.Replicas == 0
			case d.Group == Observers:
				return true
			case d.Kind == Shrink:
				return !goes || t.Terminating&from(d.Size)&^from(t.Replicas) == 0
			case d.Kind == ReplacePod:
				return !goes || !holds
			case d.Kind == RemoveMembers:
				return !goes && !t.dataGoes(t.listed[Servers]&^d.Members)
			default:
				return !rolls(d) || !goes
			}
		},
	},
	{
		"no voter loses its volume with its Pod while there is no quorum from which it would get its data back",
		func(t *truth, d Decision) bool {
			m, found := t.target(d)
			return d.Kind != ReplacePod || !found || !t.needed(m)
		},
	},
	{
		"no member joins whose volume is being deleted",
		func(t *truth, d Decision) bool {
			return d.Kind != AddMembers || d.Members&[2]Set{t.Terminating, t.TerminatingObservers}[d.Group] == 0
		},
	},
	{
		"a step is refused for volumes that are being deleted only where there are such, and somebody asked for it",
		func(t *truth, d Decision) bool {
			if d.Reason != VolumesTerminating {
				return true
			}
			leavers := t.listed[Servers] & from(t.Desired)
			asked := t.Stop || leavers != 0 || t.Replicas > t.Desired || t.any(func(m Member) bool {
				return m.Group == Servers && t.wants(m) && m.Pod == Present && (m.Revision == Outdated || m.NeedsNewPod || t.failed(m))
			})
			joins := UpTo(t.Desired)&^t.listed[Servers]&t.Terminating != 0
			stays := t.dataGoes(t.listed[Servers]&^leavers) || t.dataGoes(t.listed[Servers]&^(leavers&t.down))
			return asked && (t.dataGoes(t.listed[Servers]) || stays) || joins
		},
	},
	{
		"a stop that would leave no quorum of volumes is refused and not passed over",
		func(t *truth, d Decision) bool {
			asked := t.Stop && t.Replicas > 0 && !t.Paused && !t.NameConflict && !t.Invalid && t.Formation == Closed
			return !asked || !t.dataGoes(t.listed[Servers]) || d.Reason == VolumesTerminating && d.Stalled
		},
	},
	{
		"the volumes of one member are expanded at a time",
		func(t *truth, d Decision) bool {
			m, found := t.target(d)
			growing := t.any(func(m Member) bool { return m.Volumes == VolumesGrowing })
			return d.Kind != ExpandVolumes || found && m.Volumes == VolumesTooSmall && !growing
		},
	},
	{
		"volumes that can be expanded are, however unwell the ensemble is",
		func(t *truth, d Decision) bool {
			small := t.any(func(m Member) bool { return m.Volumes == VolumesTooSmall })
			growing := t.any(func(m Member) bool { return m.Volumes == VolumesGrowing })
			return !small || growing || t.forbids() || urgent(d)
		},
	},
	{
		"what is wrong with volumes is what is true",
		func(t *truth, d Decision) bool {
			switch d.Reason {
			case VolumeExpanding:
				return t.any(func(m Member) bool { return m.Volumes == VolumesGrowing })
			case VolumeNotExpandable:
				return t.any(func(m Member) bool { return m.Volumes == VolumesFixed })
			default:
				return true
			}
		},
	},
}

var donePromises = []promise{
	{
		"done means that everything is as specified",
		func(t *truth, d Decision) bool {
			return (d.Kind == Done) == (d.Reason == AsSpecified) && (d.Kind != Done || t.asSpecified())
		},
	},
	{
		"an ensemble that lacks nothing is done",
		func(t *truth, d Decision) bool { return d.Kind == Done || !t.asSpecified() },
	},
}

// dataGoes reports whether volumes of the given voters, who may have written
// something, are being deleted, and no more than half of them keep theirs.
func (t *truth) dataGoes(voters Set) bool {
	going := (voters & t.Terminating).Len()
	return t.Formation != Open && going > 0 && 2*(voters.Len()-going) <= voters.Len()
}

// asSpecified reports whether an ensemble lacks nothing at all.
func (t *truth) asSpecified() bool {
	fit := !t.any(func(m Member) bool {
		return m.Volumes != VolumesFit || t.wants(m) && m.Revision != Current || !t.wants(m) && m.Pod != NoPod
	})
	known := t.Record != nil && !t.newer && !t.ahead() && (!t.Doubted || t.certain)
	unwanted := t.Leftover&^t.wanted[Servers]&from(t.Replicas) | t.LeftoverObservers&^t.wanted[Observers]&from(t.ObserverReplicas)
	return !t.stranger() && !t.forbids() && (t.Formation == Closed || t.Formation == Open && !t.anyone) && known && fit && t.healthy() &&
		t.complete() && t.sizesFit() && unwanted == 0 && t.Unproved&t.listed[Servers] == 0 && !t.Update.Withheld && !t.Update.WrongVersion &&
		t.armed(Servers) && t.armed(Observers)
}

// sizesFit reports whether those are members that are specified, and the
// StatefulSets ask for them.
func (t *truth) sizesFit() bool {
	return t.listed == [2]Set{UpTo(t.Desired), UpTo(t.DesiredObservers)} &&
		t.Replicas == t.Desired && t.Volumes <= t.Desired && t.ObserverReplicas == t.DesiredObservers
}

// complete reports whether every wanted member serves, voters in sync.
func (t *truth) complete() bool {
	var serving [2]Set
	for _, m := range t.Members {
		if m.Health >= Observing && m.Pod == Present {
			serving[m.Group] = serving[m.Group].With(m.Ordinal)
		}
	}
	return t.listed == t.wanted && t.wanted[Servers]&^(serving[Servers]&t.settled) == 0 &&
		t.wanted[Observers]&^serving[Observers] == 0 && t.Synced >= t.listed[Servers].Len() && t.QuorumSize == t.all()
}
