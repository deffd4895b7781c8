//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// plannedChange is what a person may do to an ensemble on any day, and which
// must cost its users nothing.
type plannedChange struct {
	what string
	make func(context.Context) error
	// alone is set for what is not begun while another change is under way, nor
	// followed by one before it is done.
	alone bool
}

// planner draws planned changes. The same source of chance gives the same
// changes, whatever becomes of them.
type planner struct {
	zk     *Ensemble
	chance *rand.Rand
	drawn  int
}

// next draws a change. One that follows while another is under way is never one
// that has to be made alone.
func (p *planner) next(following bool) plannedChange {
	for {
		p.drawn++
		change, ok := p.draw()
		if ok && (!following || !change.alone) {
			return change
		}
	}
}

// draw draws a change that may not be possible. A single voter cannot be replaced
// without an outage, so it only grows, and what changes no voter's Pod is changed.
func (p *planner) draw() (plannedChange, bool) {
	single := p.zk.spec.Replicas == 1
	switch p.chance.IntN(16) {
	case 0, 1:
		return p.size()
	case 2:
		return p.observers(), true
	case 3:
		return p.handover(), true
	case 4:
		return p.operatorGoes(), true
	case 5:
		return p.change("a property of zoo.cfg", Config(map[string]string{"maxClientCnxns": strconv.Itoa(60 + p.drawn)})), !single
	case 6:
		return p.change("a label of the Pods", PodLabel("example.com/turn", strconv.Itoa(p.drawn))), !single
	case 7:
		return p.change("an annotation of the Pods", PodAnnotation("example.com/turn", strconv.Itoa(p.drawn))), !single
	case 8:
		return p.change("the resources", p.cpu()), !single
	case 9:
		return p.restart(), !single
	case 10:
		return p.version(), !single
	case 11:
		return p.eviction(), !single
	case 12:
		return p.canary(), !single
	case 13:
		return p.putBack(), !single
	case 14:
		return p.paused("mode: Pause", InMode(v1alpha1.ModePause), InMode(v1alpha1.ModeRun)), !single
	default:
		return p.paused("update.paused", UpdatesPaused(true), UpdatesPaused(false)), !single
	}
}

func (p *planner) change(what string, changes ...Change) plannedChange {
	return plannedChange{what: what, make: func(ctx context.Context) error { return p.zk.Change(ctx, changes...) }}
}

// cpu asks for another share of a processor than any time before.
func (p *planner) cpu() Change { return CPU(fmt.Sprintf("%dm", 20+p.drawn)) }

func (p *planner) size() (plannedChange, bool) {
	from, to := p.zk.spec.Replicas, []int32{1, 3, 5}[p.chance.IntN(3)]
	change := plannedChange{what: fmt.Sprintf("scale from %d to %d", from, to), alone: to == 1}
	change.make = func(ctx context.Context) error { return p.zk.Scale(ctx, to) }
	return change, from != to
}

func (p *planner) observers() plannedChange {
	from := p.zk.spec.Observers.Replicas
	to := (from + 1 + p.chance.Int32N(2)) % 3
	return p.change(fmt.Sprintf("observers from %d to %d", from, to), Observing(to))
}

func (p *planner) handover() plannedChange {
	to := v1alpha1.LeaderHandoverQuorumPort
	if p.zk.spec.Update.LeaderHandover == to {
		to = v1alpha1.LeaderHandoverNone
	}
	return p.change(fmt.Sprintf("leaderHandover: %s", to), func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Update.LeaderHandover = to })
}

func (p *planner) restart() plannedChange {
	return plannedChange{what: "kubectl rollout restart", make: func(ctx context.Context) error {
		return p.zk.rolloutRestart(ctx, time.Now().Format(time.RFC3339Nano))
	}}
}

// version goes up to the newest minor version, or back from it.
func (p *planner) version() plannedChange {
	to := zookeeperVersion
	if p.zk.spec.Version == to {
		to = between
	}
	return p.change("version "+to, Version(to))
}

func (p *planner) eviction() plannedChange {
	members := p.zk.Members()
	name := members[p.chance.IntN(len(members))]
	return plannedChange{what: "evict " + name, make: func(ctx context.Context) error {
		pod, err := p.zk.podNamed(ctx, name)
		if err == nil {
			err = p.zk.evict(ctx, pod)
		}
		switch {
		case apierrors.IsTooManyRequests(err):
			tell("the budget refused the eviction of %s", name)
			return nil
		case apierrors.IsNotFound(err), apierrors.IsConflict(err):
			tell("%s was being replaced already", name)
			return nil
		}
		return err
	}}
}

