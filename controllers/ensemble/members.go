package ensemble

import (
	"context"
	"errors"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
)

// observePods finds the Pod of each member that should exist or does.
func (r *Reconciler) observePods(ctx context.Context, seen *observed) error {
	pods := &corev1.PodList{}
	err := r.List(ctx, pods, client.InNamespace(seen.ensemble.Namespace),
		client.MatchingLabels(workload.EnsembleSelector(seen.ensemble.Name)))
	if err != nil {
		return err
	}
	f := &seen.facts
	servers, observers := f.Replicas, f.ObserverReplicas
	if f.Record != nil {
		servers, observers = max(servers, f.Record.Voters.Span()), max(observers, f.Record.Observers.Span())
	} else {
		servers = max(servers, f.Founders) // some of them may have left since there is a record
	}
	seen.addMembers(plan.Servers, seen.statefulSet, servers, pods.Items)
	seen.addMembers(plan.Observers, seen.observers, observers, pods.Items)
	return nil
}

// addMembers adds the members of a group: as many as there should be, and those
// beyond that have a Pod.
func (seen *observed) addMembers(g plan.Group, set *appsv1.StatefulSet, size int32, pods []corev1.Pod) {
	first := podName(seen.ensemble, g, 0)
	byOrdinal := map[int32]*corev1.Pod{}
	for i := range pods {
		ordinal, ok := ordinalIn(pods[i].Name, first)
		if !ok || ordinal >= most(g) || set == nil || !metav1.IsControlledBy(&pods[i], set) {
			continue
		}
		byOrdinal[ordinal] = &pods[i]
		size = max(size, ordinal+1)
	}
	for ordinal := range size {
		m := observedMember{id: idOf(g, ordinal), pod: byOrdinal[ordinal]}
		m.Group, m.Ordinal = g, ordinal
		m.Revision = revision(set, m.pod)
		m.Ran = m.pod != nil && set.Status.CurrentRevision == m.pod.Labels[appsv1.ControllerRevisionHashLabelKey]
		m.Departed = seen.claims.departed(g, ordinal, m.pod)
		switch {
		case m.pod == nil:
			m.Pod = plan.NoPod
		case m.pod.DeletionTimestamp != nil:
			m.Pod = plan.Going
		default:
			m.Pod = plan.Present
		}
		seen.members = append(seen.members, m)
	}
}

// podName is the name of a member's Pod.
func podName(e *v1alpha1.ZooKeeperEnsemble, g plan.Group, ordinal int32) string {
	if g == plan.Observers {
		return workload.ObserverPodName(e.Name, ordinal)
	}
	return workload.PodName(e.Name, ordinal)
}

// idOf is the server id of a member.
func idOf(g plan.Group, ordinal int32) int64 {
	if g == plan.Observers {
		return workload.ObserverID(ordinal)
	}
	return workload.VoterID(ordinal)
}

// revision compares a Pod with the newest template of its StatefulSet. A Pod that
// does not exist will be created with it, unless it is held back.
func revision(sts *appsv1.StatefulSet, pod *corev1.Pod) plan.Revision {
	switch {
	case pod == nil && sts != nil && !workload.IsOpen(sts) && !lags(sts) && !armed(sts):
		return plan.Outdated
	case pod == nil:
		return plan.Current
	case sts == nil || lags(sts):
		return plan.UnknownRevision
	case pod.Labels[appsv1.ControllerRevisionHashLabelKey] == sts.Status.UpdateRevision:
		return plan.Current
	default:
		return plan.Outdated
	}
}

// askMembers asks every member that has an address, all at once.
func (r *Reconciler) askMembers(ctx context.Context, seen *observed) error {
	var targets []zkclient.Target
	var asked []*observedMember
	for i := range seen.members {
		if m := &seen.members[i]; m.pod != nil && m.pod.Status.PodIP != "" {
			targets, asked = append(targets, m.target()), append(asked, m)
		}
	}
	seen.asked = time.Now()
	for i, report := range r.Members.Ask(ctx, targets) {
		m := asked[i]
		m.report = own(report, m.pod)
		// Only a grant that was used and saved can no longer be lost.
		m.Granted = m.report.Agent != nil && m.report.Agent.Granted && m.report.Agent.Saved
	}
	return nil
}

// judgeMembers makes of the answers, and of what Kubernetes says, how each member
// is.
func (r *Reconciler) judgeMembers(ctx context.Context, seen *observed) error {
	limit, err := r.patience(ctx, seen)
	if err != nil {
		return err
	}
	r.witnesses.look(seen.ensemble.UID, seen.members, time.Now())
	shutOut, followed := servingMajority(seen), silentFollower(seen)
	for i := range seen.members {
		m := &seen.members[i]
		m.Health = health(m, shutOut, limit, followed)
		if m.Health == plan.Electing && !seen.hasServed() && agentWaits(m) {
			m.Health = plan.Down
		}
		m.NeedsNewPod = needsNewPod(m.pod)
		m.Lasting = m.Health == plan.Down && lasting(m, limit)
		m.NeverServed = neverServed(m.pod)
		m.Stranded = stranded(m)
	}
	return nil
}

// own is the report of a Pod, if it is that Pod's: the agent said so, which lives
// and dies with the server beside it. An address outlives its Pod, and whoever
// has it next may be a server as well, with a leader and members of its own. So
// nothing of another's report counts, and nothing of one without an agent.
func own(report zkclient.Report, pod *corev1.Pod) zkclient.Report {
	if report.Agent != nil && report.Agent.PodUID == string(pod.UID) {
		return report
	}
	void := zkclient.Report{Target: report.Target, Err: report.Err, Duration: report.Duration}
	if report.Agent != nil {
		void.Err = errAnotherPod
	}
	return void
}

// errAnotherPod says that the address of a Pod is another one's.
var errAnotherPod = errors.New("another Pod answers at this address")
