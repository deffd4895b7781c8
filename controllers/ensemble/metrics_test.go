package ensemble

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
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
		for _, further := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(row[2], -1) {
			labels = append(labels, further[1])
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
	selections := matches(t, monitoringPage, `reason[=!~]+"([A-Za-z|]+)"`)
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

// exported are the metrics of an ensemble, by name, with their labels.
func exported(t *testing.T) map[string][]string {
	t.Helper()
	e := whole().ensemble
	e.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonAsSpecified}}
	labels := map[string][]string{}
	for name, samples := range scrape(t, cached{ensemble: e}) {
		labels[name] = slices.Sorted(maps.Keys(samples[0].labels))
	}
	return labels
}

// sample is one value of a metric.
type sample struct {
	labels map[string]string
	value  float64
}

// cached is a cache of one ensemble and of its volume claims.
type cached struct {
	client.Reader

	ensemble *v1alpha1.ZooKeeperEnsemble
	claims   []corev1.PersistentVolumeClaim
}

func (c cached) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	switch list := list.(type) {
	case *v1alpha1.ZooKeeperEnsembleList:
		list.Items = []v1alpha1.ZooKeeperEnsemble{*c.ensemble}
	case *corev1.PersistentVolumeClaimList:
		list.Items = c.claims
	default:
		return fmt.Errorf("%T is not cached", list)
	}
	return nil
}

// scrape asks an operator for its metrics, by their names. It is strict: what is
// collected must have been described.
func scrape(t *testing.T, cache cached) map[string][]sample {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(Collector{Reader: cache}); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	samples := map[string][]sample{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			s := sample{labels: map[string]string{}, value: metric.GetGauge().GetValue()}
			for _, label := range metric.GetLabel() {
				s.labels[label.GetName()] = label.GetValue()
			}
			samples[family.GetName()] = append(samples[family.GetName()], s)
		}
	}
	return samples
}

// claimOf is a volume claim of the ensemble zk, with further labels.
func claimOf(name string, going bool, further map[string]string) corev1.PersistentVolumeClaim {
	c := corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{
		Namespace: "default", Name: name, Labels: map[string]string{v1alpha1.LabelEnsemble: "zk"},
	}}
	if going {
		c.DeletionTimestamp = new(metav1.Now())
	}
	maps.Copy(c.Labels, further)
	return c
}

// Of the three statuses that a condition can have each has a value, so that what is
// not known is not taken for what is false.
func TestMetricsTellTheUnknownFromTheFalse(t *testing.T) {
	t.Parallel()
	e := &v1alpha1.ZooKeeperEnsemble{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "zk"}}
	e.Status.Conditions = []metav1.Condition{
		{Type: v1alpha1.ConditionAvailable, Status: metav1.ConditionUnknown, Reason: v1alpha1.ReasonMembersUnreachable},
		{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonWriteRefused},
		{Type: v1alpha1.ConditionReconciling, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonWriteRefused},
	}
	samples := scrape(t, cached{ensemble: e})
	got := map[string]string{}
	for _, s := range samples["zookeeper_ensemble_condition"] {
		if s.value == 1 {
			got[s.labels["condition"]] += s.labels["status"]
		}
	}
	want := map[string]string{
		"Available": "unknown", "Ready": "false", "Reconciling": "true", "Stalled": "unknown", "FaultTolerant": "unknown",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the statuses of the conditions (-want +got):\n%s", diff)
	}
	if all := len(samples["zookeeper_ensemble_condition"]); all != 3*len(v1alpha1.Conditions) {
		t.Errorf("%d values of conditions, want one for each status", all)
	}
	reasons := map[string]string{}
	for _, s := range samples["zookeeper_ensemble_reason_seconds"] {
		reasons[s.labels["condition"]] += s.labels["reason"]
	}
	want = map[string]string{"Available": "MembersUnreachable", "Ready": "WriteRefused", "Reconciling": "WriteRefused"}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("the reasons of the conditions (-want +got):\n%s", diff)
	}
}

// A claim that is being deleted is counted for its own ensemble, unless its member
// has left.
func TestMetricsCountTheClaimsThatGo(t *testing.T) {
	t.Parallel()
	e := &v1alpha1.ZooKeeperEnsemble{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "zk"}}
	elsewhere := claimOf("data-zk-0", true, nil)
	elsewhere.Namespace = "other"
	samples := scrape(t, cached{ensemble: e, claims: []corev1.PersistentVolumeClaim{
		claimOf("data-zk-0", false, nil), claimOf("data-zk-1", true, nil), claimOf("log-zk-1", true, nil), elsewhere,
		claimOf("data-zk-4", true, map[string]string{v1alpha1.LabelDeparted: "true"}),
		claimOf("data-zk-5", true, map[string]string{v1alpha1.LabelEnsemble: "else"}),
	}})["zookeeper_ensemble_terminating_claims"]
	if len(samples) != 1 || samples[0].value != 2 {
		t.Errorf("got %v, want two claims", samples)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
