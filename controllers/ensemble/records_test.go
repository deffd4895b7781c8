package ensemble

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
)

// editRecord changes a record by hand.
func (w *world) editRecord(name string, data map[string]string) {
	w.Helper()
	var record corev1.ConfigMap
	w.get(name, &record)
	before := record.DeepCopy()
	record.Data = data
	if err := w.Patch(w.Context(), &record, client.MergeFrom(before)); err != nil {
		w.Fatal(err)
	}
}

// edited is an ensemble at rest of which one record has just been changed by hand, and
// the Pods that it has.
func edited(t *testing.T, record string, data map[string]string) (*world, *v1alpha1.ZooKeeperEnsemble, map[string]*corev1.Pod) {
	t.Helper()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	before := w.pods()
	w.editRecord(record, data)
	return w, e, before
}

// mended holds that an ensemble comes to rest with the Pods that it had, and that it
// was told that a record could not be read.
func (w *world) mended(e *v1alpha1.ZooKeeperEnsemble, before map[string]*corev1.Pod) {
	w.Helper()
	w.rests(e)
	w.untouched(before)
	if !slices.Contains(w.judge.told, v1alpha1.ReasonRecordUnreadable) {
		w.Errorf("the repair must be told: %v", w.judge.told)
	}
}

// unreadableMembers are members records from which nobody can be told.
var unreadableMembers = map[string]map[string]string{
	"garbage":   {member.MembershipKey: "garbage"},
	"no voters": {member.MembershipKey: "version=1"},
	"observers only": {
		member.MembershipKey: "server.101=zk-observers-0.zk-servers.default.svc.cluster.local:2888:3888:observer;0.0.0.0:2181\nversion=1",
	},
	"an impossible version": {
		member.MembershipKey: "server.1=zk-0.zk-servers.default.svc.cluster.local:2888:3888:participant;0.0.0.0:2181\nversion=7fffffffffffffff",
	},
	"no key":  {"else": "x"},
	"nothing": nil,
}

// A members record that cannot be read is written anew from what the servers
// committed, and nobody is touched meanwhile.
func TestAnUnreadableMembersRecordIsMended(t *testing.T) {
	t.Parallel()
	for name, data := range unreadableMembers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e, before := edited(t, "zk-members", data)
			w.eventually("the record holds what the servers committed", func() bool { return w.recorded() == w.servers.Membership().String() })
			w.mended(e, before)
		})
	}
}

// Where no server can be asked who the members are, a person is told what to do,
// and nothing is done: the ensemble is not taken for one that never served.
func TestAnUnreadableMembersRecordStallsWhereNobodyCanBeAsked(t *testing.T) {
	t.Parallel()
	for name, data := range unreadableMembers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e, before := edited(t, "zk-members", data)
			for _, id := range []int64{1, 2, 3} {
				w.servers.become(id, zkclienttest.Electing)
			}
			w.untilStalls(e, v1alpha1.ReasonRecordUnreadable)
			if !says(e, "ConfigMap zk-members", member.MembershipKey, "delete") {
				t.Errorf("the status must name the record, its key and what to do: %s", e.Status.Activity)
			}
			if got := w.reason(e, v1alpha1.ConditionAvailable, metav1.ConditionFalse); got != v1alpha1.ReasonRecordUnreadable {
				t.Errorf("no member leads, so nobody is served; got reason %q", got)
			}
			w.flags(e)
			w.resize(e, 5)
			for range 10 {
				w.turn()
			}
			w.untouched(before)
			if got := len(w.pods()); got != 3 {
				t.Errorf("nobody is started while nobody knows who the members are: %d Pods", got)
			}
			for _, id := range []int64{1, 2, 3} {
				w.servers.become(id, zkclienttest.Up)
			}
			w.rests(e)
		})
	}
}

// A formation record that cannot be read permits nothing, and is closed.
func TestAnUnreadableFormationRecordIsClosed(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]map[string]string{
		"garbage":              {member.FormationStateKey: "closed", member.FormationServersKey: "garbage"},
		"garbage that is open": {member.FormationStateKey: "open", member.FormationServersKey: "garbage"},
		"open for nobody":      {member.FormationStateKey: "open"},
		"another state":        {member.FormationStateKey: "ajar"},
		"nothing":              nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e, before := edited(t, "zk-formation", data)
			w.judge.closed = false // it is the test that opens it
			w.eventually("the record is closed and can be read", func() bool {
				var record corev1.ConfigMap
				return w.get("zk-formation", &record) && record.Data[member.FormationStateKey] == string(member.FormationClosed) &&
					record.Data[member.FormationServersKey] != "garbage"
			})
			w.mended(e, before)
		})
	}
}

