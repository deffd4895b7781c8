package lint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
)

func TestDiff(t *testing.T) {
	const base = "dataDir=/data\ninitLimit=10\nsyncLimit=5\nreconfigEnabled=true\nserver.1=a:2888:3888;2181\nserver.2=b:2888:3888;2181\nserver.3=c:2888:3888;2181\n"
	for _, test := range []struct {
		name     string
		old, new string
		needs    catalogue.Need
		reason   string
		keys     []string // key needs
	}{
		{"the same text", base, base, catalogue.Nothing, "", nil},
		{"another order and comments", base, "# x\nsyncLimit = 5\n" + base, catalogue.Nothing, "", nil},
		{"another spelling of the same value", base + "syncEnabled=false\nsnapCount=16\n", base + "syncEnabled=FALSE\nsnapCount=0x10\n", catalogue.Nothing, "", nil},
		{"the default written out", base, base + "tickTime=3000\nforceSync=yes\nleaderServes=true\nautopurge.snapRetainCount=1\ndataLogDir=/data\nadmin.enableServer=True\n", catalogue.Nothing, "", nil},
		{"a malformed value that means the default", base, base + "snapCount=10k\n", catalogue.Nothing, "", nil},
		{"a duplicate that is overridden", base, "syncLimit=7\n" + base, catalogue.Nothing, "", nil},
		{"a limit", base, base + "maxClientCnxns=100\n", catalogue.Restart, "", []string{"maxClientCnxns rolling restart"}},
		{"a key that nobody knows", base, base + "my.plugin=1\n", catalogue.Restart, "", []string{"my.plugin rolling restart"}},
		{"a key that zoo.cfg cannot set", base, base + "jute.maxbuffer=1\n", catalogue.Nothing, "", []string{"jute.maxbuffer nothing"}},
		{"a new member", base, base + "server.4=d:2888:3888;2181\n", catalogue.Reconfig, "", []string{"server.4 reconfig"}},
		{"a member that leaves", base + "server.4=d:2888:3888;2181\n", base, catalogue.Reconfig, "", []string{"server.4 reconfig"}},
		{"another role", base, base + "server.3=c:2888:3888:observer;2181\n", catalogue.Reconfig, "", []string{"server.3 reconfig"}},
		{"a member and a limit", base, base + "server.4=d:2888:3888;2181\nmaxClientCnxns=100\n", catalogue.Restart, "", []string{"maxClientCnxns rolling restart", "server.4 reconfig"}},
		{
			"a member without reconfig",
			strings.Replace(base, "reconfigEnabled=true\n", "", 1), strings.Replace(base, "reconfigEnabled=true\n", "server.4=d:2888:3888\n", 1),
			catalogue.Restart, "",
			[]string{"server.4 rolling restart"},
		},
		{
			"another data directory", base, base + "dataDir=/other\n", catalogue.Never,
			"dataDir: An empty or wrong directory makes the server a blank member, or it exits with code 2 because myid is missing.",
			[]string{"dataDir never in place"},
		},
		{
			"TLS in one step", base, base + "sslQuorum=true\n", catalogue.Never,
			"servers with and without TLS could not talk to each other: first roll out portUnification=true with sslQuorum as it was, then sslQuorum, then portUnification=false",
			[]string{"sslQuorum rolling restart"},
		},
		{"TLS, first step", base, base + "portUnification=true\n", catalogue.Restart, "", []string{"portUnification rolling restart"}},
		{"TLS, second step", base + "portUnification=true\n", base + "portUnification=true\nsslQuorum=true\n", catalogue.Restart, "", []string{"sslQuorum rolling restart"}},
		{"TLS, third step", base + "portUnification=true\nsslQuorum=true\n", base + "sslQuorum=true\n", catalogue.Restart, "", []string{"portUnification rolling restart"}},
		{"TLS for one server alone", "dataDir=/data\n", "dataDir=/data\nsslQuorum=true\n", catalogue.Restart, "", []string{"sslQuorum rolling restart"}},
		{"SASL, first step", base, base + "quorum.auth.enableSasl=true\n", catalogue.Restart, "", []string{"quorum.auth.enableSasl rolling restart"}},
		{
			"SASL in two steps at once", base, base + "quorum.auth.enableSasl=true\nquorum.auth.learnerRequireSasl=true\n", catalogue.Never,
			"servers with and without SASL could not talk to each other: first roll out quorum.auth.enableSasl=true, then quorum.auth.learnerRequireSasl=true, " +
				"then quorum.auth.serverRequireSasl=true; back in the opposite order",
			[]string{"quorum.auth.enableSasl rolling restart", "quorum.auth.learnerRequireSasl rolling restart"},
		},
		{
			"a server that would not start", base, base + "tickTime=two\n", catalogue.Never,
			`the server would not start: tickTime: "two" is no whole number of 32 bits, and the server exits with code 2. Fix: Write a plain number of ms, without a unit.`,
			[]string{"tickTime rolling restart"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Diff(configOf(t, test.old), configOf(t, test.new), zkconfig.Version{Major: 3, Minor: 9, Patch: 5})
			var keys []string
			for _, change := range got.Keys {
				keys = append(keys, change.Key+" "+string(change.Needs))
			}
			if got.Needs != test.needs || got.Reason != test.reason {
				t.Errorf("needs %q (%q), want %q (%q)", got.Needs, got.Reason, test.needs, test.reason)
			}
			if diff := cmp.Diff(test.keys, keys); diff != "" {
				t.Errorf("keys (- want, + got)\n%s", diff)
			}
		})
	}
}

func configOf(t *testing.T, text string) Config {
	t.Helper()
	properties, err := zkconfig.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return Config{Static: properties}
}

func TestDiffShowsValues(t *testing.T) {
	before := configOf(t, "dataDir=/data\nsnapCount=5\nssl.keyStore.password=old\nserver.1=a:1:2\n")
	after := configOf(t, "dataDir=/data\nsnapCount=6\nssl.keyStore.password=new\nserver.1=b:1:2\n")
	want := []KeyChange{
		{Key: "server.1", Old: "a:1:2:participant", New: "b:1:2:participant", Needs: catalogue.Restart, Reason: "Without reconfigEnabled=true the list changes by a restart of one server after the other."},
		{Key: "snapCount", Old: "5", New: "6", Needs: catalogue.Restart},
		{Key: "ssl.keyStore.password", Old: "(secret)", New: "(secret)", Needs: catalogue.Restart},
	}
	if diff := cmp.Diff(want, Diff(before, after, zkconfig.Version{Major: 3, Minor: 9, Patch: 5}).Keys); diff != "" {
		t.Errorf("(- want, + got)\n%s", diff)
	}
}

// TestDiffIsNothingForItself holds for every file of the golden tests.
func TestDiffIsNothingForItself(t *testing.T) {
	config, version := readValidateCase(t, "testdata/validate/values.cfg")
	if got := Diff(config, config, version); len(got.Keys) > 0 {
		t.Errorf("a configuration differs from itself: %+v", got)
	}
}
