package lint

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/realserver"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// realEnsemble is one server list that looks wrong or harmless, what real
// servers make of it, and the rule that speaks of it.
type realEnsemble struct {
	name string
	// line returns the line of a server in the file of the server that reads it.
	line func(id, reader int, p realserver.Ports) string
	ids  []int
	more string // lines of every file
	// modes are what srvr must say of single servers.
	modes map[int]string
	// lost is the server that is killed at the end, 0 for the leader; afterwards
	// the others serve, or do not.
	lost int
	// spreads says that the address of a server's own line ends up in the
	// membership file of another one, where it means that one.
	spreads bool
	serves  bool
	rule    Rule // "" when nothing is wrong
}

func plainLine(id, _ int, p realserver.Ports) string {
	return fmt.Sprintf("server.%d=127.0.0.1:%d:%d;127.0.0.1:%d", id, p.Quorum, p.Election, p.Client)
}

// wildcardLine gives each server the wildcard address in its own line.
func wildcardLine(id, reader int, p realserver.Ports) string {
	line := plainLine(id, reader, p)
	if id == reader {
		return strings.Replace(line, "127.0.0.1", "0.0.0.0", 1)
	}
	// Not the same text as on a test machine, where all are on one host.
	return strings.Replace(line, "127.0.0.1", "127.0.0.2", 1)
}

var realEnsembles = []realEnsemble{
	{name: "nothing wrong", ids: []int{1, 2, 3}, line: plainLine, serves: true},
	{
		name: "an observer whose quorum port is the port of clients", ids: []int{1, 2, 3, 4}, modes: map[int]string{4: "observer"}, serves: true,
		line: func(id, reader int, p realserver.Ports) string {
			if id < 4 {
				return plainLine(id, reader, p)
			}
			return fmt.Sprintf("server.%d=127.0.0.1:%d:%d:observer;127.0.0.1:%d", id, p.Client, p.Election, p.Client)
		},
	},
	{name: "the wildcard address in the own line", ids: []int{1, 2, 3}, line: wildcardLine, serves: true},
	{
		name: "the wildcard address in the own line, with reconfiguration", ids: []int{1, 2, 3}, line: wildcardLine, serves: true, rule: LocalAddress,
		more: "reconfigEnabled=true\n", spreads: true,
	},
	{name: "a server of id 0", ids: []int{0, 1, 2}, line: plainLine, serves: true},
	{
		name: "a heavy server that is lost", ids: []int{1, 2, 3}, line: plainLine, lost: 1, rule: Hierarchical,
		more: "group.1=1:2:3\nweight.1=10\nweight.2=1\nweight.3=1\n",
	},
	{name: "equal weights", ids: []int{1, 2, 3}, line: plainLine, lost: 1, serves: true, more: "group.1=1:2:3\nweight.1=1\n"},
	{
		name: "one of two groups that is lost", ids: []int{1, 2, 3}, line: plainLine, lost: 1, rule: Hierarchical,
		more: "group.1=1\ngroup.2=2:3\n",
	},
}

// TestRealEnsembles runs real servers for each row, on loopback, where [TestRealStarts]
// runs its own.
func TestRealEnsembles(t *testing.T) {
	if os.Getenv("ZK_REAL_STARTS") == "" {
		t.Skip("starts real servers: set ZK_REAL_STARTS=1")
	}
	jars := realserver.Jars(t, "3.9.5")
	for _, ensemble := range realEnsembles {
		t.Run(ensemble.name, func(t *testing.T) {
			running := ensemble.start(t, jars)
			running.await(t, "every server serves", func(ctx context.Context) bool { return running.serving(ctx) == len(ensemble.ids) })
			for id, want := range ensemble.modes {
				if mode := running.members[id].mode(t.Context()); mode != want {
					t.Errorf("server %d says %q, want %q", id, mode, want)
				}
			}
			if ensemble.spreads {
				running.await(t, "the wildcard of one server is in the list of another", running.hasForeignWildcard)
			}
			running.lose(t, ensemble.lost)
			left := len(ensemble.ids) - 1
			if ensemble.serves {
				running.await(t, "those who are left serve", func(ctx context.Context) bool { return running.serving(ctx) == left })
				return
			}
			running.await(t, "nobody serves", func(ctx context.Context) bool { return running.serving(ctx) == 0 })
			running.neverServes(t, 10*time.Second)
		})
	}
}

// realMember is one running server of an ensemble.
type realMember struct {
	*realserver.Server
	ports  realserver.Ports
	folder string
	text   string
}

