package ensemble

import (
	"os"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// forbid has the API server refuse, for good, every write of that verb and kind,
// of one object where a name is given.
func (w *world) forbid(verb, kind, name string) {
	w.judge.refuses = true
	w.operators[0].faults.refuses = func(a attempt) bool {
		return a.verb == verb && a.kind == kind && (name == "" || a.name == name)
	}
}

func (w *world) permit() { w.operators[0].faults.refuses = nil }

// untilRefused waits until the status names what is refused, in the words of the
// API server.
func (w *world) untilRefused(e *v1alpha1.ZooKeeperEnsemble, kind string) {
	w.Helper()
	w.eventually("the status names the "+kind+" that is refused", func() bool {
		if w.reason(e, v1alpha1.ConditionReady, metav1.ConditionFalse) != v1alpha1.ReasonWriteRefused {
			return false
		}
		c := meta.FindStatusCondition(e.Status.Conditions, v1alpha1.ConditionReady)
		return strings.Contains(c.Message, kind+" ") && strings.Contains(c.Message, errPolicy.Error()) && says(e, errPolicy.Error())
	})
}

// untilSafe waits until the formation record is closed and the members record
// holds what the servers committed.
func (w *world) untilSafe() {
	w.Helper()
	w.eventually("the formation is closed and the members are recorded", func() bool {
		var formation, members corev1.ConfigMap
		return w.get(workload.FormationName("zk"), &formation) && formation.Data[member.FormationStateKey] == string(member.FormationClosed) &&
			w.get(workload.MembersName("zk"), &members) && members.Data[member.MembershipKey] == w.servers.Membership().String()
	})
}

// breaksDown makes zk-2 a member that is certainly down, whatever Pod it gets, and
// returns the Pod that it has.
func (w *world) breaksDown(e *v1alpha1.ZooKeeperEnsemble) *corev1.Pod {
	w.Helper()
	w.servers.refuse(true)
	w.deletePod("zk-2")
	w.eventually("zk-2 is certainly down", func() bool {
		return w.seen("zk", e) && len(e.Status.Members) == 3 && e.Status.Members[2].Health == v1alpha1.MemberHealthDown
	})
	return w.pods()["zk-2"]
}

// replaced reports whether a Pod is another one than it was.
func (w *world) replaced(was *corev1.Pod) bool {
	w.Helper()
	now := w.pods()[was.Name]
	return now != nil && now.UID != was.UID
}

// repairsAllTheSame holds that a member which is down for good gets a Pod of a new
// specification although something is refused, and that all is as specified once
// nothing is any more.
func (w *world) repairsAllTheSame(e *v1alpha1.ZooKeeperEnsemble) {
	w.Helper()
	broken := w.breaksDown(e)
	w.flags(e)
	w.eventually("zk-2 is replaced", func() bool { return w.replaced(broken) })
	w.servers.refuse(false)
	w.permit()
	w.rests(e)
}

// refusedBeside are writes that may be refused for good while an ensemble forms and a
// member is repaired, and refusedBefore those that Pods cannot start without.
var (
	refusedBeside = map[string]attempt{
		"budget":                    {"apply", "PodDisruptionBudget", "zk"},
		"network policy":            {"apply", "NetworkPolicy", "zk"},
		"client Service":            {"apply", "Service", "zk"},
		"the metadata of claims":    {"patch", "PersistentVolumeClaim", ""},
		"one claim":                 {"patch", "PersistentVolumeClaim", "data-zk-0"},
		"the end of claims":         {"delete", "PersistentVolumeClaim", ""},
		"evictions":                 {"eviction", "Pod", ""},
		"old configurations":        {"delete", "ConfigMap", ""},
		"nothing, for comparison":   {"apply", "Nothing", ""},
		"the budget of no observer": {"delete", "PodDisruptionBudget", ""},
		"a policy of no use":        {"delete", "NetworkPolicy", ""},
	}
	refusedBefore = map[string]attempt{
		"the super user":   {"create", "Secret", ""},
		"the headless one": {"apply", "Service", "zk-servers"},
		"configurations":   {"apply", "ConfigMap", ""},
		"the StatefulSet":  {"apply", "StatefulSet", ""},
	}
	// refusedElsewhere have a test of their own.
	refusedElsewhere = map[string]attempt{
		"repair": {"delete", "Pod", ""}, // TestNobodyIsReplacedWhileTheStatefulSetIsRefused
	}
)

// Whatever the operator is allowed to write may be refused for good, and is in one of
// these tests.
func TestEveryWriteIsRefusedOnce(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../charts/zookeeper-operator/files/role.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var role rbacv1.ClusterRole
	if err := yaml.Unmarshal(text, &role); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{
		"configmaps": "ConfigMap", "services": "Service", "secrets": "Secret", "statefulsets": "StatefulSet",
		"poddisruptionbudgets": "PodDisruptionBudget", "networkpolicies": "NetworkPolicy",
		"pods": "Pod", "pods/eviction": "Pod", "persistentvolumeclaims": "PersistentVolumeClaim",
	}
	told := func(kind string, verbs ...string) bool {
		for _, table := range []map[string]attempt{refusedBeside, refusedBefore, refusedElsewhere} {
			for _, refused := range table {
				if refused.kind == kind && slices.Contains(verbs, refused.verb) {
					return true
				}
			}
		}
		return false
	}
	allowed := 0
	for _, rule := range role.Rules {
		for _, resource := range rule.Resources {
			if slices.Contains([]string{"events", "zookeeperensembles/status", "zookeeperensembles/finalizers"}, resource) {
				continue // they tell, and change nothing
			}
			for _, verb := range rule.Verbs {
				verbs := map[string][]string{"create": {"create", "apply"}, "patch": {"patch", "apply"}, "update": {"update"}, "delete": {"delete"}}[verb]
				if resource == "pods/eviction" {
					verbs = []string{"eviction"}
				}
				if resource == "secrets" && verb == "patch" {
					continue // only for what was restored without an owner
				}
				if verbs == nil {
					continue // it reads
				}
				allowed++
				if !told(kinds[resource], verbs...) {
					t.Errorf("no test refuses to %s %s", verb, resource)
				}
			}
		}
	}
	if allowed < 15 {
		t.Errorf("the role allows %d writes", allowed)
	}
}

// An object that no Pod needs, and that the API server refuses from the first,
// keeps no formation open and no membership unrecorded, and no member down.
func TestAFormationIsClosedWhateverIsRefused(t *testing.T) {
	t.Parallel()
	for name, refused := range refusedBeside {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			w.forbid(refused.verb, refused.kind, refused.name)
			e := w.ensemble(3, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Retention = v1alpha1.RetentionDelete })
			w.untilSafe()
			if refused.verb == "apply" && refused.kind != "Nothing" || refused.verb == "patch" {
				w.untilRefused(e, refused.kind)
			}
			w.repairsAllTheSame(e)
		})
	}
}

