package ensemble

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// words are texts of every kind that a status can be made from.
var words = []string{
	"", "zk-0", "3.9.5", strings.Repeat("v", 100), strings.Repeat("n", 300), strings.Repeat("long ", 400), strings.Repeat("ö", 700),
	strings.Repeat("x", 40_000), "two\nlines\r\n and \x00 \x1b[31m red", "broken \xff\xfe UTF-8", "\u202Eright to left", " ", "-", "1st",
}

// filler gives every field of a value the largest of everything, or any of what
// there is. It finds the fields by itself, so that a new one is found as well.
type filler struct{ chance *rand.Rand }

func (f filler) fill(v reflect.Value) {
	switch v.Interface().(type) {
	case v1alpha1.MemberRole:
		v.SetString(string(pick(f, []v1alpha1.MemberRole{v1alpha1.MemberRoleVoter, v1alpha1.MemberRoleObserver, v1alpha1.MemberRoleNonVoter, ""})))
		return
	case v1alpha1.MemberHealth:
		v.SetString(string(pick(f, v1alpha1.MemberHealths)))
		return
	case []metav1.Condition:
		v.Set(reflect.ValueOf(f.conditions()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(pick(f, words))
	case reflect.Int32, reflect.Int64:
		v.SetInt(pick(f, []int64{0, 1, 5, 100, 101, 254, 255, 256, 300, math.MaxInt32}))
	case reflect.Slice:
		n := pick(f, []int{0, 1, 32, 33, 400})
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			f.fill(v.Index(i))
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			f.fill(field)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	default:
		panic("no largest value for " + v.Type().String())
	}
}

// conditions are ours, after any number of those of somebody else.
func (f filler) conditions() []metav1.Condition {
	var all []metav1.Condition
	for i := range pick(f, []int{0, 3, 11, 16}) {
		all = append(all, metav1.Condition{Type: fmt.Sprintf("Other%d", i)})
	}
	for _, kind := range v1alpha1.Conditions {
		all = append(all, metav1.Condition{Type: kind})
	}
	for i := range all {
		c := &all[i]
		c.Status = pick(f, []metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown})
		c.Reason, c.Message, c.LastTransitionTime = pick(f, words), pick(f, words), metav1.Now()
	}
	return all
}

func pick[T any](f filler, of []T) T {
	if f.chance == nil {
		return slices.MaxFunc(of, func(a, b T) int { return len(fmt.Sprint(a)) - len(fmt.Sprint(b)) })
	}
	return of[f.chance.IntN(len(of))]
}

// The status cannot be frozen: whatever it is made from, the API server with the
// CRD of the chart accepts it.
func TestAnyStatusIsAccepted(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t)
	e := w.ensemble(1)
	for seed := range uint64(100) {
		f := filler{rand.New(rand.NewPCG(seed, 0))}
		if seed == 0 {
			f.chance = nil
		}
		whatever := v1alpha1.ZooKeeperEnsembleStatus{}
		f.fill(reflect.ValueOf(&whatever).Elem())
		e.Status = bounded(whatever)
		if again := bounded(e.Status); !equality.Semantic.DeepEqual(e.Status, again) {
			t.Errorf("seed %d: what is within the bounds must stay as it is:\n%s", seed, cmp.Diff(e.Status, again))
		}
		want := e.Status.DeepCopy()
		if err := w.Status().Update(t.Context(), e); err != nil {
			t.Fatalf("seed %d: the status is refused: %v", seed, err)
		}
		if diff := cmp.Diff(want.Members, e.Status.Members); diff != "" {
			t.Errorf("seed %d: what was written is not what was meant (-want +got):\n%s", seed, diff)
		}
		for _, kind := range v1alpha1.Conditions {
			if !slices.ContainsFunc(e.Status.Conditions, func(c metav1.Condition) bool { return c.Type == kind }) {
				t.Errorf("seed %d: the condition %s is lost", seed, kind)
			}
		}
	}
}

