package member_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// Agents and operators that run today were built with these very words.
func TestTheLayoutIsTheOneOfEveryAge(t *testing.T) {
	t.Parallel()
	var got []string
	line := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	line("data %s", member.DataDir)
	line("transaction log %s", member.LogDir)
	line("checked properties %s/%s", member.ConfigDir, member.ZooCfg)
	line("java security %s/%s", member.ConfigDir, member.JavaSecurity)
	line("members record %s/%s", member.MembersDir, member.MembershipKey)
	line("formation record %s/%s %s %s", member.FormationDir, member.FormationStateKey, member.FormationOpen, member.FormationClosed)
	line("initial servers %s/%s", member.FormationDir, member.FormationServersKey)
	line("super-user %s/%s", member.SuperuserDir, member.Digest)
	line("install /%s %s %s", member.Program, member.Install, member.ProgramDir)
	line("run %s/%s %s --%s --%s --%s --%s", member.ProgramDir, member.Program, member.Run,
		member.FlagIDOffset, member.FlagHostSuffix, member.FlagDataDir, member.FlagLogDir)
	line("lives with the Pod %s", member.StateDir)
	line("server logs %s", member.ServerLogDir)
	line("temporary %s", member.TempDir)
	line("variables %s %s %s", member.EnvPodName, member.EnvPodUID, member.EnvPodIP)
	line("ports %d %d %d %d", member.ClientPort, member.QuorumPort, member.ElectionPort, member.AgentPort)
	line("answers %s %s %s", member.ReadyPath, member.LivePath, member.StatePath)
	line("needs a new Pod %d", member.ExitNeedsNewPod)

	var want []string
	for text := range strings.Lines(read(t, "layout.txt")) {
		if !strings.HasPrefix(text, "#") {
			want = append(want, strings.TrimSpace(text))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a line may be added, none may change (-agreed +now):\n%s", diff)
	}
}

// What an agent of any age answers is understood, word for word, and given in the
// same words.
func TestAStateIsReadAndWrittenInTheSameWords(t *testing.T) {
	t.Parallel()
	answer := read(t, "state.json")
	got, err := member.Parse([]byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	want := &member.State{
		ID: 3, PodUID: "8c0f6c0e-6a0f-4c5e-9d0c-2f4b7a1f9e11", Phase: member.Waiting, Waiting: "zoo.cfg is not mounted",
		Blank: true, Granted: true, Saved: true, Joiner: true, ConfigVersion: "100000004",
		List: member.FromMembers, MovedAside: []string{"/datalog/version-2.aside"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	written, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(answer), string(written)); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

// A field that only a newer agent knows does no harm.
func TestAFieldOfANewerAgentIsPassedOver(t *testing.T) {
	t.Parallel()
	got, err := member.Parse([]byte(`{"id": 1, "phase": "running", "certificates": {"expire": "2030"}}`))
	if err != nil || got.Phase != member.Running {
		t.Errorf("got %+v, %v", got, err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
