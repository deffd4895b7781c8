package controllers

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble"
	"github.com/zkensemble/zookeeper-operator/controllers/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/workload"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// observed is everything that one pass saw. Decision, actions, conditions and
// events all rest on this one observation.
type observed struct {
	ensemble *v1alpha1.ZooKeeperEnsemble

	statefulSet *appsv1.StatefulSet // nil when there is none
	formation   *corev1.ConfigMap   // nil when there is none
	record      *corev1.ConfigMap   // members record, nil when there is none
	superuser   *corev1.Secret      // nil when there is none
	members     []member            // by ordinal

	wanted   workload.Objects // what the objects should be, empty while the specification is invalid
	ordinary []ordinary       // all of them but the StatefulSet, beside what they are
	invalid  error            // why the specification cannot be carried out
	warnings []string         // what is unwise in the specification
	taken    error            // which object belongs to something else

	founders  zkconfig.Membership // of the formation record
	recorded  zkconfig.Membership // of the members record
	committed zkconfig.Membership // as read in this pass, if it was

	facts plan.Observation
}

// observe looks at the Kubernetes objects, then asks the members.
func (r *Reconciler) observe(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) (*observed, error) {
	seen := &observed{ensemble: e}
	if err := r.observeObjects(ctx, seen); err != nil {
		return nil, err
	}
	if err := r.observePods(ctx, seen); err != nil {
		return nil, err
	}
	r.askMembers(ctx, seen)
	r.askQuorum(ctx, seen)
	return seen, nil
}

// observeObjects reads the objects of the ensemble. Where the cache knows none,
// the API server itself is asked, because the formation record and objects of
// other owners must never be overlooked.
func (r *Reconciler) observeObjects(ctx context.Context, seen *observed) error {
	e, f := seen.ensemble, &seen.facts
	var err error
	if seen.statefulSet, err = find(ctx, r, seen, e.Name, &appsv1.StatefulSet{}); err != nil {
		return err
	}
	if seen.formation, err = find(ctx, r, seen, workload.FormationName(e.Name), &corev1.ConfigMap{}); err != nil {
		return err
	}
	if seen.record, err = find(ctx, r, seen, workload.MembersName(e.Name), &corev1.ConfigMap{}); err != nil {
		return err
	}
	// Secrets are never cached, so this one is read live.
	if seen.superuser, err = find(ctx, r, seen, workload.SuperuserName(e.Name), &corev1.Secret{}); err != nil {
		return err
	}
	f.Paused = e.Spec.Mode == v1alpha1.ModePause
	f.Desired = e.Spec.Replicas
	if seen.statefulSet != nil {
		f.Replicas = *seen.statefulSet.Spec.Replicas
	}
	if err := r.observeRecords(ctx, seen); err != nil {
		return err
	}
	if err := r.observeWanted(ctx, seen); err != nil {
		return err
	}
	f.NameTaken = seen.taken != nil
	return nil
}

// find reads an object, from the cache or else live. It returns nil when there
// is none or when it belongs to something else, which it notes.
func find[T client.Object](ctx context.Context, r *Reconciler, seen *observed, name string, into T) (T, error) {
	var none T
	key := client.ObjectKey{Namespace: seen.ensemble.Namespace, Name: name}
	err := r.Get(ctx, key, into)
	if apierrors.IsNotFound(err) {
		err = r.Live.Get(ctx, key, into)
	}
	switch {
	case apierrors.IsNotFound(err):
		return none, nil
	case err != nil:
		return none, err
	case !metav1.IsControlledBy(into, seen.ensemble):
		seen.taken = errors.Join(seen.taken, takenBy(seen.ensemble, into))
		return none, nil
	}
	return into, nil
}

// takenBy tells a person whose object stands in the way.
func takenBy(e *v1alpha1.ZooKeeperEnsemble, o client.Object) error {
	if ref := metav1.GetControllerOf(o); ref != nil && ref.Kind == v1alpha1.Kind && ref.Name == e.Name {
		return fmt.Errorf("%T %s is left from an earlier ensemble of this name and is waited for to be gone", o, o.GetName())
	}
	return fmt.Errorf("%T %s exists and is not this ensemble's: remove or rename it, or give the ensemble another name", o, o.GetName())
}

