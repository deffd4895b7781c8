package plugin

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const mistakes = `dataDir=/data
dataLogDir=/datalog
clientPort=2181
initLimit=10
syncLimit=2000
autopurge.purgeInteval=1
admin.enableServer=false
server.1=a:2888:3888
server.2=b:2888:3888
server.3=c:2888:3888
`

const good = `dataDir=/data
dataLogDir=/datalog
clientPort=2181
initLimit=10
syncLimit=5
autopurge.purgeInterval=1
admin.enableServer=false
server.1=a:2888:3888
server.2=b:2888:3888
server.3=c:2888:3888
`

// result is what a run of the command leaves behind.
type result struct {
	code     int
	out, err string
}

func runWith(input string, arguments ...string) result {
	var out, err bytes.Buffer
	code := run(arguments, streams{in: strings.NewReader(input), out: &out, err: &err})
	return result{code, out.String(), err.String()}
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLintSpeaksLikeACompiler(t *testing.T) {
	path := writeFile(t, "zoo.cfg", mistakes)
	got := runWith("", "lint", "-f", path)
	want := result{code: 1, out: strings.ReplaceAll(`ZOO.CFG:5: error: syncLimit: 2000 ticks of 3000 ms are 1h40m0s: for so long a hung leader stops all writes and a hung follower stays in the quorum. [timing]
    syncLimit=2000
    fix: Write syncLimit=5.
ZOO.CFG:6: error: autopurge.purgeInteval: ZooKeeper has no such property. It accepts the line, sets the system property zookeeper.autopurge.purgeInteval, and nothing reads it. [unknown-key]
    autopurge.purgeInteval=1
    fix: Did you mean autopurge.purgeInterval?
2 errors, 0 warnings for ZooKeeper 3.9.6
`, "ZOO.CFG", path)}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("(- want, + got)\n%s", diff)
	}
}

func TestLintExitStatus(t *testing.T) {
	for _, test := range []struct {
		name      string
		input     string
		arguments []string
		code      int
		out, err  string // the end of each
	}{
		{"no findings", good, []string{"lint", "-f", "-"}, 0, "no findings for ZooKeeper 3.9.6\n", ""},
		{"warnings only", strings.Replace(good, "server.3=c:2888:3888\n", "", 1), []string{"lint", "-f", "-"}, 0, "0 errors, 1 warning for ZooKeeper 3.9.6\n", ""},
		{"a hint", strings.Replace(good, "autopurge.purgeInterval=1\n", "", 1), []string{"lint", "-f", "-"}, 0, "0 errors, 0 warnings, 1 hint for ZooKeeper 3.9.6\n", ""},
		{"errors", mistakes, []string{"lint", "-f", "-", "--version", "3.8"}, 1, "2 errors, 0 warnings for ZooKeeper 3.8.7\n", ""},
		{"no properties file", `a=\u1`, []string{"lint", "-f", "-"}, 1, "1 error, 0 warnings for ZooKeeper 3.9.6\n", ""},
		{"a missing file", "", []string{"lint", "-f", "/nowhere/zoo.cfg"}, 2, "", "error: open /nowhere/zoo.cfg: no such file or directory\n"},
		{"a missing membership file", good, []string{"lint", "-f", "-", "--dynamic", "/nowhere/members"}, 2, "", "error: open /nowhere/members: no such file or directory\n"},
		{"a version that is none", good, []string{"lint", "-f", "-", "--version", "new"}, 2, "", "error: the version \"new\" is not like 3.9.5 or 3.9\n"},
		{"an unknown format", good, []string{"lint", "-f", "-", "-o", "xml"}, 2, "", "error: unknown output format \"xml\": use text or json\n"},
		{"an unknown flag", good, []string{"lint", "--colour"}, 2, "", "error: unknown flag: --colour\n"},
		{"an unknown command", "", []string{"mend"}, 2, "", "error: unknown command \"mend\" for \"kubectl zk\"\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := runWith(test.input, test.arguments...)
			if got.code != test.code || !strings.HasSuffix(got.out, test.out) || !strings.HasSuffix(got.err, test.err) {
				t.Errorf("got %+v, want %+v", got, test)
			}
			if test.err == "" && got.err != "" {
				t.Errorf("unexpected error output %q", got.err)
			}
		})
	}
}