// People see plain lines, and how much was left out.
func TestWhatIsLeftOutIsTold(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprintf("warning %d", i))
	}
	got := bounded(v1alpha1.ZooKeeperEnsembleStatus{Warnings: many, Activity: "one\ntwo \x1b[31mred", Members: []v1alpha1.MemberStatus{
		{ID: 101, Ordinal: 100, Role: v1alpha1.MemberRoleNonVoter}, {ID: 101, Role: v1alpha1.MemberRoleObserver}, {ID: 301, Ordinal: 300},
	}})
	if len(got.Warnings) != maxWarnings || got.Warnings[30] != "warning 30" || got.Warnings[31] != "… and 9 more" {
		t.Errorf("of 40 warnings 31 are told and the rest is counted: %q", got.Warnings)
	}
	if want := "one; two  [31mred"; got.Activity != want {
		t.Errorf("the line is %q, want %q", got.Activity, want)
	}
	if want := []v1alpha1.MemberStatus{{ID: 101, Role: v1alpha1.MemberRoleObserver}}; !slices.Equal(got.Members, want) {
		t.Errorf("of two members with one id the listed one is told, and one that no server can be is not: %v", got.Members)
	}
}

// What changes each time that it is said is left out, and what it is said of stays.
func TestALineStaysTheSameWhileWhatItSaysDoes(t *testing.T) {
	t.Parallel()
	for first, second := range map[string]string{
		"x509: certificate has expired or is not yet valid: current time 2026-11-27T10:21:19Z is after 2026-10-01T00:00:00Z": "x509: certificate has expired or is not yet valid: current time 2026-11-27T10:21:29Z is after 2026-10-01T00:00:00Z",
		"http2: server sent GOAWAY and closed the connection; LastStreamID=1999, ErrCode=NO_ERROR":                           "http2: server sent GOAWAY and closed the connection; LastStreamID=25, ErrCode=NO_ERROR",
		"RequestID: 0f8fad5b-d9cb-469f-a165-70867728950e, id=\"0f8fad5b-d9cb-469f-a165-70867728950e\"":                       "RequestID: 1f8fad5b-d9cb-469f-a165-70867728950f, id=\"1f8fad5b-d9cb-469f-a165-70867728950f\"",
		"denied by the policy after 1.2034s":                    "denied by the policy after 983.1ms",
		"no rule for &{0xc000a1b2c3 [] 5}":                      "no rule for &{0xc000ffb2c8 [] 5}",
		"read udp 10.244.0.5:41234->10.96.0.10:53: i/o timeout": "read udp 10.244.0.5:50111->10.96.0.10:53: i/o timeout",
	} {
		if line(first) != line(second) {
			t.Errorf("%q and %q say the same", line(first), line(second))
		}
	}
	for _, stays := range []string{
		"x509: certificate has expired or is not yet valid: is after 2026-10-01T00:00:00Z",
		"the image registry.example/zookeeper:3.9.5 of the container \"zookeeper\" cannot be pulled",
		"maximum memory usage per Container is 512Mi, but limit is 1.5Gi", "10.96.0.10:53: connection refused",
		"Being deleted: data-zk-0 (volume pvc-0f8fad5b-d9cb-469f-a165-70867728950e)",
	} {
		if got := line(stays); got != stays {
			t.Errorf("%q became %q", stays, got)
		}
	}
}

// Whatever a specification or a server says, the status goes on to tell.
func TestNothingFreezesTheStatus(t *testing.T) {
	t.Parallel()
	for name, freeze := range map[string]func(w *world, e *v1alpha1.ZooKeeperEnsemble){
		"40 warnings": func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
				e.Spec.Config = map[string]string{}
				for i := range 40 {
					e.Spec.Config[fmt.Sprintf("authProvider.%d", i)] = "com.example.Provider"
				}
			})
		},
		"a refusal of 42 KB": func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
			w.judge.refuses = true
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
				e.Spec.Placement.Tolerations = []corev1.Toleration{{Key: strings.Repeat("k", 42_000), Operator: corev1.TolerationOpExists}}
			})
		},
		"a version of 100 characters": func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
			w.servers.SetMemberVersion(1, strings.Repeat("v", 100))
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Update.SettleSeconds = 1 })
		},
		"lines and colours": func(w *world, e *v1alpha1.ZooKeeperEnsemble) {
			w.change(e, func(e *v1alpha1.ZooKeeperEnsemble) {
				e.Spec.Config = map[string]string{"synclimt": "a", "dataDir": "b"}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(1)
			w.rests(e)
			freeze(w, e)
			w.eventually("the status is about the newest specification", func() bool {
				return w.seen(e.Name, e) && e.Status.ObservedGeneration == e.Generation && e.Generation > 1
			})
			if got := plain(e.Status.Activity); got != e.Status.Activity {
				t.Errorf("the line holds characters that cannot be printed: %q", e.Status.Activity)
			}
		})
	}
}
