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
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

var _ = Describe("A worker that is powered off", Ordered, ContinueOnFailure, Serial, full, func() {
	KeepNamesServed()

	Describe("with a member whose volume is bound to it", Ordered, func() {
		zk := Running("bound")

		It("costs no write, and the member is back when the node is", Label("A12", "node-failure"), func(ctx SpecContext) {
			victim := zk.movable(ctx)
			before, from := got(zk.Pod(ctx, victim)), time.Now()
			over := zk.Disturb("power off its node", victim)
			on := zk.cluster.PowerOff(ctx, before.Spec.NodeName)
			Hold(ctx, 30*time.Second, "writes go on", zk.writesLately)
			zk.cluster.AwaitNode(ctx, before.Spec.NodeName, false)
			Hold(ctx, 30*time.Second, "the others serve and are left alone", func(ctx context.Context) error {
				return errors.Join(zk.writesLately(ctx), zk.says(ctx, v1alpha1.ConditionAvailable, "True"), zk.says(ctx, v1alpha1.ConditionReady, "False"))
			})
			on()
			zk.AwaitHealthy(ctx, 3*time.Minute)
			over()
			Expect(zk.Replaced(from)).To(BeEmpty(), "replaced Pods")
			Expect(got(zk.Pod(ctx, victim)).Spec.NodeName).To(Equal(before.Spec.NodeName))
			zk.expectWritesWentOn(from)
		}, NodeTimeout(9*time.Minute))
	})

	Describe("with a member whose volume can be mounted elsewhere", Ordered, func() {
		zk := Running("shared", StorageClass("shared"))

		It("costs no write, and the member moves once the node is declared dead", Label("A12", "node-failure"), func(ctx SpecContext) {
			victim := zk.movable(ctx)
			before, claims, from := got(zk.Pod(ctx, victim)), zk.claimUIDs(ctx), time.Now()
			node := before.Spec.NodeName
			over := zk.Disturb("power off its node", victim)
			on := zk.cluster.PowerOff(ctx, node)
			zk.cluster.AwaitNode(ctx, node, false)
			zk.cluster.DeclareDead(ctx, node)
			zk.AwaitNewPod(ctx, before, 3*time.Minute)
			zk.AwaitHealthy(ctx, 3*time.Minute)
			over()
			Expect(got(zk.Pod(ctx, victim)).Spec.NodeName).NotTo(Equal(node), "the member moved")
			Expect(zk.claimUIDs(ctx)).To(Equal(claims), "with its volume")
			zk.expectWritesWentOn(from)
			on()
			must(zk.cluster.DeclareAlive(ctx, node))
		}, NodeTimeout(10*time.Minute))
	})
})

var _ = Describe("Two of three workers that are powered off", Ordered, Serial, full, func() {
	KeepNamesServed()
	zk := Running("dark").Knowing(3, 0)

	It("keep a scale to 1 from touching anything until they are back", Label("B1", "node-failure"), func(ctx SpecContext) {
		// The operator would be away for minutes if its own node went.
		moved := zk.DisturbOperator("move the operator")
		zk.cluster.MoveOperator(ctx, got(zk.Pod(ctx, 0)).Spec.NodeName)
		zk.AwaitHealthy(ctx, healTimeout)
		moved()

		survivor, claims := got(zk.Pod(ctx, 0)), zk.claimUIDs(ctx)
		over := zk.Disturb("power off two nodes", 1, 2)
		var on []func()
		for _, victim := range []int{1, 2} {
			node := got(zk.Pod(ctx, victim)).Spec.NodeName
			Expect(node).NotTo(Equal(survivor.Spec.NodeName))
			on = append(on, zk.cluster.PowerOff(ctx, node))
		}
		Await(ctx, time.Minute, "the status says that there is no quorum", zk.notAvailable)
		before, _ := zk.Log.Config()
		must(zk.Change(ctx, Replicas(1)))
		Hold(ctx, time.Minute, "nothing is touched while there is no quorum", func(ctx context.Context) error {
			return errors.Join(zk.compare(ctx, survivor, untouched), zk.replicasAre(3)(ctx), zk.notAvailable(ctx))
		})
		Expect(zk.claimUIDs(ctx)).To(Equal(claims), "the volumes")
		Expect(zk.departed(ctx, map[int]bool{0: false, 1: false, 2: false})).To(Succeed())
		Expect(before.Voters).To(HaveLen(3))

		for _, powerOn := range on {
			powerOn()
		}
		zk.AwaitHealthy(ctx, 5*time.Minute)
		over()
		zk.expectCommitted(ctx)
		Expect(zk.claimUIDs(ctx)).To(Equal(claims), "the volumes")
	}, NodeTimeout(15*time.Minute))
})

