package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/realserver"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// realStart is one configuration of an ensemble of one, what a real server
// makes of it, and the rule that warns of it.
type realStart struct {
	name string
	// lines are added to those of realStartBase, which they override.
	lines string
	id    int
	// exit is the exit code; 0 when the server keeps running.
	exit int
	// serves is true when a client gets a session.
	serves bool
	// log must appear before the outcome is judged, to tell a server that will
	// never serve from a slow one.
	log string
	// also checks more of a server that serves.
	also func(*testing.T, realserver.Ports)
	rule Rule // "" when nothing is wrong
}

// realStarts is what ZooKeeper accepts silently, and what it refuses.
var realStarts = []realStart{
	{name: "nothing wrong", serves: true},
	{name: "a misspelled key", lines: "autopurge.purgeInteval=1\nsyncLimt=5\nmaxClientCnxn=1\n", serves: true, rule: UnknownKey},
	{name: "a key with the prefix", lines: "zookeeper.snapCount=10\n", serves: true, rule: WrongPrefix},
	{name: "a key that zoo.cfg cannot set", lines: "jute.maxbuffer=1\n", serves: true, rule: NoEffect},
	{name: "a syncLimit of an hour", lines: "syncLimit=2000\n", serves: true, rule: Timing},
	{name: "an initLimit of one tick", lines: "initLimit=1\n", serves: true, rule: Timing},
	{name: "negative limits", lines: "initLimit=-1\nsyncLimit=-1\n", serves: true, rule: OutOfBounds},
	{name: "a negative tick", lines: "tickTime=-1\nminSessionTimeout=4000\nmaxSessionTimeout=40000\n", serves: true, rule: OutOfBounds},
	{name: "no limit of connections", lines: "maxClientCnxns=0\n", serves: true, rule: ClientLimit},
	{name: "a malformed number", lines: "snapCount=10k\n", serves: true, rule: MalformedValue},
	{name: "no log size", lines: "snapSizeLimitInKb=0\n", log: "by zero", rule: LogSize},
	{name: "no size of commits", lines: "commitProcessor.maxCommitBatchSize=0\n", log: "maxCommitBatchSize", rule: OutOfBounds},
	{name: "words in the wrong language", lines: "leaderServes=false\nskipACL=true\nforceSync=false\n", serves: true, rule: OutOfBounds},
	{name: "the admin server switched off with a capital", lines: "admin.enableServer=False\n", serves: true, also: adminAnswers, rule: MalformedValue},
	{name: "a leader that does not serve, alone", lines: "leaderServes=no\n", log: "LEADING - LEADER ELECTION TOOK", rule: NoServing},
	{name: "authentication enforced without schemes", lines: "enforce.auth.enabled=true\n", log: "enforce.auth.schemes", rule: EnforcedAuth},
	{name: "authentication enforced with a scheme that is not set up", lines: "enforce.auth.enabled=true\nenforce.auth.schemes=sasl\n", log: "sasl", rule: EnforcedAuth},
	{name: "an id that does not fit beside TTL nodes", lines: "extendedTypesEnabled=true\n", id: 300, log: "ServerId", rule: ServerID},
	{name: "TLS between servers without a key store", lines: "sslQuorum=true\n", serves: true, rule: TLSWithoutStore},
	{name: "TLS for clients without a key store", lines: "serverCnxnFactory=" + nettyFactory + "\nsecureClientPort=SECURE\n", serves: true, also: handshakeFails, rule: TLSWithoutStore},
	{name: "TLS for clients without Netty", lines: "secureClientPort=SECURE\n", exit: 1, rule: ConnectionFactory},
	{name: "TLS for the admin server without a key store", lines: "admin.enableServer=true\nadmin.portUnification=true\n", serves: true, also: adminIsMissing, rule: TLSWithoutStore},
	{name: "an authentication class that does not exist", lines: "authProvider.1=no.such.Class\n", serves: true, rule: UnknownClass},
	{name: "four-letter words with semicolons", lines: "4lw.commands.whitelist=stat;ruok\n", serves: true, also: ruokIsRefused, rule: FourLetterWords},
	{name: "id 0", id: 0, lines: "server.0=127.0.0.1:QUORUM:ELECTION;127.0.0.1:CLIENT\n", serves: true},
	{name: "a scheme that no version reads", lines: "requireClientAuthScheme=sasl\n", serves: true, rule: NoProtection},
	{name: "a directory twice, myid in the first", lines: "dataDir=DATA2\n", exit: 2, rule: DuplicateKey},
	{name: "quotes around a number", lines: "snapCount=\"10\"\n", serves: true, rule: QuotedValue},
	{name: "a role that differs", lines: "peerType=observer\n", serves: true, rule: RoleMismatch},
	{name: "a blank disk that may not vote", lines: "db.autocreate=false\n", log: "LOOKING"},
	{name: "several addresses, allowed in zoo.cfg only", lines: "multiAddress.enabled=true\nserver.2=127.0.0.1:1:2|127.0.0.2:1:2\n", exit: 2, rule: MultiAddresses},
	{name: "the short name of the connection factory", lines: "serverCnxnFactory=NettyServerCnxnFactory\n", exit: 1, rule: UnknownClass},
	{name: "a small buffer", lines: "intBufferStartingSizeBytes=16\n", exit: 1, rule: OutOfBounds},
	{name: "no selector threads", lines: "nio.numSelectorThreads=0\n", exit: 1, rule: OutOfBounds},
	{name: "an unknown digest algorithm", lines: "DigestAuthenticationProvider.digestAlg=ROT13\n", exit: 1},
	{name: "a timeout with a unit", lines: "cnxTimeout=5s\n", exit: 2, rule: MalformedValue},
	{name: "weights of zero", lines: "group.1=1\nweight.1=0\n", log: "LOOKING", rule: Hierarchical},
	{name: "no tick", lines: "tickTime=0\n", exit: 2, rule: OutOfBounds},
	{name: "a comment behind a number", lines: "initLimit=10 # ten\n", exit: 2, rule: MalformedValue},
	{name: "an id that is not listed", id: 7, lines: "server.1=127.0.0.1:QUORUM:ELECTION;127.0.0.1:CLIENT\n", exit: 1, rule: ServerID},
	{name: "a name of its own that does not exist", lines: "server.1=no-such-host.invalid:QUORUM:ELECTION;127.0.0.1:CLIENT\nelectionPortBindRetry=1\n", exit: 14},
	{name: "directories that may not be made", lines: "datadir.autocreate=false\n", exit: 3},
	{name: "SASL without a login section", lines: "quorum.auth.enableSasl=true\n", exit: 1},
}

