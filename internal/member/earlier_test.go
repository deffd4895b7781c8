package member_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// An upgrade of the operator leaves the agents in the Pods as they are. So the
// agent of the commit in hack/upgrade-from is built here, finds what this tree
// mounts, and tells what this tree's operator reads.
func TestAnEarlierAgentWorksWithTheOperatorOfToday(t *testing.T) {
	t.Parallel()
	agent := earlierAgent(t)
	in := ensembleOfToday()
	formed, committed := workload.FormationMembership(in), workload.FormationMembership(in)
	committed.Version = 0x100000005
	open := workload.FormationRecord(in.Ensemble, member.FormationOpen, formed)
	closed := workload.FormationRecord(in.Ensemble, member.FormationClosed, formed)
	members := workload.MembersRecord(in.Ensemble, committed)

	for name, c := range map[string]struct {
		records []*corev1.ConfigMap
		want    member.State
	}{
		"before there is a record": {nil, member.State{Phase: member.Waiting, Blank: true}},
		"in the formation": {
			[]*corev1.ConfigMap{open},
			member.State{Phase: member.Running, Blank: true, Granted: true, List: member.FromFormation},
		},
		"with a blank disk later": {
			[]*corev1.ConfigMap{closed, members},
			member.State{Phase: member.Running, Blank: true, Joiner: true, List: member.FromMembers},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(t, agent, in, c.records...)
			p.serve("exec sleep 100")
			p.start()
			got := p.awaitPhase(c.want.Phase)
			if says := got.Waiting != ""; says != (got.Phase == member.Waiting) {
				t.Errorf("in the phase %s it waits for %q", got.Phase, got.Waiting)
			}
			c.want.ID, c.want.PodUID, c.want.Waiting = 1, podUID, got.Waiting
			if diff := cmp.Diff(&c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if c.want.Phase == member.Running {
				p.checkConfig()
			}
		})
	}

	t.Run("when its server died before it saved anything", func(t *testing.T) {
		t.Parallel()
		p := newPod(t, agent, in, open)
		p.serve("rm " + p.path(member.LogDir) + "/initialize\nexit 3")
		for _, want := range []int{3, member.ExitNeedsNewPod} {
			command := p.start()
			_ = command.Wait()
			if got := command.ProcessState.ExitCode(); got != want {
				t.Fatalf("it ended with %d, not %d\n%s", got, want, p.logged())
			}
		}
	})
}

// earlierAgent is the path of the agent that is built from the earlier commit.
func earlierAgent(t *testing.T) string {
	t.Helper()
	if os.Getenv("ZK_NO_HISTORY") != "" {
		t.Skip("ZK_NO_HISTORY says that this tree has no history, so there is no earlier agent")
	}
	tree, err := exec.CommandContext(t.Context(), "../../hack/tree.sh").Output()
	if err != nil {
		t.Fatalf("no tree of the earlier commit; where there is no history, set ZK_NO_HISTORY=1: %s", said(err))
	}
	path := filepath.Join(t.TempDir(), member.Program)
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", path, "./cmd/zookeeper-agent")
	build.Dir = strings.TrimSpace(string(tree))
	if _, err := build.Output(); err != nil {
		t.Fatalf("build the earlier agent: %s", said(err))
	}
	return path
}

// said is what a program that failed wrote to its standard error.
func said(err error) string {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(exit.Stderr)
	}
	return err.Error()
}

func ensembleOfToday() workload.Input {
	e := &v1alpha1.ZooKeeperEnsemble{}
	e.Name, e.Namespace, e.UID = "zk", "default", "6f7e1f1c-0000-4000-8000-000000000001"
	e.Spec.Version = "3.9.5"
	e.Spec.Replicas = 3
	e.Spec.Storage.Log = &v1alpha1.Volume{Size: resource.MustParse("1Gi")}
	// No name server knows this domain, so no other member is ever found.
	return workload.Input{Ensemble: e, ClusterDomain: "cluster.invalid", AgentImage: "operator:earlier", Replicas: 3}
}

const podUID = "8c0f6c0e-6a0f-4c5e-9d0c-2f4b7a1f9e11"

// pod is the first member's Pod as this tree renders it, in a folder instead of a
// container: every path of the Pod is below root.
type pod struct {
	t       *testing.T
	root    string
	listen  string
	server  corev1.Container
	flags   []string
	config  string
	digest  string
	program string
}

func newPod(t *testing.T, agent string, in workload.Input, records ...*corev1.ConfigMap) *pod {
	t.Helper()
	objects, err := workload.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	var set appsv1.StatefulSet
	var config corev1.ConfigMap
	convert(t, objects.StatefulSet, &set)
	convert(t, objects.ConfigMap, &config)
	secret := workload.SuperuserSecret(in.Ensemble, workload.Superuser{Password: "secret"})
	spec := set.Spec.Template.Spec

	p := &pod{
		t: t, root: t.TempDir(), listen: freeAddress(t), server: spec.Containers[0],
		config: config.Data[member.ZooCfg], digest: string(secret.Data[member.Digest]),
	}
	p.mount(spec.Volumes, append(records, &config), secret)
	// The init container's own command, run by the earlier program.
	install := exec.CommandContext(t.Context(), agent, below(p.root, spec.InitContainers[0].Command[1:])...)
	if _, err := install.Output(); err != nil {
		t.Fatalf("install the agent: %s", said(err))
	}
	p.program = p.path(p.server.Command[0])
	p.flags = p.directories()
	return p
}

