//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// evictionForgotten is for how long Kubernetes keeps the room in a disruption
// budget for an eviction that was cut off after the budget had allowed it, as
// when the operator is killed at that moment.
const evictionForgotten = 2 * time.Minute

var _ = Describe("An operator that is killed", Ordered, ContinueOnFailure, Serial, full, func() {
	zk := Running("killed").Knowing(5, 0)

	It("in a roll is followed by one that finishes it", Label("B5", "rollout"), func(ctx SpecContext) {
		over := zk.DisturbOperator("kill the operator again and again")
		from := time.Now()
		must(zk.Change(ctx, CPU("60m")))
		zk.cluster.KillOperator(ctx)
		for _, moment := range []moment{
			{"the first member goes", zk.wentAway(from, 1)},
			{"the second member goes", zk.wentAway(from, 2)},
			{"the leader goes", zk.wentAway(from, 3)},
		} {
			Await(ctx, evictionForgotten+2*time.Minute, moment.what, moment.come)
			zk.cluster.KillOperator(ctx)
		}
		zk.cluster.AwaitOperator(ctx)
		zk.AwaitRolled(ctx, from)
		over()
		Expect(zk.Replaced(from)).To(ConsistOf(zk.Members()), "every member was replaced once")
		Expect(zk.Since(from).LeaderChanges).To(Equal(1), "leader changes")
	}, NodeTimeout(15*time.Minute))

	It("in a scale is followed by one that finishes it", Label("B5", "scale"), func(ctx SpecContext) {
		over := zk.DisturbOperator("kill the operator again and again")
		from := time.Now()
		for _, scale := range []struct {
			to      int32
			moments []moment
		}{
			{5, []moment{{"replicas are raised", zk.replicasAre(5)}, {"a joiner runs", zk.joinerRuns}, {"the joiners vote", zk.votersAre(5)}}},
			{3, []moment{{"the leavers lost their votes", zk.votersAre(3)}, {"replicas are lowered", zk.replicasAre(3)}}},
		} {
			must(zk.Scale(ctx, scale.to))
			zk.cluster.KillOperator(ctx)
			for _, moment := range scale.moments {
				Await(ctx, 2*time.Minute, moment.what, moment.come)
				zk.cluster.KillOperator(ctx)
			}
			zk.cluster.AwaitOperator(ctx)
			zk.AwaitHealthy(ctx, scaleTimeout)
			zk.expectCommitted(ctx)
		}
		over()
		zk.expectWritesWentOn(from)
	}, NodeTimeout(10*time.Minute))
})

// moment is a point in the course of a change.
type moment struct {
	what string
	come func(context.Context) error
}

// wentAway finds nothing once so many members were taken away since a moment.
func (e *Ensemble) wentAway(from time.Time, n int) func(context.Context) error {
	return func(context.Context) error {
		gone := map[string]bool{}
		for _, entry := range e.Log.Entries() {
			if entry.Kind == history.Pod && entry.PodState.Terminating && !entry.At.Before(from) {
				gone[entry.Member] = true
			}
		}
		if len(gone) < n {
			return fmt.Errorf("until now: %v", gone)
		}
		return nil
	}
}

func (e *Ensemble) replicasAre(n int32) func(context.Context) error {
	return func(ctx context.Context) error {
		set, err := e.StatefulSet(ctx)
		if err == nil && *set.Spec.Replicas != n {
			err = fmt.Errorf("they are %d", *set.Spec.Replicas)
		}
		return err
	}
}

func (e *Ensemble) votersAre(n int) func(context.Context) error {
	return func(context.Context) error {
		if config, _ := e.Log.Config(); len(config.Voters) != n {
			return fmt.Errorf("they are %v", config.Voters)
		}
		return nil
	}
}

func (e *Ensemble) joinerRuns(ctx context.Context) error {
	pod, err := e.Pod(ctx, 3)
	if err == nil && serverStatus(pod).State.Running == nil {
		err = errors.New("not yet")
	}
	return err
}

