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
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// Versions from which and through which an ensemble is upgraded.
const oldest, between = "3.7.2", "3.8.6"

var _ = Describe("The version of ZooKeeper", Ordered, full, func() {
	zk := Running("versions", Version(oldest), Updating(v1alpha1.Update{ProgressDeadlineSeconds: 30}))

	It("is not raised past a minor version", Label("B12", "upgrade"), func(ctx SpecContext) {
		zk.expectRefused(ctx, Version(zookeeperVersion), Version(oldest), "3.8")
	}, NodeTimeout(3*time.Minute))

	It("is raised to the next minor version under load", Label("B12", "upgrade"), func(ctx SpecContext) {
		zk.expectRoll(ctx, func() error { return zk.Change(ctx, Version(between)) })
		Expect(got(zk.Get(ctx)).Status.Version).To(Equal(between))
	}, NodeTimeout(rollTimeout))

	It("is not believed when the image holds another one", Label("B12", "upgrade"), func(ctx SpecContext) {
		before, leader, from := zk.pods(ctx), zk.Member(zk.Leader()), time.Now()
		// The image is the one that already runs, so something else has to make the
		// difference for which Pods are replaced.
		must(zk.Change(ctx, Version(zookeeperVersion), Image("docker.io/library/zookeeper:"+between), CPU("60m")))
		Await(ctx, 2*time.Minute, "the update is stalled", func(ctx context.Context) error {
			return zk.saysWhy(ctx, v1alpha1.ConditionStalled, "True", v1alpha1.ReasonVersionDiffers)
		})
		victims := zk.Replaced(from)
		Expect(victims).To(HaveLen(1), "one member was replaced")
		Expect(victims).NotTo(ContainElement(leader), "it was not the leader")
		Hold(ctx, 15*time.Second, "the others are left alone", func(ctx context.Context) error {
			return errors.Join(zk.allUntouched(before, victims...)(ctx), zk.says(ctx, v1alpha1.ConditionAvailable, "True"))
		})
		must(zk.Change(ctx, Image("")))
		zk.AwaitRolled(ctx, from)
		Expect(got(zk.Get(ctx)).Status.Version).To(Equal(zookeeperVersion))
		Expect(zk.Since(from).LeaderChanges).To(Equal(1), "leader changes")
		zk.expectWritesWentOn(from)
	}, NodeTimeout(8*time.Minute))

	It("is not lowered where that is unsafe", Label("B12", "upgrade"), func(ctx SpecContext) {
		zk.expectRefused(ctx, Version(oldest), Version(zookeeperVersion), "3.8")
	}, NodeTimeout(3*time.Minute))
})

// expectRefused makes a change that must be refused with a message that
// mentions a word, and puts it back.
func (e *Ensemble) expectRefused(ctx context.Context, change, back Change, word string) {
	GinkgoHelper()
	before := e.pods(ctx)
	must(e.Change(ctx, change))
	Await(ctx, 30*time.Second, "it is refused", func(ctx context.Context) error {
		return e.explainsInvalid(ctx, []string{"version", word})
	})
	Hold(ctx, 15*time.Second, "nothing changes", func(ctx context.Context) error {
		return errors.Join(e.allUntouched(before)(ctx), e.says(ctx, v1alpha1.ConditionAvailable, "True"))
	})
	must(e.Change(ctx, back))
	e.AwaitHealthy(ctx, healTimeout)
	must(e.allUntouched(before)(ctx))
}

var _ = Describe("Volumes of a class that cannot grow", Ordered, full, func() {
	zk := Running("small", DataSize("300Mi"))

	It("stay as they are, and the status says why", Label("B11", "storage"), func(ctx SpecContext) {
		before := zk.pods(ctx)
		err := zk.Change(ctx, DataSize("256Mi"))
		Expect(apierrors.IsInvalid(err)).To(BeTrue(), "a size that shrinks is refused: %v", err)
		Expect(err.Error()).To(ContainSubstring("storage.data.size"))

		must(zk.Change(ctx, DataSize("512Mi")))
		Await(ctx, 30*time.Second, "the status says why", func(ctx context.Context) error {
			return zk.saysWhy(ctx, v1alpha1.ConditionStalled, "True", v1alpha1.ReasonVolumeNotExpandable)
		})
		Hold(ctx, 20*time.Second, "nothing changes", func(ctx context.Context) error {
			return errors.Join(zk.allUntouched(before)(ctx), zk.says(ctx, v1alpha1.ConditionAvailable, "True"), zk.sizesAre(ctx, "300Mi"))
		})
		zk.watch.stalls = v1alpha1.ReasonVolumeNotExpandable
	}, NodeTimeout(3*time.Minute))
})

// DataSize sets the size of the data volumes.
func DataSize(size string) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Storage.Data.Size = resource.MustParse(size) }
}

// sizesAre finds nothing while every claim asks for so much.
func (e *Ensemble) sizesAre(ctx context.Context, want string) error {
	claims, err := e.claims(ctx)
	if err != nil {
		return err
	}
	for name, claim := range claims {
		size := claim.Spec.Resources.Requests[corev1.ResourceStorage]
		if size.String() != want {
			return fmt.Errorf("%s asks for %s", name, size.String())
		}
	}
	return nil
}