func convert(t *testing.T, from, to any) {
	t.Helper()
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// freeAddress is not held, so another process may take it; a process that has to
// listen itself can be given no better one.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func (p *pod) path(inPod string) string { return filepath.Join(p.root, inPod) }

func (p *pod) write(path, content string, mode os.FileMode) {
	p.t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		p.t.Fatal(err)
	}
}

// below moves the absolute paths of a command line below a root.
func below(root string, words []string) []string {
	moved := make([]string, 0, len(words))
	for _, word := range words {
		switch flag, value, isFlag := strings.Cut(word, "="); {
		case isFlag && strings.HasPrefix(value, "/"):
			word = flag + "=" + filepath.Join(root, value)
		case strings.HasPrefix(word, "/"):
			word = filepath.Join(root, word)
		}
		moved = append(moved, word)
	}
	return moved
}

// mount does what the kubelet does.
func (p *pod) mount(volumes []corev1.Volume, configs []*corev1.ConfigMap, secret *corev1.Secret) {
	p.t.Helper()
	for _, mounted := range p.server.VolumeMounts {
		dir := p.path(mounted.MountPath)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			p.t.Fatal(err)
		}
		for i := range volumes {
			if volumes[i].Name != mounted.Name {
				continue
			}
			for _, config := range configs {
				if source := volumes[i].ConfigMap; source != nil && source.Name == config.Name {
					for name, content := range config.Data {
						p.write(filepath.Join(dir, name), content, 0o644)
					}
				}
			}
			if source := volumes[i].Secret; source != nil && source.SecretName == secret.Name {
				for _, item := range source.Items {
					p.write(filepath.Join(dir, item.Path), string(secret.Data[item.Key]), 0o644)
				}
			}
		}
	}
}

// directoryFlag is a flag in the agent's help that has a directory as its default.
var directoryFlag = regexp.MustCompile(`-(\S+-dir) string\n.*\(default "(/.+)"\)`)

// directories are the flags that move the directories that the agent looks at by
// itself. Each of them must be a mount.
func (p *pod) directories() []string {
	p.t.Helper()
	help, _ := exec.CommandContext(p.t.Context(), p.program, member.Run, "--help").CombinedOutput() // it ends with the code of a wrong command line
	named := directoryFlag.FindAllStringSubmatch(string(help), -1)
	if len(named) == 0 {
		p.t.Fatalf("the agent's help names no directory:\n%s", help)
	}
	flags := make([]string, 0, len(named))
	for _, flag := range named {
		name, directory := flag[1], flag[2]
		if !slices.ContainsFunc(p.server.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == directory }) {
			p.t.Errorf("the agent looks at %s, and nothing is mounted there", directory)
		}
		flags = append(flags, "--"+name+"="+p.path(directory))
	}
	return flags
}

// serve is what the server does.
func (p *pod) serve(script string) {
	p.write(p.path("server"), "#!/bin/sh\n"+script+"\n", 0o755)
}

// start runs the server container's own command, with the directories moved.
func (p *pod) start() *exec.Cmd {
	p.t.Helper()
	words := slices.Concat(p.server.Command[1:2], p.flags, below(p.root, p.server.Command[2:]),
		[]string{"--listen=" + p.listen, "--client-addr=127.0.0.1:1", "--resolv-conf=", "--server=" + p.path("server")})
	command := exec.CommandContext(p.t.Context(), p.program, words...)
	fields := map[string]string{"metadata.name": "zk-0", "metadata.uid": podUID, "status.podIP": "127.0.0.1"}
	command.Env = os.Environ()
	for _, v := range p.server.Env {
		if v.ValueFrom != nil {
			v.Value = fields[v.ValueFrom.FieldRef.FieldPath]
		}
		command.Env = append(command.Env, v.Name+"="+v.Value)
	}
	log, err := os.Create(p.path("log"))
	if err != nil {
		p.t.Fatal(err)
	}
	command.Stderr = log
	// It ends its server.
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = command.Wait()
		_ = log.Close()
	})
	return command
}

func (p *pod) logged() string {
	raw, err := os.ReadFile(p.path("log"))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(raw)
}

// awaitPhase asks as the operator does.
func (p *pod) awaitPhase(want member.Phase) *member.State {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		report := new(zkclient.Client).Ask(ctx, []zkclient.Target{{ClientAddr: "127.0.0.1:1", AgentAddr: p.listen}})[0]
		if report.Agent != nil && report.Agent.Phase == want {
			return report.Agent
		}
		select {
		case <-ctx.Done():
			p.t.Fatalf("the phase is not %s: %v\n%s", want, report.Err, p.logged())
		case <-tick.C:
		}
	}
}

// checkConfig looks for the operator's properties and the super-user in what the
// server is started with.
func (p *pod) checkConfig() {
	p.t.Helper()
	raw, err := os.ReadFile(p.path(member.DataDir + "/conf/" + member.ZooCfg))
	if err != nil {
		p.t.Fatal(err)
	}
	got, err := zkconfig.Parse(string(raw))
	if err != nil {
		p.t.Fatal(err)
	}
	want, err := zkconfig.Parse(p.config)
	if err != nil {
		p.t.Fatal(err)
	}
	want = append(want, zkconfig.Property{Key: "DigestAuthenticationProvider.superDigest", Value: p.digest})
	for _, property := range want {
		if value, _ := got.Get(property.Key); value != property.Value {
			p.t.Errorf("the server's %s is %q, not %q", property.Key, value, property.Value)
		}
	}
}
