package ensemble

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// askQuorum asks the quorum whether it commits and what it committed, each
// only where the answer is not known already: a settled ensemble is left alone.
func (r *Reconciler) askQuorum(ctx context.Context, seen *observed) {
	f := &seen.facts
	for i := range seen.members {
		f.Members = append(f.Members, seen.members[i].Member)
	}
	leader := seen.leader()
	if leader == nil {
		r.askFollowers(ctx, seen)
		return
	}
	f.Synced, f.QuorumSize = leader.report.SyncedVoters(), leader.report.QuorumSize
	f.Commits = r.commits(ctx, seen, leader)
	f.Update.HandoverTried = hasHandedOver(seen.recorded, leader.id)
	f.SuperuserUnknown = !seen.knowsSuperuser(leader)
	f.Doubted = due(seen) || claimsAnother(seen, leader) && !r.lies.by(seen.ensemble.UID, leader.pod.UID)
	if !f.Doubted || !f.Commits || r.late(seen) {
		return // the decision says that the membership could not be read
	}
	committed, err := r.Members.Membership(ctx, leader.target().ClientAddr)
	if err != nil {
		return // the decision says that the membership could not be read
	}
	seen.noteCommitted(committed)
	if f.Record != nil && committed.Version == f.Record.Version && claimsAnother(seen, leader) {
		r.lies.note(seen.ensemble.UID, leader.pod.UID, unheard)
	}
}

// knowsSuperuser reports whether the leader was started with the super user of the
// Secret. It was not where the Secret was lost and made anew after the leader's Pod.
func (seen *observed) knowsSuperuser(leader *observedMember) bool {
	if seen.superuser == nil {
		return true // it is made anew in this pass, and nothing else is done
	}
	hash := workload.SuperuserHash(string(seen.superuser.Data[member.Digest]))
	return leader.pod.Annotations[workload.SuperuserHashAnnotation] == hash
}

// hasHandedOver reports whether a server is on the quorum port that a handover
// gives it.
func hasHandedOver(recorded zkconfig.Membership, id int64) bool {
	server, _ := recorded.Server(id)
	return slices.ContainsFunc(server.Addresses, func(a zkconfig.Address) bool { return a.QuorumPort != int(v1alpha1.QuorumPort) })
}

// claimsAnother reports whether a member that serves knows of another configuration
// than that on record.
func claimsAnother(seen *observed, m *observedMember) bool {
	record := seen.facts.Record
	return record != nil && (m.report.QuorumSize != record.Voters.Len() || m.configVersion() > record.Version)
}

// due reports whether the members record does not suffice: there is none, or a
// step is due that is taken on nothing less than what the servers say in the same
// pass.
func due(seen *observed) bool {
	f := &seen.facts
	if f.Record == nil || f.Leftover|f.LeftoverObservers != 0 {
		return true
	}
	sized := isSized(f, plan.Servers, f.Record.Voters) && isSized(f, plan.Observers, f.Record.Observers)
	return !sized || f.HandsOver() && seen.any(func(m *observedMember) bool { return m.Revision == plan.Outdated })
}

// isSized reports whether no step is due that changes the size of a group: it is as
// specified, or the servers would refuse another one.
func isSized(f *plan.Observation, g plan.Group, recorded plan.Set) bool {
	size, live := f.DesiredReplicas(g), f.LiveReplicas(g)
	return live == size && recorded == plan.UpTo(size) || f.SuperuserUnknown && live == recorded.Span()
}

// configVersion is the version of the newest configuration that the member's
// server has written to its volume, 0 when that is not known.
func (m *observedMember) configVersion() uint64 {
	if m.report.Agent == nil {
		return 0
	}
	version, err := strconv.ParseUint(m.report.Agent.ConfigVersion, 16, 64)
	if err != nil {
		return 0
	}
	return version
}

// leader returns the one member that leads, or nil.
func (seen *observed) leader() *observedMember {
	var leader *observedMember
	for i := range seen.members {
		if seen.members[i].Health != plan.Leading {
			continue
		}
		if leader != nil {
			return nil
		}
		leader = &seen.members[i]
	}
	return leader
}

// any reports whether a member satisfies a predicate.
func (seen *observed) any(is func(*observedMember) bool) bool {
	for i := range seen.members {
		if is(&seen.members[i]) {
			return true
		}
	}
	return false
}

// member finds a member that was observed, or returns nil.
func (seen *observed) member(g plan.Group, ordinal int32) *observedMember {
	for i := range seen.members {
		if m := &seen.members[i]; m.Group == g && m.Ordinal == ordinal {
			return m
		}
	}
	return nil
}

// serving returns the voters that serve.
func (seen *observed) serving() []*observedMember {
	var serving []*observedMember
	for i := range seen.members {
		if m := &seen.members[i]; seen.facts.Voter(&m.Member) && m.Health >= plan.Following {
			serving = append(serving, m)
		}
	}
	return serving
}

// patience is how long a server may serve nobody beside a serving majority
// before it counts as down: twice initLimit × tickTime. A healthy server that
// was elected by nobody else waits for followers that long before it looks for
// the leader, and then needs a while to get in sync.
//
// Servers may still run with other properties than are specified now, so the longest
// counts.
func (r *Reconciler) patience(ctx context.Context, seen *observed) (time.Duration, error) {
	longest := patienceWith(workload.Properties(seen.ensemble))
	running, err := r.runningConfigs(ctx, seen)
	if err != nil {
		return 0, err
	}
	for _, config := range running {
		if properties, err := workload.PropertiesOf(config); err == nil { // what cannot be read is told elsewhere
			longest = max(longest, patienceWith(properties))
		}
	}
	return longest, nil
}

func patienceWith(properties zkconfig.Properties) time.Duration {
	number := func(key string) time.Duration {
		text, _ := properties.Get(key)
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0
		}
		return time.Duration(n)
	}
	return max(2*number("tickTime")*number("initLimit")*time.Millisecond, leastPatience)
}

// leastPatience bounds the patience from below, whatever was configured.
const leastPatience = 30 * time.Second

// servingMajority is for how long one leader has led, if it serves with a
// majority of the voters by its own count and without some of them, and otherwise
// 0: where every voter is in sync, nobody is shut out.
func servingMajority(seen *observed) time.Duration {
	for i := range seen.members {
		r := &seen.members[i].report
		if r.Serving && r.Role == zkclient.Leader && r.SyncedVoters() >= zkconfig.Majority(r.QuorumSize) && r.SyncedVoters() < r.QuorumSize {
			return r.LeaderUptime
		}
	}
	return 0
}
