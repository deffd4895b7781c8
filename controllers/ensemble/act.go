package ensemble

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// act brings the ordinary objects up to date, then takes the one step that was
// decided. What makes things safer waits for none of them: an object that the API
// server refuses for good must not keep a formation open, or a member down. Every
// other step waits until all is as it should be.
func (r *Reconciler) act(ctx context.Context, seen *observed, d plan.Decision) *outcome {
	done := &outcome{}
	if !done.note(r.stillSo(ctx, seen, d)) || seen.closes(d) && !done.note(r.podsAsSeen(ctx, seen)) {
		return done
	}
	switch safe := makesSafer(d); {
	case !d.Apply:
		r.take(ctx, seen, d, done)
	case safe && !seen.needsNewest(d):
		r.take(ctx, seen, d, done)
		r.apply(ctx, seen, d, done)
	default:
		r.apply(ctx, seen, d, done)
		if ready := done.all() || safe && done.sets[d.Group]; ready && !seen.opens(d) {
			r.take(ctx, seen, d, done)
		}
	}
	return done
}

// makesSafer reports whether a step makes an ensemble safer, whatever else is
// wrong with it, and rests on no other object than its own.
func makesSafer(d plan.Decision) bool {
	switch d.Kind {
	case plan.CloseFormation, plan.RecordMembers, plan.ReplacePod, plan.MarkDeparted, plan.ExpandVolumes:
		return true
	default:
		return false
	}
}

// needsNewest reports whether a step replaces a Pod because it is outdated. The
// next one is made from the StatefulSet as it is, so that this has to be as
// specified first. One that is being deleted makes none.
func (seen *observed) needsNewest(d plan.Decision) bool {
	if d.Kind != plan.ReplacePod {
		return false
	}
	set := seen.sets()[d.Group].live
	return d.PutBack || seen.member(d.Group, d.Ordinal).Revision == plan.Outdated || set != nil && isGoing(set)
}

// opens reports whether a Pod is to be made anew with the newest revision by a
// StatefulSet that was held until now. Its controller has to see first that it is
// open: it would make the Pod with the revision before, and the member would be
// restarted twice.
func (seen *observed) opens(d plan.Decision) bool {
	takes := d.Kind == plan.RestartMember || d.Kind == plan.ReplacePod && !d.PutBack
	return takes && d.Open[d.Group] && !workload.IsOpen(seen.sets()[d.Group].live)
}

// take takes the one step.
func (r *Reconciler) take(ctx context.Context, seen *observed, d plan.Decision, done *outcome) {
	done.took = done.note(r.step(ctx, seen, d))
}

func (r *Reconciler) step(ctx context.Context, seen *observed, d plan.Decision) error {
	switch d.Kind {
	case plan.Wait, plan.Grow, plan.Shrink:
		return nil // sizes are applied with everything else
	case plan.Done:
		return r.pruneConfigs(ctx, seen)
	case plan.OpenFormation:
		return r.openFormation(ctx, seen)
	case plan.CloseFormation:
		return r.closeFormation(ctx, seen)
	case plan.RecordMembers:
		return r.recordMembers(ctx, seen)
	case plan.ReplacePod, plan.RestartMember:
		return r.restart(ctx, seen, seen.member(d.Group, d.Ordinal))
	case plan.HandOver, plan.AddMembers, plan.RemoveMembers:
		return r.reconfigure(ctx, seen, d)
	case plan.MarkDeparted:
		return r.markDeparted(ctx, seen, d)
	case plan.DeleteVolumes:
		return r.deleteVolumes(ctx, seen, d)
	case plan.ExpandVolumes:
		return r.expandVolumes(ctx, seen, d)
	default:
		return fmt.Errorf("no action for the step %s", d.Kind)
	}
}

// stillSo reads from the API server itself what people may have changed while the
// members answered, as far as a step rests on it.
func (r *Reconciler) stillSo(ctx context.Context, seen *observed, d plan.Decision) error {
	if d.Kind == plan.Wait || d.Kind == plan.Done {
		return nil
	}
	if err := r.stillWanted(ctx, seen.ensemble); err != nil {
		return err
	}
	if err := r.stillOurs(ctx, seen.ensemble); err != nil {
		return err
	}
	switch d.Kind {
	case plan.Shrink, plan.RestartMember, plan.ReplacePod:
		return r.claimsStay(ctx, seen)
	default:
		return nil
	}
}

