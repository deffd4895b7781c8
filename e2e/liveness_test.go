//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

var _ = Describe("Liveness and readiness", Ordered, ContinueOnFailure, gate, func() {
	zk := Running("frozen")

	It("leave a server alone that is frozen for 30 seconds", Label("A11", "liveness"), func(ctx SpecContext) {
		victim := zk.Leader()
		before := got(zk.Pod(ctx, victim))
		over := zk.Disturb("freeze the leader for 30 s", victim)
		must(zk.Signal(ctx, victim, "STOP"))
		Hold(ctx, 30*time.Second, "it is not restarted while frozen", func(ctx context.Context) error {
			return zk.compare(ctx, before, untouched)
		})
		must(zk.Signal(ctx, victim, "CONT"))
		zk.AwaitHealthy(ctx, healTimeout)
		over()
		must(zk.compare(ctx, before, untouched))
	}, NodeTimeout(3*time.Minute))

	It("restart a frozen server within 70 seconds", Label("A11", "liveness"), func(ctx SpecContext) {
		victim := zk.Follower()
		before := got(zk.Pod(ctx, victim))
		over := zk.Disturb("freeze a follower for good", victim)
		must(zk.Signal(ctx, victim, "STOP"))
		Await(ctx, 70*time.Second, "it is restarted", func(ctx context.Context) error {
			return zk.compare(ctx, before, restartedOnce)
		})
		zk.AwaitHealthy(ctx, healTimeout)
		over()
		must(zk.compare(ctx, before, restartedOnce))
	}, NodeTimeout(4*time.Minute))

	It("keep clients from a server without quorum and do not restart it", Label("A11", "readiness"), func(ctx SpecContext) {
		survivor := zk.Follower()
		before := got(zk.Pod(ctx, survivor))
		var victims []int
		for _, ordinal := range zk.Ordinals() {
			if ordinal != survivor {
				victims = append(victims, ordinal)
			}
		}
		over := zk.Disturb("keep two Pods away", victims...)
		must(zk.RefusePods(ctx))
		for _, victim := range victims {
			must(zk.DeletePod(ctx, victim))
		}

		Await(ctx, 30*time.Second, "it is alone, not Ready, and gets no clients", zk.alone(survivor))
		Await(ctx, history.StatusLag, "the status says so", func(ctx context.Context) error {
			return zk.says(ctx, v1alpha1.ConditionAvailable, "False")
		})
		Hold(ctx, 75*time.Second, "it is not restarted and gets no clients", func(ctx context.Context) error {
			return errors.Join(zk.compare(ctx, before, untouched), zk.unused(ctx, survivor))
		})
		zk.AdmitPods(ctx, survivor, time.Minute)
		zk.AwaitHealthy(ctx, healTimeout)
		over()
		must(zk.compare(ctx, before, untouched))
	}, NodeTimeout(5*time.Minute))
})

// alone finds nothing once a member answers that it does not serve, and no
// client is sent to any.
func (e *Ensemble) alone(ordinal int) func(context.Context) error {
	return func(ctx context.Context) error {
		if state := e.View()[e.Member(ordinal)].State; state != history.Waiting {
			return fmt.Errorf("%s is %s", e.Member(ordinal), state)
		}
		return e.unused(ctx, ordinal)
	}
}

// unused finds nothing while a member does not serve, is not Ready, and the
// client Service sends nobody anywhere.
func (e *Ensemble) unused(ctx context.Context, ordinal int) error {
	if state := e.View()[e.Member(ordinal)].State; state.Serves() {
		return fmt.Errorf("%s is %s", e.Member(ordinal), state)
	}
	pod, err := e.Pod(ctx, ordinal)
	if err != nil {
		return err
	}
	if podReady(pod) {
		return fmt.Errorf("%s is Ready", pod.Name)
	}
	served, err := e.clientEndpoints(ctx)
	if err == nil && len(served) > 0 {
		err = fmt.Errorf("clients are sent to %v", served)
	}
	return err
}

// clientEndpoints are the Pods to which the client Service sends clients.
func (e *Ensemble) clientEndpoints(ctx context.Context) ([]string, error) {
	var slices discoveryv1.EndpointSliceList
	err := e.cluster.Client.List(ctx, &slices, client.InNamespace(e.Namespace),
		client.MatchingLabels{discoveryv1.LabelServiceName: e.Name})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, slice := range slices.Items {
		for _, endpoint := range slice.Endpoints {
			if endpoint.Conditions.Ready != nil && *endpoint.Conditions.Ready && endpoint.TargetRef != nil {
				out = append(out, endpoint.TargetRef.Name)
			}
		}
	}
	return out, nil
}
