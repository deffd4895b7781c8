//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

var _ = Describe("Observers", Ordered, ContinueOnFailure, gate, func() {
	zk := Running("observed", LogVolume()).Knowing(3, 2)

	It("join, serve reads, and never count for the quorum", Label("B10", "observers"), func(ctx SpecContext) {
		voters := zk.pods(ctx)
		must(zk.Change(ctx, Observing(2)))
		zk.AwaitHealthy(ctx, scaleTimeout)
		zk.expectCommitted(ctx)
		written := got(zk.CreateZnode(ctx, 0, "/observed", "by all"))
		for _, name := range []string{zk.Observer(0), zk.Observer(1)} {
			Expect(zk.View()[name].State).To(Equal(history.Observing), "%s", name)
			Expect(zk.getZnode(ctx, name, "/observed")).To(Equal(written), "through %s", name)
		}
		for i := range voters {
			must(zk.compare(ctx, &voters[i], untouched))
		}
		var budgets policyv1.PodDisruptionBudgetList
		must(zk.list(ctx, &budgets))
		Expect(budgets.Items).To(HaveLen(2), "voters and observers have a budget each")

		// Two of five members away: with votes this would be one short of losing
		// the quorum, and a drain of a voter would be refused.
		from := time.Now()
		for _, name := range []string{zk.Observer(0), zk.Observer(1)} {
			must(zk.cluster.Kube.CoreV1().Pods(zk.Namespace).Delete(ctx, name, metav1.DeleteOptions{}))
		}
		Await(ctx, time.Minute, "both observers were away", func(context.Context) error {
			if replaced := zk.Replaced(from); !sameMembers(replaced, []string{zk.Observer(0), zk.Observer(1)}) {
				return fmt.Errorf("replaced until now: %v", replaced)
			}
			return zk.says(ctx, v1alpha1.ConditionAvailable, "True")
		})
		zk.AwaitHealthy(ctx, scaleTimeout)
		zk.expectWritesWentOn(from)
		Expect(zk.Since(from).LeaderChanges).To(BeZero())
	}, NodeTimeout(2*scaleTimeout))

	It("do not make a majority with the last voter", Label("B10", "observers"), func(ctx SpecContext) {
		frozen := zk.allBut(zk.Follower())
		over := zk.Disturb("freeze two of three voters", frozen...)
		for _, ordinal := range frozen {
			must(zk.Signal(ctx, ordinal, "STOP"))
		}
		Await(ctx, 30*time.Second, "nobody serves", func(context.Context) error {
			for name, member := range zk.View() {
				if member.State.Serves() {
					return fmt.Errorf("%s is %s", name, member.State)
				}
			}
			return nil
		})
		for _, ordinal := range frozen {
			must(zk.Signal(ctx, ordinal, "CONT"))
		}
		zk.AwaitHealthy(ctx, healTimeout)
		over()
	}, NodeTimeout(3*time.Minute))

	It("are left alone with everything else once settled", Label("B13", "silence"), func(ctx SpecContext) {
		pods, from := zk.pods(ctx), time.Now()
		Hold(ctx, 90*time.Second+history.SettleTime, "nothing happens", func(ctx context.Context) error {
			return errors.Join(zk.allUntouched(pods)(ctx), zk.says(ctx, v1alpha1.ConditionReady, "True"))
		})
		must(zk.readAuditLog(ctx))
		var writes []string
		for _, entry := range zk.Log.Entries() {
			if entry.Kind == history.Wrote && entry.At.After(from.Add(history.SettleTime)) {
				writes = append(writes, entry.Text)
			}
		}
		Expect(writes).To(BeEmpty(), "write requests of the operator in 90 s")
		Expect(zk.watch.writes).NotTo(BeZero(), "write requests on record from before")
	}, NodeTimeout(3*time.Minute))

	It("leave together", Label("B10", "observers"), func(ctx SpecContext) {
		must(zk.Change(ctx, Observing(0)))
		zk.AwaitHealthy(ctx, scaleTimeout)
		zk.expectCommitted(ctx)
	}, NodeTimeout(scaleTimeout))
})

// allBut are all ordinals but one.
func (e *Ensemble) allBut(survivor int) []int {
	var out []int
	for _, ordinal := range e.Ordinals() {
		if ordinal != survivor {
			out = append(out, ordinal)
		}
	}
	return out
}