// stillWanted reads the specification from the API server itself: members take
// seconds to answer, and a wish that was withdrawn meanwhile is not carried out.
func (r *Reconciler) stillWanted(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) error {
	now := &v1alpha1.ZooKeeperEnsemble{}
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(e), now); err != nil {
		return err
	}
	if now.UID != e.UID || now.Generation != e.Generation || now.DeletionTimestamp != nil {
		return fmt.Errorf("ZooKeeperEnsemble %s: %w", e.Name, errChanged)
	}
	return nil
}

// openFormation creates the record that lets blank disks vote. It is only ever
// created, so of two operators one fails here.
func (r *Reconciler) openFormation(ctx context.Context, seen *observed) error {
	founders := workload.FormationMembership(r.input(seen))
	return r.createFormation(ctx, workload.FormationRecord(seen.ensemble, member.FormationOpen, founders))
}

// closeFormation closes the record for ever, or writes it closed where it is
// missing or cannot be read. One without an owner is adopted by the same write.
func (r *Reconciler) closeFormation(ctx context.Context, seen *observed) error {
	if seen.formation == nil {
		return r.createFormation(ctx, workload.FormationRecord(seen.ensemble, member.FormationClosed, seen.recorded))
	}
	closed := seen.formation.DeepCopy()
	if seen.garbled != nil {
		closed.Data = workload.FormationRecord(seen.ensemble, member.FormationClosed, seen.recorded).Data
	}
	closed.Data[member.FormationStateKey] = string(member.FormationClosed)
	setOwner(seen.ensemble, closed)
	return r.patch(ctx, seen.formation, closed)
}

// createFormation creates the formation record, the first object that an ensemble
// has: with it the operator is named that keeps it.
func (r *Reconciler) createFormation(ctx context.Context, record *corev1.ConfigMap) error {
	metav1.SetMetaDataAnnotation(&record.ObjectMeta, v1alpha1.AnnotationOperator, r.Settings.Operator())
	return r.createRecord(ctx, record)
}

// recordMembers writes down what the servers committed.
func (r *Reconciler) recordMembers(ctx context.Context, seen *observed) error {
	record := workload.MembersRecord(seen.ensemble, seen.committed)
	if seen.record == nil {
		return r.createRecord(ctx, record)
	}
	changed := seen.record.DeepCopy()
	changed.Data = record.Data
	return r.patch(ctx, seen.record, changed)
}

// createRecord creates a record where there is none.
func (r *Reconciler) createRecord(ctx context.Context, record *corev1.ConfigMap) error {
	return refusedFor(kindName(record), record.Name, r.Create(ctx, record))
}

// restart has the StatefulSet create a member's Pod anew. It is the only place
// where a Pod is taken away.
//
// A member that may be serving is evicted, so that the disruption budget books
// it and a drain, a person or a stale cache cannot take a second one. A member
// that is certainly down is deleted, since a budget without room refuses to evict
// it for ever; the resource version makes the deletion fail when anything about
// the Pod changed since it was judged.
func (r *Reconciler) restart(ctx context.Context, seen *observed, m *observedMember) error {
	if m.Health == plan.Down {
		return refusedFor(kindName(m.pod), m.pod.Name, r.Delete(ctx, m.pod, client.Preconditions{
			UID:             new(m.pod.UID),
			ResourceVersion: new(m.pod.ResourceVersion),
		}))
	}
	if err := r.unchanged(ctx, seen); err != nil {
		return err
	}
	return refusedFor(kindName(m.pod), m.pod.Name, r.SubResource("eviction").Create(ctx, m.pod, &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Name: m.pod.Name, Namespace: m.pod.Namespace},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(m.pod.UID))},
	}))
}

// errChanged says that an object is not as it was when the step was decided.
var errChanged = errors.New("changed since the step was decided")

// unchanged reads the Pods from the API server itself, because an ensemble
// without a budget has no other arbiter: none of them may be going, or be
// another one than was asked.
func (r *Reconciler) unchanged(ctx context.Context, seen *observed) error {
	return r.compareLive(ctx, seen, func(_, now *corev1.Pod) bool { return now != nil && !isGoing(now) })
}

