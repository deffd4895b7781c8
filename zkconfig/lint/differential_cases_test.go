package lint

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
)

// generatedCaseCount keeps the test within a minute on two cores, for all
// versions together. ZK_PARSER_CASES asks for more of the same sequence.
func generatedCaseCount(t *testing.T) int {
	t.Helper()
	wanted := os.Getenv("ZK_PARSER_CASES")
	if wanted == "" {
		return 3000
	}
	count, err := strconv.Atoi(wanted)
	if err != nil {
		t.Fatalf("ZK_PARSER_CASES: %v", err)
	}
	return count
}

// handPickedCases are the configurations that people write, and what the facts
// about ZooKeeper say is strange.
func handPickedCases(folder string) []parserCase {
	const quorum = "initLimit=10\nsyncLimit=5\nclientPort=2181\n"
	const three = "server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n"
	dataDir := "dataDir=" + filepath.Join(folder, "data") + "\n"
	var cases []parserCase
	add := func(name, static string) *parserCase {
		cases = append(cases, parserCase{name: name, static: static, myID: new("1\n")})
		return &cases[len(cases)-1]
	}
	for name, text := range map[string]string{
		"three servers":                      quorum + three,
		"standalone":                         "clientPort=2181\n",
		"nothing but dataDir":                "",
		"inline comment":                     quorum + three + "tickTime=2000 # two seconds\n",
		"no limits":                          three,
		"zero tick":                          quorum + three + "tickTime=0\n",
		"negative tick":                      quorum + three + "tickTime=-1\nminSessionTimeout=1\nmaxSessionTimeout=2\n",
		"overflowing tick":                   quorum + three + "tickTime=200000000\n",
		"min above max":                      quorum + three + "minSessionTimeout=9\nmaxSessionTimeout=8\n",
		"blank after port":                   quorum + three + "server.4=d:2888:3888 \n",
		"blank after role":                   quorum + three + "server.4=d:2888:3888:observer \n",
		"same ports":                         quorum + three + "server.4=d:2888:2888\n",
		"several addresses":                  quorum + three + "server.4=d:2888:3888|e:2888:3888\n",
		"multiAddress in zoo.cfg":            quorum + three + "multiAddress.enabled=true\nserver.4=d:2888:3888|e:2888:3888\n",
		"own client port differs":            quorum + "server.1=a:2888:3888;2182\nserver.2=b:2888:3888\n",
		"own client port agrees":             quorum + "server.1=a:2888:3888;2181\nserver.2=b:2888:3888\n",
		"own client address differs":         quorum + "clientPortAddress=127.0.0.1\nserver.1=a:2888:3888;2181\nserver.2=b:2888:3888\n",
		"own client address agrees":          quorum + "clientPortAddress=127.0.0.1\nserver.1=a:2888:3888;127.0.0.1:2181\nserver.2=b:2888:3888\n",
		"address without port":               "clientPortAddress=127.0.0.1\n",
		"secure port":                        "secureClientPort=2281\n",
		"secure port, other scheme":          "secureClientPort=2281\nssl.authProvider=foo\n",
		"secure port, known scheme":          "secureClientPort=2281\nssl.authProvider=foo\nauthProvider.foo=bar\n",
		"secure port, provider set":          "secureClientPort=2281\nauthProvider.x509=bar\n",
		"port out of range":                  "clientPort=65536\n",
		"negative port":                      "clientPort=-1\n",
		"port zero":                          "clientPort=0\n",
		"observer master out of range":       "observerMasterPort=65536\n",
		"observer master negative":           "observerMasterPort=-5\n",
		"one voter":                          quorum + "server.1=a:2888:3888\n",
		"one voter, not standalone":          quorum + "standaloneEnabled=false\nserver.1=a:2888:3888\n",
		"one voter, one observer":            quorum + "server.1=a:2888:3888\nserver.2=b:2888:3888:observer\n",
		"one voter, one observer, quorum":    quorum + "standaloneEnabled=false\nserver.1=a:2888:3888\nserver.2=b:2888:3888:observer\n",
		"observers only":                     quorum + "server.1=a:2888:3888:observer\n",
		"no servers, not standalone":         quorum + "standaloneEnabled=false\n",
		"observer by list":                   quorum + three + "server.1=a:2888:3888:observer\n",
		"peerType observer":                  quorum + three + "peerType=OBSERVER\n",
		"peerType wrong":                     quorum + three + "peerType=follower\n",
		"old election":                       quorum + three + "electionAlg=1\n",
		"sasl without enable":                "quorum.auth.learnerRequireSasl=true\n",
		"sasl server without learner":        "quorum.auth.enableSasl=true\nquorum.auth.serverRequireSasl=true\n",
		"sasl complete":                      "quorum.auth.enableSasl=true\nquorum.auth.learnerRequireSasl=true\nquorum.auth.serverRequireSasl=true\n",
		"wrong boolean":                      "syncEnabled=yes\n",
		"boolean in capitals":                "syncEnabled=FALSE\nstandaloneEnabled=True\n",
		"unknown keys":                       "syncLimt=5\nzookeeper.snapCount=1\nautopurge.purgeInteval=1\n",
		"jute.maxbuffer":                     "jute.maxbuffer=1\n",
		"retain count too small":             "autopurge.snapRetainCount=1\n",
		"purge with a unit":                  "autopurge.purgeInterval=6h\n",
		"metrics":                            "metricsProvider.className=" + prometheusProvider + "\nmetricsProvider.httpPort=abc\nmetricsProvider.x=1\n",
		"metrics class missing":              "metricsProvider.className=Nobody\n",
		"duplicate keys":                     "clientPort=1\nclientPort=2\nclientPort=3\n",
		"groups":                             quorum + three + "group.1=1:2:3\nweight.1=1\n",
		"a key that begins with group":       quorum + three + "groupies=1\n",
		"a voter in no group":                quorum + three + "group.1=1:2\n",
		"a voter in two groups":              quorum + three + "group.1=1:2:3\ngroup.2=3\n",
		"a group of one that is not listed":  quorum + three + "group.1=1:2:3:4\n",
		"a weight of one that is not listed": quorum + three + "group.1=1:2:3:4\nweight.4=1\n",
		"an observer in a group":             quorum + three + "server.4=d:2888:3888:observer\ngroup.1=1:2:3:4\n",
		"an observer in no group":            quorum + three + "server.4=d:2888:3888:observer\ngroup.1=1:2:3\n",
		"a weighted observer in a group":     quorum + three + "server.4=d:2888:3888:observer\ngroup.1=1:2:3:4\nweight.4=1\n",
		"weights without groups":             quorum + three + "weight.1=1\nweight.2=1\nweight.3=1\n",
		"weights and no servers":             quorum + "weight.1=1\n",
		"a heavy server":                     quorum + three + "group.1=1:2:3\nweight.1=10\nweight.2=1\nweight.3=1\n",
		"weights of zero":                    quorum + three + "group.1=1:2:3\nweight.1=0\nweight.2=0\nweight.3=0\n",
		"a weight with a blank":              quorum + three + "group.1=1:2:3\nweight.1=1 \n",
		"a weight below zero":                quorum + three + "group.1=1:2:3\nweight.1=-1\n",
		"a group with a colon too many":      quorum + three + "group.1=1:2:3:\n",
		"an empty group":                     quorum + three + "group.1=1:2:3\ngroup.2=\n",
		"a group without a number":           quorum + three + "group=1:2:3\n",
		"a group of one number without dot":  quorum + three + "group7=1:2:3\n",
		"groups that are one number":         quorum + three + "group.1=1:2\ngroup.01=3\n",
		"groups of one voter":                quorum + "server.1=a:2888:3888\ngroup.1=1\n",
		"a list appended to itself":          quorum + three + three + quorum,
		"an own wildcard":                    quorum + "server.1=0.0.0.0:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n",
		"an observer on the client's port":   quorum + three + "server.4=d:2181:3888:observer\n",
		"a byte order mark":                  "\u00ef\u00bb\u00bf# comment\n" + quorum + three,
		"quotes":                             quorum + three + "dataLogDir=\"/x\"\nsnapCount='1'\n",
		"quotes around a number":             quorum + three + "tickTime=\"2000\"\n",
		"a malformed port and an address":    "clientPort=2181/tcp\nclientPortAddress=127.0.0.1\n",
		"version in zoo.cfg":                 quorum + three + "version=12\n",
		"oracle":                             quorum + three + "oraclePath=/x\n",
		"kept continuation":                  "clientPort=21\\\n   81\n! no\n#no\\\nfoo : a\\tb\n",
		"a comment behind a backslash alone": "\\\n# x=\\\ny=1\n",
		"unicode":                            "foo=\\u00e4\u00e4\nfoo\\ bar=x\n",
		"surrogates":                         "foo=\\ud83d\\ude00\nbar=\\ud83d\n",
		"malformed unicode":                  "foo=\\u12\n",
		"id with zero in front":              quorum + "server.01=a:2888:3888\nserver.2=b:2888:3888\n",
		"id zero":                            quorum + "server.0=a:2888:3888\nserver.-1=b:2888:3888\n",
		"id no number":                       quorum + "server.x=a:2888:3888\n",
		"IPv6":                               quorum + "server.1=[::1]:2888:3888;[::]:2181\nserver.2=[fe80::1]:2888:3888\n",
		"IPv6 unfinished":                    quorum + "server.1=[::1:2888:3888\n",
	} {
		add(name, dataDir+text)
	}
	add("no dataDir", quorum+three)
	add("empty", "")
	for _, myID := range []string{"", "x\n", " 1\n", "1 \n", "1\r\n", "2", "9\n", "-1\n", "1\n2\n", "+1\n"} {
		add(fmt.Sprintf("myid %q", myID), dataDir+quorum+three).myID = new(myID)
	}
	add("no myid", dataDir+quorum+three).myID = nil
	multi := add("several addresses with the flag", dataDir+quorum+three+"server.4=e:2888:3888:observer|d:2888:3888\n")
	multi.jvm = map[string]string{"zookeeper.multiAddress.enabled": "TRUE"}
	for name, dynamic := range map[string]string{
		"zoo.cfg.dynamic.100000000": three,
		"zoo.cfg.dynamic":           three,
		"members.bad":               three,
		"foreign.txt":               three + "clientPort=2181\n",
		"version.1":                 three + "version=1\n",
		"group.1":                   three + "group.1=1:2:3\n",
		"empty.1":                   "",
	} {
		c := add("dynamic file "+name, dataDir+quorum+"dynamicConfigFile="+filepath.Join(folder, name)+"\n")
		c.dynamicName, c.dynamic = name, dynamic
	}
	both := add("both lists", dataDir+quorum+"server.1=a:1:2\ndynamicConfigFile="+filepath.Join(folder, "zoo.cfg.dynamic.1")+"\n")
	both.dynamicName, both.dynamic = "zoo.cfg.dynamic.1", three
	slices.SortFunc(cases, func(a, b parserCase) int { return strings.Compare(a.name, b.name) })
	return cases
}

