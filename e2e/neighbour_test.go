//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

var _ = Describe("An ensemble that has the name of its neighbour's observers", Ordered, Serial, full, func() {
	neighbour := Watched("zk-observers")

	It("keeps its volumes, its Pods and its life, whatever happens to the neighbour", Label("C1", "neighbour"), func(ctx SpecContext) {
		Expect(neighbour.Create(ctx)).To(MatchError(ContainSubstring("metadata.name ends with -observers or -servers")))
		putBack := cluster.allowAnyName(ctx)
		Await(ctx, policyTimeout, "it can be created without that rule, as before there was one", neighbour.Create)
		putBack(ctx)
		neighbour.AwaitHealthy(ctx, beginTimeout)
		must(neighbour.Change(ctx, Replicas(1)))
		neighbour.AwaitHealthy(ctx, scaleTimeout)
		must(neighbour.departed(ctx, map[int]bool{0: false, 1: true, 2: true}))
		before := neighbour.belongings(ctx)
		keeps := func(after string) {
			GinkgoHelper()
			Expect(neighbour.belongings(ctx)).To(Equal(before), "what the neighbour has after %s", after)
			must(neighbour.says(ctx, v1alpha1.ConditionReady, "True"))
		}

		over := neighbour.Disturb("let the operator write for another ensemble")
		zk := Unwatched(neighbour.Namespace, "zk", Retention(v1alpha1.RetentionDelete))
		must(zk.Create(ctx))
		zk.AwaitReady(ctx)
		keeps("the formation")

		must(zk.Change(ctx, Observing(1)))
		Await(ctx, statusLag, "observers are refused, because their name is taken", func(ctx context.Context) error {
			return errors.Join(zk.saysWhy(ctx, v1alpha1.ConditionStalled, "True", v1alpha1.ReasonNameConflict), zk.mentions(ctx, "StatefulSet zk-observers"))
		})
		Hold(ctx, 15*time.Second, "the neighbour's StatefulSet is nobody else's", func(ctx context.Context) error {
			return neighbour.says(ctx, v1alpha1.ConditionReady, "True")
		})
		keeps("a conflict")
		must(zk.Change(ctx, Observing(0)))
		zk.AwaitReady(ctx)

		must(zk.Change(ctx, CPU("60m")))
		zk.AwaitReady(ctx)
		keeps("a roll")

		must(zk.Change(ctx, Replicas(1)))
		zk.AwaitReady(ctx)
		Await(ctx, time.Minute, "the claims of departed members are deleted", neighbour.claimsBeside(before, "data-zk-0"))
		keeps("a deletion of volumes")

		must(zk.Delete(ctx))
		Await(ctx, 2*time.Minute, "all that was of the deleted one is gone", neighbour.claimsBeside(before))
		keeps("a deletion")
		over()
	}, NodeTimeout(12*time.Minute+scaleTimeout))
})

// belongings is what an ensemble has: each object with its identity, its labels and
// its owners, and the Pods with the starts of their servers.
func (e *Ensemble) belongings(ctx context.Context) map[string]string {
	GinkgoHelper()
	all := map[string]string{}
	add := func(kind string, o client.Object, more ...any) {
		all[kind+" "+o.GetName()] = string(got(json.Marshal([]any{o.GetUID(), o.GetLabels(), o.GetOwnerReferences(), o.GetDeletionTimestamp(), more})))
	}
	set := got(e.StatefulSet(ctx))
	add("StatefulSet", set, set.Generation)
	pods := e.pods(ctx)
	for i := range pods {
		add("Pod", &pods[i], serverStatus(&pods[i]).RestartCount)
	}
	for _, claim := range got(e.claims(ctx)) {
		if strings.HasPrefix(claim.Name, "data-"+e.Name+"-") {
			add("PersistentVolumeClaim", &claim, claim.Spec.VolumeName)
		}
	}
	return all
}

// claimsBeside finds nothing when there are exactly some claims in the namespace
// beside those that the ensemble has.
func (e *Ensemble) claimsBeside(belongings map[string]string, names ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		claims, err := e.claims(ctx)
		if err != nil {
			return err
		}
		var others []string
		for name := range claims {
			if _, own := belongings["PersistentVolumeClaim "+name]; !own {
				others = append(others, name)
			}
		}
		if slices.Sort(others); !slices.Equal(others, names) {
			return fmt.Errorf("the other claims are %v", others)
		}
		return nil
	}
}

// allowAnyName takes the rule about names that collide from the resource's
// definition, and returns what puts it back.
func (c *Cluster) allowAnyName(ctx context.Context) (putBack func(context.Context)) {
	GinkgoHelper()
	const rules = "x-kubernetes-validations"
	definition := &unstructured.Unstructured{}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	must(c.Client.Get(ctx, client.ObjectKey{Name: "zookeeperensembles." + v1alpha1.GroupVersion.Group}, definition))
	versions, _, err := unstructured.NestedSlice(definition.Object, "spec", "versions")
	must(err)
	Expect(versions).To(HaveLen(1))
	all, _, err := unstructured.NestedSlice(versions[0].(map[string]any), "schema", "openAPIV3Schema", rules)
	must(err)
	set := func(ctx context.Context, value []any) {
		GinkgoHelper()
		patch := got(json.Marshal([]map[string]any{{
			"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/" + rules, "value": value,
		}}))
		must(c.Client.Patch(ctx, definition.DeepCopy(), client.RawPatch("application/json-patch+json", patch)))
	}
	without := slices.DeleteFunc(slices.Clone(all), func(rule any) bool {
		return strings.Contains(fmt.Sprint(rule), "-observers or -servers")
	})
	Expect(len(without)).To(Equal(len(all)-1), "rules without the one about names")
	DeferCleanup(func(ctx SpecContext) { set(ctx, all) })
	set(ctx, without)
	return func(ctx context.Context) { set(ctx, all) }
}
