package ensemble

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// readFormation reads the formation record. One that cannot be read counts as
// closed and without founders, so that no blank volume is ever given a vote by
// it.
//
// Neither is any by one that is not closed and has no owner, as after a restore: it
// tells of an earlier time, and whatever it lets vote may have lost its data since.
func (seen *observed) readFormation() {
	seen.readFounders()
	if f := &seen.facts; f.Formation != plan.Closed && isOrphan(seen.ensemble, seen.formation) {
		f.Formation = plan.Ownerless
	}
}

// isOpenRecord reports whether an agent would give a blank volume a vote by a formation record.
func isOpenRecord(record *corev1.ConfigMap) bool {
	return record.Data[member.FormationStateKey] == string(member.FormationOpen)
}

// readFounders reads who the first servers are, and whether they may vote.
func (seen *observed) readFounders() {
	f, data := &seen.facts, seen.formation.Data
	founders, err := zkconfig.ParseMembership(data[member.FormationServersKey])
	if err != nil {
		seen.garble(member.FormationServersKey, err)
		return
	}
	switch state := member.FormationState(data[member.FormationStateKey]); {
	case state == member.FormationOpen && len(founders.Voters()) == 0:
		seen.garble(member.FormationServersKey, errNoVoter)
		return
	case state == member.FormationOpen:
		f.Formation = plan.Open
	case state != member.FormationClosed:
		seen.garble(member.FormationStateKey, fmt.Errorf("%q is neither %s nor %s", state, member.FormationOpen, member.FormationClosed))
		return
	}
	f.Founders = int32(len(founders.Voters()))
}

func (seen *observed) garble(key string, err error) {
	seen.facts.Formation, seen.garbled = plan.Garbled, unreadable(seen.formation, key, err)
}

// readMembers reads the members record. One that cannot be read is not taken for
// one that was never written: the ensemble has served, and must be asked. Neither
// is one that names somebody else's server, which no operator writes.
func (seen *observed) readMembers() {
	recorded, err := zkconfig.ParseMembership(seen.record.Data[member.MembershipKey])
	known, strangers := membership(seen.ensemble, workload.DomainOf(seen.ensemble, recorded), recorded)
	switch {
	case err != nil:
	case len(recorded.Voters()) == 0:
		err = errNoVoter
	case recorded.Version >= noVersion:
		err = fmt.Errorf("no server comes to version %x", recorded.Version)
	case len(strangers) > 0:
		err = fmt.Errorf("it names what is no member of this ensemble: %s", names(strangers))
	}
	if err != nil {
		seen.facts.Unreadable, seen.unreadable = true, unreadable(seen.record, member.MembershipKey, err)
		return
	}
	seen.recorded, seen.facts.Record = recorded, known
}

// noVersion is above every version that a configuration can have. The upper half
// of a version counts elections, and one in each second would take 34 years.
const noVersion = 1 << 62

var errNoVoter = errors.New("it names no voter")

// unreadable tells a person where a record is wrong.
func unreadable(record *corev1.ConfigMap, key string, err error) error {
	return fmt.Errorf("ConfigMap %s, key %q cannot be read: %w", record.Name, key, err)
}
