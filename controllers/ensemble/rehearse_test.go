package ensemble

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// wasRehearsed reports whether an apply is a dry run, which writes nothing.
func wasRehearsed(opts []client.ApplyOption) bool {
	options := client.ApplyOptions{}
	options.ApplyOptions(opts)
	return slices.Contains(options.DryRun, "All")
}

// invalidSpecs are specifications that the schema accepts and of which the API server
// refuses an object as invalid, with what the status says of them.
var invalidSpecs = map[string]struct {
	change func(*v1alpha1.ZooKeeperEnsembleSpec)
	says   []string
}{
	"a negative user": {func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		s.Pod.SecurityContext = &corev1.PodSecurityContext{RunAsUser: new(int64(-1))}
	}, []string{"runAsUser", "between"}},
	"a variable without a source": {func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		s.Pod.Env = []corev1.EnvVar{{Name: "A", ValueFrom: &corev1.EnvVarSource{}}}
	}, []string{"env", "valueFrom"}},
	"a toleration with a very long key": {func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		s.Placement.Tolerations = []corev1.Toleration{{Key: strings.Repeat("k", 42<<10), Operator: corev1.TolerationOpExists}}
	}, []string{"tolerations", "must be no more than 63"}},
	"properties that no ConfigMap holds": {func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		s.Config = tooMuch()
	}, []string{"spec.config", "ConfigMap", "shorten the values"}},
}

// tooMuch are properties each of which is right, and which no ConfigMap holds.
func tooMuch() map[string]string {
	all := map[string]string{}
	for i := range 30 {
		all[fmt.Sprintf("authProvider.%d", i)] = strings.Repeat("\U0001F418", 4096)
	}
	return all
}

// A specification that the API server finds invalid changes nothing, is asked
// about once, and is healed by putting it right.
func TestASpecificationThatTheAPIServerFindsInvalidStalls(t *testing.T) {
	t.Parallel()
	for name, wrong := range invalidSpecs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(1, func(e *v1alpha1.ZooKeeperEnsemble) { wrong.change(&e.Spec) })
			o := w.operators[0]
			stalls := func() {
				t.Helper()
				w.untilStalls(e, v1alpha1.ReasonInvalidSpec)
				if !says(e, wrong.says...) {
					t.Errorf("the status must say %q: %s", wrong.says, e.Status.Activity)
				}
				writes, asked := w.writes(), o.faults.asked
				for range 5 {
					w.turn()
				}
				if now := w.writes(); now != writes || o.faults.asked != asked {
					t.Errorf("a specification that stays wrong was written %d times and asked about %d times", now-writes, o.faults.asked-asked)
				}
			}
			stalls()
			for _, done := range o.faults.done {
				if !strings.HasPrefix(done, "patch status") {
					t.Errorf("a wrong first specification must change nothing, and yet: %s", done)
				}
			}
			right := v1alpha1.ZooKeeperEnsembleSpec{Version: e.Spec.Version, Replicas: 1}
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec = right })
			w.rests(e)
			before, config := w.pods(), w.config()
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
				e.Spec.Config = map[string]string{"maxClientCnxns": "17"}
				wrong.change(&e.Spec)
			})
			stalls()
			if config != w.config() {
				t.Error("a wrong specification must not reach the StatefulSet")
			}
			w.untouched(before)
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec = right })
			w.rests(e)
			w.untouched(before)
		})
	}
}
