//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/ginkgo/v2"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

var _ = Describe("An operator of an earlier commit", Ordered, Serial, full, func() {
	plain := Watched("earlier")

	It("is upgraded to this one and put back, and no Pod, revision or record changes", Label("B16", "upgrade"), func(ctx SpecContext) {
		earlier := got(upgradeFrom())
		over := plain.DisturbOperator("install the earlier operator, and let it form three ensembles")
		DeferCleanup(func(ctx SpecContext) { cluster.InstallCommit(ctx, "") })
		cluster.InstallCommit(ctx, earlier)

		canary := Unwatched(plain.Namespace, "canary", Updating(v1alpha1.Update{Canary: 1}))
		volumes := Unwatched(plain.Namespace, "volumes", Replicas(1), Observing(1), LogVolume())
		for _, zk := range []*Ensemble{canary, volumes, plain} {
			must(zk.Create(ctx))
		}
		plain.AwaitHealthy(ctx, beginTimeout)
		canary.AwaitReady(ctx)
		volumes.AwaitReady(ctx)
		must(canary.Change(ctx, CPU("60m")))
		Await(ctx, 2*time.Minute, "the canary waits for approval", canary.awaitsApproval)
		over()

		before := map[*Ensemble]map[string]string{}
		for _, zk := range []*Ensemble{plain, volumes, canary} {
			before[zk] = got(zk.lasting(ctx))
		}
		unchanged := func(ctx context.Context) error {
			failed := []error{
				plain.says(ctx, v1alpha1.ConditionReady, "True"), volumes.says(ctx, v1alpha1.ConditionReady, "True"),
				canary.awaitsApproval(ctx),
			}
			for zk, was := range before {
				now, err := zk.lasting(ctx)
				if diff := cmp.Diff(was, now); err == nil && diff != "" {
					err = fmt.Errorf("of %s there is something else (-before +now):\n%s", zk.Name, diff)
				}
				failed = append(failed, err)
			}
			return errors.Join(failed...)
		}
		for _, install := range []struct{ what, commit string }{
			{"upgrade the operator", ""}, {"put the earlier operator back", earlier}, {"upgrade it again", ""},
		} {
			over := plain.DisturbOperator(install.what)
			cluster.InstallCommit(ctx, install.commit)
			plain.AwaitHealthy(ctx, healTimeout)
			over()
			Hold(ctx, 30*time.Second, "nothing is new: "+install.what, unchanged)
		}
	}, NodeTimeout(15*time.Minute))
})

// lasting is what no upgrade of the operator changes: the Pods with the starts of
// their servers, the revisions, and the records byte for byte.
func (e *Ensemble) lasting(ctx context.Context) (map[string]string, error) {
	var (
		pods      corev1.PodList
		sets      appsv1.StatefulSetList
		revisions appsv1.ControllerRevisionList
		configs   corev1.ConfigMapList
		secrets   corev1.SecretList
		failed    []error
	)
	for _, list := range []client.ObjectList{&pods, &sets, &revisions, &configs, &secrets} {
		failed = append(failed, e.list(ctx, list))
	}
	all := map[string]string{}
	add := func(kind string, o metav1.Object, what ...any) {
		text, err := json.Marshal(append([]any{o.GetUID()}, what...))
		all[kind+" "+o.GetName()] = string(text)
		failed = append(failed, err)
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		add("Pod", pod, pod.DeletionTimestamp, serverStatus(pod).RestartCount)
	}
	for i := range sets.Items {
		set := &sets.Items[i]
		add("StatefulSet", set, set.Status.CurrentRevision, set.Status.UpdateRevision)
	}
	for i := range revisions.Items {
		add("ControllerRevision", &revisions.Items[i], revisions.Items[i].Revision)
	}
	for i := range configs.Items {
		add("ConfigMap", &configs.Items[i], configs.Items[i].Data, configs.Items[i].BinaryData)
	}
	for i := range secrets.Items {
		add("Secret", &secrets.Items[i], secrets.Items[i].Data)
	}
	return all, errors.Join(failed...)
}
