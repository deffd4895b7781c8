package controllers

import (
	"context"
	"fmt"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/zkensemble/zookeeper-operator/controllers/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/workload"
)

// act brings the ordinary objects up to date, then takes the one step that was
// decided.
func (r *Reconciler) act(ctx context.Context, seen *observed, d plan.Decision) error {
	if d.Apply {
		if err := r.apply(ctx, seen, d); err != nil {
			return err
		}
	}
	switch d.Kind {
	case plan.Wait, plan.Done:
		return nil
	case plan.OpenFormation:
		return r.openFormation(ctx, seen)
	case plan.CloseFormation:
		return r.closeFormation(ctx, seen)
	case plan.RecordMembers:
		return r.recordMembers(ctx, seen)
	case plan.ReplacePod:
		return r.restart(ctx, &seen.members[d.Ordinal])
	default:
		return fmt.Errorf("no action for the step %s", d.Kind)
	}
}

// openFormation creates the record that lets blank disks vote. It is only ever
// created, so of two operators one fails here.
func (r *Reconciler) openFormation(ctx context.Context, seen *observed) error {
	founders := workload.FormationMembership(r.input(seen))
	return r.Create(ctx, workload.FormationRecord(seen.ensemble, workload.FormationOpen, founders))
}

// closeFormation closes the record for ever, or creates it closed where it is
// missing.
func (r *Reconciler) closeFormation(ctx context.Context, seen *observed) error {
	if seen.formation == nil {
		return r.Create(ctx, workload.FormationRecord(seen.ensemble, workload.FormationClosed, seen.recorded))
	}
	closed := seen.formation.DeepCopy()
	closed.Data[workload.FormationStateKey] = string(workload.FormationClosed)
	return r.Patch(ctx, closed, ifUnchanged(seen.formation))
}

// recordMembers writes down what the servers committed.
func (r *Reconciler) recordMembers(ctx context.Context, seen *observed) error {
	record := workload.MembersRecord(seen.ensemble, seen.committed)
	if seen.record == nil {
		return r.Create(ctx, record)
	}
	changed := seen.record.DeepCopy()
	changed.Data = record.Data
	return r.Patch(ctx, changed, ifUnchanged(seen.record))
}

// ifUnchanged makes a patch that the API server refuses when somebody else
// wrote the object since it was read.
func ifUnchanged(o client.Object) client.Patch {
	return client.MergeFromWithOptions(o, client.MergeFromWithOptimisticLock{})
}

// restart has the StatefulSet create a member's Pod anew. It is the only place
// where a Pod is taken away.
//
// A member that may be serving is evicted, so that the disruption budget books
// it and a drain, a person or a stale cache cannot take a second one. A member
// that is surely down is deleted, since a budget without room refuses to evict
// it for ever; the resource version makes the deletion fail when anything about
// the Pod changed since it was judged.
func (r *Reconciler) restart(ctx context.Context, m *member) error {
	log.FromContext(ctx).Info("Replacing Pod", "ordinal", m.Ordinal, "health", m.Health.String(), "pod", m.pod.Name)
	if m.Health == plan.Down {
		return r.Delete(ctx, m.pod, client.Preconditions{
			UID:             new(m.pod.UID),
			ResourceVersion: new(m.pod.ResourceVersion),
		})
	}
	return r.SubResource("eviction").Create(ctx, m.pod, &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Name: m.pod.Name, Namespace: m.pod.Namespace},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(m.pod.UID))},
	})
}
