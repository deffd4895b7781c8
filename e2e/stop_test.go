//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

var _ = Describe("A stopped ensemble", Ordered, ContinueOnFailure, gate, func() {
	zk := Running("stopped").Knowing(5, 0)

	for _, sizes := range []struct{ before, after int32 }{{3, 5}, {5, 3}} {
		It(fmt.Sprintf("of %d comes back with its data and its members first, and then has %d", sizes.before, sizes.after),
			Label("B15", "stop"), func(ctx SpecContext) {
				written := got(zk.CreateZnode(ctx, 0, fmt.Sprintf("/stopped-%d", sizes.before), "kept"))
				recorded, claims := zk.Members(), zk.claimUIDs(ctx)
				over := zk.Disturb("stop the ensemble", zk.Ordinals()...)
				must(zk.Change(ctx, InMode(v1alpha1.ModeStop)))
				Await(ctx, time.Minute, "nothing runs, and the status says so", func(ctx context.Context) error {
					if n := len(zk.pods(ctx)); n > 0 {
						return fmt.Errorf("%d Pods are there", n)
					}
					return zk.saysWhy(ctx, v1alpha1.ConditionAvailable, "False", v1alpha1.ReasonStopped)
				})
				Expect(zk.claimUIDs(ctx)).To(Equal(claims), "the volumes")

				from := time.Now()
				must(zk.Change(ctx, InMode(v1alpha1.ModeRun), Replicas(sizes.after)))
				zk.AwaitHealthy(ctx, scaleTimeout)
				over()
				zk.expectCommitted(ctx)
				must(history.CameFirst(zk.Log.Entries(), from, recorded))
				for _, name := range zk.Members() {
					Expect(zk.getZnode(ctx, name, fmt.Sprintf("/stopped-%d", sizes.before))).To(Equal(written), "through %s", name)
				}
			}, NodeTimeout(2*scaleTimeout))
	}
})
