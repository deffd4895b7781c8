package plan

import "github.com/zkensemble/zookeeper-operator/zkconfig"

// volumeTooSmall expands the volumes of one member at a time, whatever the
// health of the ensemble: a full disk may be what ails it, and a volume is
// expanded while it is used.
func volumeTooSmall(o *Observation) (Decision, bool) {
	small := o.highest(func(m *Member) bool { return m.Volumes == VolumesTooSmall })
	if small == nil || o.count(func(m *Member) bool { return m.Volumes == VolumesGrowing }) > 0 {
		return Decision{}, false
	}
	d := o.decide(ExpandVolumes, VolumeTooSmall)
	d.Group, d.Ordinal = small.Group, small.Ordinal
	return d, true
}

// volumesSmall reports volumes that are not as specified. Nobody suffers from
// them, so it comes after everything else.
func volumesSmall(o *Observation) (Decision, bool) {
	if o.count(func(m *Member) bool { return m.Volumes == VolumesGrowing }) > 0 {
		return o.decide(Wait, VolumeExpanding), true
	}
	return o.stalled(VolumeNotExpandable), o.count(func(m *Member) bool { return m.Volumes == VolumesFixed }) > 0
}

// volumesUnwanted deletes the volumes of a member that left, where the spec does
// not retain them. That it left was read from the servers in this pass.
func volumesUnwanted(o *Observation) (Decision, bool) {
	for _, left := range []struct {
		group Group
		of    Set
	}{{Servers, o.Leftover}, {Observers, o.LeftoverObservers}} {
		g := left.group
		gone := left.of & from(max(o.DesiredReplicas(g), o.LiveReplicas(g))) &^ o.Listed(g)
		if gone == 0 {
			continue
		}
		if !o.certain() {
			return o.decide(Wait, MembershipUnread), true
		}
		d := o.decide(DeleteVolumes, DeletingDepartedVolumes)
		d.Group, d.Ordinal = g, gone.Span()-1
		return d, true
	}
	return Decision{}, false
}

// dataGoes reports whether the volume claims of so many of the given voters are being
// deleted that the others are no quorum: once the Pods are gone which keep them, those
// that are left could never serve again. While the formation record is open there is
// none yet.
func (o *Observation) dataGoes(voters Set) bool {
	going := voters & o.Terminating
	return o.Formation != Open && going != 0 && (voters&^going).Len() < zkconfig.Majority(voters.Len())
}

// keepsDisk reports whether the Pod of a server is left as it is, because it is
// what keeps one of the last volumes with the data. A server without a vote may have
// a copy of what the voters lose.
func (o *Observation) keepsDisk(m *Member) bool {
	return m.Group == Servers && o.Terminating.Has(m.Ordinal) && o.dataGoes(o.Voters())
}

// losesDisk reports whether the Pod of a member that is down is not replaced, because
// its volume goes with it and may be needed. Without a quorum that holds for each
// voter: its new volume would have no vote, and of the others one may be new already.
func (o *Observation) losesDisk(m *Member) bool {
	alone := o.Voter(m) && o.Terminating.Has(m.Ordinal) && o.Formation != Open && o.QuorumMissing() != ""
	return alone || o.keepsDisk(m)
}

// repairLosesData tells of members that are down and would be given a new Pod, were
// it not for the volumes that go with the old one.
func repairLosesData(o *Observation) (Decision, bool) {
	return o.stalled(VolumesTerminating), o.count(func(m *Member) bool {
		return o.Wanted(m) && o.keepsDisk(m) && (o.free(m) || o.extra(m))
	}) > 0
}
