package ensemble

import (
	"context"
	"fmt"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// zones remembers the zone of each node, which does not change while the node
// lives under its name.
type zones struct{ byNode sync.Map }

// faultTolerance judges whether the quorum outlives the loss of any one node,
// and of any one zone where the spec asks for a spread over zones.
func (r *Reconciler) faultTolerance(ctx context.Context, seen *observed) metav1.Condition {
	if seen.facts.Electorate() > seen.facts.Voters().Len() {
		return unknownTolerance(v1alpha1.ReasonForeignMember, "Where a voter runs that is none of the ensemble's is not known")
	}
	var nodes []string
	for i := range seen.members {
		m := &seen.members[i]
		if !seen.facts.Voter(&m.Member) {
			continue
		}
		if m.pod == nil || m.pod.Spec.NodeName == "" {
			return unknownTolerance(v1alpha1.ReasonMembersNotScheduled, "Not every voter has a node yet")
		}
		nodes = append(nodes, m.pod.Spec.NodeName)
	}
	if voters := seen.facts.Voters().Len(); voters == 0 || len(nodes) < voters {
		return unknownTolerance(v1alpha1.ReasonMembersNotScheduled, "Not every voter has a Pod yet")
	}
	if c := tolerates("node", nodes); c.Status != metav1.ConditionTrue || !spreadOverZones(seen.ensemble) {
		return c
	}
	zones := make([]string, 0, len(nodes))
	for _, node := range nodes {
		zone, err := r.zones.of(ctx, r.Live, node)
		if err != nil {
			return unknownTolerance(v1alpha1.ReasonNodesUnreadable, "The operator cannot read the zones of the nodes: "+err.Error())
		}
		zones = append(zones, zone)
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

// of reads the zone of a node. Nodes are read one by one, since the operator
// may have no right to list them.
func (z *zones) of(ctx context.Context, reader client.Reader, node string) (string, error) {
	if known, ok := z.byNode.Load(node); ok {
		if zone, ok := known.(string); ok {
			return zone, nil
		}
	}
	meta := &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Node"}}
	if err := reader.Get(ctx, client.ObjectKey{Name: node}, meta); err != nil {
		return "", err
	}
	zone := meta.Labels[corev1.LabelTopologyZone]
	if zone == "" {
		return "", fmt.Errorf("node %s has no label %s", node, corev1.LabelTopologyZone)
	}
	z.byNode.Store(node, zone)
	return zone, nil
}
