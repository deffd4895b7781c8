//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

const rollTimeout = 4 * time.Minute

// nowhere is an image that no node has and no registry provides.
const nowhere = "registry.invalid/zookeeper:none"

var _ = Describe("A rolling update", Ordered, ContinueOnFailure, gate, func() {
	zk := Running("rolling", Updating(v1alpha1.Update{ProgressDeadlineSeconds: 30}))
	var first string // the revision before any change

	It("changes one member at a time, the leader last, with one leader change", Label("A8", "rollout"), func(ctx SpecContext) {
		first = got(zk.Get(ctx)).Status.UpdateRevision
		zk.expectRoll(ctx, func() error { return zk.Change(ctx, CPU("60m")) })
		for _, pod := range zk.pods(ctx) {
			Expect(pod.Spec.Containers[0].Resources.Requests.Cpu().String()).To(Equal("60m"), "what %s requests", pod.Name)
		}
		Expect(got(zk.Get(ctx)).Status.UpdatedReplicas).To(BeEquivalentTo(3))
	}, NodeTimeout(rollTimeout))

	It("is rolled back by putting the spec back", Label("A9", "rollout"), func(ctx SpecContext) {
		zk.expectRoll(ctx, func() error { return zk.Change(ctx, CPU("50m")) })
		Expect(got(zk.Get(ctx)).Status.UpdateRevision).To(Equal(first), "the revision is the old one again")
	}, NodeTimeout(rollTimeout))

	It("stops at the first member that does not come up, and heals when the spec is put back", Label("A9", "rollout"), func(ctx SpecContext) {
		before, leader, from := zk.pods(ctx), zk.Member(zk.Leader()), time.Now()
		must(zk.Change(ctx, Image(nowhere)))
		Await(ctx, 2*time.Minute, "the update is stalled", func(ctx context.Context) error {
			return zk.saysWhy(ctx, v1alpha1.ConditionStalled, "True", v1alpha1.ReasonProgressDeadlineExceeded)
		})
		victims := zk.Replaced(from)
		Expect(victims).To(HaveLen(1), "one member was replaced")
		Expect(victims).NotTo(ContainElement(leader), "it was not the leader")
		Hold(ctx, 20*time.Second, "the others are left alone and serve", func(ctx context.Context) error {
			return errors.Join(zk.allUntouched(before, victims...)(ctx), zk.says(ctx, v1alpha1.ConditionAvailable, "True"), zk.writesLately(ctx))
		})

		must(zk.Change(ctx, Image("")))
		zk.AwaitHealthy(ctx, 2*time.Minute)
		Expect(zk.Replaced(from)).To(HaveEach(victims[0]), "nobody else was replaced")
		Expect(zk.Since(from).LeaderChanges).To(BeZero(), "leader changes")
	}, NodeTimeout(6*time.Minute))

	It("cannot be had by a client: nobody else reconfigures", Label("B7", "security"), func(ctx SpecContext) {
		before, known := zk.Log.Config()
		Expect(known).To(BeTrue())
		for _, attempt := range got(zk.Trespass(ctx, zk.Follower(), zk.Leader())) {
			Expect(attempt.Refused).To(BeTrue(), "%s: %s", attempt.What, attempt.Answer)
		}
		for _, ordinal := range zk.Ordinals() {
			Expect(got(zk.GetZnode(ctx, ordinal, "/zookeeper/config")).Data).To(HaveSuffix(fmt.Sprintf("version=%x", before.Version)))
		}
	}, NodeTimeout(time.Minute))
})

// expectRoll makes a change that is to replace every member once, and waits
// until it has: followers first, the leader last, with one leader change.
func (e *Ensemble) expectRoll(ctx context.Context, change func() error) {
	GinkgoHelper()
	leader, from := e.Member(e.Leader()), time.Now()
	must(change())
	e.AwaitRolled(ctx, from)

	replaced := e.Replaced(from)
	Expect(replaced).To(ConsistOf(e.Members()), "every member was replaced once")
	Expect(replaced[len(replaced)-1]).To(Equal(leader), "the leader came last, in %v", replaced)
	summary := e.Since(from)
	Expect(summary.LeaderChanges).To(Equal(1), "leader changes")
	Expect(summary.LongestGap).To(BeNumerically("<", calm), "longest time without a write")
	AddReportEntry("roll", summary.String(), ReportEntryVisibilityAlways)
}

// AwaitRolled waits until every member was replaced since a moment and all is
// well again.
func (e *Ensemble) AwaitRolled(ctx context.Context, from time.Time) {
	GinkgoHelper()
	Await(ctx, 3*time.Minute, "every member has a new Pod", func(context.Context) error {
		replaced := e.Replaced(from)
		for _, name := range e.Members() {
			if !slices.Contains(replaced, name) {
				return fmt.Errorf("replaced until now: %v", replaced)
			}
		}
		return nil
	})
	e.AwaitHealthy(ctx, healTimeout)
}

// named picks a Pod by its name.
func named(pods []corev1.Pod, name string) *corev1.Pod {
	i := slices.IndexFunc(pods, func(pod corev1.Pod) bool { return pod.Name == name })
	if i < 0 {
		return nil
	}
	return &pods[i]
}

// revisionsAre finds nothing while so many members run the newest revision.
func (e *Ensemble) revisionsAre(ctx context.Context, newest int) error {
	live, err := e.Get(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, pod := range e.pods(ctx) {
		if pod.Labels["controller-revision-hash"] == live.Status.UpdateRevision {
			n++
		}
	}
	if n != newest {
		return fmt.Errorf("%d Pods run the newest revision, not %d", n, newest)
	}
	return nil
}
