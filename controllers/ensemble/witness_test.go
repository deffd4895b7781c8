package ensemble

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
)

// A clock that jumped, of a node or of the operator, makes every time that
// Kubernetes gives one of long ago. A server that was started a moment ago is not
// down for that, and a container that ended once is not down for good.
func TestWhatLeadsToADeletionIsWitnessed(t *testing.T) {
	t.Parallel()
	const patience = time.Minute
	began := time.Now()
	notServing := zkclient.Report{NotServing: true}
	restarted := notReadySince(3 * time.Hour)
	restarted.Status.ContainerStatuses[0].RestartCount = 1
	restarted.Status.ContainerStatuses[0].State.Running.StartedAt = metav1.NewTime(began.Add(-2 * time.Hour))
	once := podWith(corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{FinishedAt: metav1.NewTime(began.Add(-2 * time.Hour))}})
	for name, c := range map[string]struct {
		before  *corev1.Pod
		said    zkclient.Report
		between *zkclient.Report
		now     *corev1.Pod
		says    zkclient.Report
		down    bool // and lasting
	}{
		"it has not served before our eyes":         {notReadySince(2 * time.Hour), notServing, nil, nil, notServing, true},
		"an answer that was lost says nothing":      {notReadySince(2 * time.Hour), notServing, &zkclient.Report{}, nil, notServing, true},
		"it served in between":                      {notReadySince(2 * time.Hour), notServing, &zkclient.Report{Serving: true}, nil, notServing, false},
		"it was started again":                      {notReadySince(2 * time.Hour), notServing, nil, restarted, notServing, false},
		"nobody has looked before":                  {nil, notServing, nil, notReadySince(2 * time.Hour), notServing, false},
		"its container has not run before our eyes": {once, zkclient.Report{}, nil, nil, zkclient.Report{}, true},
		"its container has ended just now":          {notReadySince(2 * time.Hour), zkclient.Report{Serving: true}, nil, once, zkclient.Report{}, false},
	} {
		var w witnesses
		m := observedMember{pod: c.before, report: c.said, node: nodeReady}
		look := func(after time.Duration) {
			m.witnessed = 0
			all := []observedMember{m}
			w.look("ensemble", all, began.Add(after))
			m = all[0]
		}
		look(0)
		if c.between != nil {
			m.report = *c.between
			look(patience)
		}
		m.report = c.says
		if c.now != nil {
			m.pod = c.now
		}
		look(patience + time.Second)
		got := health(&m, 100*time.Hour, patience, false) == plan.Down && lasting(&m, patience)
		if got != c.down {
			t.Errorf("%s: down for good is %t, witnessed for %v", name, got, m.witnessed)
		}
	}
}

// A container that was started again long ago and crashes now is one that crashed
// once: what Kubernetes counted before the server served last is no evidence.
func TestOldRestartsAreNoEvidence(t *testing.T) {
	t.Parallel()
	start := metav1.NewTime(time.Now().Add(-time.Hour).Truncate(time.Second))
	pod := func(state corev1.ContainerState, restarts int32, served bool) *corev1.Pod {
		p := podWith(state)
		p.Status.StartTime = &start
		ready := corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: start}
		if served {
			ready.LastTransitionTime = metav1.NewTime(start.Add(time.Minute))
		}
		p.Status.Conditions = []corev1.PodCondition{ready}
		p.Status.ContainerStatuses[0].RestartCount = restarts
		return p
	}
	serves := zkclient.Report{Serving: true}
	type sight struct {
		pod    *corev1.Pod
		report zkclient.Report
	}
	for name, c := range map[string]struct {
		seen []sight
		want bool
	}{
		"it served until now, after five restarts": {
			[]sight{{pod(running, 5, true), serves}, {pod(crashing, 6, true), zkclient.Report{}}}, false,
		},
		"it served until now, and crashes again and again": {
			[]sight{{pod(running, 5, true), serves}, {pod(crashing, 6, true), zkclient.Report{}}, {pod(crashing, 7, true), zkclient.Report{}}}, true,
		},
		"it serves in between": {
			[]sight{{pod(running, 5, true), serves}, {pod(crashing, 6, true), zkclient.Report{}}, {pod(running, 6, true), serves}, {pod(crashing, 7, true), zkclient.Report{}}},
			false,
		},
		"nobody saw it serve, and it did": {
			[]sight{{pod(crashing, 7, true), zkclient.Report{}}}, false,
		},
		"nobody saw it serve, and it crashes again and again": {
			[]sight{{pod(crashing, 7, true), zkclient.Report{}}, {pod(crashing, 8, true), zkclient.Report{}}, {pod(crashing, 9, true), zkclient.Report{}}}, true,
		},
		"no server ever served in it": {
			[]sight{{pod(crashing, 2, false), zkclient.Report{}}}, true,
		},
		"one served that nobody saw, after two restarts": {
			[]sight{{pod(crashing, 2, false), zkclient.Report{}}, {pod(crashing, 3, true), zkclient.Report{}}}, false,
		},
	} {
		var w witnesses
		var m observedMember
		for _, s := range c.seen {
			all := []observedMember{{pod: s.pod, report: s.report, node: nodeReady}}
			w.look("ensemble", all, time.Now())
			m = all[0]
		}
		if got := lasting(&m, time.Hour); got != c.want {
			t.Errorf("%s: down for good is %t, after %d restarts", name, got, m.again)
		}
	}
}
