//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	policyv1 "k8s.io/api/policy/v1"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

var _ = Describe("An ensemble of three", Ordered, ContinueOnFailure, gate, func() {
	settings := map[string]string{
		"tickTime": "2000", "initLimit": "20", "syncLimit": "6",
		"maxClientCnxns": "42", "minSessionTimeout": "4000", "maxSessionTimeout": "30000",
		"autopurge.snapRetainCount": "4", "autopurge.purgeInterval": "1",
	}
	zk := Running("basic", Config(settings))

	It("is created by one resource, its members on three nodes", Label("A1", "create"), func(ctx SpecContext) {
		nodes := map[string]bool{}
		for _, ordinal := range zk.Ordinals() {
			pod := got(zk.Pod(ctx, ordinal))
			Expect(podReady(pod)).To(BeTrue(), "%s is Ready", pod.Name)
			nodes[pod.Spec.NodeName] = true
		}
		Expect(nodes).To(HaveLen(3), "one node for each member")

		live := got(zk.Get(ctx))
		Expect(live.Status.ReadyReplicas).To(BeEquivalentTo(3))
		Expect(live.Status.Version).To(Equal(zookeeperVersion))
		Expect(live.Status.Leader).To(Equal(zk.Member(zk.Leader())))
		Expect(live.Status.Activity).NotTo(BeEmpty())

		var budgets policyv1.PodDisruptionBudgetList
		must(zk.list(ctx, &budgets))
		Expect(budgets.Items).To(HaveLen(1), "one budget over the voters")
		Expect(budgets.Items[0].Spec.MaxUnavailable.IntValue()).To(Equal(1))
		Expect(budgets.Items[0].Status.ExpectedPods).To(BeEquivalentTo(3))
	}, NodeTimeout(time.Minute))

	It("gives each member an identity that outlives its Pod", Label("A2", "identity"), func(ctx SpecContext) {
		identity := func(ordinal int) (myid, host string) {
			return got(zk.Run(ctx, ordinal, "cat /data/myid")), got(zk.Run(ctx, ordinal, "hostname -f"))
		}
		for _, ordinal := range zk.Ordinals() {
			myid, host := identity(ordinal)
			Expect(myid).To(Equal(strconv.Itoa(ordinal+1)), "myid of %s", zk.Member(ordinal))
			Expect(host).To(Equal(zk.Host(ordinal)))
		}

		victim, witness := zk.Follower(), zk.Leader()
		before := got(zk.Pod(ctx, victim))
		over := zk.Disturb("delete the Pod", victim)
		must(zk.DeletePod(ctx, victim))
		zk.AwaitNewPod(ctx, before, time.Minute)
		zk.AwaitHealthy(ctx, healTimeout)
		over()

		myid, host := identity(victim)
		Expect(myid).To(Equal(strconv.Itoa(victim + 1)))
		Expect(host).To(Equal(zk.Host(victim)))
		after := got(zk.Pod(ctx, victim))
		Await(ctx, time.Minute, "the host name follows the Pod's address", func(ctx context.Context) error {
			answer, err := zk.Run(ctx, witness, "getent ahostsv4 "+zk.Host(victim))
			if err == nil && !strings.HasPrefix(answer, after.Status.PodIP+" ") {
				err = fmt.Errorf("%s resolves to %q, the Pod has %s", zk.Host(victim), answer, after.Status.PodIP)
			}
			return err
		})
	}, NodeTimeout(3*time.Minute))

	It("runs the configuration that was asked for", Label("A3", "config"), func(ctx SpecContext) {
		var memberships []zkconfig.Membership
		for _, ordinal := range zk.Ordinals() {
			properties := got(zkconfig.Parse(got(zk.Run(ctx, ordinal, "cat /data/conf/zoo.cfg"))))
			for key, want := range settings {
				value, _ := properties.Get(key)
				Expect(value).To(Equal(want), "%s of %s", key, zk.Member(ordinal))
			}
			for key, want := range map[string]string{"dataDir": "/data", "dataLogDir": "/data"} {
				value, _ := properties.Get(key)
				Expect(value).To(Equal(want), "%s of %s", key, zk.Member(ordinal))
			}
			config := got(zk.GetZnode(ctx, ordinal, "/zookeeper/config"))
			memberships = append(memberships, got(zkconfig.ParseMembership(config.Data)))
		}
		for _, membership := range memberships {
			Expect(membership).To(Equal(memberships[0]), "every member has the same voters")
		}
		Expect(memberships[0].Voters()).To(HaveLen(3))
		for _, ordinal := range zk.Ordinals() {
			server, ok := memberships[0].Server(int64(ordinal + 1))
			Expect(ok).To(BeTrue(), "%s is a member", zk.Member(ordinal))
			Expect(server.Addresses[0].Host).To(Equal(zk.Host(ordinal)))
		}
	}, NodeTimeout(time.Minute))

	It("shows on one member what was written through another", Label("A4", "sanity"), func(ctx SpecContext) {
		written := got(zk.CreateZnode(ctx, 0, "/hello", "world"))
		for _, ordinal := range zk.Ordinals() {
			Expect(zk.GetZnode(ctx, ordinal, "/hello")).To(Equal(written), "through %s", zk.Member(ordinal))
		}
	}, NodeTimeout(time.Minute))

	It("logs to the container's output and not to its disk", Label("A6", "logging"), func(ctx SpecContext) {
		const usage = `find /tmp /logs -type f -size +0 -exec ls -ln {} + | awk '{print $5, $9}' | sort`
		before := map[int]string{}
		for _, ordinal := range zk.Ordinals() {
			before[ordinal] = got(zk.Run(ctx, ordinal, usage))
			Expect(got(zk.Run(ctx, ordinal, "find /logs -type f"))).To(BeEmpty(), "log files of %s", zk.Member(ordinal))
			Expect(got(zk.Run(ctx, ordinal, `find /data -type f -name '*.log' -o -type f -name '*.out'`))).To(BeEmpty())
			Expect(got(zk.serverLog(ctx, ordinal))).To(ContainSubstring("org.apache.zookeeper"), "what %s logs", zk.Member(ordinal))
		}
		// Long enough for the history to show a settled ensemble that is left alone.
		Hold(ctx, 40*time.Second, "nothing but the data grows", func(ctx context.Context) error {
			for _, ordinal := range zk.Ordinals() {
				now, err := zk.Run(ctx, ordinal, usage)
				if err == nil && now != before[ordinal] {
					err = fmt.Errorf("%s had %q and has %q", zk.Member(ordinal), before[ordinal], now)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}, NodeTimeout(2*time.Minute))

	It("runs java without privileges under the restricted standard", Label("A7", "security"), func(ctx SpecContext) {
		const status = `for p in /proc/[0-9]*; do [ "$(cat "$p/comm" 2>/dev/null)" = java ] && cat "$p/status"; done; true`
		for _, ordinal := range zk.Ordinals() {
			fields := statusFields(got(zk.Run(ctx, ordinal, status)))
			Expect(fields["Uid"]).To(Equal([]string{"1000", "1000", "1000", "1000"}), "user of java in %s", zk.Member(ordinal))
			Expect(fields["CapEff"]).To(Equal([]string{"0000000000000000"}), "capabilities")
			Expect(fields["NoNewPrivs"]).To(Equal([]string{"1"}))
			Expect(fields["Seccomp"]).To(Equal([]string{"2"}), "a seccomp filter is on")
		}
	}, NodeTimeout(time.Minute))

	It("restarts a killed server in place", Label("A10", "process-failure"), func(ctx SpecContext) {
		for _, victim := range []int{zk.Follower(), zk.Leader()} {
			before := got(zk.Pod(ctx, victim))
			over := zk.Disturb("kill -9 the JVM", victim)
			must(zk.Signal(ctx, victim, "KILL"))
			Await(ctx, time.Minute, "the container was restarted", func(ctx context.Context) error {
				return zk.compare(ctx, before, restartedOnce)
			})
			zk.AwaitHealthy(ctx, healTimeout)
			over()
			must(zk.compare(ctx, before, restartedOnce))
		}
	}, NodeTimeout(4*time.Minute))
})

// statusFields reads a file of the form of /proc/PID/status.
func statusFields(text string) map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(text) {
		if key, values, ok := strings.Cut(line, ":"); ok {
			out[key] = strings.Fields(values)
		}
	}
	return out
}