var _ = Describe("An operator that is cut off from the members", Ordered, Serial, full, func() {
	zk := Running("muted")

	It("does nothing and says that it does not know", Label("B6", "partition"), func(ctx SpecContext) {
		operator, before := got(zk.cluster.Operator(ctx)), zk.pods(ctx)
		ports := []string{
			operator.Status.PodIP, strconv.Itoa(int(v1alpha1.ClientPort)), strconv.Itoa(int(v1alpha1.AgentPort)),
		}
		unmute := func() { zk.cluster.node(ctx, "unmute", operator.Spec.NodeName, ports...) }
		DeferCleanup(unmute)
		over := zk.DisturbOperator("cut the operator off")
		zk.cluster.node(ctx, "mute", operator.Spec.NodeName, ports...)
		Await(ctx, time.Minute, "the status says that nothing is known", func(ctx context.Context) error {
			return zk.saysWhy(ctx, v1alpha1.ConditionAvailable, "Unknown", v1alpha1.ReasonMembersUnreachable)
		})

		from, sizes := time.Now(), got(zk.StatefulSet(ctx))
		must(zk.Change(ctx, CPU("60m"), Replicas(1)))
		Hold(ctx, 45*time.Second, "nothing is done about a change", func(ctx context.Context) error {
			return errors.Join(zk.allUntouched(before)(ctx), zk.replicasAre(*sizes.Spec.Replicas)(ctx), zk.writesLately(ctx))
		})
		Expect(zk.Since(from).LeaderChanges).To(BeZero())
		must(zk.Change(ctx, Replicas(3)))
		Await(ctx, time.Minute, "the status still says that nothing is known", func(ctx context.Context) error {
			return zk.saysWhy(ctx, v1alpha1.ConditionAvailable, "Unknown", v1alpha1.ReasonMembersUnreachable)
		})
		unmute()
		zk.AwaitRolled(ctx, from)
		over()
		Expect(zk.Replaced(from)).To(ConsistOf(zk.Members()), "every member was replaced once")
		Expect(zk.Since(from).LeaderChanges).To(Equal(1), "leader changes")
	}, NodeTimeout(6*time.Minute))
})

var _ = Describe("An operator that is upgraded", Ordered, Serial, full, func() {
	zk := Running("upgraded")

	It("restarts no Pod until the Pods change for another reason", Label("B16", "upgrade"), func(ctx SpecContext) {
		// The same programs under another name: to Kubernetes and to the operator
		// this is another image.
		next := strings.TrimSpace(got(script(ctx, "image.sh", []string{"VERSION=e2e-upgrade"})))
		before := zk.pods(ctx)
		agent := agentImage(&before[0])
		Expect(next).NotTo(Equal(agent))

		over := zk.DisturbOperator("upgrade the operator")
		old := zk.cluster.InstallOperator(ctx, next)
		back := func(ctx SpecContext) {
			if old != "" {
				zk.cluster.InstallOperator(ctx, old)
				old = ""
			}
		}
		DeferCleanup(back)
		zk.AwaitHealthy(ctx, healTimeout)
		over()
		Hold(ctx, 45*time.Second, "no Pod is restarted", zk.allUntouched(before))

		zk.expectRoll(ctx, func() error { return zk.Change(ctx, CPU("60m")) })
		after := zk.pods(ctx)
		for i := range after {
			Expect(agentImage(&after[i])).To(Equal(next), "the agent of %s came along", after[i].Name)
		}

		over = zk.DisturbOperator("go back")
		back(ctx)
		zk.AwaitHealthy(ctx, healTimeout)
		over()
		Hold(ctx, 30*time.Second, "no Pod is restarted", zk.allUntouched(after))
	}, NodeTimeout(10*time.Minute))
})

// agentImage is the image that brings the agent into a member's Pod.
func agentImage(pod *corev1.Pod) string {
	for _, container := range pod.Spec.InitContainers {
		return container.Image
	}
	return ""
}
