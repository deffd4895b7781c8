package e2e

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/onsi/ginkgo/v2"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// Replaced lists the members whose Pods were replaced since a moment, in order.
func (e *Ensemble) Replaced(from time.Time) []string {
	return history.Replaced(e.Log.Entries(), from, time.Now())
}

// Since summarises what happened since a moment.
func (e *Ensemble) Since(from time.Time) history.Summary {
	return history.Summarise(e.Log.Entries(), from, time.Now())
}

// writesLately finds nothing while writes are acknowledged.
func (e *Ensemble) writesLately(context.Context) error {
	last, ok := e.Log.Last(history.Acked)
	if since := time.Since(last.At); !ok || since > 15*time.Second {
		return fmt.Errorf("the last acknowledgement was %s ago", since.Round(time.Second))
	}
	return nil
}

// pods are all Pods of the ensemble that exist.
func (e *Ensemble) pods(ctx context.Context) []corev1.Pod {
	ginkgo.GinkgoHelper()
	var pods corev1.PodList
	must(e.list(ctx, &pods))
	return pods.Items
}

// allUntouched finds nothing while none of the Pods was replaced or restarted,
// with exceptions, and there are no more.
func (e *Ensemble) allUntouched(before []corev1.Pod, but ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		var now corev1.PodList
		if err := e.list(ctx, &now); err != nil {
			return err
		}
		if len(now.Items) > len(before) {
			return fmt.Errorf("there are %d Pods, not %d", len(now.Items), len(before))
		}
		for i := range before {
			if slices.Contains(but, before[i].Name) {
				continue
			}
			if err := e.compare(ctx, &before[i], untouched); err != nil {
				return err
			}
		}
		return nil
	}
}

// claims are the volume claims of the ensemble, by name.
func (e *Ensemble) claims(ctx context.Context) (map[string]corev1.PersistentVolumeClaim, error) {
	var list corev1.PersistentVolumeClaimList
	if err := e.cluster.Client.List(ctx, &list, client.InNamespace(e.Namespace)); err != nil {
		return nil, err
	}
	out := map[string]corev1.PersistentVolumeClaim{}
	for _, claim := range list.Items {
		out[claim.Name] = claim
	}
	return out, nil
}

// StatefulSet reads the voters' StatefulSet.
func (e *Ensemble) StatefulSet(ctx context.Context) (*appsv1.StatefulSet, error) {
	set := &appsv1.StatefulSet{}
	return set, e.cluster.Client.Get(ctx, client.ObjectKey{Namespace: e.Namespace, Name: e.Name}, set)
}
