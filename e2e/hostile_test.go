//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// mebibyte is how long an answer to mntr once had to be for nobody to read it.
const mebibyte = 1 << 20

var _ = Describe("An ensemble among hostile clients and neighbours", Ordered, ContinueOnFailure, full, func() {
	zk := Running("besieged")

	It("stays ready with 5,000 names at the root, and rolls", Label("C3", "hostile"), func(ctx SpecContext) {
		before, from := zk.pods(ctx), time.Now()
		// In parts, each of which a command in a Pod has time for on a slow machine.
		for first := 0; first < 5000; first += 500 {
			got(zk.askProbe(ctx, "crowd", zk.clientOf(zk.Member(zk.Follower())), strconv.Itoa(first), "500"))
		}
		for _, ordinal := range zk.Ordinals() {
			Expect(zk.lengthOfMonitor(ctx, ordinal)).To(BeNumerically(">", mebibyte), "what %s says of itself", zk.Member(ordinal))
		}
		// As long as a readiness probe needs to fail, and the status to follow.
		Hold(ctx, 30*time.Second, "every member is asked and stays", zk.allUntouched(before))
		zk.expectCalm(from)
		zk.expectRoll(ctx, func() error { return zk.Change(ctx, CPU("60m")) })
	}, NodeTimeout(10*time.Minute))

	It("stays ready under a flood on every open port", Label("C3", "hostile"), func(ctx SpecContext) {
		before, from := zk.pods(ctx), time.Now()
		floods := []struct {
			name string
			each int
			port int32
		}{
			{"flood-clients", 120, v1alpha1.ClientPort}, // more than a server takes from one address
			{"flood-agents", 540, v1alpha1.AgentPort},   // more than an agent keeps
			{"flood-quorum", 20, v1alpha1.QuorumPort},   // which the leader alone has open
			{"flood-elections", 20, v1alpha1.ElectionPort},
		}
		for _, flood := range floods {
			args := []string{"flood", strconv.Itoa(int(floodLength.Seconds())), strconv.Itoa(flood.each)}
			must(zk.startVisitor(ctx, flood.name, append(args, zk.everyPort(flood.port)...)...))
		}
		for _, flood := range floods {
			for _, tide := range zk.awaitFlood(ctx, flood.name) {
				tell("%+v", tide)
				// Only the port for clients is open on a network that enforces policies.
				if flood.port == v1alpha1.ClientPort || tide.Opened > 0 {
					Expect(tide.Opened).To(BeNumerically(">=", flood.each), "connections to %s", tide.Address)
				}
			}
		}
		must(zk.allUntouched(before)(ctx))
		zk.expectCalm(from)
		zk.expectWritesWentOn(from)
	}, NodeTimeout(6*time.Minute))

	It("is looked after beside members that answer garbage of any length", Label("C3", "hostile"), func(ctx SpecContext) {
		image := strings.TrimSpace(got(script(ctx, "hostile-image.sh", nil)))
		before, from := zk.pods(ctx), time.Now()
		var liars []*Ensemble
		for kind := range never {
			liar := Unwatched(NewNamespace(ctx, "liars"), kind, Image(image), Hostile(kind))
			must(liar.Create(ctx))
			liars = append(liars, liar)
		}
		var most int64
		Await(ctx, 5*time.Minute, "everything that is hostile was said to the operator", func(ctx context.Context) error {
			var unsaid error
			for _, liar := range liars {
				must(errors.Join(liar.isNot(ctx, never[liar.Name]...), liar.isPlain(ctx)))
				unsaid = errors.Join(unsaid, liar.saidAll(ctx))
			}
			used, limit := zk.cluster.operatorMemory(ctx)
			most = max(most, used)
			Expect(used).To(BeNumerically("<", limit), "memory of the operator")
			return unsaid
		})
		AddReportEntry("most memory of the operator", fmt.Sprintf("%d MiB", most>>20), ReportEntryVisibilityAlways)
		Expect(zk.operatorGone(ctx)).To(BeEmpty())
		must(zk.allUntouched(before)(ctx))
		zk.expectCalm(from)
		zk.expectRoll(ctx, func() error { return zk.Change(ctx, CPU("50m")) })
	}, NodeTimeout(10*time.Minute))
})

// never are the conditions that are never true of an ensemble of hostile members,
// by the kind of these. Those that only invent members commit as a leader does, and
// so clients are served.
var never = map[string][]string{
	"words":    {v1alpha1.ConditionReady, v1alpha1.ConditionAvailable},
	"sessions": {v1alpha1.ConditionReady, v1alpha1.ConditionAvailable},
	"silence":  {v1alpha1.ConditionReady, v1alpha1.ConditionAvailable},
	"members":  {v1alpha1.ConditionReady},
}

