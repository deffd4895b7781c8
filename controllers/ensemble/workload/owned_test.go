package workload

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

func TestConfigFindings(t *testing.T) {
	for _, test := range []struct {
		name       string
		properties map[string]string
		want       []string
	}{
		{"nothing", nil, nil},
		{"good properties", map[string]string{"maxClientCnxns": "100", "tickTime": "3000", "autopurge.purgeInterval": "1", "snapCount": "50000"}, nil},
		{
			"a misspelled key names the right one",
			map[string]string{"maxClientCnxn": "100"},
			[]string{"error maxClientCnxn: ZooKeeper 3.9.5 has no such property; the server would accept it silently and nothing would read it. Fix: Did you mean maxClientCnxns?"},
		},
		{
			"a key that resembles none is an error too",
			map[string]string{"foo.bar": "1"},
			[]string{"error foo.bar: ZooKeeper 3.9.5 has no such property; the server would accept it silently and nothing would read it. Fix: Remove the key."},
		},
		{
			"what the operator owns names the field",
			map[string]string{"dataDir": "/x", "db.autocreate": "true", "server.1": "a:1:2"},
			[]string{
				"error dataDir: The operator sets this property itself. Fix: Use spec.storage.data instead.",
				"error db.autocreate: The operator sets this property itself: true lets a blank member vote: two of three members with empty disks elect each other and make the third drop its data. Fix: Remove the key; there is no field for it.",
				"error server.1: The operator sets this property itself. Fix: Use spec.replicas instead.",
			},
		},
		{
			"what zoo.cfg cannot set names the flag",
			map[string]string{"jute.maxbuffer": "4194304"},
			[]string{"error jute.maxbuffer: The server reads the system property jute.maxbuffer, which zoo.cfg cannot set. Fix: Use spec.jvm.flags with -Djute.maxbuffer=…."},
		},
		{
			"a value that the server would replace by the default",
			map[string]string{"snapCount": "10k"},
			[]string{`error snapCount: "10k" is no number, and the server silently uses the default, 100000. Fix: Write a plain number.`},
		},
		{
			"rules across properties count the operator's own",
			map[string]string{"syncLimit": "2000", "minSessionTimeout": "60000"},
			[]string{
				"error minSessionTimeout: The smallest session timeout, 60000 ms, is larger than the largest, 40000 ms, and the server exits with code 2. Fix: Without these keys they are 2 and 20 times tickTime, which suits most ensembles.",
				"error syncLimit: 2000 ticks of 2000 ms are 1h6m40s: for so long a hung leader stops all writes and a hung follower stays in the quorum. Fix: Write syncLimit=5.",
			},
		},
		{
			"only a test may set it",
			map[string]string{"testingonly.initialZxid": "1"},
			[]string{"error testingonly.initialZxid: It breaks the order of transactions and is for tests only. Fix: Remove the line."},
		},
		{
			"the prefix is the server's",
			map[string]string{"zookeeper.snapCount": "1"},
			[]string{"error zookeeper.snapCount: The server puts the prefix before the key once more and sets zookeeper.zookeeper.snapCount, which nothing reads. Fix: Write snapCount without the prefix."},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, finding := range configFindings(test.properties) {
				got = append(got, string(finding.Severity)+" "+finding.String())
				if finding.Line != 0 {
					t.Errorf("%s: a map has no line %d", finding.Key, finding.Line)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(- want, + got)\n%s", diff)
			}
		})
	}
}

// TestOperatorDefaultsAreGood holds the operator to its own rules, in every
// version that it supports. A log without a volume of its own is the user's choice.
func TestOperatorDefaultsAreGood(t *testing.T) {
	e := ensembleWith(nil)
	e.Spec.Storage.Log = &v1alpha1.Volume{}
	for _, release := range []string{"3.7.2", "3.8.6", "3.9.5"} {
		version, err := zkconfig.ParseVersion(release)
		if err != nil {
			t.Fatal(err)
		}
		if findings := lint.Validate(Effective(e), version); len(findings) > 0 {
			t.Errorf("%s: %v", release, findings)
		}
	}
}

func TestEveryOwnedPropertyHasItsField(t *testing.T) {
	owned := map[string]string{}
	for _, definition := range catalogue.All() {
		if definition.Owner != catalogue.User || definition.Source == catalogue.CommandLine {
			owned[definition.Name] = FieldOf(definition)
		}
	}
	for name, field := range map[string]string{"dataDir": "spec.storage.data", "dataLogDir": "spec.storage.log", "server.N": "spec.replicas", "jute.maxbuffer": "spec.jvm.flags", "db.autocreate": ""} {
		if got, ok := owned[name]; !ok || got != field {
			t.Errorf("%s: field %q, owned %v; want field %q", name, got, ok, field)
		}
	}
	for _, name := range []string{"tickTime", "initLimit", "syncLimit", "maxClientCnxns", "snapCount"} {
		if _, ok := owned[name]; ok {
			t.Errorf("%s is the user's to set", name)
		}
	}
}
