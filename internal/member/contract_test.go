package member_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
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

// Whatever an agent answers comes out bounded, on one line and in characters that can
// be shown.
func TestWhatAnAgentAnswersIsBounded(t *testing.T) {
	t.Parallel()
	const most, list = 900, 16
	for name, c := range map[string]struct{ text, want string }{
		"nothing":              {"", ""},
		"plain words":          {"for a list", "for a list"},
		"blanks around":        {" \n\tfor a list\r\n", "for a list"},
		"several lines":        {"for\na\tlist\x00", "for a list "},
		"colours":              {"\x1b[31mfor a list", " [31mfor a list"},
		"another direction":    {"for\u202ea list", "for a list"},
		"no text":              {"\xff\xfe", "  "},
		"as long as can be":    {strings.Repeat("ü", most), strings.Repeat("ü", most)},
		"one character longer": {strings.Repeat("ü", most+1), strings.Repeat("ü", most)},
		"a megabyte":           {strings.Repeat("\x00", 1<<20), strings.Repeat(" ", most)},
	} {
		if got := member.Plain(c.text); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	long := strings.Repeat("x", most+1)
	answer := member.State{
		ID: -1, PodUID: long, Phase: member.Phase(long), Waiting: long, ConfigVersion: long, List: member.Source(long),
		MovedAside: slices.Repeat([]string{long}, list+1),
	}
	text, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	got, err := member.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	short := strings.Repeat("x", most)
	want := &member.State{
		ID: -1, PodUID: short, Phase: member.Phase(short), Waiting: short, ConfigVersion: short, List: member.Source(short),
		MovedAside: slices.Repeat([]string{short}, list),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	texts := func(s *member.State) int {
		return len(s.PodUID) + len(s.Phase) + len(s.Waiting) + len(s.ConfigVersion) + len(s.List) + len(strings.Join(s.MovedAside, ""))
	}
	if fields := reflect.TypeFor[member.State]().NumField(); fields != 11 || texts(got) != (5+list)*most {
		t.Errorf("of %d fields the texts have %d characters: each must be bounded, and be here", fields, texts(got))
	}
	for _, garbage := range []string{"", "null and void", `{"id": "one"}`, `{"movedAside": "x"}`, `[]`} {
		if got, err := member.Parse([]byte(garbage)); err == nil {
			t.Errorf("%s is taken for %+v", garbage, got)
		}
	}
}