// movable is a follower whose node the operator is not on.
func (e *Ensemble) movable(ctx context.Context) int {
	GinkgoHelper()
	operator := got(e.cluster.Operator(ctx))
	for _, ordinal := range e.Followers() {
		if got(e.Pod(ctx, ordinal)).Spec.NodeName != operator.Spec.NodeName {
			return ordinal
		}
	}
	Fail("every follower is on the operator's node")
	return -1
}

var _ = Describe("Drains", Ordered, ContinueOnFailure, Serial, full, func() {
	zk := Running("drained", StorageClass("shared"))

	It("move a member with its volume", Label("A13", "drain"), func(ctx SpecContext) {
		victim := zk.Follower()
		before := got(zk.Pod(ctx, victim))
		zk.cluster.CordonUntilEnd(ctx, before.Spec.NodeName)
		zk.drain(ctx, victim)
		zk.AwaitHealthy(ctx, healTimeout)
		Expect(got(zk.Pod(ctx, victim)).Spec.NodeName).NotTo(Equal(before.Spec.NodeName), "the member moved")
	}, NodeTimeout(5*time.Minute))

	It("are refused while a member is away, and go through after the uncordon", Label("A13", "drain"), func(ctx SpecContext) {
		workers := got(zk.cluster.Workers(ctx))
		for _, node := range workers {
			zk.cluster.CordonUntilEnd(ctx, node)
		}
		first, second := zk.Followers()[0], zk.Followers()[1]
		gone, stays := got(zk.Pod(ctx, first)), got(zk.Pod(ctx, second))
		must(zk.Evict(ctx, first))
		Await(ctx, time.Minute, "the first member finds no node", func(ctx context.Context) error {
			pod, err := zk.Pod(ctx, first)
			if err == nil && (pod.UID == gone.UID || pod.Status.Phase != corev1.PodPending) {
				err = fmt.Errorf("its Pod is %s", pod.Status.Phase)
			}
			return err
		})
		Hold(ctx, 20*time.Second, "the second drain is refused", func(ctx context.Context) error {
			if err := zk.Evict(ctx, second); !apierrors.IsTooManyRequests(err) {
				return errors.Join(errors.New("it was not refused for the budget"), err)
			}
			return errors.Join(zk.compare(ctx, stays, untouched), zk.writesLately(ctx))
		})
		for _, node := range workers {
			must(zk.cluster.Cordon(ctx, node, false))
		}
		zk.drain(ctx, second)
		zk.AwaitHealthy(ctx, healTimeout)
	}, NodeTimeout(6*time.Minute))
})

// drain evicts a member as kubectl drain does: again and again, until the budget
// allows it.
func (e *Ensemble) drain(ctx context.Context, ordinal int) {
	GinkgoHelper()
	before := got(e.Pod(ctx, ordinal))
	Await(ctx, 2*time.Minute, before.Name+" is drained", func(ctx context.Context) error {
		err := e.Evict(ctx, ordinal)
		if apierrors.IsTooManyRequests(err) {
			return err
		}
		must(err)
		return nil
	})
	e.AwaitNewPod(ctx, before, time.Minute)
}

var _ = Describe("A drain and a roll at once", Ordered, full, func() {
	zk := Running("torn")

	It("never take two members away", Label("B8", "drain"), func(ctx SpecContext) {
		from := time.Now()
		must(zk.Change(ctx, CPU("60m")))
		// Every member is drained as soon as the budget allows it, unless the roll
		// comes first.
		before := zk.pods(ctx)
		Await(ctx, 4*time.Minute, "all members were replaced, by a drain or by the roll", func(ctx context.Context) error {
			for i := range before {
				err := zk.evict(ctx, &before[i])
				if err != nil && !apierrors.IsTooManyRequests(err) && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
					must(err)
				}
			}
			replaced := zk.Replaced(from)
			for _, name := range zk.Members() {
				if !slices.Contains(replaced, name) {
					return fmt.Errorf("replaced until now: %v", replaced)
				}
			}
			return nil
		})
		zk.AwaitHealthy(ctx, 2*time.Minute)
		for _, pod := range zk.pods(ctx) {
			Expect(pod.Spec.Containers[0].Resources.Requests.Cpu().String()).To(Equal("60m"), "what %s requests", pod.Name)
		}
		zk.expectWritesWentOn(from)
	}, NodeTimeout(8*time.Minute))
})
