package ensemble

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// mounts reports whether a StatefulSet of the ensemble has a Pod for the member of a
// claim. The Pod mounts the claim by its name, whoever that belongs to.
func (seen *observed) mounts(c *claim) bool { return c.ordinal < seen.facts.LiveReplicas(c.group) }

// noteForeign notes a claim that has the name of one of ours and is not. It holds
// back the formation of an ensemble that would mount it, for it may be what remains
// of an earlier one, and later on the start of the member of its ordinal.
//
// What a member has mounted already holds its data, and is watched like the claims of
// the ensemble. One of an earlier ensemble, with which Kubernetes deletes it, stays as
// long as the Pod that was restored with it, and so holds nothing back.
func (seen *observed) noteForeign(c *claim) {
	f, mounted := &seen.facts, seen.mounts(c)
	if mounted {
		seen.borrowed = append(seen.borrowed, *c)
	}
	if c.group == plan.Observers && c.ordinal >= f.DesiredObservers {
		return // it is that of an ensemble of such a name, say
	}
	why := c.whyForeign(seen.ensemble)
	if seen.formation == nil {
		if !mounted || !c.isMeantFor(seen.ensemble) {
			seen.taken = errors.Join(seen.taken, why)
		}
		return
	}
	if c.group == plan.Observers {
		f.BlockedObservers = f.BlockedObservers.With(c.ordinal)
	} else {
		f.Blocked = f.Blocked.With(c.ordinal)
	}
	if !mounted {
		seen.blocked = errors.Join(seen.blocked, why)
	}
}

// whyForeign tells what keeps a claim from being the ensemble's, and the way out.
func (c *claim) whyForeign(e *v1alpha1.ZooKeeperEnsemble) error {
	way := fmt.Sprintf("kubectl label pvc %s %s=%s %s=%s %s", c.Name,
		v1alpha1.LabelEnsemble, e.Name, v1alpha1.LabelComponent, workload.ComponentOf(c.group == plan.Observers), managedBy())
	if c.isMeantFor(e) {
		way = fmt.Sprintf(`kubectl patch pvc %s --type=json -p '[{"op":"remove","path":"/metadata/ownerReferences"}]'`, c.Name)
	}
	return fmt.Errorf("volume claim %s exists and is not this ensemble's%s: remove it, or give the ensemble another name; "+
		"if it holds the data of this ensemble: %s", c.Name, c.owners(e), way)
}

// owners tells who owns a claim beside the ensemble, "" where nobody does.
func (c *claim) owners(e *v1alpha1.ZooKeeperEnsemble) string {
	var owners []string
	for _, o := range c.OwnerReferences {
		if o.UID != e.UID {
			owners = append(owners, o.Kind+" "+o.Name)
		}
	}
	if len(owners) == 0 {
		return ""
	}
	return ", but owned by " + strings.Join(owners, ", ")
}

// managedBy is the label by which the operator sees an object at all, as kubectl
// takes it.
func managedBy() string { return labels.FormatLabels(workload.ManagedLabels()) }
