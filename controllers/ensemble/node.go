package ensemble

import (
	"context"
	"fmt"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
)

// node is what is known of the node of a Pod, and so of the kubelet that tells
// what becomes of the Pod's containers. The zero value lets nothing count.
type node int

const (
	// nodeUnread could not be read.
	nodeUnread node = iota
	// nodeForbidden may not be read: the chart's value rbac.nodes is false.
	nodeForbidden
	// nodeLost has not been heard of for long enough for the control plane to say
	// so.
	nodeLost
	// nodeNotReady is heard of, and cannot run containers as it should.
	nodeNotReady
	// nodeReady has a kubelet that tells what it sees.
	nodeReady
	// nodeGone is deleted, or a person marked it as out of service. Nothing runs
	// there any more.
	nodeGone
)

// observeNodes reads the nodes of Pods as far as they matter: how the node of a member
// is that gave no answer, and in which zone a server runs where the specification asks
// for a spread over zones. A node that cannot be read is data, not an error.
func (r *Reconciler) observeNodes(ctx context.Context, seen *observed) error {
	var forbidden error // once one node may not be read, no other is asked for
	for i := range seen.members {
		m := &seen.members[i]
		if m.pod == nil || m.pod.Spec.NodeName == "" {
			continue
		}
		if !m.answers() {
			m.node = readNode(ctx, r.Live, m.pod.Spec.NodeName)
		}
		if m.Group == plan.Observers || !spreadOverZones(seen.ensemble) {
			continue
		}
		if m.zoneUnread = forbidden; forbidden == nil {
			m.zone, m.zoneUnread = r.zones.of(ctx, r.Live, m.pod.Spec.NodeName)
		}
		if apierrors.IsForbidden(m.zoneUnread) {
			forbidden = m.zoneUnread
		}
	}
	return nil
}

// zones remembers the zone of each node, which does not change while the node
// lives under its name.
type zones struct{ byNode sync.Map }

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

// readNode reads one node from the API server, since there may be no right to
// list them.
func readNode(ctx context.Context, reader client.Reader, name string) node {
	n := &corev1.Node{}
	switch err := reader.Get(ctx, client.ObjectKey{Name: name}, n); {
	case apierrors.IsNotFound(err):
		return nodeGone
	case apierrors.IsForbidden(err):
		return nodeForbidden
	case err != nil:
		return nodeUnread
	case slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Key == corev1.TaintNodeOutOfService }):
		return nodeGone
	}
	for _, c := range n.Status.Conditions {
		switch {
		case c.Type != corev1.NodeReady:
		case c.Status == corev1.ConditionTrue:
			return nodeReady
		case c.Status == corev1.ConditionUnknown:
			return nodeLost
		}
	}
	return nodeNotReady
}

// believed reports whether it counts what Kubernetes says of a Pod's container.
// The kubelet of a lost node told it before, and the container may run again.
//
// Where nodes may not be read, it counts unless the Pod shows that its node was
// lost, or the leader still counts more voters than those that answer: one of the
// silent ones follows it.
func (m *observedMember) believed(followed bool) bool {
	switch {
	case m.pod.Spec.NodeName == "", m.node == nodeReady, m.node == nodeGone:
		return true
	case m.node == nodeForbidden:
		return !followed && m.pod.Status.Reason != lostPod && conditionStatus(m.pod, corev1.DisruptionTarget) != corev1.ConditionTrue
	default:
		return false
	}
}

// lostPod is the reason that a Pod of a lost node is given.
const lostPod = "NodeLost"

func conditionStatus(pod *corev1.Pod, kind corev1.PodConditionType) corev1.ConditionStatus {
	for _, c := range pod.Status.Conditions {
		if c.Type == kind {
			return c.Status
		}
	}
	return corev1.ConditionUnknown
}

// silentFollower reports whether a leader counts more voters in sync than have
// answered that they serve.
func silentFollower(seen *observed) bool {
	serve, synced := 0, 0
	for i := range seen.members {
		m := &seen.members[i]
		if m.report.Serving && seen.facts.Voter(&m.Member) {
			serve++
		}
		if m.report.Role == zkclient.Leader {
			synced = max(synced, m.report.SyncedVoters())
		}
	}
	return synced > serve
}
