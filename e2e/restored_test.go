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
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var _ = Describe("The objects of a namespace that were restored from a backup", Ordered, ContinueOnFailure, full, func() {
	zk := Running("restored")

	It("are adopted, and the data is back, when they come before the resource", Label("C7", "restore"), func(ctx SpecContext) {
		written := got(zk.CreateZnode(ctx, 0, "/before", "kept"))
		saved, over := zk.saveAndDelete(ctx)
		open(saved) // as if it had been saved while the ensemble formed
		must(zk.Restore(ctx, saved))
		Await(ctx, time.Minute, "the restored StatefulSet has started its Pods", func(ctx context.Context) error {
			if n := len(zk.pods(ctx)); n != 3 {
				return fmt.Errorf("there are %d Pods", n)
			}
			return nil
		})
		started := zk.pods(ctx)
		must(zk.Create(ctx))
		zk.AwaitHealthy(ctx, beginTimeout)
		Await(ctx, statusLag, "everything belongs to the new ensemble", zk.adoptedAll(saved))
		Hold(ctx, 15*time.Second, "no member is restarted for it", zk.allUntouched(started))
		must(zk.recordClosed(ctx))
		over()
		for _, ordinal := range zk.Ordinals() {
			Expect(zk.GetZnode(ctx, ordinal, "/before")).To(Equal(written), "through %s", zk.Member(ordinal))
		}
	}, NodeTimeout(8*time.Minute))

	It("do no harm when they come after the resource", Label("C7", "restore"), func(ctx SpecContext) {
		written := got(zk.CreateZnode(ctx, 0, "/after", "kept"))
		saved, over := zk.saveAndDelete(ctx)
		must(zk.Create(ctx))
		must(zk.Restore(ctx, saved))
		zk.AwaitHealthy(ctx, beginTimeout)
		must(zk.recordClosed(ctx))
		over()
		for _, ordinal := range zk.Ordinals() {
			Expect(zk.GetZnode(ctx, ordinal, "/after")).To(Equal(written), "through %s", zk.Member(ordinal))
		}
	}, NodeTimeout(8*time.Minute))
})

// saveAndDelete saves the ensemble's objects, and deletes the resource and what goes
// with it. The volumes stay. It returns as well what records that the members are
// back.
func (e *Ensemble) saveAndDelete(ctx SpecContext) (saved []client.Object, over func()) {
	GinkgoHelper()
	saved = got(e.Save(ctx))
	over = e.Disturb("delete the ensemble", e.Ordinals()...)
	must(e.Delete(ctx))
	Await(ctx, 2*time.Minute, "nothing of it but the volumes is left", func(ctx context.Context) error {
		return errors.Join(e.absent(ctx), e.goneAll(saved)(ctx))
	})
	return saved, over
}

// open makes the formation record among some objects one that lets blank volumes
// vote.
func open(saved []client.Object) {
	GinkgoHelper()
	for _, o := range saved {
		if record, ok := o.(*corev1.ConfigMap); ok && record.Data["state"] == "closed" {
			record.Data["state"] = "open"
			return
		}
	}
	Fail("no closed formation record was saved")
}

// recordClosed finds nothing when the formation record lets no blank volume vote.
func (e *Ensemble) recordClosed(ctx context.Context) error {
	record := &corev1.ConfigMap{}
	err := e.cluster.Client.Get(ctx, client.ObjectKey{Namespace: e.Namespace, Name: e.Name + "-formation"}, record)
	if err == nil && record.Data["state"] != "closed" {
		err = fmt.Errorf("the formation record says %v", record.Data)
	}
	return err
}
