package ensemble

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// judge holds every write of every operator against the true state of servers
// and API server, whatever the operator could see of it.
type judge struct {
	w *world

	closed    bool                 // the formation record was closed
	leader    int64                // who led last
	elections int                  // how often another one began to lead
	claims    map[string]types.UID // that exist
	given     map[types.UID]bool   // claims that an operator may delete, and did
	told      []string             // reasons of the events
	warned    []string             // those of them that are warnings
	opened    map[int64]int        // sessions through each voter before the pass that is made
	barred    string               // image with which no server may become a member
	acting    *operator            // who makes the pass
	// lenient says that people do things to the Pods that no cache shows at once,
	// so that Ready may be said a little too long.
	lenient bool
	// refuses says that the servers or the API server are made to refuse what is
	// asked of them.
	refuses bool
	// restored says that objects were restored without their owner.
	restored bool
}

// breaks says that a rule is broken.
func (j *judge) breaks(rule string, args ...any) {
	j.w.Helper()
	j.w.Errorf("%s\n%s", fmt.Sprintf(rule, args...), j.w.dump())
}

// listen has the servers tell of each reconfiguration.
func (j *judge) listen() { j.w.servers.OnReconfig(j.reconfigured) }

// Eventf takes an operator's events.
func (j *judge) Eventf(_, _ runtime.Object, kind, reason, _, _ string, _ ...any) {
	j.told = append(j.told, reason)
	if kind == corev1.EventTypeWarning {
		j.warned = append(j.warned, reason)
	}
}

// look sees what is to be seen between two turns.
func (j *judge) look() {
	j.w.Helper()
	if leader := j.w.servers.Leader(); leader != 0 && leader != j.leader {
		j.leader = leader
		j.elections++
	}
	var record corev1.ConfigMap
	if j.w.seen(workload.FormationName("zk"), &record) {
		switch open := record.Data[member.FormationStateKey] == string(member.FormationOpen); {
		case open && j.closed:
			j.breaks("the formation record was closed and is open again")
		case !open:
			j.closed = true
		}
	}
	var list corev1.PersistentVolumeClaimList
	if err := watched.List(j.w.Context(), &list, client.InNamespace(j.w.namespace)); err != nil {
		j.w.Fatal(err)
	}
	j.minds(list.Items)
	now := map[string]types.UID{}
	for i := range list.Items {
		now[list.Items[i].Name] = list.Items[i].UID
	}
	for name, uid := range j.claims {
		if now[name] != uid && !j.given[uid] {
			j.breaks("volume claim %s is gone and nobody asked for that", name)
		}
	}
	j.claims = now
}

// begins notes that an operator begins a pass.
func (j *judge) begins(o *operator) {
	j.acting = o
	j.opened = map[int64]int{}
	for _, voter := range j.w.servers.Membership().Voters() {
		j.opened[voter.ID] = j.w.servers.SessionsThrough(voter.ID)
	}
}

// unproved are those of some voters through which no session was opened in this
// pass.
func (j *judge) unproved(stay []zkconfig.Server) []int64 {
	var unproved []int64
	for _, voter := range stay {
		if j.w.servers.SessionsThrough(voter.ID) == j.opened[voter.ID] {
			unproved = append(unproved, voter.ID)
		}
	}
	return unproved
}

// spec is the specification as the API server holds it.
func (j *judge) spec() *v1alpha1.ZooKeeperEnsemble {
	e := &v1alpha1.ZooKeeperEnsemble{}
	j.w.get("zk", e)
	return e
}

// created judges an object that was created.
func (j *judge) created(o client.Object, err error) error {
	j.w.Helper()
	record, ok := o.(*corev1.ConfigMap)
	if err != nil || !ok || record.Data[member.FormationStateKey] != string(member.FormationOpen) {
		return err
	}
	bound := slices.ContainsFunc(j.w.claims(), func(c corev1.PersistentVolumeClaim) bool { return c.Status.Phase == corev1.ClaimBound })
	if bound || j.w.get("zk", &appsv1.StatefulSet{}) || j.w.get(workload.MembersName("zk"), &corev1.ConfigMap{}) {
		j.breaks("a formation record was opened beside remains of an ensemble")
	}
	return nil
}

