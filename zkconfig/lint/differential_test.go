package lint

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/internal/realserver"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

// TestReadAgreesWithZooKeeper feeds the same configurations to ZooKeeper's own
// parser, from the jars of each line, and to Read. Both must accept or refuse
// the same ones, and hold the same values and system properties afterwards. The
// few differences on purpose are in the table stricter.
func TestReadAgreesWithZooKeeper(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("needs a JVM and the jars of ZooKeeper")
	}
	for _, release := range realserver.Releases {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			version, err := zkconfig.ParseVersion(release)
			if err != nil {
				t.Fatal(err)
			}
			folder := t.TempDir()
			cases := append(handPickedCases(folder), generatedCases(folder, generatedCaseCount(t))...)
			answers := askZooKeeper(t, release, folder, cases)
			accepted := 0
			for i, answer := range answers {
				if answer.Refused == "" {
					accepted++
				}
				compareWithZooKeeper(t, version, cases[i], answer)
			}
			t.Logf("%d cases, of which ZooKeeper accepts %d", len(cases), accepted)
			if accepted < len(cases)/5 || accepted > len(cases)*4/5 {
				t.Errorf("ZooKeeper accepts %d of %d cases: the generator no longer tests both sides", accepted, len(cases))
			}
		})
	}
}

// parserCase is one configuration, as texts.
type parserCase struct {
	name        string
	static      string
	dynamicName string // relative to the folder; "" for none
	dynamic     string
	myID        *string
	jvm         map[string]string
}

func (c parserCase) String() string {
	myID := "none"
	if c.myID != nil {
		myID = strconv.Quote(*c.myID)
	}
	return fmt.Sprintf("%s\n%s\n--- dynamic %q\n%s\n--- myid %s, JVM %v", c.name, c.static, c.dynamicName, c.dynamic, myID, c.jvm)
}

// parserAnswer is what ZooKeeper made of a case.
type parserAnswer struct {
	Refused    string            `json:"refused"`
	Getters    map[string]string `json:"getters"`
	Fields     map[string]string `json:"fields"`
	Properties map[string]string `json:"properties"`
}

// askZooKeeper runs the harness of testdata/parser over all cases.
func askZooKeeper(t *testing.T, release, folder string, cases []parserCase) []parserAnswer {
	t.Helper()
	script, err := filepath.Abs("testdata/parser/run.sh")
	if err != nil {
		t.Fatal(err)
	}
	var input bytes.Buffer
	for _, c := range cases {
		c.write(&input)
	}
	command := exec.CommandContext(t.Context(), script, release, folder)
	command.Stdin = &input
	var output, problems bytes.Buffer
	command.Stdout, command.Stderr = &output, &problems
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, problems.String())
	}
	answers := make([]parserAnswer, 0, len(cases))
	lines := bufio.NewScanner(&output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var answer parserAnswer
		if err := json.Unmarshal(lines.Bytes(), &answer); err != nil {
			t.Fatalf("answer %d: %v\n%s", len(answers), err, lines.Text())
		}
		answers = append(answers, answer)
	}
	if err := lines.Err(); err != nil || len(answers) != len(cases) {
		t.Fatalf("%d answers to %d cases: %v\n%s", len(answers), len(cases), err, problems.String())
	}
	return answers
}

func (c parserCase) write(w io.Writer) {
	var flags strings.Builder
	for _, key := range slices.Sorted(maps.Keys(c.jvm)) {
		fmt.Fprintf(&flags, "%s=%s\n", key, c.jvm[key])
	}
	var dynamicName, dynamic *string
	if c.dynamicName != "" {
		dynamicName, dynamic = &c.dynamicName, &c.dynamic
	}
	for _, text := range []*string{&c.static, dynamicName, dynamic, c.myID, new(flags.String())} {
		length := int32(-1)
		if text != nil {
			length = int32(len(*text))
		}
		if err := binary.Write(w, binary.BigEndian, length); err != nil {
			panic(err)
		}
		if text != nil {
			if _, err := io.WriteString(w, *text); err != nil {
				panic(err)
			}
		}
	}
}

