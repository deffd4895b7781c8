package ensemble

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// setCase is a sequence of steps, each with what is there after it.
type setCase struct {
	name  string
	steps []setStep
}

type setStep struct {
	do   string // deeds of setDeeds
	want string
}

// setHarness is one StatefulSet with a controller, the stand-in or the real one. The
// harness is its kubelet.
type setHarness struct {
	*testing.T
	client.Client
	namespace string
	// turn lets the controller work that does not do so by itself.
	turn func() error
	// turns is for how many turns what is there has to stay so.
	turns int
	// templateOf is the template of a revision, and forget deletes the revision.
	templateOf func(revision string) string
	forget     func(revision string)

	template  string
	size      int32
	open      bool
	partition string // instead of the operator's, unless it is ""
	unready   map[string]bool
	lingering map[string]bool
	revisions map[string]string // of each template
}

// setName is that of the StatefulSet.
const setName = "set"

// templateAnnotation tells one template from the next.
const templateAnnotation = "template"

// setDeeds are what a step may do, to Pods that are named by their ordinals.
var setDeeds = map[string]func(h *setHarness, of string){
	"size":     func(h *setHarness, of string) { h.size = h.number(of) },
	"template": func(h *setHarness, of string) { h.template = of },

	// The strategies that the operator writes.
	"open": func(h *setHarness, _ string) { h.open, h.partition = true, "" },
	"hold": func(h *setHarness, _ string) { h.open, h.partition = false, "" },
	// One with which Kubernetes rolls by itself, which the operator never writes.
	"partition": func(h *setHarness, of string) { h.open, h.partition = false, of },

	"unready": func(h *setHarness, of string) { h.unready[of] = true },
	"ready":   func(h *setHarness, of string) { delete(h.unready, of) },
	"kill": func(h *setHarness, of string) {
		for ordinal := range strings.FieldsSeq(of) {
			h.must(h.Delete(h.Context(), h.pod(ordinal)))
		}
	},
	// A Pod that is deleted and does not end before it is gone.
	"linger": func(h *setHarness, of string) {
		h.lingering[of] = true
		h.must(h.Delete(h.Context(), h.pod(of)))
	},
	"gone": func(h *setHarness, of string) { delete(h.lingering, of) },
	// A Pod that ends for good, as on a node that runs out of memory.
	"fail": func(h *setHarness, of string) {
		pod := h.pod(of)
		pod.Status.Phase = corev1.PodFailed
		h.must(h.Status().Update(h.Context(), pod))
	},
	// The revision that all ran last is deleted.
	"forget": func(h *setHarness, _ string) { h.forget(h.live().Status.CurrentRevision) },
	"orphan": func(h *setHarness, _ string) { h.orphan() },
}

