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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

const scaleTimeout = 4 * time.Minute

var _ = Describe("Scaling", Ordered, ContinueOnFailure, gate, func() {
	zk := Running("scale").Knowing(5, 0)

	It("goes from 3 to 5 and back to 3 by kubectl scale, under load", Label("B1", "B9", "scale"), func(ctx SpecContext) {
		from, before := time.Now(), zk.pods(ctx)
		must(zk.Scale(ctx, 5))
		zk.AwaitHealthy(ctx, scaleTimeout)
		zk.expectCommitted(ctx)
		for i := range before {
			must(zk.compare(ctx, &before[i], untouched))
		}
		must(zk.Scale(ctx, 3))
		zk.AwaitHealthy(ctx, scaleTimeout)
		zk.expectCommitted(ctx)
		for i := range before {
			must(zk.compare(ctx, &before[i], untouched))
		}
		must(zk.departed(ctx, map[int]bool{0: false, 1: false, 2: false, 3: true, 4: true}))
		zk.expectWritesWentOn(from)
	}, NodeTimeout(2*scaleTimeout))

	It("goes from 3 to 1 and back to 3 under load", Label("B1", "scale"), func(ctx SpecContext) {
		from, claims := time.Now(), zk.claimUIDs(ctx)
		must(zk.Change(ctx, Replicas(1)))
		zk.AwaitHealthy(ctx, scaleTimeout)
		zk.expectCommitted(ctx)
		must(zk.departed(ctx, map[int]bool{0: false, 1: true, 2: true}))
		must(zk.Change(ctx, Replicas(3)))
		zk.AwaitHealthy(ctx, scaleTimeout)
		zk.expectCommitted(ctx)
		must(zk.departed(ctx, map[int]bool{0: false, 1: false, 2: false}))
		Expect(zk.claimUIDs(ctx)).To(Equal(claims), "the old volumes came back")
		zk.expectWritesWentOn(from)
	}, NodeTimeout(2*scaleTimeout))
})

var _ = Describe("The size of an ensemble that forms", Ordered, full, func() {
	zk := Watched("forming").Knowing(5, 0)

	It("can be changed before it was ever Ready", Label("B1", "scale"), func(ctx SpecContext) {
		must(zk.Create(ctx))
		Await(ctx, time.Minute, "the first Pod exists", func(ctx context.Context) error {
			_, err := zk.Pod(ctx, 0)
			return err
		})
		must(zk.notAvailable(ctx))
		must(zk.Scale(ctx, 5))
		zk.AwaitHealthy(ctx, scaleTimeout)
		zk.expectCommitted(ctx)
	}, NodeTimeout(2*scaleTimeout))
})

var _ = Describe("Sizes up to seven", Ordered, ContinueOnFailure, full, func() {
	zk := Running("sizes", Replicas(5)).Knowing(7, 0)

	It("can be changed in the middle of a roll", Label("B1", "scale", "rollout"), func(ctx SpecContext) {
		from, before := time.Now(), zk.Members()
		must(zk.Change(ctx, CPU("60m")))
		Await(ctx, 2*time.Minute, "the second member goes", zk.wentAway(from, 2))
		must(zk.Scale(ctx, 7))
		zk.AwaitHealthy(ctx, 2*scaleTimeout)
		zk.expectCommitted(ctx)
		Expect(zk.Replaced(from)).To(ConsistOf(before), "every member was replaced once")
		for _, pod := range zk.pods(ctx) {
			Expect(pod.Spec.Containers[0].Resources.Requests.Cpu().String()).To(Equal("60m"), "what %s requests", pod.Name)
		}
		zk.expectWritesWentOn(from)
	}, NodeTimeout(3*scaleTimeout))

	It("go down to one under load", Label("B1", "scale"), func(ctx SpecContext) {
		from := time.Now()
		for _, replicas := range []int32{5, 3, 1} {
			must(zk.Scale(ctx, replicas))
			zk.AwaitHealthy(ctx, scaleTimeout)
			zk.expectCommitted(ctx)
		}
		zk.expectWritesWentOn(from)
	}, NodeTimeout(4*scaleTimeout))

	It("can be changed although the super user was lost, once the leader knows the new one", Label("B1", "B7", "scale"), func(ctx SpecContext) {
		from, before := time.Now(), zk.Members()
		superuser := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: zk.Name + "-superuser", Namespace: zk.Namespace}}
		must(zk.cluster.Client.Delete(ctx, superuser))
		must(zk.Scale(ctx, 3))
		zk.AwaitHealthy(ctx, scaleTimeout)
		zk.expectCommitted(ctx)
		replaced := zk.Replaced(from)
		Expect(replaced[:min(len(before), len(replaced))]).To(ConsistOf(before), "who was replaced first, in %v", replaced)
	}, NodeTimeout(2*scaleTimeout))
})