// takes judges what an operator takes away, and breaks nothing that the API
// server refuses.
func (j *judge) takes(o client.Object, evicts bool, do func() error) error {
	j.w.Helper()
	verdict := ""
	switch o := o.(type) {
	case *corev1.Pod:
		verdict = j.pod(o, evicts)
	case *corev1.PersistentVolumeClaim:
		verdict = j.claim(o)
	case *corev1.ConfigMap:
		verdict = j.configMap(o)
	}
	err := do()
	if err == nil && verdict != "" {
		j.breaks("%s", verdict)
	}
	if claim, ok := o.(*corev1.PersistentVolumeClaim); ok && err == nil {
		j.give(claim)
	}
	return err
}

// give notes that a claim goes by right.
func (j *judge) give(claim *corev1.PersistentVolumeClaim) {
	if j.given == nil {
		j.given = map[types.UID]bool{}
	}
	j.given[claim.UID] = true
}

// pod judges that the Pod of that name goes, whichever one the operator means.
func (j *judge) pod(meant *corev1.Pod, evicts bool) string {
	pods := j.w.pods()
	pod := pods[meant.Name]
	if pod == nil {
		return ""
	}
	id, group := serverID(pod), plan.Servers
	if id >= workload.ObserverID(0) {
		group = plan.Observers
	}
	serves := j.w.servers.serves(id, pod.UID)
	switch {
	case serves && !evicts:
		return fmt.Sprintf("the serving member %d was deleted, past the disruption budget", id)
	case serves && !j.outdated(pod):
		return fmt.Sprintf("member %d serves with the newest revision and was taken away", id)
	case !serves || group == plan.Observers || !j.w.servers.Membership().Voter(id):
		return ""
	}
	if absent := j.w.servers.absent(); len(absent) > 0 {
		return fmt.Sprintf("voter %d was taken away while %v were away", id, absent)
	}
	stay := slices.DeleteFunc(j.w.servers.Membership().Voters(), func(s zkconfig.Server) bool { return s.ID == id })
	if unproved := j.unproved(stay); len(unproved) > 0 {
		return fmt.Sprintf("voter %d was taken away, and no session through %v proved in this pass that they commit", id, unproved)
	}
	for _, other := range pods {
		if other.DeletionTimestamp != nil && j.w.servers.Membership().Voter(serverID(other)) {
			return fmt.Sprintf("voter %d was taken away while %s was going", id, other.Name)
		}
		if id == j.w.servers.Leader() && serverID(other) != id && j.outdated(other) && j.w.servers.Membership().Voter(serverID(other)) {
			return fmt.Sprintf("the leader %d was taken away before %s", id, other.Name)
		}
	}
	return ""
}

// outdated reports whether a Pod is not what its StatefulSet would create now.
func (j *judge) outdated(pod *corev1.Pod) bool {
	var set appsv1.StatefulSet
	return !j.w.get(pod.OwnerReferences[0].Name, &set) || older(pod, &set)
}

func older(pod *corev1.Pod, set *appsv1.StatefulSet) bool {
	return set.Status.ObservedGeneration != set.Generation || set.Status.UpdateRevision != pod.Labels[appsv1.ControllerRevisionHashLabelKey]
}

// claim judges that a volume is deleted.
func (j *judge) claim(meant *corev1.PersistentVolumeClaim) string {
	var claim corev1.PersistentVolumeClaim
	if !j.w.get(meant.Name, &claim) {
		return ""
	}
	e := j.spec()
	c, _ := claimNamed(e, &claim)
	id := idOf(c.group, c.ordinal)
	_, member := j.w.servers.Membership().Server(id)
	switch {
	case e.Spec.Storage.Retention != v1alpha1.RetentionDelete:
		return fmt.Sprintf("volume claim %s was deleted, which the spec retains", claim.Name)
	case member:
		return fmt.Sprintf("volume claim %s was deleted, of a member", claim.Name)
	case claim.Labels[v1alpha1.LabelDeparted] == "":
		return fmt.Sprintf("volume claim %s was deleted, which does not say that its member left", claim.Name)
	case j.w.pods()[podName(e, c.group, c.ordinal)] != nil:
		return fmt.Sprintf("volume claim %s was deleted, which a Pod uses", claim.Name)
	default:
		return ""
	}
}

