package ensemble

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

var perEnsemble = []string{"namespace", "name"}

var (
	membersDesc = prometheus.NewDesc("zookeeper_ensemble_members",
		"Members of an ensemble by what the operator last saw of them.", append(perEnsemble, "health"), nil)
	conditionDesc = prometheus.NewDesc("zookeeper_ensemble_condition",
		"1 for the status that a condition has, 0 for the two others.", append(perEnsemble, "condition", "status"), nil)
	reasonDesc = prometheus.NewDesc("zookeeper_ensemble_reason_seconds",
		"Seconds for which a condition has had its status.", append(perEnsemble, "condition", "reason"), nil)
	outdatedDesc = prometheus.NewDesc("zookeeper_ensemble_outdated_members",
		"Voters whose Pod does not run the newest template.", perEnsemble, nil)
	terminatingDesc = prometheus.NewDesc("zookeeper_ensemble_terminating_claims",
		"Volume claims that are being deleted and that are not those of members that left.", perEnsemble, nil)
	generationDesc = prometheus.NewDesc("zookeeper_ensemble_generation",
		"Generation of the specification.", perEnsemble, nil)
	observedDesc = prometheus.NewDesc("zookeeper_ensemble_observed_generation",
		"Generation of the specification that the status is about.", perEnsemble, nil)
)

// Collector gives the metrics of all ensembles from the cache at the moment
// they are asked for, so that none is ever stale and none is left behind.
type Collector struct {
	// Reader reads the ensembles and their volume claims from the cache.
	Reader client.Reader
}

// collectDeadline bounds the reading of the cache.
const collectDeadline = 5 * time.Second

// Describe implements [prometheus.Collector].
func (c Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		membersDesc, conditionDesc, reasonDesc, outdatedDesc, terminatingDesc, generationDesc, observedDesc,
	} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c Collector) Collect(ch chan<- prometheus.Metric) {
	//nolint:forbidigo // Prometheus gives collectors no context.
	ctx, cancel := context.WithTimeout(context.Background(), collectDeadline)
	defer cancel()
	ensembles, claims := &v1alpha1.ZooKeeperEnsembleList{}, &corev1.PersistentVolumeClaimList{}
	if err := c.Reader.List(ctx, ensembles); err != nil {
		ch <- prometheus.NewInvalidMetric(conditionDesc, err)
		return
	}
	if err := c.Reader.List(ctx, claims, client.HasLabels{v1alpha1.LabelEnsemble}); err != nil {
		ch <- prometheus.NewInvalidMetric(terminatingDesc, err)
		return
	}
	terminating := countTerminating(claims.Items)
	for i := range ensembles.Items {
		e := &ensembles.Items[i]
		collect(ch, e, terminating[client.ObjectKeyFromObject(e)])
	}
}

// countTerminating counts for each ensemble the volume claims that are being deleted
// although a member needs them: those of members that left are meant to go.
func countTerminating(claims []corev1.PersistentVolumeClaim) map[types.NamespacedName]int {
	count := map[types.NamespacedName]int{}
	for i := range claims {
		if c := &claims[i]; c.DeletionTimestamp != nil && c.Labels[v1alpha1.LabelDeparted] == "" {
			count[types.NamespacedName{Namespace: c.Namespace, Name: c.Labels[v1alpha1.LabelEnsemble]}]++
		}
	}
	return count
}

func collect(ch chan<- prometheus.Metric, e *v1alpha1.ZooKeeperEnsemble, terminating int) {
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, append([]string{e.Namespace, e.Name}, labels...)...)
	}
	byHealth := map[v1alpha1.MemberHealth]int{}
	for _, m := range e.Status.Members {
		byHealth[m.Health]++
	}
	for _, health := range v1alpha1.MemberHealths {
		gauge(membersDesc, float64(byHealth[health]), string(health))
	}
	for _, kind := range v1alpha1.Conditions {
		c := cmp.Or(meta.FindStatusCondition(e.Status.Conditions, kind), &metav1.Condition{Status: metav1.ConditionUnknown})
		for _, status := range []metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown} {
			gauge(conditionDesc, oneIf(c.Status == status), kind, strings.ToLower(string(status)))
		}
		if c.Reason != "" {
			gauge(reasonDesc, time.Since(c.LastTransitionTime.Time).Seconds(), kind, c.Reason)
		}
	}
	gauge(outdatedDesc, float64(e.Status.Replicas-e.Status.UpdatedReplicas))
	gauge(terminatingDesc, float64(terminating))
	gauge(generationDesc, float64(e.Generation))
	gauge(observedDesc, float64(e.Status.ObservedGeneration))
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