// compareLive compares each Pod that was seen with the one of the same UID that the
// API server has now, nil where it has none. Where one is not the same, the step was
// decided on something else.
func (r *Reconciler) compareLive(ctx context.Context, seen *observed, same func(was, now *corev1.Pod) bool) error {
	pods, err := r.livePods(ctx, seen.ensemble)
	if err != nil {
		return err
	}
	now := map[types.UID]*corev1.Pod{}
	for i := range pods {
		now[pods[i].UID] = &pods[i]
	}
	if seen.any(func(m *observedMember) bool { return m.pod != nil && !same(m.pod, now[m.pod.UID]) }) {
		return fmt.Errorf("a Pod: %w", errChanged)
	}
	return nil
}

// livePods reads the Pods of all members from the API server itself.
func (r *Reconciler) livePods(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) ([]corev1.Pod, error) {
	pods := &corev1.PodList{}
	err := r.Live.List(ctx, pods, client.InNamespace(e.Namespace), client.MatchingLabels(workload.EnsembleSelector(e.Name)))
	return pods.Items, err
}

// reconfigure asks the leader to change the committed configuration, unless it
// is no longer the one that the step was decided on. The next pass looks what
// came of it, whatever the answer.
func (r *Reconciler) reconfigure(ctx context.Context, seen *observed, d plan.Decision) error {
	change := zkclient.Change{Version: seen.committed.Version}
	switch ordinals := slices.Collect(d.Members.All()); d.Kind {
	case plan.AddMembers:
		change.Joining = workload.JoiningServers(r.input(seen), d.Group == plan.Observers, ordinals)
	case plan.RemoveMembers:
		for _, ordinal := range ordinals {
			change.Leaving = append(change.Leaving, idOf(d.Group, ordinal))
		}
	default:
		change.Joining = []zkconfig.Server{handedOver(seen.committed, idOf(d.Group, d.Ordinal))}
	}
	if seen.superuser == nil {
		return errNoSuperuser
	}
	_, err := r.Members.Reconfig(ctx, seen.leader().target().ClientAddr,
		string(seen.superuser.Data[workload.SuperuserPasswordKey]), change)
	if err != nil {
		return fmt.Errorf("%w: %w", errReconfig, err)
	}
	return nil
}

// errNoSuperuser says that the Secret was only just made again.
var errNoSuperuser = errors.New("the Secret of the super user was not there")

// errReconfig says that it was the servers who refused a step, and not the API
// server.
var errReconfig = errors.New("change the membership")

// handedOver is a server with its other quorum port. A leader whose own quorum
// address changes stays a voter and has another one lead.
func handedOver(committed zkconfig.Membership, id int64) zkconfig.Server {
	server, _ := committed.Server(id)
	server.Addresses = slices.Clone(server.Addresses)
	for i := range server.Addresses {
		if a := &server.Addresses[i]; a.QuorumPort == int(v1alpha1.HandoverQuorumPort) {
			a.QuorumPort = int(v1alpha1.QuorumPort)
		} else {
			a.QuorumPort = int(v1alpha1.HandoverQuorumPort)
		}
	}
	return server
}

// pruneConfigs deletes the configurations that no Pod runs with any more. It
// does so once everything is as specified, so that a roll back finds its own.
func (r *Reconciler) pruneConfigs(ctx context.Context, seen *observed) error {
	used := seen.usedConfigs()
	used[*seen.wanted.ConfigMap.Name] = true
	configs := &corev1.ConfigMapList{}
	err := r.List(ctx, configs, client.InNamespace(seen.ensemble.Namespace),
		client.MatchingLabels(workload.Labels(seen.ensemble.Name)))
	if err != nil {
		return err
	}
	byName(configs.Items)
	for i := range configs.Items {
		c := &configs.Items[i]
		if used[c.Name] || isGoing(c) || !isOurs(seen.ensemble, c) || !strings.HasPrefix(c.Name, workload.ConfigName(seen.ensemble.Name, "")) {
			continue
		}
		if err := r.Delete(ctx, c, client.Preconditions{UID: new(c.UID)}); client.IgnoreNotFound(err) != nil {
			return refusedFor(kindName(c), c.Name, err)
		}
	}
	return nil
}
