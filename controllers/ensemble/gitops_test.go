package ensemble

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	lua "github.com/yuin/gopher-lua"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// TestTheHealthCheckForArgoCD runs the program of the document on statuses.
func TestTheHealthCheckForArgoCD(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operations/gitops.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)\n```lua\n(.*?)\n```\n").FindSubmatch(page)
	if block == nil {
		t.Fatal("docs/operations/gitops.md has no program")
	}
	const yes, no, unknown = metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown
	for name, c := range map[string]struct {
		available, ready, stalled metav1.ConditionStatus
		availableReason           string
		reason                    plan.Reason
		observed                  int64
		want                      string
	}{
		"as specified":                {yes, yes, no, v1alpha1.ReasonQuorumServes, plan.AsSpecified, 2, "Healthy"},
		"the newest spec is not seen": {yes, yes, no, v1alpha1.ReasonQuorumServes, plan.AsSpecified, 1, "Progressing"},
		"a roll":                      {yes, no, no, v1alpha1.ReasonQuorumServes, plan.RestartingMember, 2, "Progressing"},
		"forming":                     {no, no, no, v1alpha1.ReasonForming, plan.Forming, 2, "Progressing"},
		"forming, and too late":       {no, no, yes, v1alpha1.ReasonForming, plan.ProgressDeadlineExceeded, 2, "Degraded"},
		"a wrong specification":       {yes, no, yes, v1alpha1.ReasonQuorumServes, plan.InvalidSpec, 2, "Degraded"},
		"no quorum":                   {no, no, no, v1alpha1.ReasonQuorumLost, plan.QuorumLost, 2, "Degraded"},
		"no quorum while paused":      {no, yes, no, v1alpha1.ReasonQuorumLost, plan.Paused, 2, "Degraded"},
		"paused":                      {yes, yes, no, v1alpha1.ReasonQuorumServes, plan.Paused, 2, "Suspended"},
		"stopped":                     {no, yes, no, v1alpha1.ReasonStopped, plan.Stopped, 2, "Suspended"},
		"waits for approval":          {yes, no, no, v1alpha1.ReasonQuorumServes, plan.ApprovalNeeded, 2, "Suspended"},
		"cannot look":                 {unknown, unknown, no, v1alpha1.ReasonObserveFailed, v1alpha1.ReasonObserveFailed, 2, "Unknown"},
		"nobody can be reached": {
			unknown, no, no, v1alpha1.ReasonMembersUnreachable, plan.MembersUnreachable, 2, "Unknown",
		},
		"nobody can be reached while paused": {
			unknown, yes, no, v1alpha1.ReasonMembersUnreachable, plan.Paused, 2, "Unknown",
		},
		"nobody can be reached, and the spec is wrong": {
			unknown, no, yes, v1alpha1.ReasonMembersUnreachable, plan.InvalidSpec, 2, "Degraded",
		},
		"the record cannot be read, and one leads": {
			unknown, no, yes, v1alpha1.ReasonRecordUnreadable, plan.RecordUnreadable, 2, "Degraded",
		},
		"another operator that does not answer": {
			unknown, unknown, yes, v1alpha1.ReasonOtherOperator, v1alpha1.ReasonOtherOperator, 2, "Degraded",
		},
		"nothing is said yet": {"", "", "", "", "", 0, "Progressing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &v1alpha1.ZooKeeperEnsemble{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
			e.Status.ObservedGeneration = c.observed
			if c.ready != "" {
				for kind, status := range map[string]metav1.ConditionStatus{
					v1alpha1.ConditionReady: c.ready, v1alpha1.ConditionStalled: c.stalled, v1alpha1.ConditionAvailable: c.available,
				} {
					reason := string(c.reason)
					if kind == v1alpha1.ConditionAvailable {
						reason = c.availableReason
					}
					e.Status.Conditions = append(e.Status.Conditions, metav1.Condition{Type: kind, Status: status, Reason: reason, Message: "words"})
				}
			}
			if got := argoHealth(t, string(block[1]), e); got != c.want {
				t.Errorf("the health is %s, want %s", got, c.want)
			}
		})
	}
}

// argoHealth runs a health check as Argo CD does: the object is a global, the
// answer a table.
func argoHealth(t *testing.T, program string, e *v1alpha1.ZooKeeperEnsemble) string {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var object any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	state := lua.NewState()
	defer state.Close()
	state.SetGlobal("obj", luaValue(state, object))
	if err := state.DoString(program); err != nil {
		t.Fatal(err)
	}
	answer, ok := state.Get(-1).(*lua.LTable)
	if !ok || answer.RawGetString("message") == lua.LNil {
		t.Fatalf("the answer is %v", state.Get(-1))
	}
	return answer.RawGetString("status").String()
}

// luaValue is a value of JSON in Lua.
func luaValue(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case string:
		return lua.LString(value)
	case float64:
		return lua.LNumber(value)
	case bool:
		return lua.LBool(value)
	case []any:
		table := state.NewTable()
		for _, element := range value {
			table.Append(luaValue(state, element))
		}
		return table
	case map[string]any:
		table := state.NewTable()
		for key, element := range value {
			table.RawSetString(key, luaValue(state, element))
		}
		return table
	default:
		return lua.LNil
	}
}