// floodLength is longer than a readiness probe needs to fail, twice, and than the
// status may lag behind.
const floodLength = 40 * time.Second

// Hostile makes the members of an ensemble of the hostile image hostile in a way,
// and small.
func Hostile(kind string) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		s.Pod.Env = []corev1.EnvVar{{Name: "HOSTILE", Value: kind}}
		small := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("32Mi")}
		s.Pod.Resources = corev1.ResourceRequirements{Requests: small, Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("128Mi")}}
	}
}

// lengthOfMonitor is the length of what a server answers to mntr.
func (e *Ensemble) lengthOfMonitor(ctx context.Context, ordinal int) (int, error) {
	const ask = `exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/2181 && printf mntr >&3 && wc -c <&3'`
	out, err := e.Run(ctx, ordinal, ask)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(out)
}

// everyPort are the addresses of a port of all members.
func (e *Ensemble) everyPort(port int32) []string {
	var out []string
	for _, name := range e.Members() {
		out = append(out, fmt.Sprintf("%s.:%d", e.hostOf(name), port))
	}
	return out
}

// awaitFlood waits until a flood is over, and returns what became of it.
func (e *Ensemble) awaitFlood(ctx context.Context, name string) []history.Tide {
	GinkgoHelper()
	Await(ctx, floodLength+time.Minute, name+" is over", func(ctx context.Context) error {
		pod, err := e.podNamed(ctx, name)
		if err == nil && pod.Status.Phase != corev1.PodSucceeded {
			err = fmt.Errorf("it is %s", pod.Status.Phase)
		}
		return err
	})
	printed := got(e.cluster.Kube.CoreV1().Pods(e.Namespace).GetLogs(name, &corev1.PodLogOptions{}).DoRaw(ctx))
	return got(decodeAll[history.Tide](printed))
}

// expectCalm expects that since a moment every Pod was seen ready all the time, and
// that the status said of no moment that the ensemble was not.
func (e *Ensemble) expectCalm(from time.Time) {
	GinkgoHelper()
	for _, entry := range e.Log.Entries() {
		switch {
		case entry.At.Before(from):
		case entry.Kind == history.Pod:
			Expect(entry.PodState.Ready).To(BeTrue(), "%s is ready at %s", entry.Member, entry.At)
		case entry.Kind == history.Status:
			for _, condition := range []string{v1alpha1.ConditionAvailable, v1alpha1.ConditionReady} {
				Expect(entry.Status.Conditions).To(HaveKeyWithValue(condition, "True"), "at %s: %s", entry.At, entry.Status.Activity)
			}
		default:
		}
	}
	Expect(e.Since(from).LeaderChanges).To(BeZero())
}

// isPlain finds nothing while all that is said of an ensemble is short and can be
// shown to people.
func (e *Ensemble) isPlain(ctx context.Context) error {
	live, err := e.Get(ctx)
	if err != nil {
		return err
	}
	texts := append([]string{live.Status.Activity, live.Status.Version, live.Status.Leader}, live.Status.Warnings...)
	for _, c := range live.Status.Conditions {
		texts = append(texts, c.Reason, c.Message)
	}
	var events corev1.EventList
	if err := e.cluster.Client.List(ctx, &events, client.InNamespace(e.Namespace)); err != nil {
		return err
	}
	for _, event := range events.Items {
		if event.InvolvedObject.Kind == "ZooKeeperEnsemble" {
			texts = append(texts, event.Reason, event.Message)
		}
	}
	for _, text := range texts {
		unprintable := func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }
		if len(text) > 1024 || strings.ContainsFunc(text, unprintable) {
			return fmt.Errorf("of %s is said: %q", e.Name, text)
		}
	}
	return nil
}

// saidAll finds nothing once the members of a hostile ensemble have said everything
// that they know to somebody outside of their Pods. Nobody but the operator asks
// them.
func (e *Ensemble) saidAll(ctx context.Context) error {
	known, told := map[string]bool{}, map[string]bool{}
	for _, ordinal := range e.Ordinals() {
		log, err := e.serverLog(ctx, ordinal)
		if err != nil {
			return err
		}
		for line := range strings.Lines(log) {
			line = strings.TrimSpace(line)
			if name, ok := strings.CutPrefix(line, "hostile: knows: "); ok {
				known[name] = true
			}
			if name, ok := strings.CutPrefix(line, "hostile: told: "); ok {
				told[name] = true
			}
		}
	}
	var unsaid []string
	for name := range known {
		if !told[name] {
			unsaid = append(unsaid, name)
		}
	}
	if len(known) == 0 || len(unsaid) > 0 {
		slices.Sort(unsaid)
		return fmt.Errorf("%s: %d things were said, and not %q", e.Name, len(told), unsaid)
	}
	return nil
}
