package ensemble

import (
	"cmp"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// faultTolerance judges whether the quorum outlives the loss of any one node,
// and of any one zone where the spec asks for a spread over zones.
func faultTolerance(seen *observed) metav1.Condition {
	if seen.facts.Electorate() > seen.facts.Voters().Len() {
		return unknownTolerance(v1alpha1.ReasonForeignMember, "Where a voter runs that is none of the ensemble's is not known")
	}
	var nodes, zones []string
	var unread error
	for i := range seen.members {
		m := &seen.members[i]
		if !seen.facts.Voter(&m.Member) {
			continue
		}
		if m.pod == nil || m.pod.Spec.NodeName == "" {
			return unknownTolerance(v1alpha1.ReasonMembersNotScheduled, "Not every voter has a node yet")
		}
		nodes, zones, unread = append(nodes, m.pod.Spec.NodeName), append(zones, m.zone), cmp.Or(unread, m.zoneUnread)
	}
	if voters := seen.facts.Voters().Len(); voters == 0 || len(nodes) < voters {
		return unknownTolerance(v1alpha1.ReasonMembersNotScheduled, "Not every voter has a Pod yet")
	}
	if c := tolerates("node", nodes); c.Status != metav1.ConditionTrue || !spreadOverZones(seen.ensemble) {
		return c
	}
	if unread != nil {
		return unknownTolerance(v1alpha1.ReasonNodesUnreadable, "The operator cannot read the zones of the nodes: "+unread.Error())
	}
	return tolerates("zone", zones)
}

// tolerates judges the loss of the place that carries the most voters. Each
// element of places is where one voter runs.
func tolerates(kind string, places []string) metav1.Condition {
	c := condition(v1alpha1.ConditionFaultTolerant, true, v1alpha1.ReasonQuorumSpread,
		"The quorum outlives the loss of any one "+kind)
	for _, place := range slices.Compact(slices.Sorted(slices.Values(places))) {
		there := 0
		for _, p := range places {
			if p == place {
				there++
			}
		}
		if len(places)-there < zkconfig.Majority(len(places)) {
			c.Status, c.Reason = metav1.ConditionFalse, v1alpha1.ReasonQuorumInOnePlace
			c.Message = fmt.Sprintf("Losing the %s %q, which carries %d of %d voters, loses the quorum", kind, place, there, len(places))
			return c
		}
	}
	return c
}

func unknownTolerance(reason, message string) metav1.Condition {
	return metav1.Condition{Type: v1alpha1.ConditionFaultTolerant, Status: metav1.ConditionUnknown, Reason: reason, Message: message}
}

func spreadOverZones(e *v1alpha1.ZooKeeperEnsemble) bool {
	return e.Spec.Placement.ZoneSpread == v1alpha1.ZoneSpreadPreferred || e.Spec.Placement.ZoneSpread == v1alpha1.ZoneSpreadRequired
}
