package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// AwaitHealthy waits until every member that the spec asks for serves and is in
// sync, by what the watcher sees from now on, no other member is left, and the
// resource, the Pods and the committed configuration say so.
func (e *Ensemble) AwaitHealthy(ctx context.Context, within time.Duration) {
	from := time.Now()
	Await(ctx, within, e.Name+" is whole and Ready", func(ctx context.Context) error {
		if err := e.wholeSince(from); err != nil {
			return err
		}
		return errors.Join(e.says(ctx, v1alpha1.ConditionReady, "True"), e.podsReady(ctx), e.committedAsSpecified())
	})
}

// wholeSince finds nothing when every member that the spec asks for serves and is in
// sync, by what the watcher has seen since a moment.
func (e *Ensemble) wholeSince(from time.Time) error {
	seen, ok := e.Log.Last(history.Saw)
	switch {
	case !ok || seen.At.Before(from):
		return fmt.Errorf("the watcher has not looked again")
	case !seen.View.Whole(e.Members()):
		return fmt.Errorf("the members are %s", states(seen.View))
	}
	return nil
}

// committedAsSpecified finds nothing when the newest committed configuration
// that was seen names exactly the members that the spec asks for.
func (e *Ensemble) committedAsSpecified() error {
	config, ok := e.Log.Config()
	if !ok {
		return errors.New("no committed configuration was seen")
	}
	voters, observers := e.names(e.spec.Replicas, 0), e.names(0, e.spec.Observers.Replicas)
	if !sameMembers(config.Voters, voters) || !sameMembers(config.Observers, observers) {
		return fmt.Errorf("the committed voters are %v, the observers %v", config.Voters, config.Observers)
	}
	return nil
}

func sameMembers(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// podsReady finds nothing when the kubelet has seen every member ready too, and
// there are no other Pods.
func (e *Ensemble) podsReady(ctx context.Context) error {
	var pods corev1.PodList
	if err := e.list(ctx, &pods); err != nil {
		return err
	}
	var names []string
	for i := range pods.Items {
		pod := &pods.Items[i]
		names = append(names, pod.Name)
		switch {
		case pod.DeletionTimestamp != nil:
			return fmt.Errorf("the Pod %s terminates", pod.Name)
		case !podReady(pod):
			return fmt.Errorf("the Pod %s is not Ready", pod.Name)
		}
	}
	if !sameMembers(names, e.Members()) {
		return fmt.Errorf("the Pods are %v", names)
	}
	return nil
}

// says finds nothing when a condition has a status that is about the present
// spec.
func (e *Ensemble) says(ctx context.Context, condition, status string) error {
	live, err := e.Get(ctx)
	if err != nil {
		return err
	}
	found := meta.FindStatusCondition(live.Status.Conditions, condition)
	switch {
	case found == nil:
		return fmt.Errorf("there is no condition %s yet", condition)
	case found.ObservedGeneration != live.Generation:
		return fmt.Errorf("%s is about generation %d, not %d", condition, found.ObservedGeneration, live.Generation)
	case string(found.Status) != status:
		return fmt.Errorf("%s is %s (%s): %s", condition, found.Status, found.Reason, found.Message)
	}
	return nil
}

// saysWhy is says for a condition that must also have a reason.
func (e *Ensemble) saysWhy(ctx context.Context, condition, status, reason string) error {
	if err := e.says(ctx, condition, status); err != nil {
		return err
	}
	live, err := e.Get(ctx)
	if err != nil {
		return err
	}
	if found := meta.FindStatusCondition(live.Status.Conditions, condition); found == nil || found.Reason != reason {
		return fmt.Errorf("%s is %s for another reason than %s: %+v", condition, status, reason, found)
	}
	return nil
}

// isNot finds nothing while some conditions are not true.
func (e *Ensemble) isNot(ctx context.Context, conditions ...string) error {
	live, err := e.Get(ctx)
	if err != nil {
		return err
	}
	for _, condition := range conditions {
		if c := meta.FindStatusCondition(live.Status.Conditions, condition); c != nil && c.Status == "True" {
			return fmt.Errorf("%s is %s: %s", e.Name, condition, c.Message)
		}
	}
	return nil
}

// states tells a view in a few words.
func states(view history.View) map[string]history.State {
	out := map[string]history.State{}
	for name, member := range view {
		out[name] = member.State
	}
	return out
}

// serverStatus is the status of a Pod's server container.
func serverStatus(pod *corev1.Pod) corev1.ContainerStatus {
	for _, status := range pod.Status.ContainerStatuses {
		if status.Name == serverContainer {
			return status
		}
	}
	return corev1.ContainerStatus{}
}

func podReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// compare holds a member's present Pod against an earlier one.
func (e *Ensemble) compare(ctx context.Context, before *corev1.Pod, check func(now, before *corev1.Pod) error) error {
	now, err := e.podNamed(ctx, before.Name)
	if err != nil {
		return err
	}
	return check(now, before)
}

// restartedOnce finds nothing when a Pod is still the same and its server
// container was restarted exactly once.
func restartedOnce(now, before *corev1.Pod) error {
	restarts := serverStatus(now).RestartCount - serverStatus(before).RestartCount
	switch {
	case now.UID != before.UID:
		return fmt.Errorf("%s is another Pod", now.Name)
	case restarts != 1:
		return fmt.Errorf("%s was restarted %d times", now.Name, restarts)
	case serverStatus(now).State.Running == nil:
		return fmt.Errorf("the server of %s does not run", now.Name)
	}
	return nil
}

// untouched finds nothing when a Pod is still the same and was not restarted.
func untouched(now, before *corev1.Pod) error {
	switch {
	case now.UID != before.UID:
		return fmt.Errorf("%s is another Pod", now.Name)
	case now.DeletionTimestamp != nil:
		return fmt.Errorf("%s is being deleted", now.Name)
	case serverStatus(now).RestartCount != serverStatus(before).RestartCount:
		return fmt.Errorf("%s was restarted", now.Name)
	}
	return nil
}

// serverLog is the log of a member's server since its container started.
func (e *Ensemble) serverLog(ctx context.Context, ordinal int) (string, error) {
	data, err := e.cluster.Kube.CoreV1().Pods(e.Namespace).
		GetLogs(e.Member(ordinal), &corev1.PodLogOptions{Container: serverContainer}).DoRaw(ctx)
	return string(data), err
}
