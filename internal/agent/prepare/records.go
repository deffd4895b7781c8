package prepare

import (
	"fmt"
	"strings"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// formation is the formation record: whether blank disks may vote, and the
// first server list. Both are zero if there is no record.
type formation struct {
	open bool
	list zkconfig.Membership
}

// members is the members record: the membership that the operator last read
// from the ensemble.
type members struct {
	exists bool
	zkconfig.Membership
}

// readFormation takes anything but the word "open" for closed, because that
// is the side on which nothing can be lost.
func (m *preparation) readFormation() error {
	dir := current(m.FormationDir)
	state, _, err := readMounted(dir, member.FormationStateKey)
	if err != nil {
		return err
	}
	servers, _, err := readMounted(dir, member.FormationServersKey)
	if err != nil {
		return err
	}
	list, err := zkconfig.ParseMembership(servers)
	if err != nil {
		return &WaitError{fmt.Sprintf("the formation record cannot be read: %v", err)}
	}
	list = m.inThisDomain(list)
	if host, is := m.elsewhere(list); is {
		return &WaitError{m.whyElsewhere("the formation record", host)}
	}
	m.formation = formation{open: member.FormationState(strings.TrimSpace(state)) == member.FormationOpen, list: list}
	return nil
}

// readMembers does not take an unreadable record for a missing one: without it
// the list on the volume would be trusted, and it may be stale. One that holds
// something else cannot be read either.
func (m *preparation) readMembers() error {
	dir := current(m.MembersDir)
	text, exists, err := readMounted(dir, member.MembershipKey)
	if err != nil {
		return err
	}
	if !exists {
		return half(dir)
	}
	membership, err := zkconfig.ParseMembership(text)
	if err != nil {
		return &WaitError{fmt.Sprintf("the members record cannot be read: %v", err)}
	}
	if len(membership.Voters()) == 0 {
		return &WaitError{"the members record names no voter"}
	}
	if host, is := m.elsewhere(membership); is {
		return &WaitError{m.whyElsewhere("the members record", host)}
	}
	m.members = members{exists: true, Membership: membership}
	return nil
}

// half waits where a mount holds something although it lacks what is looked for.
func half(dir string) error {
	names, err := namesIn(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "..") { // what the kubelet keeps there
			return &WaitError{fmt.Sprintf("the members record cannot be read: it holds %q and not %q", name, member.MembershipKey)}
		}
	}
	return nil
}
