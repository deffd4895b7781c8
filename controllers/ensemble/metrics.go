package ensemble

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

var perEnsemble = []string{"namespace", "name"}

var (
	membersDesc = prometheus.NewDesc("zookeeper_ensemble_members",
		"Members of an ensemble by what the operator last saw of them.", append(perEnsemble, "health"), nil)
	availableDesc = prometheus.NewDesc("zookeeper_ensemble_available",
		"1 while a majority of the voters serves and commits, 0 while it does not or is not known to.", perEnsemble, nil)
	outdatedDesc = prometheus.NewDesc("zookeeper_ensemble_outdated_members",
		"Members whose Pod does not run the newest template.", perEnsemble, nil)
	reasonDesc = prometheus.NewDesc("zookeeper_ensemble_reason_seconds",
		"Seconds for which the condition Ready has had its status.", append(perEnsemble, "reason"), nil)
	generationDesc = prometheus.NewDesc("zookeeper_ensemble_generation",
		"Generation of the specification.", perEnsemble, nil)
	observedDesc = prometheus.NewDesc("zookeeper_ensemble_observed_generation",
		"Generation of the specification that the status is about.", perEnsemble, nil)
)

// Collector gives the metrics of all ensembles from the cache at the moment
// they are asked for, so that none is ever stale and none is left behind.
type Collector struct {
	// Reader reads the ensembles from the cache.
	Reader client.Reader
}

// collectDeadline bounds the reading of the cache.
const collectDeadline = 5 * time.Second

// Describe implements [prometheus.Collector].
func (c Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{membersDesc, availableDesc, outdatedDesc, reasonDesc, generationDesc, observedDesc} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c Collector) Collect(ch chan<- prometheus.Metric) {
	//nolint:forbidigo // Prometheus gives collectors no context.
	ctx, cancel := context.WithTimeout(context.Background(), collectDeadline)
	defer cancel()
	list := &v1alpha1.ZooKeeperEnsembleList{}
	if err := c.Reader.List(ctx, list); err != nil {
		ch <- prometheus.NewInvalidMetric(availableDesc, err)
		return
	}
	for i := range list.Items {
		collect(ch, &list.Items[i])
	}
}

func collect(ch chan<- prometheus.Metric, e *v1alpha1.ZooKeeperEnsemble) {
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
	available := 0.0
	if meta.IsStatusConditionTrue(e.Status.Conditions, v1alpha1.ConditionAvailable) {
		available = 1
	}
	gauge(availableDesc, available)
	gauge(outdatedDesc, float64(e.Status.Replicas-e.Status.UpdatedReplicas))
	if ready := meta.FindStatusCondition(e.Status.Conditions, v1alpha1.ConditionReady); ready != nil {
		gauge(reasonDesc, time.Since(ready.LastTransitionTime.Time).Seconds(), ready.Reason)
	}
	gauge(generationDesc, float64(e.Generation))
	gauge(observedDesc, float64(e.Status.ObservedGeneration))
}
