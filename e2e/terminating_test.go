//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

var _ = Describe("Volume claims that are being deleted", Ordered, full, func() {
	zk := Running("doomed")

	It("are named at once, and nothing is done that would lose their data", Label("C6", "volumes"), func(ctx SpecContext) {
		written, before := got(zk.CreateZnode(ctx, 0, "/doomed", "kept")), zk.pods(ctx)
		over := zk.Disturb("delete the claims of a running ensemble")
		claims := got(zk.claims(ctx))
		for name := range claims {
			must(zk.cluster.Kube.CoreV1().PersistentVolumeClaims(zk.Namespace).Delete(ctx, name, metav1.DeleteOptions{}))
		}
		Await(ctx, statusLag, "the status names them", func(ctx context.Context) error {
			return zk.mentions(ctx, "data-doomed-0", "data-doomed-1", "data-doomed-2")
		})
		for _, change := range []struct {
			what  string
			there Change
			back  Change
		}{
			{"a stop", InMode(v1alpha1.ModeStop), InMode(v1alpha1.ModeRun)},
			{"a roll", CPU("60m"), CPU("50m")},
			{"a smaller size", Replicas(1), Replicas(3)},
		} {
			must(zk.Change(ctx, change.there))
			Await(ctx, statusLag, change.what+" is refused, and the status says what to do", func(ctx context.Context) error {
				return zk.saysWhy(ctx, v1alpha1.ConditionStalled, "True", v1alpha1.ReasonVolumesTerminating)
			})
			Hold(ctx, 10*time.Second, "every member keeps its Pod", func(ctx context.Context) error {
				return errors.Join(zk.allUntouched(before)(ctx), zk.says(ctx, v1alpha1.ConditionAvailable, "True"), zk.writesLately(ctx))
			})
			must(zk.Change(ctx, change.back))
		}
		for _, ordinal := range zk.Ordinals() {
			Expect(zk.GetZnode(ctx, ordinal, "/doomed")).To(Equal(written))
		}
		over()
	}, NodeTimeout(6*time.Minute))
})

// statusLag is the longest time that the status may be behind, with the time that
// it takes to look.
const statusLag = history.StatusLag + 5*time.Second

// mentions finds nothing when the status says all of some words.
func (e *Ensemble) mentions(ctx context.Context, words ...string) error {
	live, err := e.Get(ctx)
	if err != nil {
		return err
	}
	said := live.Status.Activity
	for _, c := range live.Status.Conditions {
		said += "\n" + c.Message
	}
	said += "\n" + strings.Join(live.Status.Warnings, "\n")
	for _, word := range words {
		if !strings.Contains(said, word) {
			return fmt.Errorf("the status does not say %q: %s", word, said)
		}
	}
	return nil
}