// stricter lists where this package differs from ZooKeeper on purpose, or
// cannot know what ZooKeeper knows.
var stricter = []struct {
	why     string
	applies func(Config, []Finding, parserAnswer) bool
}{
	{
		why: "server lines that can only be a mistake are errors here: empty hosts, port 0, unfinished client parts",
		applies: func(_ Config, findings []Finding, _ parserAnswer) bool {
			return hasFinding(findings, func(f Finding) bool { return f.Rule == ServerLine && !f.Stops })
		},
	},
	{
		why: "of two lines for one id ZooKeeper keeps the one that its hash table gives last",
		applies: func(config Config, _ []Finding, _ parserAnswer) bool {
			ids := map[int64]bool{}
			for _, property := range slices.Concat(config.Static.Canonical(), config.Dynamic.Canonical()) {
				id, err := syntax.ServerID(property.Key)
				if err == nil && ids[id] {
					return true
				}
				ids[id] = err == nil
			}
			return false
		},
	},
	{
		why: "nothing is resolved here, so a host that does not exist is not noticed",
		applies: func(_ Config, _ []Finding, answer parserAnswer) bool {
			return strings.Contains(answer.Refused, "UnknownHostException")
		},
	},
	{
		why: "a metrics provider may be a class of the user's own; Validate warns about it",
		applies: func(_ Config, _ []Finding, answer parserAnswer) bool {
			return strings.Contains(answer.Refused, "metrics provider class was not found")
		},
	},
	{
		why: "a missing myid is not noticed, because myid is not always at hand",
		applies: func(config Config, _ []Finding, answer parserAnswer) bool {
			return config.MyID == nil && strings.Contains(answer.Refused, "myid file is missing")
		},
	},
	{
		why: "a version in a server list is an error here even when it parses",
		applies: func(_ Config, findings []Finding, _ parserAnswer) bool {
			return hasFinding(findings, func(f Finding) bool { return f.Key == syntax.VersionKey })
		},
	},
}

func hasFinding(findings []Finding, is func(Finding) bool) bool {
	return slices.ContainsFunc(findings, is)
}

func compareWithZooKeeper(t *testing.T, version zkconfig.Version, c parserCase, answer parserAnswer) {
	t.Helper()
	static, err := zkconfig.Parse(c.static)
	if err != nil {
		// Java refuses malformed escapes as well, and unlike us accepts half
		// of a surrogate pair.
		if answer.Refused == "" && !strings.Contains(err.Error(), "surrogate") {
			t.Errorf("ZooKeeper accepts what Parse refuses: %v\n%s", err, c)
		}
		return
	}
	config := Config{Static: static, MyID: c.myID, JVM: c.jvm}
	if c.dynamicName != "" {
		if config.Dynamic, err = zkconfig.Parse(c.dynamic); err != nil {
			return
		}
		config.Dynamic = append(zkconfig.Properties{}, config.Dynamic...)
	}
	settings, findings := Read(config, version)
	for _, difference := range stricter {
		if difference.applies(config, findings, answer) {
			return
		}
	}
	stops := hasFinding(findings, func(f Finding) bool { return f.Stops })
	if stops != (answer.Refused != "") {
		t.Errorf("ZooKeeper says %q, and we find %v\n%s", answer.Refused, findings, c)
		return
	}
	if stops {
		return
	}
	got := expectedGetters(t, settings, answer)
	if diff := cmp.Diff(got, shownGetters(answer)); diff != "" {
		t.Errorf("settings differ (- ours, + ZooKeeper's)\n%s\n%s", diff, c)
	}
	// Set by the first use of TLS in a JVM, if at all.
	delete(answer.Properties, "jdk.tls.rejectClientInitiatedRenegotiation")
	if diff := cmp.Diff(expectedProperties(settings, config), answer.Properties); diff != "" {
		t.Errorf("system properties differ (- ours, + ZooKeeper's)\n%s\n%s", diff, c)
	}
}

// expectedProperties returns the system properties that the parse sets.
func expectedProperties(s Settings, config Config) map[string]string {
	properties := map[string]string{}
	for _, property := range s.SystemProperties {
		key := catalogue.PropertyPrefix + property.Key
		if value, flagged := config.JVM[key]; !flagged || value != property.Value {
			properties[key] = property.Value
		}
	}
	return properties
}