// configMap judges that a configuration is deleted.
func (j *judge) configMap(config *corev1.ConfigMap) string {
	if !strings.HasPrefix(config.Name, workload.ConfigName("zk", "")) {
		return fmt.Sprintf("the record %s was deleted", config.Name)
	}
	for _, pod := range j.w.pods() {
		if workload.ConfigMapOfPod(pod) == config.Name {
			return fmt.Sprintf("the configuration %s was deleted, with which %s runs", config.Name, pod.Name)
		}
	}
	var sets appsv1.StatefulSetList
	j.w.list(&sets)
	for i := range sets.Items {
		if workload.ConfigMapOf(&sets.Items[i]) == config.Name {
			return fmt.Sprintf("the configuration %s was deleted, which %s names", config.Name, sets.Items[i].Name)
		}
	}
	return ""
}

// sized judges the size that a StatefulSet is given.
func (j *judge) sized(set *appsv1ac.StatefulSetApplyConfiguration, do func() error) error {
	j.w.Helper()
	j.held(set)
	var before appsv1.StatefulSet
	existed := j.w.get(*set.Name, &before)
	if err := do(); err != nil {
		return err
	}
	e, truth, size, group := j.spec(), j.w.servers.Membership(), *set.Spec.Replicas, plan.Servers
	if *set.Name == workload.ObserversName("zk") {
		group = plan.Observers
	}
	if e.Spec.Mode == v1alpha1.ModeStop {
		return nil
	}
	for _, s := range truth.Servers {
		ours := strings.Contains(s.Addresses[0].Host, "."+workload.ServersServiceName("zk")+".")
		if ours && isOf(group, s.ID) && s.ID >= idOf(group, size) {
			j.breaks("%s has %d replicas, too few for server %d, which is a member", *set.Name, size, s.ID)
		}
	}
	var record corev1.ConfigMap
	if existed && size > *before.Spec.Replicas && (!j.w.get(workload.MembersName("zk"), &record) ||
		record.Data[member.MembershipKey] != truth.String()) {
		j.breaks("%s was raised from %d to %d replicas while the members record says %q and the servers %q",
			*set.Name, *before.Spec.Replicas, size, record.Data[member.MembershipKey], truth.String())
	}
	if existed && size < *before.Spec.Replicas {
		j.leave(group, size)
	}
	return nil
}

// held judges that Kubernetes takes no Pod by itself: the strategy is never left
// out, and RollingUpdate has a partition above every ordinal.
func (j *judge) held(set *appsv1ac.StatefulSetApplyConfiguration) {
	j.w.Helper()
	strategy := set.Spec.UpdateStrategy
	switch {
	case strategy == nil || strategy.Type == nil:
		j.breaks("%s is applied without an update strategy, which is then RollingUpdate", *set.Name)
	case *strategy.Type == appsv1.OnDeleteStatefulSetStrategyType && strategy.RollingUpdate != nil:
		j.breaks("%s is applied with OnDelete and a partition, which the API server refuses", *set.Name)
	case *strategy.Type == appsv1.OnDeleteStatefulSetStrategyType:
	case strategy.RollingUpdate == nil || strategy.RollingUpdate.Partition == nil || *strategy.RollingUpdate.Partition < 1000:
		j.breaks("%s is applied with RollingUpdate and a partition below an ordinal: %+v", *set.Name, strategy.RollingUpdate)
	}
}

func isOf(g plan.Group, id int64) bool {
	return (id >= workload.ObserverID(0)) == (g == plan.Observers)
}

// leave judges that the members of a group from an ordinal on lose their Pods.
func (j *judge) leave(g plan.Group, size int32) {
	j.w.Helper()
	claims := j.w.claims()
	for i := range claims {
		c, ok := claimNamed(&v1alpha1.ZooKeeperEnsemble{ObjectMeta: j.spec().ObjectMeta}, &claims[i])
		if ok && c.group == g && c.ordinal >= size && !c.left() {
			j.breaks("the Pod of a member that left goes, and its volume claim %s does not say so", c.Name)
		}
	}
}