func (p *planner) operatorGoes() plannedChange {
	return plannedChange{what: "restart the operator", make: func(ctx context.Context) error {
		over := p.zk.DisturbOperator("restart the operator")
		old, err := p.zk.cluster.Operator(ctx)
		if err != nil {
			return err
		}
		if err := p.zk.cluster.Client.Delete(ctx, old); err != nil {
			return err
		}
		p.zk.cluster.AwaitOperator(ctx, old.Name)
		over()
		return nil
	}}
}

func (p *planner) canary() plannedChange {
	cpu := p.cpu()
	return plannedChange{what: "the resources, with a canary", alone: true, make: func(ctx context.Context) error {
		if err := p.zk.Change(ctx, canaries(1), cpu); err != nil {
			return err
		}
		Await(ctx, 2*time.Minute, "the canary waits for approval", p.zk.awaitsApproval)
		live, err := p.zk.Get(ctx)
		if err != nil {
			return err
		}
		if err := p.zk.Approve(ctx, live.Status.UpdateRevision); err != nil {
			return err
		}
		Await(ctx, rollTimeout, "the others follow", p.zk.upToDate)
		return p.zk.Change(ctx, canaries(0))
	}}
}

func canaries(n int32) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Update.Canary = n }
}

// putBack takes a change back as soon as it has reached the first member.
func (p *planner) putBack() plannedChange {
	before, cpu := p.zk.spec.DeepCopy().Pod.Resources, p.cpu()
	return plannedChange{what: "the resources, put back in the middle", alone: true, make: func(ctx context.Context) error {
		from := time.Now()
		if err := p.zk.Change(ctx, cpu); err != nil {
			return err
		}
		Await(ctx, 2*time.Minute, "the first member goes", p.zk.wentAway(from, 1))
		return p.zk.Change(ctx, func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Resources = *before.DeepCopy() })
	}}
}

// paused makes a change while nothing is to be changed, and lets it go then.
func (p *planner) paused(what string, hold, release Change) plannedChange {
	cpu := p.cpu()
	return plannedChange{what: "the resources, under " + what, alone: true, make: func(ctx context.Context) error {
		if err := p.zk.Change(ctx, hold); err != nil {
			return err
		}
		before := p.zk.pods(ctx)
		if err := p.zk.Change(ctx, cpu); err != nil {
			return err
		}
		Hold(ctx, 8*time.Second, "nobody is replaced under "+what, p.zk.allUntouched(before))
		return p.zk.Change(ctx, release)
	}}
}

// UpdatesPaused holds every change of the Pods back, or no longer.
func UpdatesPaused(paused bool) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Update.Paused = paused }
}

// PodLabel sets a label of all Pods.
func PodLabel(name, value string) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Labels = with(s.Pod.Labels, name, value) }
}

// PodAnnotation sets an annotation of all Pods.
func PodAnnotation(name, value string) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Annotations = with(s.Pod.Annotations, name, value) }
}

func with(all map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for key, old := range all {
		if key != name {
			out[key] = old
		}
	}
	return out
}

// upToDate finds nothing when every Pod is of the newest template of its
// StatefulSet, which the operator has brought to the present spec.
func (e *Ensemble) upToDate(ctx context.Context) error {
	live, err := e.Get(ctx)
	if err != nil {
		return err
	}
	if live.Status.ObservedGeneration != live.Generation {
		return fmt.Errorf("the status is about generation %d, not %d", live.Status.ObservedGeneration, live.Generation)
	}
	var sets appsv1.StatefulSetList
	if err := e.list(ctx, &sets); err != nil {
		return err
	}
	newest := map[string]bool{}
	for i := range sets.Items {
		set := &sets.Items[i]
		if set.Status.ObservedGeneration != set.Generation {
			return fmt.Errorf("the StatefulSet %s has not been looked at", set.Name)
		}
		newest[set.Status.UpdateRevision] = true
	}
	var pods corev1.PodList
	if err := e.list(ctx, &pods); err != nil {
		return err
	}
	old := slices.DeleteFunc(pods.Items, func(pod corev1.Pod) bool {
		return newest[pod.Labels[appsv1.ControllerRevisionHashLabelKey]]
	})
	if len(old) > 0 {
		return fmt.Errorf("%s is not of the newest revision", old[0].Name)
	}
	return nil
}
