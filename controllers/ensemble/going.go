package ensemble

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// An object that is being deleted is not written any more: Kubernetes takes no
// deletion back, so that whatever is written goes with it. It is told until it is
// gone, and then made anew. Nothing is made in a namespace that is being deleted.
var (
	errGoing          = errors.New("is being deleted, and is made anew once it is gone")
	errNamespaceGoing = errors.New("the namespace is being deleted: nothing is created in it any more")
)

// isGoing reports whether an object is being deleted.
func isGoing(o client.Object) bool { return o.GetDeletionTimestamp() != nil }

// goingOf tells of an object that is being deleted, and who holds it.
func goingOf(o client.Object) error {
	err := errGoing
	if held := o.GetFinalizers(); len(held) > 0 {
		err = fmt.Errorf("%w; its finalizers hold it: %s", errGoing, strings.Join(held, ", "))
	}
	return refusedFor(kindName(o), o.GetName(), err)
}

// isWaiting reports whether all that is left of an error is that something has to be
// gone first. That takes as long as it takes, and trying again sooner is of no use.
func isWaiting(err error) bool {
	var all refusals
	if !errors.As(err, &all) {
		all = refusals{err}
	}
	for _, err := range all {
		if !errors.Is(err, errGoing) && !errors.Is(err, errNamespaceGoing) {
			return false
		}
	}
	return true
}

// namespaceGoes reports whether the API server refused to create something because
// the namespace is being deleted.
func namespaceGoes(err error) bool {
	return apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause)
}