// generatedCases returns the same cases in every run.
func generatedCases(folder string, count int) []parserCase {
	g := generator{rand.New(rand.NewPCG(20, 26)), folder}
	cases := make([]parserCase, 0, count)
	for i := range count {
		c := g.config()
		c.name = fmt.Sprintf("generated %d", i)
		cases = append(cases, c)
	}
	return cases
}

type generator struct {
	*rand.Rand
	folder string
}

func pick[T any](g generator, choices ...T) T { return choices[g.IntN(len(choices))] }

// rarely is true once in a while.
func (g generator) rarely(oneIn int) bool { return g.IntN(oneIn) == 0 }

func (g generator) config() parserCase {
	c := parserCase{myID: new(pick(g, "1\n", "1", "2\n", "3\n", "1\r\n"))}
	var lines []string
	add := func(key, value string) { lines = append(lines, g.line(key, value)) }
	if !g.rarely(60) {
		add("dataDir", filepath.Join(g.folder, "data"))
	} else {
		c.myID = nil
	}
	if !g.rarely(20) {
		add("initLimit", pick(g, "10", "5", "30"))
	}
	if !g.rarely(20) {
		add("syncLimit", pick(g, "5", "2"))
	}
	explicit := explicitNames()
	for range g.IntN(6) {
		key := pick(g, explicit...)
		add(key, g.value(catalogue.Find(key)))
	}
	all := catalogue.All()
	for range g.IntN(5) {
		definition := pick(g, all...)
		if definition.Source == catalogue.PassThrough && definition.Name != "kerberos.canonicalizeHostNames" {
			add(definition.Name, g.value(&definition))
		}
	}
	for range g.IntN(3) {
		add(g.word(), g.word())
	}
	if g.rarely(30) {
		c.myID = pick(g, nil, new(""), new(" 1"), new("one"), new("300"))
	}
	members := g.groups(g.members())
	if g.rarely(5) {
		c.jvm = map[string]string{"zookeeper.multiAddress.enabled": pick(g, "true", "True", "false", "yes")}
	}
	g.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	if g.rarely(4) {
		c.dynamicName = pick(g, "zoo.cfg.dynamic", "zoo.cfg.dynamic.1a", "zoo.cfg.dynamic.100000002", "members.dead", "members")
		c.dynamic = g.text(members)
		members = nil
		add("dynamicConfigFile", filepath.Join(g.folder, c.dynamicName))
	}
	c.static = g.text(append(lines, members...))
	return c
}

