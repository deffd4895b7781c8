//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// unproved are changes with which no server comes up.
var unproved = []struct {
	name string
	bad  Change
	good Change
}{
	{"an image that does not exist", Image(nowhere), Image("")},
	{"a flag that the JVM does not know", Flags("-XX:+NoSuchFlag"), Flags()},
}

var _ = Describe("A revision that no member has proved", Ordered, ContinueOnFailure, full, func() {
	zk := Running("held", Updating(v1alpha1.Update{ProgressDeadlineSeconds: 60}))

	for _, change := range unproved {
		It("runs on one member only, whoever deletes Pods: "+change.name, Label("C2", "rollout"), func(ctx SpecContext) {
			proved, from := zk.pods(ctx), time.Now()
			must(zk.Change(ctx, change.bad))
			Await(ctx, 2*time.Minute, "one member has the new revision and does not come up", func(context.Context) error {
				if n := len(zk.Replaced(from)); n != 1 {
					return fmt.Errorf("%d members were replaced", n)
				}
				return zk.revisionsAre(ctx, 1)
			})

			// The other two, one of them the leader, at once.
			victim := zk.ordinal(zk.Replaced(from)[0])
			var others []int
			for _, ordinal := range zk.Ordinals() {
				if ordinal != victim {
					others = append(others, ordinal)
				}
			}
			over := zk.Disturb("delete two Pods", zk.Ordinals()...)
			for _, ordinal := range others {
				must(zk.DeletePod(ctx, ordinal))
			}
			Await(ctx, healTimeout, "the quorum is back by itself, and commits", func(ctx context.Context) error {
				return errors.Join(zk.allGone(ctx, proved, others), zk.says(ctx, v1alpha1.ConditionAvailable, "True"), zk.writesLately(ctx), zk.revisionsAre(ctx, 1))
			})
			must(zk.Change(ctx, change.good))
			zk.AwaitHealthy(ctx, 2*time.Minute)
			over()
		}, NodeTimeout(8*time.Minute))
	}

	It("does not spread while a canary waits for approval", Label("C2", "rollout"), func(ctx SpecContext) {
		must(zk.Change(ctx, Updating(v1alpha1.Update{Canary: 1}), CPU("60m")))
		Await(ctx, 2*time.Minute, "the canary waits for approval", func(ctx context.Context) error {
			return zk.saysWhy(ctx, v1alpha1.ConditionReady, "False", v1alpha1.ReasonApprovalNeeded)
		})
		must(zk.revisionsAre(ctx, 1))
		for _, ordinal := range zk.Ordinals() {
			pod := got(zk.Pod(ctx, ordinal))
			over := zk.Disturb("delete a Pod", ordinal)
			must(zk.DeletePod(ctx, ordinal))
			zk.AwaitNewPod(ctx, pod, time.Minute)
			Await(ctx, healTimeout, "it serves again, and the canary waits for approval", func(ctx context.Context) error {
				return errors.Join(zk.wholeNow(), zk.saysWhy(ctx, v1alpha1.ConditionReady, "False", v1alpha1.ReasonApprovalNeeded))
			})
			over()
			must(zk.revisionsAre(ctx, 1))
		}
		must(zk.Change(ctx, Updating(v1alpha1.Update{}), CPU("50m")))
		zk.AwaitHealthy(ctx, rollTimeout)
	}, NodeTimeout(8*time.Minute))
})

// allGone finds nothing when none of the Pods that there were of some members is
// there any more.
func (e *Ensemble) allGone(ctx context.Context, were []corev1.Pod, ordinals []int) error {
	for _, pod := range e.pods(ctx) {
		for _, ordinal := range ordinals {
			if named(were, e.Member(ordinal)).UID == pod.UID {
				return fmt.Errorf("%s is still there", pod.Name)
			}
		}
	}
	return nil
}

// wholeNow finds nothing while all members serve in sync.
func (e *Ensemble) wholeNow() error {
	if view := e.View(); !view.Whole(e.Members()) {
		return fmt.Errorf("the members are %s", states(view))
	}
	return nil
}