func TestLintReadsMembershipAndMyID(t *testing.T) {
	static := "dataDir=/data\ndataLogDir=/datalog\ninitLimit=10\nsyncLimit=5\nautopurge.purgeInterval=1\nadmin.enableServer=false\n" +
		"clientPort=2181\ndynamicConfigFile=/conf/zoo.cfg.dynamic.1\n"
	members := writeFile(t, "members", "server.1=a:2888:3888;2182\nserver.2=b:2888:3888\nserver.2=c:2888:3888\n")
	got := runWith(static, "lint", "-f", "-", "--dynamic", members, "--myid", "1", "-o", "json")
	var report struct {
		Errors   int
		Findings []struct {
			Path, Rule string
			Line       int
		}
	}
	if err := json.Unmarshal([]byte(got.out), &report); err != nil {
		t.Fatalf("%v\n%s", err, got.out)
	}
	type place struct {
		path, rule string
		line       int
	}
	var places []place
	for _, finding := range report.Findings {
		places = append(places, place{finding.Path, finding.Rule, finding.Line})
	}
	want := []place{{"<stdin>", "server-line", 7}, {members, "server-id", 3}, {members, "voter-count", 3}}
	if diff := cmp.Diff(want, places, cmp.AllowUnexported(place{})); got.code != 1 || report.Errors != 2 || diff != "" {
		t.Errorf("exit status %d, %d errors (- want, + got)\n%s", got.code, report.Errors, diff)
	}
}

func TestColour(t *testing.T) {
	var out bytes.Buffer
	code := run([]string{"lint", "-f", "-"}, streams{in: strings.NewReader(mistakes), out: &out, err: &out, colour: true})
	if code != 1 || !strings.Contains(out.String(), "\x1b[31;1merror\x1b[0m") {
		t.Errorf("exit status %d, no red error in\n%q", code, out.String())
	}
	if got := runWith(mistakes, "lint", "-f", "-"); strings.Contains(got.out, "\x1b") {
		t.Errorf("colour without a terminal: %q", got.out)
	}
}

func TestExplain(t *testing.T) {
	got := runWith("", "explain", "snapCount")
	want := result{out: `snapCount
A small number writes snapshots all the time; anything below 2 counts as 2.

type            integer
default         100000
bounds          at least 2
malformed       the default holds silently
set by          zoo.cfg or -D
java property   zookeeper.snapCount
a change needs  rolling restart
owner           user
`}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("(- want, + got)\n%s", diff)
	}
}

func TestExplainNamesTheRightKey(t *testing.T) {
	got := runWith("", "explain", "maxClientCnxn")
	if got.code != 1 || got.err != "ZooKeeper has no property \"maxClientCnxn\"; did you mean maxClientCnxns?\n" || !strings.HasPrefix(got.out, "maxClientCnxns\n") {
		t.Errorf("got %+v", got)
	}
	got = runWith("", "explain", "nothing.like.it")
	if got.code != 1 || got.err != "ZooKeeper has no property \"nothing.like.it\".\n" || got.out != "" {
		t.Errorf("got %+v", got)
	}
}

func TestExplainJSON(t *testing.T) {
	got := runWith("", "explain", "ssl.keyStore.passwordPath", "-o", "json")
	var definition struct {
		Name, Property, Owner string
		Since                 []string
	}
	if err := json.Unmarshal([]byte(got.out), &definition); err != nil {
		t.Fatalf("%v\n%s", err, got.out)
	}
	if definition.Property != "zookeeper.ssl.keyStore.passwordPath" || definition.Owner != "operator" || !cmp.Equal(definition.Since, []string{"3.8.0"}) {
		t.Errorf("got %+v", definition)
	}
}

// TestLintHidesSecrets gives a secret to keys that hold one, and to others that were meant to.
func TestLintHidesSecrets(t *testing.T) {
	for _, key := range []string{
		"ssl.keyStore.password", "zookeeper.ssl.keyStore.password", "ssl.keystore.password", "ssl.keyStore.pasword",
		"DigestAuthenticationProvider.superdigest", "my.own.password", "sasl.Secret",
	} {
		t.Run(key, func(t *testing.T) {
			got := runWith(good+key+"=sesame\n", "lint", "-f", "-")
			if !strings.Contains(got.out, key) || strings.Contains(got.out, "sesame") {
				t.Errorf("got %+v", got)
			}
		})
	}
}