// What is refused for good is told once, in the same words at each pass: the cache
// lists objects in another order each time.
func TestALastingRefusalIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	w.forbid("patch", "PersistentVolumeClaim", "")
	e := w.ensemble(5, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Storage.Retention = v1alpha1.RetentionDelete })
	w.untilSafe()
	w.untilRefused(e, "PersistentVolumeClaim")
	reports := func() int {
		return len(slices.DeleteFunc(slices.Clone(w.operators[0].faults.done), func(write string) bool {
			return !strings.HasPrefix(write, "patch status ")
		}))
	}
	told, quiet := reports(), 0
	w.eventually("the status stays as it is", func() bool {
		if now := reports(); now != told {
			told, quiet = now, 0
		}
		quiet++
		return quiet > 20
	})
}

// What the Pods cannot start without keeps the StatefulSet from being written,
// and the StatefulSet a member from being replaced by what it still says; nothing
// else waits for them.
func TestWhatPodsNeedIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, refused := range refusedBefore {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			w.forbid(refused.verb, refused.kind, refused.name)
			e := w.ensemble(3)
			w.untilRefused(e, refused.kind)
			for range 5 {
				w.turn()
			}
			if pods, set := len(w.pods()), w.get("zk", &appsv1.StatefulSet{}); pods > 0 || set {
				t.Errorf("there are %d Pods, and a StatefulSet: %t", pods, set)
			}
			if !w.get("zk", &policyv1.PodDisruptionBudget{}) {
				t.Error("the budget waits for nothing")
			}
			w.permit()
			w.rests(e)
		})
	}
}

// A Pod is made from the StatefulSet as it is: while that is refused, nobody is
// replaced for being outdated.
func TestNobodyIsReplacedWhileTheStatefulSetIsRefused(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	broken := w.breaksDown(e)
	w.forbid("delete", "Pod", "")
	w.flags(e)
	w.untilRefused(e, "Pod")
	w.forbid("apply", "StatefulSet", "")
	w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.JVM.Flags = []string{"-Xss256k"} })
	w.untilRefused(e, "StatefulSet")
	for range 10 {
		w.turn()
	}
	if w.replaced(broken) {
		t.Error("zk-2 was replaced by a Pod of a template that is not wanted any more")
	}
	w.permit()
	w.eventually("zk-2 is replaced", func() bool { return w.replaced(broken) })
	w.servers.refuse(false)
	w.rests(e)
}

// Whatever is changed by hand and cannot be put right keeps nothing else from
// being put right, and is named.
func TestOneRefusedObjectKeepsNoOtherFromBeingApplied(t *testing.T) {
	t.Parallel()
	objects := map[string]func() client.Object{
		"Service":             func() client.Object { return &corev1.Service{} },
		"PodDisruptionBudget": func() client.Object { return &policyv1.PodDisruptionBudget{} },
	}
	for kind := range objects {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(1)
			w.rests(e)
			w.forbid("apply", kind, "")
			for _, object := range objects {
				w.drop("zk", object())
			}
			w.untilRefused(e, kind)
			for other, object := range objects {
				if other != kind {
					w.eventually("the "+other+" is there again", func() bool { return w.get("zk", object()) })
				}
			}
			w.permit()
			w.rests(e)
		})
	}
}