const realStartBase = `dataDir=DATA
dataLogDir=LOG
tickTime=500
initLimit=20
syncLimit=10
standaloneEnabled=false
autopurge.purgeInterval=1
admin.enableServer=false
admin.serverPort=ADMIN
admin.serverAddress=127.0.0.1
4lw.commands.whitelist=ruok,srvr
`

// realStartDeadline is for one server on a busy machine.
const realStartDeadline = 3 * time.Minute

// TestRealStarts runs a real server for each row, where ZK_REAL_STARTS=1 is set, as
// hack/e2e.sh does.
func TestRealStarts(t *testing.T) {
	t.Parallel()
	if os.Getenv("ZK_REAL_STARTS") == "" {
		t.Skip("starts real servers: set ZK_REAL_STARTS=1")
	}
	jars := realserver.Jars(t, "3.9.5")
	slots := make(chan struct{}, 2) // a JVM for each core of a small machine
	for _, start := range realStarts {
		t.Run(start.name, func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			start.check(t, jars)
		})
	}
}

func (s realStart) check(t *testing.T, jars string) {
	t.Helper()
	folder, p := t.TempDir(), realserver.FreePorts(t)
	text := s.text(folder, p)
	s.checkRule(t, text)
	server := realserver.Launch(t, jars, folder, text, s.ownID())
	deadline := time.After(realStartDeadline)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var quietUntil time.Time
	for {
		select {
		case <-server.Done:
			if code := server.Command.ProcessState.ExitCode(); s.exit == 0 || code != s.exit {
				t.Errorf("exit code %d, want %d (0: keeps running)\n%s\n%s", code, s.exit, text, server.Tail())
			}
			return
		case <-deadline:
			t.Fatalf("no outcome in %s\n%s\n%s", realStartDeadline, text, server.Tail())
		case now := <-tick.C:
			session := realserver.HasSession(t.Context(), p.Client)
			switch {
			case session && s.serves:
				if s.also != nil {
					s.also(t, p)
				}
				return
			case session:
				t.Fatalf("a client got a session\n%s\n%s", text, server.Tail())
			case s.log != "" && quietUntil.IsZero() && server.Logged(s.log):
				quietUntil = now.Add(5 * time.Second)
			case !quietUntil.IsZero() && now.After(quietUntil):
				return
			}
		}
	}
}

func (s realStart) text(folder string, p realserver.Ports) string {
	lines := s.lines
	if !strings.Contains("\n"+lines, "\nserver.") || strings.HasPrefix(lines, "multiAddress") {
		lines += fmt.Sprintf("server.%d=127.0.0.1:QUORUM:ELECTION;127.0.0.1:CLIENT\n", s.ownID())
	}
	return strings.NewReplacer(
		"DATA", filepath.Join(folder, "data"), "LOG", filepath.Join(folder, "log"),
		"CLIENT", fmt.Sprint(p.Client), "QUORUM", fmt.Sprint(p.Quorum), "ELECTION", fmt.Sprint(p.Election),
		"ADMIN", fmt.Sprint(p.Admin), "SECURE", fmt.Sprint(p.Secure),
	).Replace(realStartBase + lines)
}

func (s realStart) ownID() int {
	if s.id == 0 && !strings.Contains(s.lines, "server.0=") {
		return 1
	}
	return s.id
}

// checkRule makes sure that the validator says about the row what the row says
// about the server.
func (s realStart) checkRule(t *testing.T, text string) {
	t.Helper()
	properties, err := zkconfig.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	findings := Validate(Config{Static: properties, MyID: new(zkconfig.FormatMyID(int64(s.ownID())))}, zkconfig.Version{Major: 3, Minor: 9, Patch: 5})
	if s.rule != "" && !hasFinding(findings, func(f Finding) bool { return f.Rule == s.rule }) {
		t.Errorf("no finding of the rule %s among %v", s.rule, findings)
	}
}
