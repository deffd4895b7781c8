package ensemble

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// membership tells the planner what it needs to know of a configuration, and
// returns the servers of it that are none of the ensemble's. They are counted and
// never taken for a member.
func membership(e *v1alpha1.ZooKeeperEnsemble, domain string, m zkconfig.Membership) (*plan.Membership, []zkconfig.Server) {
	known := &plan.Membership{Version: m.Version}
	var strangers []zkconfig.Server
	for _, s := range m.Servers {
		switch g, ordinal, ours := memberOf(e, domain, s); {
		case ours && g == plan.Servers:
			known.Voters = known.Voters.With(ordinal)
		case ours:
			known.Observers = known.Observers.With(ordinal)
		default:
			strangers = append(strangers, s)
			known.Foreign = true
			if s.Role != zkconfig.Observer {
				known.ForeignVoters++
			}
		}
	}
	return known, strangers
}

// memberOf is the member that a server is, and whether it is one of the ensemble's:
// it has the role that goes with its id, and no other host names than that of its Pod.
func memberOf(e *v1alpha1.ZooKeeperEnsemble, domain string, s zkconfig.Server) (plan.Group, int32, bool) {
	g := plan.Servers
	if s.Role == zkconfig.Observer {
		g = plan.Observers
	}
	at := s.ID - idOf(g, 0)
	if at < 0 || at >= int64(most(g)) || len(s.Addresses) == 0 {
		return g, 0, false
	}
	ordinal := int32(at)
	host := podName(e, g, ordinal) + "." + workload.HostSuffix(workload.Input{Ensemble: e, ClusterDomain: domain})
	return g, ordinal, !slices.ContainsFunc(s.Addresses, func(a zkconfig.Address) bool { return a.Host != host })
}

// noteCommitted takes what the servers committed.
func (seen *observed) noteCommitted(committed zkconfig.Membership) {
	seen.committed = committed
	seen.facts.Committed, seen.strangers = seen.membershipOf(committed)
}

// membershipOf is [membership] of what the servers committed. Their host names end in
// the cluster domain that is on record, which need not be that of this operator.
func (seen *observed) membershipOf(committed zkconfig.Membership) (*plan.Membership, []zkconfig.Server) {
	e := seen.ensemble
	return membership(e, cmp.Or(workload.DomainOf(e, seen.recorded), workload.DomainOf(e, committed)), committed)
}

// names tells servers that are no members: id, role and hosts.
func names(strangers []zkconfig.Server) string {
	said := make([]string, 0, len(strangers))
	for _, s := range strangers {
		hosts := make([]string, 0, len(s.Addresses))
		for _, a := range s.Addresses {
			hosts = append(hosts, a.Host)
		}
		said = append(said, fmt.Sprintf("server %d (%s, %s)", s.ID, s.Role, strings.Join(hosts, "|")))
	}
	return strings.Join(said, ", ")
}

// idList is the ids of servers as reconfig takes them.
func idList(servers []zkconfig.Server) string {
	ids := make([]string, 0, len(servers))
	for _, s := range servers {
		ids = append(ids, strconv.FormatInt(s.ID, 10))
	}
	return strings.Join(ids, ",")
}
