package ensemble

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// rehearsals remembers, for each StatefulSet, what the API server said of its
// newest template, so that each template is asked about once. Forgetting it, as a
// restarted operator does, costs one more question.
type rehearsals struct{ of sync.Map } // rehearsed → verdict

type rehearsed struct {
	ensemble types.UID
	group    plan.Group
}

type verdict struct {
	template string
	invalid  error
}

// rehearse asks the API server whether it would take the StatefulSets, where their
// template is another one than they have. Only the API server knows all of what
// makes a Pod template valid, and a specification that it finds invalid must
// change nothing, not even the objects that would be written before. What it
// refuses for another reason than the template is told by the write itself.
func (r *Reconciler) rehearse(ctx context.Context, seen *observed) (invalid error) {
	if seen.facts.Paused {
		return nil
	}
	for group, set := range seen.sets() {
		template, differs := workload.NewTemplate(set.wanted, set.live)
		if !differs {
			continue
		}
		key := rehearsed{seen.ensemble.UID, plan.Group(group)}
		before, _ := r.rehearsals.of.Load(key)
		if known, ok := before.(verdict); ok && known.template == template {
			invalid = errors.Join(invalid, known.invalid)
			continue
		}
		err := r.tryOut(ctx, set.wanted, set.live)
		if why := invalidFields(err); err == nil || why != nil {
			r.rehearsals.of.Store(key, verdict{template, why})
			invalid = errors.Join(invalid, why)
		}
	}
	return invalid
}

// tryOut has the API server do everything but store a StatefulSet.
func (r *Reconciler) tryOut(ctx context.Context, wanted *appsv1ac.StatefulSetApplyConfiguration, live *appsv1.StatefulSet) error {
	text, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	trial := &appsv1ac.StatefulSetApplyConfiguration{} // a copy, because the answer is stored in it
	if err := json.Unmarshal(text, trial); err != nil {
		return err
	}
	version := unborn
	if live != nil {
		version = live.ResourceVersion
	}
	return r.Apply(ctx, trial.WithResourceVersion(version), client.FieldOwner(v1alpha1.FieldOwner), client.ForceOwnership, client.DryRunAll)
}

// invalidFields are the fields that the API server itself finds invalid, nil where
// there are none. An admission policy answers with the same code, and names no
// field: what it forbids today may be allowed tomorrow.
func invalidFields(err error) error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || !apierrors.IsInvalid(err) || status.Status().Details == nil {
		return nil
	}
	var found []string
	for _, cause := range status.Status().Details.Causes {
		if cause.Field != "" && cause.Type != metav1.CauseTypeFieldManagerConflict {
			found = append(found, cause.Field+": "+bothEnds(cause.Message))
		}
	}
	if len(found) == 0 {
		return nil
	}
	return fmt.Errorf("the API server finds the members' StatefulSet invalid; correct the specification: %s", strings.Join(found, "; "))
}

// bothEnds shortens a message in its middle: what is wrong is said at its end,
// after a value of any length.
func bothEnds(message string) string {
	const head, tail = 80, 240
	if len(message) <= head+tail {
		return message
	}
	return strings.ToValidUTF8(message[:head], "") + " … " + strings.ToValidUTF8(message[len(message)-tail:], "")
}