// reconfigured judges a change of the membership that an operator asked for.
func (j *judge) reconfigured(before, after zkconfig.Membership) {
	j.w.Helper()
	var record corev1.ConfigMap
	if !j.w.get(workload.MembersName("zk"), &record) || record.Data[member.MembershipKey] != before.String() {
		j.breaks("the membership was changed while the members record says %q and the servers said %q",
			record.Data[member.MembershipKey], before.String())
	}
	if keeper, acting := j.w.keeper(), j.acting.r.Settings.Operator(); keeper != acting {
		j.breaks("%s changed the membership of an ensemble that %s keeps", acting, keeper)
	}
	if absent := j.w.servers.absent(); len(absent) > 0 {
		j.breaks("the membership was changed to %q while the voters %v were away", after.String(), absent)
	}
	left := slices.DeleteFunc(before.Voters(), func(s zkconfig.Server) bool { return after.Voter(s.ID) })
	stay := slices.DeleteFunc(before.Voters(), func(s zkconfig.Server) bool { return !after.Voter(s.ID) })
	if unproved := j.unproved(stay); len(after.Servers) <= len(before.Servers) && len(unproved) > 0 {
		j.breaks("the membership was changed to %q, and no session through %v proved in this pass that they commit", after.String(), unproved)
	}
	for _, s := range after.Servers {
		if _, was := before.Server(s.ID); !was && j.barred != "" && j.w.servers.image(s.ID) == j.barred {
			j.breaks("server %d becomes a member and runs %s", s.ID, j.barred)
		}
	}
	down := 0
	for _, s := range left {
		if !j.w.servers.isUp(s.ID) {
			down++
		}
	}
	wanted := int(j.spec().Spec.Replicas)
	if wanted%2 == 1 && len(after.Voters())%2 == 0 && down == 0 {
		j.breaks("the membership was changed to an even number of voters: %q", after.String())
	}
}

