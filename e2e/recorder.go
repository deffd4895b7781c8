package e2e

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// statusHeartbeat is how often an unchanged status is recorded, as proof that
// somebody still looks.
const statusHeartbeat = 5 * time.Second

// recorder records what Kubernetes shows of an ensemble, whenever it changes.
type recorder struct {
	ensemble *Ensemble
	status   *history.Resource
	toldAt   time.Time
	pods     map[string]history.PodState
	budget   string
}

// record looks again and again until the context ends. What it cannot read is
// no entry; a long silence is judged as such.
func (r *recorder) record(ctx context.Context) {
	r.pods = map[string]history.PodState{}
	ticker := time.NewTicker(pollPace)
	defer ticker.Stop()
	for {
		for _, look := range []func(context.Context) error{r.lookAtStatus, r.lookAtPods, r.lookAtBudget} {
			if err := look(ctx); err != nil && ctx.Err() == nil {
				tell("recorder: %v", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (r *recorder) lookAtStatus(ctx context.Context) error {
	live, err := r.ensemble.Get(ctx)
	var now *history.Resource
	switch {
	case apierrors.IsNotFound(err):
		now = &history.Resource{Absent: true}
	case err != nil:
		return fmt.Errorf("read %s: %w", r.ensemble.Name, err)
	default:
		now = resourceOf(live)
	}
	if reflect.DeepEqual(now, r.status) && time.Since(r.toldAt) < statusHeartbeat {
		return nil
	}
	r.status, r.toldAt = now, time.Now()
	r.ensemble.Log.Add(history.Entry{Kind: history.Status, Status: now})
	return nil
}

func resourceOf(live *v1alpha1.ZooKeeperEnsemble) *history.Resource {
	status := &live.Status
	out := &history.Resource{
		Generation: live.Generation, ObservedGeneration: status.ObservedGeneration,
		Conditions: map[string]string{}, Reasons: map[string]string{}, Members: map[string]string{},
		Leader: status.Leader, ReadyReplicas: status.ReadyReplicas, Activity: status.Activity,
	}
	for _, c := range status.Conditions {
		out.Conditions[c.Type], out.Reasons[c.Type] = string(c.Status), c.Reason
	}
	for _, m := range status.Members {
		out.Members[podOf(live.Name, m)] = string(m.Health)
	}
	return out
}

// observerIDs is the id of the first observer. Ids below it are voters'.
const observerIDs = 101

// podOf is the name of the Pod of a member.
func podOf(ensemble string, m v1alpha1.MemberStatus) string {
	if m.ID >= observerIDs {
		ensemble += "-observers"
	}
	return fmt.Sprintf("%s-%d", ensemble, m.Ordinal)
}

func (r *recorder) lookAtPods(ctx context.Context) error {
	var pods corev1.PodList
	if err := r.ensemble.list(ctx, &pods); err != nil {
		return fmt.Errorf("list Pods: %w", err)
	}
	now := map[string]history.PodState{}
	for i := range pods.Items {
		now[pods.Items[i].Name] = podStateOf(&pods.Items[i])
	}
	for name := range r.pods {
		if _, ok := now[name]; !ok {
			now[name] = history.PodState{Phase: history.PodAbsent}
		}
	}
	// Of what changed between two looks, nobody is taken before others are back.
	for _, terminating := range []bool{false, true} {
		for name, state := range now {
			if state.Terminating == terminating && state != r.pods[name] {
				r.ensemble.Log.Add(history.Entry{Kind: history.Pod, Member: name, PodState: &state})
			}
		}
	}
	r.pods = now
	return nil
}

func podStateOf(pod *corev1.Pod) history.PodState {
	return history.PodState{
		UID: string(pod.UID), Phase: string(pod.Status.Phase), Ready: podReady(pod),
		Terminating: pod.DeletionTimestamp != nil, Restarts: serverStatus(pod).RestartCount, Node: pod.Spec.NodeName,
		Observer: pod.Labels[v1alpha1.LabelComponent] == v1alpha1.ComponentObserver,
	}
}

func (r *recorder) lookAtBudget(ctx context.Context) error {
	var budgets policyv1.PodDisruptionBudgetList
	if err := r.ensemble.list(ctx, &budgets); err != nil {
		return fmt.Errorf("list budgets: %w", err)
	}
	var text strings.Builder
	for _, b := range budgets.Items {
		fmt.Fprintf(&text, "%s maxUnavailable %s, %d of %d healthy, %d disruptions allowed; ",
			b.Name, b.Spec.MaxUnavailable, b.Status.CurrentHealthy, b.Status.ExpectedPods, b.Status.DisruptionsAllowed)
	}
	if now := text.String(); now != r.budget {
		r.budget = now
		r.ensemble.Log.Add(history.Entry{Kind: history.Budget, Text: now})
	}
	return nil
}

// list lists the objects of the ensemble of one kind.
func (e *Ensemble) list(ctx context.Context, into client.ObjectList) error {
	return e.cluster.Client.List(ctx, into, client.InNamespace(e.Namespace),
		client.MatchingLabels{v1alpha1.LabelEnsemble: e.Name})
}
