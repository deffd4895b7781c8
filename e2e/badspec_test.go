//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// wrongs are first specs with which no server ever comes up, and what puts
// them right.
var wrongs = []struct {
	name     string
	ensemble string
	replicas int32
	bad      Change
	good     Change
	// waits are the reasons for which the server's container then waits.
	waits []string
}{
	{"a flag that the JVM does not know, three members", "crash", 3, Flags("-XX:+NoSuchFlag"), Flags(), []string{"CrashLoopBackOff"}},
	{"a flag that the JVM does not know, one member", "crash-one", 1, Flags("-XX:+NoSuchFlag"), Flags(), []string{"CrashLoopBackOff"}},
	{"an image that does not exist, one member", "image-one", 1, Image("registry.invalid/zookeeper:none"), Image(""), []string{"ErrImagePull", "ImagePullBackOff"}},
}

var _ = Describe("A first spec with which no member comes up", func() {
	for _, wrong := range wrongs {
		Describe(wrong.name, Ordered, gate, func() {
			zk := Watched(wrong.ensemble, Replicas(wrong.replicas), wrong.bad)

			It("heals when the spec is put right", Label("B14", "bad-spec"), func(ctx SpecContext) {
				must(zk.Create(ctx))
				Await(ctx, 2*time.Minute, "no server comes up", func(ctx context.Context) error {
					for _, ordinal := range zk.Ordinals() {
						pod, err := zk.Pod(ctx, ordinal)
						if err != nil {
							return err
						}
						waiting := serverStatus(pod).State.Waiting
						if waiting == nil {
							return fmt.Errorf("the server of %s does not wait", pod.Name)
						}
						if ok, _ := ContainElement(waiting.Reason).Match(wrong.waits); !ok {
							return fmt.Errorf("the server of %s waits: %s", pod.Name, waiting.Reason)
						}
					}
					return nil
				})
				Await(ctx, 15*time.Second, "the status says so", func(ctx context.Context) error {
					if err := zk.says(ctx, v1alpha1.ConditionReady, "False"); err != nil {
						return err
					}
					return zk.notAvailable(ctx)
				})
				must(zk.Change(ctx, wrong.good))
				zk.AwaitHealthy(ctx, 2*time.Minute)
			}, NodeTimeout(6*time.Minute))
		})
	}
})

// notAvailable finds nothing while the resource does not claim to serve.
func (e *Ensemble) notAvailable(ctx context.Context) error {
	if e.says(ctx, v1alpha1.ConditionAvailable, "True") == nil {
		return fmt.Errorf("it is said to be Available")
	}
	return nil
}