type runningEnsemble struct{ members map[int]*realMember }

func (e realEnsemble) start(t *testing.T, jars string) runningEnsemble {
	t.Helper()
	all := map[int]realserver.Ports{}
	for _, id := range e.ids {
		all[id] = realserver.FreePorts(t)
	}
	running := runningEnsemble{members: map[int]*realMember{}}
	for _, reader := range e.ids {
		folder, p := t.TempDir(), all[reader]
		lines := e.more
		for _, id := range e.ids {
			lines += e.line(id, reader, all[id]) + "\n"
		}
		text := strings.NewReplacer(
			"DATA", filepath.Join(folder, "data"), "LOG", filepath.Join(folder, "log"), "ADMIN", fmt.Sprint(p.Admin),
		).Replace(realStartBase + lines)
		e.checkRule(t, text, reader)
		running.members[reader] = &realMember{realserver.Launch(t, jars, folder, text, reader), p, folder, text}
	}
	return running
}

// checkRule makes sure that the validator speaks of the row's rule, and without
// one of no error.
func (e realEnsemble) checkRule(t *testing.T, text string, reader int) {
	t.Helper()
	properties, err := zkconfig.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	findings := Validate(Config{Static: properties, MyID: new(zkconfig.FormatMyID(int64(reader)))}, zkconfig.Version{Major: 3, Minor: 9, Patch: 5})
	if e.rule == "" && hasFinding(findings, func(f Finding) bool { return f.Severity == Error }) {
		t.Errorf("errors about what runs: %v", findings)
	}
	if e.rule != "" && !hasFinding(findings, func(f Finding) bool { return f.Rule == e.rule }) {
		t.Errorf("no finding of the rule %s among %v", e.rule, findings)
	}
}

// await returns once a condition holds.
func (r runningEnsemble) await(t *testing.T, what string, holds func(context.Context) bool) {
	t.Helper()
	deadline := time.After(realStartDeadline)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for !holds(t.Context()) {
		select {
		case <-tick.C:
		case <-deadline:
			for _, id := range slices.Sorted(maps.Keys(r.members)) {
				t.Logf("server %d\n%s\n%s", id, r.members[id].text, r.members[id].Tail())
			}
			t.Fatalf("it is not so that %s, after %s", what, realStartDeadline)
		}
	}
}

// neverServes fails when somebody gets a session within a time that is long
// enough for several elections.
func (r runningEnsemble) neverServes(t *testing.T, quiet time.Duration) {
	t.Helper()
	end := time.After(quiet)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-end:
			return
		case <-tick.C:
			if n := r.serving(t.Context()); n > 0 {
				t.Fatalf("%d servers serve", n)
			}
		}
	}
}

// serving counts the servers that give sessions.
func (r runningEnsemble) serving(ctx context.Context) int {
	n := 0
	for _, member := range r.members {
		if realserver.HasSession(ctx, member.ports.Client) {
			n++
		}
	}
	return n
}

// hasForeignWildcard reports whether a server wrote down the wildcard address for
// another one.
func (r runningEnsemble) hasForeignWildcard(context.Context) bool {
	for reader, member := range r.members {
		files, err := filepath.Glob(filepath.Join(member.folder, "conf", "zoo.cfg.dynamic.*"))
		if err != nil {
			return false
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return false
			}
			for id := range r.members {
				if id != reader && strings.Contains(string(text), fmt.Sprintf("server.%d=0.0.0.0:", id)) {
					return true
				}
			}
		}
	}
	return false
}

// lose kills a server, the leader for 0.
func (r runningEnsemble) lose(t *testing.T, id int) {
	t.Helper()
	for other, member := range r.members {
		if id == 0 && member.mode(t.Context()) == "leader" {
			id = other
			break
		}
	}
	member := r.members[id]
	if member == nil {
		t.Fatal("there is no leader to lose")
	}
	if err := member.Command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-member.Done
	delete(r.members, id)
}

// mode returns what srvr says about the role of a server.
func (m *realMember) mode(ctx context.Context) string {
	connection, err := realserver.Dial(ctx, m.ports.Client)
	if err != nil {
		return ""
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "srvr"); err != nil {
		return ""
	}
	answer, err := io.ReadAll(connection)
	if err != nil {
		return ""
	}
	_, mode, _ := strings.Cut(string(answer), "Mode: ")
	mode, _, _ = strings.Cut(mode, "\n")
	return mode
}