// orphan deletes the StatefulSet without what it owns, as kubectl does with
// --cascade=orphan. It is made anew when it is applied.
func (h *setHarness) orphan() {
	h.Helper()
	pods, revisions := h.pods(), appsv1.ControllerRevisionList{}
	h.must(h.List(h.Context(), &revisions, client.InNamespace(h.namespace)))
	// The owner goes first, or it would adopt them again.
	h.must(h.Delete(h.Context(), h.live(), client.PropagationPolicy(metav1.DeletePropagationBackground)))
	release := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"ownerReferences":null}}`))
	for i := range pods {
		h.must(h.Patch(h.Context(), &pods[i], release))
	}
	for i := range revisions.Items {
		h.must(h.Patch(h.Context(), &revisions.Items[i], release))
	}
}

func (h *setHarness) number(of string) int32 {
	h.Helper()
	n, err := strconv.ParseInt(of, 10, 32)
	h.must(err)
	return int32(n)
}

func (h *setHarness) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *setHarness) pod(ordinal string) *corev1.Pod {
	h.Helper()
	pod := &corev1.Pod{}
	h.must(h.Get(h.Context(), client.ObjectKey{Namespace: h.namespace, Name: setName + "-" + ordinal}, pod))
	return pod
}

func (h *setHarness) pods() []corev1.Pod {
	h.Helper()
	var pods corev1.PodList
	h.must(h.List(h.Context(), &pods, client.InNamespace(h.namespace)))
	slices.SortFunc(pods.Items, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods.Items
}

func (h *setHarness) ordinal(pod *corev1.Pod) string {
	return strings.TrimPrefix(pod.Name, setName+"-")
}

// live is the StatefulSet, or nil.
func (h *setHarness) live() *appsv1.StatefulSet {
	h.Helper()
	live := &appsv1.StatefulSet{}
	err := h.Get(h.Context(), client.ObjectKey{Namespace: h.namespace, Name: setName}, live)
	if apierrors.IsNotFound(err) {
		return nil
	}
	h.must(err)
	return live
}

// run takes the steps of a case.
func (c setCase) run(h *setHarness) {
	h.Helper()
	h.template = "a"
	h.unready, h.lingering, h.revisions = map[string]bool{}, map[string]bool{}, map[string]string{}
	before := map[types.UID]bool{}
	for i, step := range c.steps {
		for deed := range strings.SplitSeq(step.do, ", ") {
			verb, of, _ := strings.Cut(deed, " ")
			setDeeds[verb](h, of)
		}
		h.apply()
		h.until(fmt.Sprintf("step %d, %s", i+1, step.do), step.want, before)
		for _, pod := range h.pods() {
			before[pod.UID] = true
		}
	}
}

// apply writes the StatefulSet as the operator does.
func (h *setHarness) apply() {
	h.Helper()
	labels := map[string]string{"app": setName}
	strategy := workload.UpdateStrategy(h.live(), h.open)
	if h.partition != "" {
		strategy.RollingUpdate.WithPartition(h.number(h.partition))
	}
	desired := appsv1ac.StatefulSet(setName, h.namespace).WithSpec(appsv1ac.StatefulSetSpec().
		WithReplicas(h.size).WithServiceName(setName).WithRevisionHistoryLimit(2).
		WithPodManagementPolicy(appsv1.ParallelPodManagement).
		WithUpdateStrategy(strategy).
		WithSelector(metav1ac.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(corev1ac.PodTemplateSpec().WithLabels(labels).WithAnnotations(map[string]string{templateAnnotation: h.template}).
			WithSpec(corev1ac.PodSpec().WithNodeName("node").WithContainers(corev1ac.Container().WithName("server").WithImage("server")))))
	h.must(h.Apply(h.Context(), desired, client.FieldOwner(v1alpha1.FieldOwner), client.ForceOwnership))
}

// until waits for what should be there, and that it stays so.
func (h *setHarness) until(step, want string, before map[types.UID]bool) {
	h.Helper()
	deadline := time.After(storyDeadline)
	got := ""
	for stays := 0; stays < h.turns; {
		if h.turn != nil {
			if err := h.turn(); err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
				h.Fatal(err)
			}
		}
		h.kubelet()
		if got = h.state(before); got == want {
			stays++
		} else {
			stays = 0
		}
		select {
		case <-deadline:
			h.Fatalf("%s: got %q, want %q", step, got, want)
		case <-time.After(4 * idle):
		}
	}
}

// kubelet ends the Pods that are going, and says of the others whether they are ready.
func (h *setHarness) kubelet() {
	h.Helper()
	for _, pod := range h.pods() {
		switch {
		case pod.DeletionTimestamp != nil && h.lingering[h.ordinal(&pod)], pod.Status.Phase == corev1.PodFailed && pod.DeletionTimestamp == nil:
			continue
		case pod.DeletionTimestamp != nil:
			err := h.Delete(h.Context(), &pod, client.GracePeriodSeconds(0), client.Preconditions{UID: &pod.UID})
			h.must(client.IgnoreNotFound(err))
			continue
		}
		status := corev1.ConditionTrue
		if h.unready[h.ordinal(&pod)] {
			status = corev1.ConditionFalse
		}
		if was, _ := readiness(&pod); was.Status == status {
			continue
		}
		pod.Status.Phase = corev1.PodRunning
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: status, LastTransitionTime: metav1.Now()}}
		if err := h.Status().Update(h.Context(), &pod); !apierrors.IsConflict(err) {
			h.must(client.IgnoreNotFound(err))
		}
	}
}

// state tells what is there, in the words of the table.
func (h *setHarness) state(before map[types.UID]bool) string {
	h.Helper()
	live := h.live()
	if live == nil || lags(live) {
		return "not seen yet"
	}
	var pods []string
	for i, pod := range h.pods() {
		mark := ""
		switch {
		case pod.Name != fmt.Sprintf("%s-%d", setName, i):
			return "not all there"
		case pod.DeletionTimestamp != nil:
			mark = "~"
		case metav1.GetControllerOf(&pod) == nil:
			mark = "?"
		case !before[pod.UID]:
			mark = "+"
		}
		made := h.of(pod.Labels[appsv1.ControllerRevisionHashLabelKey])
		if of := pod.Annotations[templateAnnotation]; made != "" && made != of {
			h.Errorf("%s has the label of %s and was made with %s", pod.Name, made, of)
		}
		pods = append(pods, pod.Annotations[templateAnnotation]+mark)
	}
	return fmt.Sprintf("%s, ran %s, newest %s", strings.Join(pods, "|"), h.of(live.Status.CurrentRevision), h.of(live.Status.UpdateRevision))
}

// of is the template of a revision, "" where it is forgotten. A template has one
// revision, also when it comes back.
func (h *setHarness) of(revision string) string {
	h.Helper()
	of := h.templateOf(revision)
	if of == "" {
		return ""
	}
	if known, is := h.revisions[of]; is && known != revision {
		h.Errorf("template %s has the revisions %s and %s", of, known, revision)
	}
	h.revisions[of] = revision
	return of
}
