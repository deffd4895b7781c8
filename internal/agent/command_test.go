package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// asAgent makes this test binary the agent, as it is process 1 of a container.
const asAgent = "ZOOKEEPER_AGENT_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(asAgent) != "" {
		os.Exit(Command(context.Background(), os.Args[1:])) //nolint:forbidigo // The process begins here.
	}
	os.Exit(m.Run())
}

// pod is a member's directories and the agent's command line.
type pod struct {
	t      *testing.T
	root   string
	listen string
}

func newPod(t *testing.T) *pod {
	t.Helper()
	p := &pod{t: t, root: t.TempDir(), listen: freeAddress(t)}
	for _, dir := range []string{"data", "config", "members", "formation", "superuser", "state"} {
		if err := os.Mkdir(p.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.write("config/zoo.cfg", "tickTime=2000\n", 0o644)
	p.write("server", "#!/bin/sh\necho \"$@\" > "+p.path("started")+"\nexec sleep 100\n", 0o755)
	return p
}

// freeAddress is not held, so it may be taken by someone else; it is the best
// there is for a process that has to listen itself.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func (p *pod) path(name string) string { return filepath.Join(p.root, name) }

func (p *pod) write(name, content string, mode os.FileMode) {
	p.t.Helper()
	if err := os.WriteFile(p.path(name), []byte(content), mode); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pod) open() {
	p.write("formation/servers", "server.1=127.0.0.1:2888:3888:participant;2181\n", 0o644)
	p.write("formation/state", "open", 0o644)
}

func (p *pod) start() *exec.Cmd {
	p.t.Helper()
	command := exec.CommandContext(p.t.Context(), os.Args[0], "run", "--host-suffix=zk-servers.ns.svc",
		"--data-dir="+p.path("data"), "--config-dir="+p.path("config"), "--members-dir="+p.path("members"),
		"--formation-dir="+p.path("formation"), "--superuser-dir="+p.path("superuser"), "--state-dir="+p.path("state"),
		"--listen="+p.listen, "--client-addr=127.0.0.1:1", "--resolv-conf=", "--server="+p.path("server"))
	command.Env = append(os.Environ(), asAgent+"=1", "POD_NAME=zk-0", "POD_UID=pod-a", "POD_IP=127.0.0.1")
	log, err := os.Create(p.path("log"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = log.Close() })
	command.Stderr = log
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	return command
}

func (p *pod) state() (state member.State, err error) {
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, "http://"+p.listen+"/state", nil)
	if err != nil {
		return state, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return state, err
	}
	defer response.Body.Close()
	return state, json.NewDecoder(response.Body).Decode(&state)
}

func (p *pod) logged() string {
	raw, err := os.ReadFile(p.path("log"))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(raw)
}

// await polls until done is nil.
func (p *pod) await(done func() error) {
	p.t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := done()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			p.t.Fatalf("%v\n%s", err, p.logged())
		case <-tick.C:
		}
	}
}

func (p *pod) awaitPhase(want member.Phase) {
	p.t.Helper()
	p.await(func() error {
		if state, err := p.state(); err != nil || state.Phase != want {
			return fmt.Errorf("%+v, %w", state, err)
		}
		return nil
	})
}

// TestLifeOfAMember waits for a record, starts the server when it comes, and
// kills it at once when told to stop.
func TestLifeOfAMember(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	command := p.start()
	p.awaitPhase(member.Waiting)
	if _, err := os.Stat(p.path("started")); err == nil {
		t.Error("the server was started without a list")
	}
	p.open()
	p.awaitPhase(member.Running)
	state, err := p.state()
	if err != nil || !state.Granted || !state.Blank || state.ID != 1 || state.Waiting != "" {
		t.Errorf("%+v, %v", state, err)
	}
	p.write("data/conf/zoo.cfg.dynamic.10000000a", "", 0o600)
	if state, err = p.state(); err != nil || state.ConfigVersion != "10000000a" {
		t.Errorf("the server committed version 10000000a: %+v, %v", state, err)
	}
	p.await(func() error {
		raw, err := os.ReadFile(p.path("started"))
		if err == nil && strings.TrimSpace(string(raw)) != "start-foreground "+p.path("data/conf/zoo.cfg") {
			return fmt.Errorf("started with %s", raw)
		}
		return err
	})
	start := time.Now()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != 137 || time.Since(start) > 10*time.Second {
		t.Errorf("ended with %d after %v", code, time.Since(start))
	}
	if log := p.logged(); !strings.Contains(log, "agent: waiting: ") || !strings.Contains(log, "agent: server 1: ") {
		t.Errorf("log: %s", log)
	}
}

func TestStopWhileWaiting(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	command := p.start()
	p.awaitPhase(member.Waiting)
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("ended with %v\n%s", err, p.logged())
	}
}

// TestExitCodes holds the contract with the operator.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*pod)
		want   int
	}{
		{"the server's own", func(p *pod) { p.open(); p.write("server", "#!/bin/sh\nexit 10\n", 0o755) }, 10},
		{"the grant is used up", func(p *pod) { p.open(); p.write("state/granted", "pod-a\n", 0o644) }, member.ExitNeedsNewPod},
		{"the volume is another's", func(p *pod) { p.write("data/myid", "7\n", 0o644) }, 1},
		{"there is no server", func(p *pod) { _ = os.Remove(p.path("server")) }, exitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPod(t)
			c.change(p)
			command := p.start()
			_ = command.Wait()
			if got := command.ProcessState.ExitCode(); got != c.want {
				t.Errorf("got %d, want %d\n%s", got, c.want, p.logged())
			}
		})
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"install"}, {"install", "a", "b"}, {"walk"}, {"run", "--no-such-flag"}, {"run"}} {
		if got := Command(t.Context(), args); got != exitUsage {
			t.Errorf("%q ends with %d", args, got)
		}
	}
}

func TestInstall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		if err := install(dir); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	info, err := os.Stat(filepath.Join(dir, "zookeeper-agent"))
	self, selfErr := os.Stat(os.Args[0])
	if err := errors.Join(err, selfErr); err != nil {
		t.Fatal(err)
	}
	if info.Size() != self.Size() || info.Mode().Perm() != 0o755 {
		t.Errorf("%v", info)
	}
}

// It is not parallel: a process that another test starts holds a copy of every
// open port until it runs, and a server that is to open its port again cannot.
func TestAnyServes(t *testing.T) {
	e := zkclienttest.New(t, 3)
	servers := e.Membership().Servers
	if !anyServes(t.Context(), servers) || !anyServes(t.Context(), servers[:1]) {
		t.Error("an ensemble that serves is not seen")
	}
	e.Set(1, zkclienttest.Hung)
	e.Set(2, zkclienttest.Electing)
	start := time.Now()
	if anyServes(t.Context(), servers) || anyServes(t.Context(), nil) {
		t.Error("no server serves")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	silent := zkconfig.Server{ID: 9, Addresses: []zkconfig.Address{{Host: "127.0.0.1"}}}
	if anyServes(t.Context(), []zkconfig.Server{silent}) {
		t.Error("a server without a client port serves nobody")
	}
}