func explicitNames() []string {
	var names []string
	for name := range explicitKeys {
		if name != "dataDir" && name != "dynamicConfigFile" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// text joins lines as editors of all systems do, with comments in between.
func (g generator) text(lines []string) string {
	var b strings.Builder
	ending := pick(g, "\n", "\n", "\n", "\r\n", "\r")
	for _, line := range lines {
		if g.rarely(12) {
			b.WriteString(pick(g, "# comment\\", "! comment", "", "   ", "\t# comment = x") + ending)
		}
		b.WriteString(line + ending)
	}
	return b.String()
}

// line writes a property in one of the many ways that are allowed.
func (g generator) line(key, value string) string {
	if g.rarely(3) {
		key = pick(g, "  ", "\t", "\f", "") + key
	}
	value = strings.ReplaceAll(value, `\`, `\\`)
	if g.rarely(10) && len(value) > 1 {
		cut := 1 + g.IntN(len(value)-1)
		value = value[:cut] + "\\\n" + pick(g, "", "  ", "\t") + value[cut:]
	}
	if g.rarely(10) {
		value += pick(g, " ", "\t", "  ")
	}
	if g.rarely(25) && value != "" {
		value = fmt.Sprintf("\\u%04x", value[0]) + value[1:]
	}
	return key + pick(g, "=", "=", "=", " = ", ":", " ", "\t:\t") + value
}

// value returns a value for a property: mostly one of its type.
func (g generator) value(d *catalogue.Definition) string {
	if g.rarely(12) {
		return pick(g, "", "x", "-1", "99999999999", "yes", "1.5", "\u00e4", "0x10", "010", "+7", "6h", "5 # five", "TRUE ")
	}
	switch d.Type {
	case catalogue.Boolean:
		return pick(g, "true", "false", "TRUE", "False")
	case catalogue.Integer, catalogue.Long, catalogue.Decimal:
		if strings.HasSuffix(strings.ToLower(d.Name), "port") {
			return pick(g, "2181", "2281", "8080", "0", "65535", "65536", "-3")
		}
		return pick(g, "0", "1", "2", "3", "3", "20", "2000", "4000", "40000", "2147483647", "-5", "-1")
	case catalogue.Word:
		return pick(g, d.Allowed...)
	case catalogue.Class:
		return pick(g, defaultMetricsProvider, "org.apache.zookeeper.metrics.impl.NullMetricsProvider", prometheusProvider, "Nobody")
	case catalogue.Path:
		return pick(g, "/data", "data", `C:\zk`, "/tmp/x y")
	}
	if strings.HasSuffix(d.Name, "PortAddress") {
		return pick(g, "127.0.0.1", "0.0.0.0", "::1", "::", "localhost", "nowhere")
	}
	return pick(g, "a", "b c", "a,b", "*", "a=b:c")
}

func (g generator) word() string {
	alphabet := "abcxyzAZ019._-/=:#! \\\u00fc"
	var b strings.Builder
	b.WriteByte("afknxz"[g.IntN(6)])
	for range g.IntN(8) {
		b.WriteByte(alphabet[g.IntN(len(alphabet))])
	}
	if g.rarely(20) {
		return pick(g, "group", "weight", "version", "groupon.1", "server", "zookeeper.x", "metricsProvider.y")
	}
	return b.String()
}

// members returns server lines, most of them well-formed.
func (g generator) members() []string {
	var lines []string
	for id := range g.IntN(6) {
		key := fmt.Sprintf("server.%d", id+1)
		if g.rarely(40) {
			key = pick(g, "server.0", "server.-1", "server.01", "server.x", "server.", "server.1.2", "server.+2", "server.300")
		}
		value := g.address()
		if g.rarely(15) {
			value += "|" + g.address()
		}
		if g.rarely(2) {
			value += ";" + pick(g, "2181", "2181", "0.0.0.0:2181", "[::]:2181", "127.0.0.1:2182", "127.0.0.1:2181")
		}
		if g.rarely(40) {
			value += pick(g, " ", ";", ":", "|", ";;", ";x", ";1:2:3", ";[::1]", "|;2181", ":", ";2181;")
		}
		if g.rarely(60) && len(value) > 3 {
			cut := g.IntN(len(value))
			value = value[:cut] + value[cut+1:]
		}
		lines = append(lines, key+pick(g, "=", " = ", ":")+value)
	}
	return lines
}

// groups adds groups and weights once in a while, most of them fitting.
func (g generator) groups(lines []string) []string {
	if !g.rarely(6) || len(lines) == 0 {
		return lines
	}
	ids := make([]string, 0, len(lines))
	for id := range lines {
		if !g.rarely(30) {
			ids = append(ids, strconv.Itoa(id+1))
		}
	}
	cut := g.IntN(len(ids) + 1)
	for i, part := range [][]string{ids[:cut], ids[cut:]} {
		if len(part) > 0 || g.rarely(10) {
			lines = append(lines, fmt.Sprintf("group%s%d=%s%s", pick(g, ".", ".", ".", ".", ".", ".", ".", "", ".0", "s."), i+1, strings.Join(part, ":"), pick(g, "", "", "", "", "", "", "", ":", " ", ":9", ":1")))
		}
	}
	for range g.IntN(3) {
		lines = append(lines, fmt.Sprintf("weight.%d=%s", 1+g.IntN(6), pick(g, "0", "1", "1", "2", "10", "10", "-1", "x", "1 ")))
	}
	return lines
}

func (g generator) address() string {
	host := pick(g, "a", "zk-0.zk", "10.0.0.1", "[::1]", "[fe80::1]", "localhost")
	role := pick(g, "", "", ":participant", ":participant", ":PARTICIPANT", ":observer", ":Observer ")
	if g.rarely(40) {
		return pick(g, "", ":1:2", "a", "a:1", "a:1:2:3:4", "[::1", "[]:1:2", "[::1]x1:2", "a:0:1", "a:1:1", "a:70000:1", "a:-1:2", "a:+1:2", "a:1:2:leader", "a:1:2::", "[::1]", "[::1]:", "a: 1:2") + role
	}
	return host + pick(g, ":2888:3888", ":2888:3888", ":2889:3889", ":1:2") + role
}
