package main

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/e2e/words"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// The ports of every server, which has a loopback address of its own.
const (
	clientPort   = 2181
	electionPort = 3888
	quorumPort   = 2888
	handoverPort = 2889
)

const (
	voters = 3
	// patience is for everything that comes in the end unless something broke.
	patience = 5 * time.Minute
)

// ensemble is three servers with the operator's defaults.
type ensemble struct {
	options  *options
	folder   string
	password string
	servers  []*server
}

// server is one JVM, which comes and goes, and its folder.
type server struct {
	id      int64
	host    string
	folder  string
	command *exec.Cmd
	ended   chan struct{}
}

func newEnsemble(o *options) (*ensemble, error) {
	folder := o.folder
	if folder == "" {
		var err error
		if folder, err = os.MkdirTemp("", "handover-"); err != nil {
			return nil, err
		}
	}
	prefix, err := freeAddresses()
	if err != nil {
		return nil, err
	}
	e := &ensemble{options: o, folder: folder, password: rand.Text()}
	for id := range int64(voters) {
		e.servers = append(e.servers, &server{
			id: id + 1, host: fmt.Sprintf("%s.%d", prefix, id+1), folder: filepath.Join(folder, fmt.Sprint(id+1)),
		})
	}
	for _, s := range e.servers {
		if err := e.prepare(s); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// freeAddresses returns the first three numbers of loopback addresses on which
// nobody listens.
func freeAddresses() (string, error) {
	for n := range 250 {
		prefix := fmt.Sprintf("127.89.%d", (os.Getpid()+n)%250)
		listener, err := net.Listen("tcp", fmt.Sprintf("%s.1:%d", prefix, clientPort))
		if err == nil {
			return prefix, listener.Close()
		}
	}
	return "", errors.New("no free loopback addresses")
}

// line is a server's line in the server list.
func (s *server) line(quorumPort int) zkconfig.Server {
	return zkconfig.Server{
		ID: s.id, Role: zkconfig.Participant, ClientHost: s.host, ClientPort: clientPort,
		Addresses: []zkconfig.Address{{Host: s.host, QuorumPort: quorumPort, ElectionPort: electionPort}},
	}
}

func (s *server) clientAddr() string { return net.JoinHostPort(s.host, strconv.Itoa(clientPort)) }

func (s *server) data() string { return filepath.Join(s.folder, "data") }

// prepare writes what the agent of a new member would write, with the marker
// that lets a blank disk vote in the formation of the ensemble.
func (e *ensemble) prepare(s *server) error {
	digest := sha1.Sum([]byte("super:" + e.password))
	properties := append(workload.Defaults(),
		zkconfig.Property{Key: "dataDir", Value: s.data()},
		zkconfig.Property{Key: "dataLogDir", Value: s.data()},
		zkconfig.Property{
			Key: "DigestAuthenticationProvider.superDigest", Value: "super:" + base64.StdEncoding.EncodeToString(digest[:]),
		})
	for _, override := range e.options.set {
		properties = slices.DeleteFunc(properties, func(p zkconfig.Property) bool { return p.Key == override.Key })
		properties = append(properties, override)
	}
	for _, other := range e.servers {
		line := other.line(quorumPort)
		properties = append(properties, zkconfig.Property{Key: line.Key(), Value: line.Value()})
	}
	for name, text := range map[string]string{
		"data/myid": zkconfig.FormatMyID(s.id), "data/initialize": "", "conf/zoo.cfg": properties.Render(),
	} {
		path := filepath.Join(s.folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// start starts the server's JVM with the flags that the operator sets, and the
// garbage collector that a JVM takes by itself in a container of such a size.
func (e *ensemble) start(ctx context.Context, s *server) error {
	logging, err := filepath.Abs(e.options.logging)
	if err != nil {
		return err
	}
	output, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer output.Close()
	s.command = exec.CommandContext(ctx, e.options.java,
		fmt.Sprintf("-Xmx%dm", e.options.heapMiB), e.collector(), "-XX:+ExitOnOutOfMemoryError",
		"-Dlogback.configurationFile="+logging, "-Djava.net.preferIPv4Stack=true",
		"-cp", e.options.jars+"/*", "org.apache.zookeeper.server.quorum.QuorumPeerMain", filepath.Join(s.folder, "conf/zoo.cfg"))
	s.command.Dir = s.folder
	s.command.Stdout, s.command.Stderr = output, output
	if err := s.command.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	s.ended = ended
	go func(command *exec.Cmd) {
		defer close(ended)
		_ = command.Wait() // it is killed in the end
	}(s.command)
	return nil
}

// smallContainerMiB is the memory below which a JVM takes the serial collector.
const smallContainerMiB = 1792

// collector is what a JVM takes in a container of which the heap is 60 %.
func (e *ensemble) collector() string {
	if e.options.heapMiB*100/60 < smallContainerMiB {
		return "-XX:+UseSerialGC"
	}
	return "-XX:+UseG1GC"
}

func (e *ensemble) startAll(ctx context.Context) error {
	for _, s := range e.servers {
		if err := e.start(ctx, s); err != nil {
			return err
		}
	}
	if _, err := e.await(ctx, patience, states.InSync); err != nil {
		return fmt.Errorf("form the ensemble: %w", err)
	}
	return nil
}

// kill ends the JVM at once and returns when it is gone.
func (s *server) kill() {
	if s.command == nil || s.command.Process == nil {
		return
	}
	_ = s.command.Process.Kill() // which fails if it has ended
	<-s.ended
}

func (e *ensemble) killAll() {
	for _, s := range e.servers {
		s.kill()
	}
}

// remove keeps the logs if the folder was named by the caller.
func (e *ensemble) remove() error {
	if e.options.folder == "" {
		return os.RemoveAll(e.folder)
	}
	var errs []error
	for _, s := range e.servers {
		errs = append(errs, os.RemoveAll(s.data()))
	}
	return errors.Join(errs...)
}

func (e *ensemble) server(id int64) *server { return e.servers[id-1] }

// epoch is the number of the present leadership.
func (e *ensemble) epoch(ctx context.Context, leader int64) (uint64, error) {
	answer, err := words.Ask(ctx, words.Timeout, e.server(leader).clientAddr(), "srvr")
	if err != nil {
		return 0, err
	}
	_, epoch, err := words.ParseServer(answer)
	return epoch, err
}