var _ = Describe("Volumes of members that left", Ordered, ContinueOnFailure, full, func() {
	zk := Running("returning")

	It("are no danger when they come back while the only voter restarts", Label("B1", "scale"), func(ctx SpecContext) {
		must(zk.Change(ctx, Replicas(1)))
		zk.AwaitHealthy(ctx, scaleTimeout)
		survivor := got(zk.Pod(ctx, 0))

		over := zk.Disturb("replace the only voter", 0)
		must(zk.Change(ctx, Replicas(3)))
		Await(ctx, time.Minute, "members 1 and 2 start on their old volumes", func(ctx context.Context) error {
			for _, ordinal := range []int{1, 2} {
				pod, err := zk.Pod(ctx, ordinal)
				if err != nil {
					return err
				}
				if serverStatus(pod).State.Running == nil {
					return fmt.Errorf("the server of %s does not run yet", pod.Name)
				}
			}
			return nil
		})
		must(zk.DeletePod(ctx, 0))
		zk.AwaitNewPod(ctx, survivor, time.Minute)
		zk.AwaitHealthy(ctx, scaleTimeout)
		over()
		zk.expectCommitted(ctx)
	}, NodeTimeout(3*scaleTimeout))
})

// expectCommitted checks that every member itself knows exactly the members
// that the spec asks for.
func (e *Ensemble) expectCommitted(ctx context.Context) {
	GinkgoHelper()
	want, _ := e.Log.Config()
	for _, name := range e.Members() {
		Expect(got(e.getZnode(ctx, name, "/zookeeper/config")).Data).
			To(HaveSuffix(fmt.Sprintf("version=%x", want.Version)), "the configuration that %s knows", name)
	}
	must(e.committedAsSpecified())
	must(e.podsReady(ctx))
	Expect(e.View()[e.Member(e.Leader())].QuorumSize).To(BeEquivalentTo(e.spec.Replicas), "voters that the leader counts")
}

func (e *Ensemble) expectWritesWentOn(from time.Time) {
	GinkgoHelper()
	summary := e.Since(from)
	Expect(summary.LongestGap).To(BeNumerically("<", calm), "longest time without a write")
	AddReportEntry("since", summary.String(), ReportEntryVisibilityAlways)
}

// departed finds nothing when exactly those of the members' data claims that
// are said to be are marked as left behind.
func (e *Ensemble) departed(ctx context.Context, want map[int]bool) error {
	claims, err := e.claims(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for ordinal, departed := range want {
		claim, there := claims[e.claim(ordinal, DataVolume)]
		marked := claim.Labels[v1alpha1.LabelDeparted] == "true"
		if !there || marked != departed {
			wrong = append(wrong, fmt.Errorf("the claim of %s: there %v, marked as departed %v, want %v", e.Member(ordinal), there, marked, departed))
		}
	}
	return errors.Join(wrong...)
}

func (e *Ensemble) claimUIDs(ctx context.Context) map[string]types.UID {
	GinkgoHelper()
	out := map[string]types.UID{}
	for name, claim := range got(e.claims(ctx)) {
		out[name] = claim.UID
	}
	return out
}

var _ = Describe("Retention", Ordered, gate, func() {
	zk := Running("retention", LogVolume())

	It("keeps the volumes of who left by default, and deletes them when asked to", Label("A14", "storage"), func(ctx SpecContext) {
		all := zk.claimUIDs(ctx)
		Expect(all).To(HaveLen(6), "claims of three members with two volumes each")
		must(zk.Change(ctx, Replicas(1)))
		zk.AwaitHealthy(ctx, scaleTimeout)
		Expect(zk.claimUIDs(ctx)).To(Equal(all), "nothing was deleted")

		must(zk.Change(ctx, Retention(v1alpha1.RetentionDelete)))
		zk.awaitClaims(ctx, zk.claim(0, DataVolume), zk.claim(0, LogVolumeOfData))
		zk.Retire(ctx)
		must(zk.Delete(ctx))
		zk.awaitClaims(ctx)
		Expect(zk.pods(ctx)).To(BeEmpty())
	}, NodeTimeout(2*scaleTimeout))

	It("keeps the volumes of a deleted ensemble by default", Label("A14", "storage"), func(ctx SpecContext) {
		// Nobody watches any more: this is about a deleted ensemble of its own.
		zk.spec.Storage.Retention, zk.spec.Replicas = "", 1
		must(zk.Create(ctx))
		zk.AwaitReady(ctx)
		claims := zk.claimUIDs(ctx)
		Expect(claims).To(HaveLen(2))
		must(zk.Delete(ctx))
		Await(ctx, time.Minute, "its Pod is gone", func(ctx context.Context) error {
			if n := len(zk.pods(ctx)); n > 0 {
				return fmt.Errorf("%d Pods are left", n)
			}
			return nil
		})
		Expect(zk.claimUIDs(ctx)).To(Equal(claims), "the volumes stay")
		for _, claim := range got(zk.claims(ctx)) {
			Expect(claim.OwnerReferences).To(BeEmpty(), "what could delete %s", claim.Name)
			Expect(claim.DeletionTimestamp).To(Equal((*metav1.Time)(nil)))
		}
	}, NodeTimeout(scaleTimeout))
})

// awaitClaims waits until no other claims than those are left.
func (e *Ensemble) awaitClaims(ctx context.Context, want ...string) {
	GinkgoHelper()
	Await(ctx, 2*time.Minute, fmt.Sprintf("the claims that are left are %v", want), func(ctx context.Context) error {
		claims, err := e.claims(ctx)
		if err != nil {
			return err
		}
		var names []string
		for name := range claims {
			names = append(names, name)
		}
		if !sameMembers(names, want) {
			return fmt.Errorf("they are %v", names)
		}
		return nil
	})
}
