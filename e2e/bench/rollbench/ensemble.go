package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
	"github.com/zkensemble/zookeeper-operator/e2e/words"
)

// Names of the two ensembles and of their StatefulSets.
const (
	plain = "plain"
	ours  = "ours"
)

const (
	members    = 3
	clientPort = 2181
	// patience is for everything that comes in the end unless something broke.
	patience = 5 * time.Minute
	// lookPace is how often Pods and members are looked at while a roll goes on.
	lookPace = 500 * time.Millisecond
)

// headless are the Services that give the members their names.
var headless = map[string]string{plain: "plain-hs", ours: "ours-servers"}

// ensemble is one of the two, and how to reach it.
type ensemble struct {
	name, namespace string
	kube            kubernetes.Interface
}

func newEnsemble(kube kubernetes.Interface, namespace, name string) *ensemble {
	return &ensemble{name: name, namespace: namespace, kube: kube}
}

// member is the name of a member's Pod.
func (e *ensemble) member(ordinal int) string { return fmt.Sprintf("%s-%d", e.name, ordinal) }

// addr is where a member's Pod serves clients, by its own name.
func (e *ensemble) addr(ordinal int) string {
	return fmt.Sprintf("%s.%s.%s.svc.cluster.local.:%d", e.member(ordinal), headless[e.name], e.namespace, clientPort)
}

// addrs are the addresses of all members by their names.
func (e *ensemble) addrs() map[string]string {
	out := map[string]string{}
	for ordinal := range members {
		out[e.member(ordinal)] = e.addr(ordinal)
	}
	return out
}

// lasting are addresses that stay while Pods come and go: a Service for each
// member.
func (e *ensemble) lasting() []string {
	var out []string
	for ordinal := range members {
		out = append(out, fmt.Sprintf("%s-client.%s.svc.cluster.local.:%d", e.member(ordinal), e.namespace, clientPort))
	}
	return out
}

// restart asks for new Pods as kubectl rollout restart does.
func (e *ensemble) restart(ctx context.Context) error {
	patch := fmt.Appendf(nil, `{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":%q}}}}}`,
		time.Now().Format(time.RFC3339Nano))
	_, err := e.kube.AppsV1().StatefulSets(e.namespace).Patch(ctx, e.name, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	return err
}

// updated finds nothing when every Pod has the newest template and all members
// are in sync.
func (e *ensemble) updated(ctx context.Context) error {
	return e.look(ctx, func(*corev1.Pod) error { return nil })
}

// settled finds nothing when every Pod is also ready in the eyes of Kubernetes.
func (e *ensemble) settled(ctx context.Context) error {
	return e.look(ctx, func(pod *corev1.Pod) error {
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
				return nil
			}
		}
		return fmt.Errorf("%s is not ready", pod.Name)
	})
}

func (e *ensemble) look(ctx context.Context, check func(*corev1.Pod) error) error {
	set, err := e.kube.AppsV1().StatefulSets(e.namespace).Get(ctx, e.name, metav1.GetOptions{})
	switch {
	case err != nil:
		return err
	case set.Status.ObservedGeneration < set.Generation:
		return errors.New("the StatefulSet's controller has not seen the newest template")
	}
	for ordinal := range members {
		pod, err := e.pod(ctx, ordinal)
		switch {
		case err != nil:
			return err
		case pod.DeletionTimestamp != nil:
			return fmt.Errorf("%s terminates", pod.Name)
		case pod.Labels[appsv1.StatefulSetRevisionLabel] != set.Status.UpdateRevision:
			return fmt.Errorf("%s has an older template", pod.Name)
		}
		if err := check(pod); err != nil {
			return err
		}
	}
	if states := words.AskAll(ctx, e.addrs()); !states.InSync() {
		return fmt.Errorf("the members are not in sync: %+v", states)
	}
	return nil
}

func (e *ensemble) pod(ctx context.Context, ordinal int) (*corev1.Pod, error) {
	return e.kube.CoreV1().Pods(e.namespace).Get(ctx, e.member(ordinal), metav1.GetOptions{})
}

// leader is the ordinal of the one leader, once there is one.
func (e *ensemble) leader(ctx context.Context) (leader int, err error) {
	err = await(ctx, "one member leads", func(ctx context.Context) error {
		name := words.AskAll(ctx, e.addrs()).Leader()
		for ordinal := range members {
			if e.member(ordinal) == name {
				leader = ordinal
				return nil
			}
		}
		return errors.New("there is no one leader")
	})
	return leader, err
}

// lead brings leadership to a member, by deleting the Pods of others that lead.
// The rest of an idle ensemble elects the highest id.
func (e *ensemble) lead(ctx context.Context, wanted int) error {
	for range 2 * members {
		if err := await(ctx, e.name+" is settled", e.settled); err != nil {
			return err
		}
		leader, err := e.leader(ctx)
		if err != nil || leader == wanted {
			return err
		}
		log.Printf("%s: member %d leads; deleting its Pod so that %d does", e.name, leader, wanted)
		if err := e.replace(ctx, leader); err != nil {
			return err
		}
	}
	return fmt.Errorf("member %d does not come to lead", wanted)
}

// replace deletes a Pod and waits for another one in its place.
func (e *ensemble) replace(ctx context.Context, ordinal int) error {
	old, err := e.pod(ctx, ordinal)
	if err != nil {
		return err
	}
	if err := e.kube.CoreV1().Pods(e.namespace).Delete(ctx, old.Name, metav1.DeleteOptions{}); err != nil {
		return err
	}
	return await(ctx, old.Name+" has a new Pod", func(ctx context.Context) error {
		pod, err := e.pod(ctx, ordinal)
		if err == nil && pod.UID == old.UID {
			return errors.New("it is still the old one")
		}
		return err
	})
}

// await looks until check finds nothing to wait for.
func await(ctx context.Context, what string, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		if ended := load.Pause(ctx, lookPace); ended != nil {
			return fmt.Errorf("%s: %w: %w", what, ended, err)
		}
	}
}