// observeRecords reads the formation record and the members record, and what
// remains of an earlier ensemble where there is no formation record.
func (r *Reconciler) observeRecords(ctx context.Context, seen *observed) error {
	f := &seen.facts
	volumes, err := r.volumes(ctx, seen)
	if err != nil {
		return err
	}
	f.Volumes = volumes
	if seen.formation == nil {
		f.Formation = plan.Missing
		f.Remains = volumes > 0 || seen.statefulSet != nil || seen.record != nil
	} else {
		if seen.formation.Data[workload.FormationStateKey] == string(workload.FormationOpen) {
			f.Formation = plan.Open
		}
		if seen.founders, err = zkconfig.ParseMembership(seen.formation.Data[workload.FormationServersKey]); err != nil {
			return fmt.Errorf("formation record: %w", err)
		}
		f.Founders = int32(len(seen.founders.Voters()))
	}
	if seen.record != nil {
		if seen.recorded, err = zkconfig.ParseMembership(seen.record.Data[workload.MembershipKey]); err != nil {
			return fmt.Errorf("members record: %w", err)
		}
		f.Record = membership(seen.recorded)
	}
	return nil
}

// membership tells the planner what it needs to know of a configuration.
func membership(m zkconfig.Membership) *plan.Membership {
	highest := int32(0)
	for _, s := range m.Voters() {
		highest = max(highest, int32(s.ID-workload.VoterID(0)))
	}
	return &plan.Membership{Version: m.Version, Voters: len(m.Voters()), Highest: highest}
}

// volumes returns the highest ordinal with a data volume claim, plus one. The
// list is live where it decides whether an ensemble may be formed.
func (r *Reconciler) volumes(ctx context.Context, seen *observed) (int32, error) {
	var reader client.Reader = r
	if seen.formation == nil {
		reader = r.Live
	}
	claims := &corev1.PersistentVolumeClaimList{}
	if err := reader.List(ctx, claims, client.InNamespace(seen.ensemble.Namespace)); err != nil {
		return 0, err
	}
	next := int32(0)
	for i := range claims.Items {
		if ordinal, ok := ordinalIn(claims.Items[i].Name, workload.DataClaimName(seen.ensemble.Name, 0)); ok {
			next = max(next, ordinal+1)
		}
	}
	return next, nil
}

// ordinalIn reads the ordinal from a name of the form of first, which ends in
// the ordinal 0.
func ordinalIn(name, first string) (int32, bool) {
	digits, ok := strings.CutPrefix(name, strings.TrimSuffix(first, "0"))
	if !ok || (len(digits) > 1 && digits[0] == '0') {
		return 0, false
	}
	ordinal, err := strconv.ParseUint(digits, 10, 16)
	return int32(ordinal), err == nil
}

// observePods finds the Pod of each member that should exist or does.
func (r *Reconciler) observePods(ctx context.Context, seen *observed) error {
	pods := &corev1.PodList{}
	err := r.List(ctx, pods, client.InNamespace(seen.ensemble.Namespace),
		client.MatchingLabels(workload.Selector(seen.ensemble.Name)))
	if err != nil {
		return err
	}
	byOrdinal := map[int32]*corev1.Pod{}
	size := max(seen.facts.Replicas, seen.facts.Founders)
	for i := range pods.Items {
		pod := &pods.Items[i]
		ordinal, ok := ordinalIn(pod.Name, workload.PodName(seen.ensemble.Name, 0))
		if !ok || seen.statefulSet == nil || !metav1.IsControlledBy(pod, seen.statefulSet) {
			continue
		}
		byOrdinal[ordinal] = pod
		size = max(size, ordinal+1)
	}
	if seen.facts.Record != nil {
		size = max(size, seen.facts.Record.Size())
	}
	for ordinal := range size {
		m := member{id: workload.VoterID(ordinal), pod: byOrdinal[ordinal]}
		m.Ordinal = ordinal
		m.Voter = votes(seen, m.id)
		m.Revision = revision(seen.statefulSet, m.pod)
		switch {
		case m.pod == nil:
			m.Pod = plan.NoPod
		case m.pod.DeletionTimestamp != nil:
			m.Pod = plan.Going
		default:
			m.Pod = plan.Present
		}
		seen.members = append(seen.members, m)
	}
	return nil
}