// reported judges a status that was written.
func (j *judge) reported(o client.Object, err error) error {
	j.w.Helper()
	e, ok := o.(*v1alpha1.ZooKeeperEnsemble)
	if err != nil || !ok {
		return err
	}
	j.understood(e)
	if keeper := j.w.keeper(); keeper != "" && keeper != j.acting.r.Settings.Operator() {
		return nil // who stands back says nothing of the members
	}
	ready := meta.FindStatusCondition(e.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil {
		j.breaks("a status without the condition Ready")
		return nil
	}
	if ready.Reason == v1alpha1.ReasonReconfigRefused && !j.refuses {
		j.breaks("the status says that the servers refused, who did not: %s", ready.Message)
	}
	if ready.Reason == v1alpha1.ReasonWriteRefused && !j.refuses && !strings.Contains(ready.Message, errWrite.Error()) {
		j.breaks("a write was refused: %s", ready.Message)
	}
	if meta.IsStatusConditionTrue(e.Status.Conditions, v1alpha1.ConditionAvailable) {
		if majority := zkconfig.Majority(len(j.w.servers.Membership().Voters())); j.w.servers.Leader() == 0 ||
			len(j.w.servers.Membership().Voters())-len(j.w.servers.absent()) < majority {
			j.breaks("the status says Available, and no majority serves")
		}
		if j.w.servers.LeadsInVain() {
			j.breaks("the status says Available, and the leader has committed nothing since it was elected")
		}
	}
	if pods := j.w.pods(); ready.Reason == v1alpha1.ReasonStopped && len(pods) > 0 {
		j.breaks("the status says Stopped, and there are %d Pods", len(pods))
	}
	specified := ready.Status == "True" && ready.Reason != v1alpha1.ReasonStopped && ready.Reason != v1alpha1.ReasonPaused
	if !j.lenient && specified && e.Status.ObservedGeneration == j.spec().Generation {
		if lie := j.asSpecified(e); lie != "" {
			j.breaks("the status says Ready, and %s", lie)
		}
	}
	return nil
}

// asSpecified says what is not as the specification says, or "".
func (j *judge) asSpecified(e *v1alpha1.ZooKeeperEnsemble) string {
	truth, pods, s := j.w.servers.Membership(), j.w.pods(), e.Spec
	for _, g := range []struct {
		group   plan.Group
		set     string
		servers []zkconfig.Server
		size    int32
	}{
		{plan.Servers, "zk", truth.Voters(), s.Replicas},
		{plan.Observers, workload.ObserversName("zk"), truth.Observers(), s.Observers.Replicas},
	} {
		var set appsv1.StatefulSet
		if !j.w.get(g.set, &set) {
			if g.size > 0 {
				return "StatefulSet " + g.set + " is missing"
			}
			continue
		}
		if *set.Spec.Replicas != g.size || set.Status.ObservedGeneration != set.Generation || len(g.servers) != int(g.size) {
			return fmt.Sprintf("%s has %d replicas, generation %d of which %d was seen, and %d are members; %d are wanted", g.set,
				*set.Spec.Replicas, set.Generation, set.Status.ObservedGeneration, len(g.servers), g.size)
		}
		for ordinal := range g.size {
			pod := pods[podName(e, g.group, ordinal)]
			id := idOf(g.group, ordinal)
			server, member := truth.Server(id)
			switch {
			case pod == nil || pod.DeletionTimestamp != nil:
				return fmt.Sprintf("the Pod of member %d does not stay", id)
			case older(pod, &set):
				return fmt.Sprintf("%s is outdated", pod.Name)
			case !j.w.servers.serves(id, pod.UID):
				return fmt.Sprintf("member %d does not serve", id)
			case !member || (server.Role == zkconfig.Participant) != (g.group == plan.Servers):
				return fmt.Sprintf("member %d is none, or has another role: %s", id, truth.String())
			}
			delete(pods, pod.Name)
		}
	}
	for name := range pods {
		return name + " is too many"
	}
	return ""
}

// ends judges an ensemble that has come to rest.
func (j *judge) ends(e *v1alpha1.ZooKeeperEnsemble) {
	j.w.Helper()
	if wrong := j.asSpecified(e); wrong != "" {
		j.breaks("in the end, %s", wrong)
	}
	var formation, members corev1.ConfigMap
	if !j.w.get(workload.FormationName("zk"), &formation) || formation.Data[member.FormationStateKey] != string(member.FormationClosed) {
		j.breaks("in the end, the formation record is not closed: %v", formation.Data)
	}
	if truth := j.w.servers.Membership().String(); !j.w.get(workload.MembersName("zk"), &members) || members.Data[member.MembershipKey] != truth {
		j.breaks("in the end, the members record says %q and the servers %q", members.Data[member.MembershipKey], truth)
	}
	if got, want := len(e.Status.Members), int(e.Spec.Replicas+e.Spec.Observers.Replicas); got != want {
		j.breaks("in the end, the status tells of %d members, not of %d", got, want)
	}
	claims := j.w.claims()
	for i := range claims {
		c, ok := claimNamed(e, &claims[i])
		if !ok || !c.isMeantFor(e) {
			continue
		}
		member := c.ordinal < e.Spec.Replicas
		if c.group == plan.Observers {
			member = c.ordinal < e.Spec.Observers.Replicas
		}
		owned := slices.ContainsFunc(c.OwnerReferences, func(o metav1.OwnerReference) bool { return o.UID == e.UID })
		deletes := e.Spec.Storage.Retention == v1alpha1.RetentionDelete
		if c.left() == member || owned != deletes || deletes && !member {
			j.breaks("in the end, volume claim %s says departed: %t, owned: %t", c.Name, c.left(), owned)
		}
	}
	var configs corev1.ConfigMapList
	j.w.list(&configs)
	used := 0
	for i := range configs.Items {
		if strings.HasPrefix(configs.Items[i].Name, workload.ConfigName("zk", "")) {
			used++
		}
	}
	if used != 1 {
		j.breaks("in the end, there are %d configurations of members that all have the same", used)
	}
	for condition, want := range map[string]bool{
		v1alpha1.ConditionAvailable: true, v1alpha1.ConditionReady: true,
		v1alpha1.ConditionReconciling: false, v1alpha1.ConditionStalled: false,
	} {
		if got := meta.IsStatusConditionTrue(e.Status.Conditions, condition); got != want {
			j.breaks("in the end, the condition %s is %t", condition, got)
		}
	}
}
