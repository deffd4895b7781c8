// Package realserver starts real ZooKeeper servers for tests that want to know
// what a server makes of a configuration.
package realserver

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is a running JVM and what it logged.
type Server struct {
	Command *exec.Cmd
	// Done is closed when the process has ended.
	Done chan struct{}

	mutex  sync.Mutex
	output bytes.Buffer
}

// Launch writes the files of a server and starts it. It ends with the test.
func Launch(t *testing.T, jars, folder, config string, id int) *Server {
	t.Helper()
	for name, text := range map[string]string{"data/myid": strconv.Itoa(id) + "\n", "log/.keep": "", "conf/zoo.cfg": config} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	server := &Server{Done: make(chan struct{})}
	server.Command = exec.CommandContext(t.Context(), "java",
		"-Xmx128m", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true", "-Dlogback.configurationFile="+filepath.Join(root(), "hack/zookeeper/conf/logback.xml"),
		"-cp", jars+"/*", "org.apache.zookeeper.server.quorum.QuorumPeerMain", filepath.Join(folder, "conf/zoo.cfg"))
	server.Command.Dir = folder
	server.Command.Stdout, server.Command.Stderr = server, server
	if err := server.Command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(server.Done)
		_ = server.Command.Wait() // the exit code is in ProcessState
	}()
	t.Cleanup(func() { <-server.Done })
	return server
}

// Releases are those of each line that the operator supports with which the tests
// are made.
var Releases = []string{"3.7.2", "3.8.6", "3.9.5"}

// Jars returns the directory with a release's jars, which it downloads once.
func Jars(t *testing.T, release string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), filepath.Join(root(), "hack/zookeeper-jars.sh"), release).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(output))
}

// root is the directory of the module.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "../..")
}

// Write takes what the server logs.
func (s *Server) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.output.Write(p)
}

// Logged reports whether the server has logged a text.
func (s *Server) Logged(text string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return bytes.Contains(s.output.Bytes(), []byte(text))
}

// Tail is the end of what the server logged.
func (s *Server) Tail() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	text := s.output.String()
	return text[max(0, len(text)-6000):]
}

// Ports are those of one server.
type Ports struct{ Client, Quorum, Election, Admin, Secure int }

// FreePorts returns ports that nobody used a moment ago.
func FreePorts(t *testing.T) Ports {
	t.Helper()
	var p Ports
	for _, port := range []*int{&p.Client, &p.Quorum, &p.Election, &p.Admin, &p.Secure} {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		*port = listener.Addr().(*net.TCPAddr).Port
	}
	return p
}

// Dial connects to a port of this machine, for five seconds.
func Dial(ctx context.Context, port int) (net.Conn, error) {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	connection, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err == nil {
		err = connection.SetDeadline(time.Now().Add(5 * time.Second))
	}
	return connection, err
}

// HasSession asks for a session, which only a server that serves and can write
// its log gives.
func HasSession(ctx context.Context, port int) bool {
	connection, err := Dial(ctx, port)
	if err != nil {
		return false
	}
	defer connection.Close()
	request := struct {
		Length, Protocol int32
		LastZxid         int64
		Timeout          int32
		Session          int64
		PasswordLength   int32
		Password         [16]byte
	}{Length: 44, Timeout: 10_000, PasswordLength: 16}
	if err := binary.Write(connection, binary.BigEndian, request); err != nil {
		return false
	}
	var answer struct {
		Length, Protocol, Timeout int32
		Session                   int64
	}
	err = binary.Read(connection, binary.BigEndian, &answer)
	return err == nil && answer.Session != 0
}
