package ensemble

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// keeper is the operator that the ensemble names, "" where it names none. What was
// restored and is not adopted yet has no say beside what has an owner.
func (w *world) keeper() string {
	w.Helper()
	set, record := &appsv1.StatefulSet{}, &corev1.ConfigMap{}
	w.get("zk", set)
	w.get(workload.FormationName("zk"), record)
	for _, restored := range []bool{false, true} {
		for _, o := range []client.Object{set, record} {
			if name := o.GetAnnotations()[v1alpha1.AnnotationOperator]; name != "" && (len(o.GetOwnerReferences()) == 0) == restored {
				return name
			}
		}
	}
	return ""
}

// allowed judges that an operator writes nothing but the status of an ensemble that
// another one keeps. One that is told to take over may say so, and any of them closes
// a formation record that was restored open. What a cache that
// lags behind lets an operator put right a moment too long is not judged, as long as
// it takes nothing away and changes no size.
func (j *judge) allowed(by *operator, a attempt, do func() error) error {
	j.w.Helper()
	keeper, settings := j.w.keeper(), by.r.Settings
	lags := by.view.chance != nil && !slices.Contains([]string{"Pod", "PersistentVolumeClaim", "StatefulSet"}, a.kind)
	if keeper == "" || keeper == settings.Operator() || a.verb == "patch status" || lags {
		return do()
	}
	wasOpen := j.restoredOpen()
	err := do()
	if a.kind == "ConfigMap" && wasOpen && !j.restoredOpen() {
		return err
	}
	if now := j.w.keeper(); err == nil && (!settings.TakeOver || now != settings.Operator()) {
		j.breaks("%s wrote %q of an ensemble that %s keeps", settings.Operator(), a, keeper)
	}
	return err
}

// restoredOpen reports whether there is a formation record that was restored open and
// not adopted.
func (j *judge) restoredOpen() bool {
	record := &corev1.ConfigMap{}
	return j.w.get(workload.FormationName("zk"), record) && len(record.OwnerReferences) == 0 && isOpenRecord(record)
}

// second is another installation than that of the world.
func second(s *Settings) { s.Namespace, s.Release = "elsewhere", "second" }

// taking is told to take over.
func taking(s *Settings) { s.TakeOver = true }

// handOver does what the command says that hands an ensemble over.
func (w *world) handOver(to string) {
	w.Helper()
	w.editSet("zk", func(set *appsv1.StatefulSet) {
		metav1.SetMetaDataAnnotation(&set.ObjectMeta, v1alpha1.AnnotationOperator, to)
	})
}

// silences lets an operator wait no longer for what the other one says.
func (o *operator) silences() {
	o.r.stances.of.Range(func(key, value any) bool {
		s := value.(stance)
		s.since = s.since.Add(-2 * silence)
		o.r.stances.of.Store(key, s)
		return true
	})
}