// votes says whether a server is a voter on record. Where nothing is on record
// every member counts, so that none is overlooked.
func votes(seen *observed, id int64) bool {
	switch {
	case seen.record != nil:
		return seen.recorded.Voter(id)
	case len(seen.founders.Servers) > 0:
		return seen.founders.Voter(id)
	default:
		return true
	}
}

// revision compares a Pod with what its StatefulSet would create. A Pod that
// does not exist will be created as it should be.
func revision(sts *appsv1.StatefulSet, pod *corev1.Pod) plan.Revision {
	switch {
	case pod == nil:
		return plan.Current
	case sts == nil || sts.Status.ObservedGeneration < sts.Generation || sts.Status.UpdateRevision == "":
		return plan.UnknownRevision
	case pod.Labels[appsv1.ControllerRevisionHashLabelKey] == sts.Status.UpdateRevision:
		return plan.Current
	default:
		return plan.Outdated
	}
}

// askMembers asks every member that has an address, all at once.
func (r *Reconciler) askMembers(ctx context.Context, seen *observed) {
	var targets []ensemble.Target
	for i := range seen.members {
		if m := &seen.members[i]; m.pod != nil && m.pod.Status.PodIP != "" {
			targets = append(targets, m.target())
		}
	}
	for _, report := range r.Members.Ask(ctx, targets) {
		m := &seen.members[report.Ordinal]
		m.report = report
		if agent := report.Agent; agent != nil && agent.PodUID == string(m.pod.UID) {
			// Only a grant that was used and saved can no longer be lost.
			m.Granted = agent.Granted && agent.Saved
		}
	}
	limit := patience(seen.ensemble)
	shutOut := servingMajority(seen)
	for i := range seen.members {
		m := &seen.members[i]
		m.Health = health(m, shutOut, limit)
		m.NeedsNewPod = needsNewPod(m.pod)
		seen.facts.Members = append(seen.facts.Members, m.Member)
	}
}

// askQuorum asks the quorum what it committed and whether it commits, each
// only where the answer is not known already: a settled ensemble is left alone.
func (r *Reconciler) askQuorum(ctx context.Context, seen *observed) {
	f := &seen.facts
	leader := seen.leader()
	if leader == nil {
		return
	}
	f.Commits = r.proofs.commits(ctx, r.Members, seen)
	f.Doubted = f.Record == nil || leader.report.QuorumSize != f.Record.Voters
	if !f.Doubted || !f.Commits {
		return
	}
	committed, err := r.Members.Membership(ctx, leader.target().ClientAddr)
	if err != nil {
		return // the decision says that the membership could not be read
	}
	seen.committed = committed
	f.Committed = membership(committed)
}

// leader returns the one member that leads, or nil.
func (seen *observed) leader() *member {
	var leader *member
	for i := range seen.members {
		if seen.members[i].Health != plan.Leading {
			continue
		}
		if leader != nil {
			return nil
		}
		leader = &seen.members[i]
	}
	return leader
}

// serving returns the voters that serve.
func (seen *observed) serving() []*member {
	var serving []*member
	for i := range seen.members {
		if m := &seen.members[i]; m.Voter && m.Health >= plan.Following {
			serving = append(serving, m)
		}
	}
	return serving
}

// patience is how long a server may serve nobody beside a serving majority
// before it counts as down: twice initLimit × tickTime. A healthy server that
// was elected by nobody else waits for followers that long before it looks for
// the leader, and then needs a while to get in sync.
func patience(e *v1alpha1.ZooKeeperEnsemble) time.Duration {
	properties := workload.Properties(e)
	number := func(key string) time.Duration {
		text, _ := properties.Get(key)
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0
		}
		return time.Duration(n)
	}
	return max(2*number("tickTime")*number("initLimit")*time.Millisecond, leastPatience)
}

// leastPatience bounds the patience from below, whatever was configured.
const leastPatience = 30 * time.Second

// servingMajority is for how long one leader has led, if it serves with a
// majority of the voters by its own count, and otherwise 0.
func servingMajority(seen *observed) time.Duration {
	for i := range seen.members {
		r := &seen.members[i].report
		if r.Serving && r.Role == ensemble.Leader && r.QuorumSize > 0 &&
			1+r.SyncedFollowers-r.SyncedNonVoting >= zkconfig.Majority(r.QuorumSize) {
			return r.LeaderUptime
		}
	}
	return 0
}
