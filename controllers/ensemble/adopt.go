package ensemble

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/drift"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// isOurs reports whether an object is this very ensemble's: by its controller, or
// where it has no owner at all by its labels.
func isOurs(e *v1alpha1.ZooKeeperEnsemble, o client.Object) bool {
	return metav1.IsControlledBy(o, e) || isOrphan(e, o)
}

// isOrphan reports whether an object bears every label that the operator gives to
// the ensemble's own and has no owner, as one that was restored from a backup: the
// owner's UID of then means nothing now, so that tools leave it out.
func isOrphan(e *v1alpha1.ZooKeeperEnsemble, o client.Object) bool {
	if len(o.GetOwnerReferences()) > 0 {
		return false
	}
	bears := o.GetLabels()
	for label, value := range labelsOf(e, o) {
		if bears[label] != value {
			return false
		}
	}
	return true
}

// labelsOf are the labels that the operator gives to an object of a kind and name.
func labelsOf(e *v1alpha1.ZooKeeperEnsemble, o client.Object) map[string]string {
	labels := workload.Labels(e.Name)
	switch _, isSet := o.(*appsv1.StatefulSet); {
	case isSet && o.GetName() == workload.ObserversName(e.Name):
		maps.Copy(labels, workload.ObserverSelector(e.Name))
	case isSet:
		maps.Copy(labels, workload.Selector(e.Name))
	}
	return labels
}

// noteOrphan notes an object without an owner that is to be adopted. One that could
// never become what the ensemble needs is as good as somebody else's, and why is
// what is returned.
func (r *Reconciler) noteOrphan(ctx context.Context, seen *observed, o client.Object) (why, err error) {
	switch o := o.(type) {
	case *appsv1.StatefulSet:
		why = workload.CheckAdoption(seen.ensemble, o)
	case *corev1.Secret:
		why, err = r.checkSuperuser(ctx, seen, o)
	}
	if why == nil && err == nil {
		seen.orphans = append(seen.orphans, o)
	}
	return why, err
}

// checkSuperuser says why a Secret is not the super user of the ensemble's members.
// Whoever may create Secrets could else make a super user of his own, and one that
// the members do not know would have all of them restarted.
func (r *Reconciler) checkSuperuser(ctx context.Context, seen *observed, secret *corev1.Secret) (why, err error) {
	digest := string(secret.Data[member.Digest])
	if (workload.Superuser{Password: string(secret.Data[workload.SuperuserPasswordKey])}).Digest() != digest {
		return fmt.Errorf("%s %s has no owner, and its password and digest do not belong together: "+
			"delete it, and it is made anew", kindName(secret), secret.Name), nil
	}
	pods, err := r.livePods(ctx, seen.ensemble)
	if err != nil {
		return nil, err
	}
	pods = slices.DeleteFunc(pods, func(pod corev1.Pod) bool { return !seen.runs(&pod) })
	known := slices.ContainsFunc(pods, func(pod corev1.Pod) bool {
		return pod.Annotations[workload.SuperuserHashAnnotation] == workload.SuperuserHash(digest)
	})
	if len(pods) > 0 && !known {
		return fmt.Errorf("%s %s has no owner and is not the super user that the members run with: "+
			"put that one back, or delete it, and it is made anew", kindName(secret), secret.Name), nil
	}
	return nil, nil
}

// runs reports whether a Pod is one of a member, and not only labelled like one.
func (seen *observed) runs(pod *corev1.Pod) bool {
	isOf := func(set *appsv1.StatefulSet) bool { return set != nil && metav1.IsControlledBy(pod, set) }
	return isOf(seen.statefulSet) || isOf(seen.observers)
}

// mayOwn reads the ensemble from the API server itself before anything becomes its own
// that has no owner. An operator may see an ensemble for a while that was deleted and
// let go of all that it had. What is given to it then is deleted with it, volumes
// included. And it may be another operator's by now.
func (r *Reconciler) mayOwn(ctx context.Context, seen *observed) error {
	gains := slices.ContainsFunc(seen.claims, func(c claim) bool { return c.isToBeOwned(seen.ensemble) })
	if len(seen.orphans) == 0 && !gains {
		return nil
	}
	if err := r.stillWanted(ctx, seen.ensemble); err != nil {
		return err
	}
	return r.stillOurs(ctx, seen.ensemble)
}

// adopt makes each object the ensemble's own that has its labels and no owner, unless
// somebody else has changed it since. It is then like any other: what differs in it
// from what is specified is put right in the next pass.
func (r *Reconciler) adopt(ctx context.Context, seen *observed, done *outcome) {
	for _, was := range seen.orphans {
		if done.note(r.adoptOne(ctx, seen.ensemble, was)) {
			done.adopted = append(done.adopted, kindName(was)+" "+was.GetName())
		}
	}
	if len(done.adopted) > 0 {
		log.FromContext(ctx).Info("Adopted objects without an owner", "objects", done.adopted)
	}
}

func (r *Reconciler) adoptOne(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble, was client.Object) error {
	is, ok := was.DeepCopyObject().(client.Object)
	if !ok {
		return fmt.Errorf("%T is no object", was)
	}
	setOwner(e, is)
	if err := drift.TakeOver(is, v1alpha1.FieldOwner); err != nil {
		return err
	}
	return r.patch(ctx, was, is)
}

// setOwner makes the ensemble the owner of an object that has none.
func setOwner(e *v1alpha1.ZooKeeperEnsemble, o client.Object) {
	if len(o.GetOwnerReferences()) == 0 {
		o.SetOwnerReferences([]metav1.OwnerReference{*metav1.NewControllerRef(e, v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))})
	}
}

// adoptedWords tell what was adopted in a pass.
func (done *outcome) adoptedWords() string {
	return "Adopted what has the ensemble's labels and no owner, as after a restore: " + strings.Join(done.adopted, ", ")
}