// A formation record that somebody opens again is closed although nobody serves: the
// members record shows that there was a quorum before.
func TestARecordThatIsOpenedAgainIsClosed(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	w.flags(e) // so that no Pod is left that was granted its disk
	w.rests(e)
	for _, id := range []int64{1, 2, 3} {
		w.servers.become(id, zkclienttest.Electing)
	}
	w.untilWaits(e, v1alpha1.ReasonQuorumLost)
	w.judge.closed = false // it is the test that opens it
	w.editRecord("zk-formation", map[string]string{
		member.FormationStateKey: string(member.FormationOpen), member.FormationServersKey: w.servers.Membership().Lines(),
	})
	w.eventually("the record is closed", func() bool {
		var record corev1.ConfigMap
		return w.get("zk-formation", &record) && record.Data[member.FormationStateKey] == string(member.FormationClosed)
	})
	for _, id := range []int64{1, 2, 3} {
		w.servers.become(id, zkclienttest.Up)
	}
	w.rests(e)
}

// blind is a client of which some reads fail.
type blind struct {
	client.Client
	eyes *eyes
}

// eyes note what is read, and fail to read one thing.
type eyes struct {
	read   map[string]bool
	closed string
}

var errRead = errors.New("this may not be read")

func (b *eyes) look(o any) error {
	what := strings.TrimSuffix(reflect.TypeOf(o).Elem().Name(), "List")
	b.read[what] = true
	if b.closed == what {
		return fmt.Errorf("%s: %w", what, errRead)
	}
	return nil
}

func (b blind) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if err := b.eyes.look(o); err != nil {
		return err
	}
	return b.Client.Get(ctx, key, o, opts...)
}

func (b blind) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	if err := b.eyes.look(list); err != nil {
		return err
	}
	return b.Client.List(ctx, list, opts...)
}

// Whatever the operator may not read any more, the status says so within a pass,
// keeps the rest of what was true, and goes back to normal afterwards.
func TestAnObservationThatFailsIsReported(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	e := w.ensemble(3)
	w.rests(e)
	all := &eyes{read: map[string]bool{}}
	o := w.operators[0]
	o.r.Client, o.r.Live = blind{o.r.Client, all}, blind{w.Client, all}
	w.rests(e)
	delete(all.read, v1alpha1.Kind) // read by the queue, and before a step
	for _, want := range []string{"StatefulSet", "ConfigMap", "Secret", "PersistentVolumeClaim", "Pod", "PodDisruptionBudget", "Service", "NetworkPolicy"} {
		if !all.read[want] {
			t.Errorf("a pass does not read any %s: the test does not see what it should", want)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(all.read)) {
		members := slices.Clone(e.Status.Members)
		all.closed = what
		o.pass()
		w.get(e.Name, e)
		for _, kind := range []string{v1alpha1.ConditionAvailable, v1alpha1.ConditionReady, v1alpha1.ConditionFaultTolerant} {
			c := meta.FindStatusCondition(e.Status.Conditions, kind)
			if c.Status != metav1.ConditionUnknown || c.Reason != v1alpha1.ReasonObserveFailed || !strings.Contains(c.Message, errRead.Error()) {
				t.Errorf("without reading any %s the condition %s must be unknown and say why: %+v", what, kind, c)
			}
		}
		if !errors.Is(o.last, errRead) {
			t.Errorf("the error must be returned, to be tried again after ten seconds at the latest: %v", o.last)
		}
		if !slices.Equal(members, e.Status.Members) || e.Status.Leader == "" || !says(e, errRead.Error()) {
			t.Errorf("the rest of what was true must stay: %+v", e.Status)
		}
		writes := w.writes()
		w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.SettleSeconds++ })
		w.eventually("the status is about the newest specification", func() bool {
			return w.reason(e, v1alpha1.ConditionReady, metav1.ConditionUnknown) == v1alpha1.ReasonObserveFailed
		})
		for range 5 {
			w.turn()
		}
		if now := w.writes(); now != writes+1 {
			t.Errorf("a failure that lasts is written %d times", now-writes)
		}
		all.closed = ""
		w.rests(e)
	}
}
