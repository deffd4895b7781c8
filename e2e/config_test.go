//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

var _ = Describe("A change of the configuration", Ordered, ContinueOnFailure, gate, func() {
	zk := Running("config", Config(map[string]string{"maxClientCnxns": "42"}))

	It("is rolled out", Label("B4", "config"), func(ctx SpecContext) {
		zk.expectRoll(ctx, func() error { return zk.Change(ctx, Config(map[string]string{"maxClientCnxns": "43"})) })
		for _, ordinal := range zk.Ordinals() {
			properties := got(zkconfig.Parse(got(zk.Run(ctx, ordinal, "cat /data/conf/zoo.cfg"))))
			value, _ := properties.Get("maxClientCnxns")
			Expect(value).To(Equal("43"), "maxClientCnxns of %s", zk.Member(ordinal))
		}
	}, NodeTimeout(rollTimeout))

	It("that is wrong changes nothing and is explained", Label("B4", "config"), func(ctx SpecContext) {
		before, set := zk.pods(ctx), got(zk.StatefulSet(ctx))
		for _, wrong := range []struct {
			config   map[string]string
			mentions []string
		}{
			{map[string]string{"maxClientConns": "44"}, []string{"maxClientConns", "maxClientCnxns"}},
			{map[string]string{"maxClientCnxns": "many"}, []string{"maxClientCnxns", "many"}},
			{map[string]string{"dataDir": "/tmp"}, []string{"dataDir"}},
		} {
			must(zk.Change(ctx, Config(wrong.config)))
			Await(ctx, 30*time.Second, fmt.Sprintf("%v is explained", wrong.config), func(ctx context.Context) error {
				return zk.explainsInvalid(ctx, wrong.mentions)
			})
			Hold(ctx, 5*time.Second, "nothing changes", func(ctx context.Context) error {
				return errors.Join(zk.allUntouched(before)(ctx), zk.says(ctx, v1alpha1.ConditionAvailable, "True"))
			})
		}
		must(zk.Change(ctx, Config(map[string]string{"maxClientCnxns": "43"})))
		zk.AwaitHealthy(ctx, healTimeout)
		must(zk.allUntouched(before)(ctx))
		Expect(got(zk.StatefulSet(ctx)).Generation).To(Equal(set.Generation), "the StatefulSet was left alone")
	}, NodeTimeout(3*time.Minute))

	It("with a canary waits for approval after one follower", Label("A15", "canary"), func(ctx SpecContext) {
		must(zk.Change(ctx, Updating(v1alpha1.Update{Canary: 1})))
		zk.AwaitHealthy(ctx, healTimeout)
		before, leader, from := zk.pods(ctx), zk.Member(zk.Leader()), time.Now()
		must(zk.Change(ctx, CPU("60m")))
		Await(ctx, time.Minute, "the canary runs and the rest waits", zk.awaitsApproval)
		canary := zk.Replaced(from)
		Expect(canary).To(HaveLen(1), "one member was replaced")
		Expect(canary).NotTo(ContainElement(leader), "it was not the leader")

		must(zk.Approve(ctx, "another-revision"))
		Hold(ctx, 15*time.Second, "the others wait, also with the approval of something else", func(ctx context.Context) error {
			return errors.Join(zk.allUntouched(before, canary...)(ctx), zk.awaitsApproval(ctx))
		})

		// What Kubernetes creates anew has the revision that all members ran.
		drained := zk.notAmong(append(canary, leader))
		err := zk.Evict(ctx, drained)
		if !apierrors.IsTooManyRequests(err) {
			must(err)
			zk.AwaitNewPod(ctx, named(before, zk.Member(drained)), time.Minute)
		}
		Await(ctx, healTimeout, "the drain was refused or survived", func(ctx context.Context) error {
			if !zk.View().Whole(zk.Members()) {
				return fmt.Errorf("the members are %s", states(zk.View()))
			}
			return errors.Join(zk.podsReady(ctx), zk.awaitsApproval(ctx))
		})
		must(zk.compare(ctx, named(before, leader), untouched))
		must(zk.revisionsAre(ctx, 1))

		approved := time.Now()
		must(zk.Approve(ctx, got(zk.Get(ctx)).Status.UpdateRevision))
		Await(ctx, 2*time.Minute, "every member has the new revision", func(ctx context.Context) error { return zk.revisionsAre(ctx, 3) })
		zk.AwaitHealthy(ctx, healTimeout)
		Expect(zk.Replaced(approved)).To(Equal([]string{zk.Member(drained), leader}), "the others were replaced, the leader last")
		Expect(zk.Since(from).LeaderChanges).To(Equal(1), "leader changes")
	}, NodeTimeout(7*time.Minute))
})

// awaitsApproval finds nothing while the resource says that it waits for a
// person to approve of the canary.
func (e *Ensemble) awaitsApproval(ctx context.Context) error {
	return e.saysWhy(ctx, v1alpha1.ConditionReady, "False", v1alpha1.ReasonApprovalNeeded)
}

// Approve approves of a revision, as a person would.
func (e *Ensemble) Approve(ctx context.Context, revision string) error {
	live, err := e.Get(ctx)
	if err != nil {
		return err
	}
	before := live.DeepCopy()
	metav1.SetMetaDataAnnotation(&live.ObjectMeta, v1alpha1.AnnotationApprove, revision)
	return e.cluster.Client.Patch(ctx, live, client.MergeFrom(before))
}

// notAmong is the lowest ordinal whose member is not one of those.
func (e *Ensemble) notAmong(names []string) int {
	for _, ordinal := range e.Ordinals() {
		if !slices.Contains(names, e.Member(ordinal)) {
			return ordinal
		}
	}
	return -1
}

// explainsInvalid finds nothing once the resource is stalled by an invalid spec
// and its message mentions all of the words.
func (e *Ensemble) explainsInvalid(ctx context.Context, words []string) error {
	if err := e.saysWhy(ctx, v1alpha1.ConditionStalled, "True", v1alpha1.ReasonInvalidSpec); err != nil {
		return err
	}
	live, err := e.Get(ctx)
	if err != nil {
		return err
	}
	message := meta.FindStatusCondition(live.Status.Conditions, v1alpha1.ConditionStalled).Message
	for _, word := range words {
		if !strings.Contains(message, word) {
			return fmt.Errorf("%q is not mentioned: %s", word, message)
		}
	}
	return nil
}
