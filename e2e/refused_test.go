//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

var _ = Describe("An ensemble of whose objects the API server refuses some for good", Ordered, full, func() {
	zk := Watched("refused", LogVolume(), Retention(v1alpha1.RetentionDelete))

	It("forms, is recorded and is repaired all the same, and says who refuses what", Label("C4", "refused"), func(ctx SpecContext) {
		refusals := []Refusal{
			{Operation: admissionv1.Create, Resource: "services", Only: zk.Name}, // no member needs that of the clients
			{Operation: admissionv1.Create, Group: "policy", Resource: "poddisruptionbudgets"},
			{Operation: admissionv1.Create, Group: "networking.k8s.io", Resource: "networkpolicies"},
			{Operation: admissionv1.Update, Resource: "persistentvolumeclaims"},
		}
		lift := cluster.Refuse(ctx, zk.Namespace, refusals...)
		over := zk.Disturb("refuse writes of the operator")
		must(zk.Create(ctx))
		Await(ctx, beginTimeout, "it serves, no blank volume may vote any more, and the members are recorded", func(ctx context.Context) error {
			return errors.Join(zk.says(ctx, v1alpha1.ConditionAvailable, "True"), zk.recorded(ctx))
		})
		Await(ctx, statusLag, "the status says who refuses what", func(ctx context.Context) error {
			said := zk.mentions(ctx, "Service "+zk.Name, "PodDisruptionBudget", "NetworkPolicy", "PersistentVolumeClaim")
			for _, r := range refusals {
				said = errors.Join(said, zk.mentions(ctx, r.words()))
			}
			return errors.Join(said, zk.isNot(ctx, v1alpha1.ConditionReady))
		})

		// A disk that is lost while another is still blank would be one of two.
		zk.awaitWhole(ctx, beginTimeout)
		victim := zk.Follower()
		lost := zk.Disturb("lose volumes", victim)
		before := got(zk.Pod(ctx, victim))
		must(zk.LoseVolumes(ctx, victim, DataVolume, LogVolumeOfData))
		zk.AwaitNewPod(ctx, before, time.Minute)
		zk.awaitWhole(ctx, healTimeout)
		lost()

		pods := zk.pods(ctx)
		lift(ctx)
		zk.AwaitHealthy(ctx, 2*time.Minute)
		must(zk.allUntouched(pods)(ctx))
		Expect(got(zk.cluster.Kube.PolicyV1().PodDisruptionBudgets(zk.Namespace).List(ctx, metav1.ListOptions{})).Items).NotTo(BeEmpty())
		over()
	}, NodeTimeout(10*time.Minute))

	It("waits with a roll while nobody may be evicted, and says why", Label("C4", "refused"), func(ctx SpecContext) {
		zk.AwaitHealthy(ctx, healTimeout)
		evictions := Refusal{Operation: admissionv1.Create, Resource: "pods/eviction"}
		lift, pods := cluster.Refuse(ctx, zk.Namespace, evictions), zk.pods(ctx)
		zk.expectRoll(ctx, func() error {
			if err := zk.Change(ctx, CPU("60m")); err != nil {
				return err
			}
			Await(ctx, time.Minute, "the status says who refuses what", func(ctx context.Context) error {
				return errors.Join(zk.mentions(ctx, "Pod "+zk.Name, evictions.words()), zk.isNot(ctx, v1alpha1.ConditionReady))
			})
			Hold(ctx, 15*time.Second, "no Pod is taken in another way", zk.allUntouched(pods))
			lift(ctx)
			return nil
		})
	}, NodeTimeout(8*time.Minute))
})

// recorded finds nothing when the formation is closed and the record of the members
// names all of them.
func (e *Ensemble) recorded(ctx context.Context) error {
	records := e.cluster.Kube.CoreV1().ConfigMaps(e.Namespace)
	formation, err := records.Get(ctx, e.Name+"-formation", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if state := formation.Data["state"]; state != "closed" {
		return fmt.Errorf("the formation is %s", state)
	}
	members, err := records.Get(ctx, e.Name+"-members", metav1.GetOptions{})
	if err != nil {
		return err
	}
	membership, err := zkconfig.ParseMembership(members.Data["membership"])
	if err != nil {
		return err
	}
	if len(membership.Voters()) != int(e.spec.Replicas) {
		return fmt.Errorf("the record of the members is %s", membership)
	}
	return nil
}

// awaitWhole waits until every member serves and is in sync, by what the watcher
// sees from now on, whatever the status says.
func (e *Ensemble) awaitWhole(ctx context.Context, within time.Duration) {
	GinkgoHelper()
	from := time.Now()
	Await(ctx, within, e.Name+" is whole", func(ctx context.Context) error {
		if err := e.wholeSince(from); err != nil {
			return err
		}
		return e.podsReady(ctx)
	})
}
