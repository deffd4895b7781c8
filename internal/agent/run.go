package agent

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/agent/prepare"
	"github.com/zkensemble/zookeeper-operator/internal/agent/probe"
	"github.com/zkensemble/zookeeper-operator/internal/agent/resolve"
	"github.com/zkensemble/zookeeper-operator/internal/agent/supervise"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// settings are the flags and the environment of the command run.
type settings struct {
	prepare.Options
	podIP      netip.Addr
	listen     string
	clientAddr string
	resolvConf string
	server     string
}

const (
	// mountInterval is how often mounts are read again while the member waits
	// for something in them.
	mountInterval = time.Second
	// reminderInterval is how often the log repeats what is waited for.
	reminderInterval = 30 * time.Second
)

func parseSettings(args []string) (*settings, error) {
	s := &settings{Options: prepare.Options{PodName: os.Getenv(member.EnvPodName), PodUID: os.Getenv(member.EnvPodUID), AnyServes: anyServes}}
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.Int64Var(&s.IDOffset, member.FlagIDOffset, 1, "server id minus Pod ordinal")
	flags.StringVar(&s.HostSuffix, member.FlagHostSuffix, "", "what follows the Pod's name in its host name")
	flags.StringVar(&s.DataDir, member.FlagDataDir, member.DataDir, "data volume")
	flags.StringVar(&s.LogDir, member.FlagLogDir, "", "volume of the transaction log (default: the data volume)")
	flags.StringVar(&s.ConfigDir, "config-dir", member.ConfigDir, "mount of the checked zoo.cfg")
	flags.StringVar(&s.MembersDir, "members-dir", member.MembersDir, "mount of the members record")
	flags.StringVar(&s.FormationDir, "formation-dir", member.FormationDir, "mount of the formation record")
	flags.StringVar(&s.SuperuserDir, "superuser-dir", member.SuperuserDir, "mount of the super-user's digest")
	flags.StringVar(&s.StateDir, "state-dir", member.StateDir, "directory that lives as long as the Pod")
	flags.StringVar(&s.listen, "listen", fmt.Sprintf(":%d", member.AgentPort), "address for probes and for the operator")
	flags.StringVar(&s.clientAddr, "client-addr", fmt.Sprintf("127.0.0.1:%d", member.ClientPort), "address at which the server answers four-letter words")
	flags.StringVar(&s.resolvConf, "resolv-conf", "/etc/resolv.conf", "file with the name servers; empty: do not wait for names")
	flags.StringVar(&s.server, "server", "zkServer.sh", "program that starts the server")
	if err := flags.Parse(args); err != nil {
		return nil, fmt.Errorf("%w: %w", fs.ErrInvalid, err)
	}
	if s.LogDir == "" {
		s.LogDir = s.DataDir
	}
	return s, s.complete()
}

func (s *settings) complete() (err error) {
	if s.PodName == "" || s.PodUID == "" || s.HostSuffix == "" {
		return fmt.Errorf("%w: POD_NAME, POD_UID and --host-suffix are required", fs.ErrInvalid)
	}
	if s.podIP, err = netip.ParseAddr(os.Getenv(member.EnvPodIP)); err != nil {
		return fmt.Errorf("%w: POD_IP: %w", fs.ErrInvalid, err)
	}
	if s.server, err = exec.LookPath(s.server); err != nil {
		return fmt.Errorf("%w: %w", fs.ErrInvalid, err)
	}
	return nil
}

// runMember returns the exit code of the server.
func runMember(ctx context.Context, args []string) (int, error) {
	s, err := parseSettings(args)
	if err != nil {
		return 0, err
	}
	//nolint:contextcheck // Answers are shared by all who ask, so no context of one of them ends them.
	probed := probe.NewMember(s.clientAddr, s.PodUID, func(state *member.State) {
		state.Saved, state.ConfigVersion = prepare.Saved(s.DataDir), prepare.ConfigVersion(s.DataDir)
	})
	if err := serve(ctx, s.listen, probed.Handler()); err != nil {
		return 0, err
	}
	// Until the server runs, the signals only end the context below; from then
	// on they kill the server. Nothing is lost in between: the channel keeps one.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	ctx, cancel := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer cancel()

	configFile, err := s.makeReady(ctx, probed)
	if ctx.Err() != nil {
		logf("told to stop before the server was started")
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	probed.Update(func(state *member.State) { state.Phase, state.Waiting = member.Running, "" })
	code, err := supervise.Run([]string{s.server, "start-foreground", configFile}, stop)
	if err == nil {
		logf("the server ended with exit code %d", code)
	}
	return code, err
}

// makeReady returns when the server may be started.
func (s *settings) makeReady(ctx context.Context, probed *probe.Member) (configFile string, err error) {
	result, err := s.prepare(ctx, probed)
	if err != nil {
		return "", err
	}
	if s.resolvConf == "" {
		return result.ConfigFile, nil
	}
	names, err := resolve.FromFile(s.resolvConf)
	if err != nil {
		return "", err
	}
	names.Report = func(reason string) { wait(probed, reason) }
	return result.ConfigFile, names.Wait(ctx, result.Host, s.podIP)
}

// prepare tries until nothing is missing any more.
func (s *settings) prepare(ctx context.Context, probed *probe.Member) (prepare.Result, error) {
	ticker := time.NewTicker(mountInterval)
	defer ticker.Stop()
	var said string
	var when time.Time
	for {
		result, err := prepare.Run(ctx, s.Options)
		missing, isMissing := errors.AsType[*prepare.WaitError](err)
		if !isMissing {
			if err == nil {
				announce(probed, result)
			}
			return result, err
		}
		record(probed, result)
		if missing.Reason != said || time.Since(when) >= reminderInterval {
			said, when = missing.Reason, time.Now()
			wait(probed, said)
		}
		select {
		case <-ctx.Done():
			return prepare.Result{}, context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

func wait(probed *probe.Member, reason string) {
	logf("waiting: %s", reason)
	probed.Update(func(state *member.State) { state.Phase, state.Waiting = member.Waiting, reason })
}

func announce(probed *probe.Member, r prepare.Result) {
	logf("server %d: blank=%t granted=%t joiner=%t list=%s", r.ID, r.Blank, r.Granted, r.Joiner, r.List)
	for _, path := range r.MovedAside {
		logf("kept, but not used: %s", path)
	}
	record(probed, r)
	probed.Update(func(state *member.State) { state.Phase, state.Waiting = member.Preparing, "" })
}

func record(probed *probe.Member, r prepare.Result) {
	probed.Update(func(state *member.State) {
		state.ID, state.Blank, state.Granted = r.ID, r.Blank, r.Granted
		state.Joiner, state.List, state.MovedAside = r.Joiner, r.List, r.MovedAside
	})
}

// serve answers requests until the process ends.
func serve(ctx context.Context, address string, handler http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 2 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second,
		MaxHeaderBytes: 4 << 10,
	}
	server.SetKeepAlivesEnabled(false)
	go func() {
		if err := server.Serve(&crowded{Listener: listener, most: visitors}); err != nil {
			logf("no longer answering probes: %v", err)
		}
	}()
	return nil
}
