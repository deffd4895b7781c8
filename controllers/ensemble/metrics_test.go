package ensemble

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

const monitoringPage = "../../docs/operations/monitoring.md"

// TestEveryMetricIsDocumented compares the metrics that are exported, and their
// labels, with the table of the page about monitoring.
func TestEveryMetricIsDocumented(t *testing.T) {
	t.Parallel()
	documented := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(zookeeper_[a-z_]+)` \\|(.*?)\\|").FindAllStringSubmatch(read(t, monitoringPage), -1) {
		labels := slices.Clone(perEnsemble)
		if further := strings.Trim(row[2], " `"); further != "" {
			labels = append(labels, further)
		}
		documented[row[1]] = slices.Sorted(slices.Values(labels))
	}
	if diff := cmp.Diff(exported(t), documented); diff != "" {
		t.Errorf("%s has other metrics, or other labels, than are exported (-exported +page):\n%s", monitoringPage, diff)
	}
}

// TestTheAlertsNameWhatIsThere looks for every metric and every reason that the
// page about monitoring names. An alert on what is never exported never fires.
func TestTheAlertsNameWhatIsThere(t *testing.T) {
	t.Parallel()
	page, metrics := read(t, monitoringPage), exported(t)
	for _, name := range regexp.MustCompile(`zookeeper_ensemble_\w+`).FindAllString(page, -1) {
		if metrics[name] == nil {
			t.Errorf("%s names %s, which is not exported", monitoringPage, name)
		}
	}
	reasons := matches(t, "../../api/v1alpha1/reasons.go", `(?m)^\tReason[A-Za-z]+ += "([A-Za-z]+)"$`)
	selections := matches(t, monitoringPage, `reason!?=~?"([A-Za-z|]+)"`)
	if len(selections) == 0 {
		t.Errorf("%s selects no reason", monitoringPage)
	}
	for _, selection := range selections {
		for reason := range strings.SplitSeq(selection, "|") {
			if !slices.Contains(reasons, reason) {
				t.Errorf("%s selects the reason %s, which is never given", monitoringPage, reason)
			}
		}
	}
}

// exported collects the metrics of an ensemble, by name, with their labels. It is
// strict: what is collected must have been described.
func exported(t *testing.T) map[string][]string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(Collector{Reader: oneEnsemble{}}); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string][]string{}
	for _, family := range families {
		for _, label := range family.GetMetric()[0].GetLabel() {
			labels[family.GetName()] = append(labels[family.GetName()], label.GetName())
		}
	}
	return labels
}

// oneEnsemble lists an ensemble of which everything is known.
type oneEnsemble struct{ client.Reader }

func (oneEnsemble) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	e := v1alpha1.ZooKeeperEnsemble{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "zk"}}
	e.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonAsSpecified}}
	list.(*v1alpha1.ZooKeeperEnsembleList).Items = []v1alpha1.ZooKeeperEnsemble{e}
	return nil
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
