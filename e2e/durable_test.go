//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

var _ = Describe("The data of an ensemble", Ordered, ContinueOnFailure, gate, func() {
	zk := Running("durable")

	It("survives that the ensemble is deleted and created again", Label("A5", "durability"), func(ctx SpecContext) {
		written := got(zk.CreateZnode(ctx, 0, "/durable", "kept"))
		claims := map[int]types.UID{}
		for _, ordinal := range zk.Ordinals() {
			claims[ordinal] = got(zk.ClaimUID(ctx, ordinal, DataVolume))
		}

		over := zk.Disturb("delete the ensemble", zk.Ordinals()...)
		must(zk.Delete(ctx))
		Await(ctx, time.Minute, "nothing of it but the volumes is left", zk.absent)
		must(zk.Create(ctx))
		zk.AwaitHealthy(ctx, beginTimeout)
		over()

		for _, ordinal := range zk.Ordinals() {
			Expect(zk.ClaimUID(ctx, ordinal, DataVolume)).To(Equal(claims[ordinal]), "the volume of %s", zk.Member(ordinal))
			Expect(zk.GetZnode(ctx, ordinal, "/durable")).To(Equal(written), "through %s", zk.Member(ordinal))
		}
	}, NodeTimeout(5*time.Minute))
})

// absent finds nothing once the resource and its Pods are gone and seen gone.
func (e *Ensemble) absent(ctx context.Context) error {
	seen, _ := e.Log.Last(history.Status)
	if seen.Status == nil || !seen.Status.Absent {
		return errors.New("the resource is there")
	}
	var pods corev1.PodList
	if err := e.list(ctx, &pods); err != nil {
		return err
	}
	if len(pods.Items) > 0 {
		return fmt.Errorf("%d Pods are there", len(pods.Items))
	}
	return nil
}
