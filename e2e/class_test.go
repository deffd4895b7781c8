//go:build e2e

package e2e

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

var _ = Describe("A storage class that does not exist", Ordered, full, func() {
	zk := Watched("classless", StorageClass("fats"))

	It("is named with the commands that start anew, and these do", Label("C7", "storage"), func(ctx SpecContext) {
		must(zk.Create(ctx))
		Await(ctx, 2*time.Minute, "the status says why", func(ctx context.Context) error {
			if err := zk.saysWhy(ctx, v1alpha1.ConditionStalled, "True", v1alpha1.ReasonVolumesNotBound); err != nil {
				return err
			}
			return zk.mentions(ctx, "data-classless-0", "there is no StorageClass fats")
		})
		over := zk.Disturb("delete and create the ensemble", zk.Ordinals()...)
		commands := zk.commands(ctx)
		Expect(commands).To(HaveLen(2), "commands in the status")
		for _, command := range commands {
			zk.kubectl(ctx, command)
		}
		zk.spec.Storage.Data.StorageClassName = nil
		must(zk.Create(ctx))
		zk.AwaitHealthy(ctx, beginTimeout)
		over()
		standard := zk.defaultClass(ctx)
		claims := got(zk.claims(ctx))
		Expect(claims).To(HaveLen(3))
		for name, claim := range claims {
			Expect(claim.Spec.StorageClassName).To(HaveValue(Equal(standard)), "the class of %s", name)
		}
	}, NodeTimeout(8*time.Minute))
})

// commands are those that the status of the ensemble tells to run.
func (e *Ensemble) commands(ctx context.Context) []string {
	GinkgoHelper()
	said := got(e.Get(ctx)).Status.Activity
	return regexp.MustCompile(`kubectl [^;]+`).FindAllString(said, -1)
}

// kubectl runs a command as a person would who works in the namespace of the
// ensemble.
func (e *Ensemble) kubectl(ctx context.Context, line string) {
	GinkgoHelper()
	words := append(strings.Fields(line), "--namespace", e.Namespace)
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Env = os.Environ()
	out, err := command.CombinedOutput()
	tell("%s: %s", line, strings.TrimSpace(string(out)))
	Expect(err).NotTo(HaveOccurred(), "%s: %s", line, out)
}

// defaultClass is the storage class of claims that name none.
func (e *Ensemble) defaultClass(ctx context.Context) string {
	GinkgoHelper()
	classes := got(e.cluster.Kube.StorageV1().StorageClasses().List(ctx, metav1.ListOptions{}))
	for i := range classes.Items {
		if classes.Items[i].Annotations["storageclass.kubernetes.io/is-default-class"] == "true" {
			return classes.Items[i].Name
		}
	}
	Fail("no storage class is the default")
	return ""
}

var _ = Describe("A cluster domain that the operator was told wrong", Ordered, Serial, full, func() {
	const wrong = "wrong.example"
	young := Watched("young")

	It("restarts nobody who serves, and is put right without deleting anything", Label("C7", "create"), func(ctx SpecContext) {
		serving := Unwatched(NewNamespace(ctx, "serving"), "serving")
		must(serving.Create(ctx))
		serving.AwaitReady(ctx)
		before := serving.pods(ctx)
		over := young.DisturbOperator("tell the operator a wrong cluster domain")
		right := young.cluster.TellDomain(ctx, wrong)
		back := func(ctx SpecContext) {
			if right != "" {
				young.cluster.TellDomain(ctx, right)
				right = ""
			}
		}
		DeferCleanup(back)
		value := right

		must(young.Create(ctx))
		Await(ctx, 2*time.Minute, "the status names the name that does not resolve and the value to set", func(ctx context.Context) error {
			return young.mentions(ctx, strings.TrimSuffix(young.Host(0), value)+wrong, "set clusterDomain of the operator to "+value)
		})
		must(young.notAvailable(ctx))
		claims := young.claimUIDs(ctx)
		Await(ctx, statusLag, "the one that serves is warned", func(ctx context.Context) error {
			return serving.mentions(ctx, "the members keep the cluster domain "+value, wrong)
		})
		Hold(ctx, history.SettleTime, "nobody who serves is restarted", serving.allUntouched(before))

		back(ctx)
		young.AwaitHealthy(ctx, beginTimeout)
		over()
		serving.AwaitReady(ctx)
		must(serving.allUntouched(before)(ctx))
		Expect(young.claimUIDs(ctx)).To(Equal(claims), "the volumes")
	}, NodeTimeout(10*time.Minute))
})
