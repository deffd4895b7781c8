package zkconfig

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// realServer is a running JVM and what it logged.
type realServer struct {
	command *exec.Cmd
	done    chan struct{}

	mutex  sync.Mutex
	output bytes.Buffer
}

// launch writes the files of a server and starts it. It ends with the test.
func launch(t *testing.T, jars, folder, config string, id int) *realServer {
	t.Helper()
	for name, text := range map[string]string{"data/myid": FormatMyID(int64(id)), "log/.keep": "", "conf/zoo.cfg": config} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	logging, err := filepath.Abs("../hack/zookeeper/conf/logback.xml")
	if err != nil {
		t.Fatal(err)
	}
	server := &realServer{done: make(chan struct{})}
	server.command = exec.CommandContext(t.Context(), "java",
		"-Xmx128m", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true", "-Dlogback.configurationFile="+logging,
		"-cp", jars+"/*", "org.apache.zookeeper.server.quorum.QuorumPeerMain", filepath.Join(folder, "conf/zoo.cfg"))
	server.command.Dir = folder
	server.command.Stdout, server.command.Stderr = server, server
	if err := server.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(server.done)
		_ = server.command.Wait() // the exit code is in ProcessState
	}()
	t.Cleanup(func() { <-server.done })
	return server
}

// Write takes what the server logs.
func (s *realServer) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.output.Write(p)
}

func (s *realServer) logged(text string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return bytes.Contains(s.output.Bytes(), []byte(text))
}

func (s *realServer) tail() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	text := s.output.String()
	return text[max(0, len(text)-6000):]
}

// freePorts returns ports that nobody used a moment ago.
func freePorts(t *testing.T) ports {
	t.Helper()
	var p ports
	for _, port := range []*int{&p.client, &p.quorum, &p.election, &p.admin, &p.secure} {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		*port = listener.Addr().(*net.TCPAddr).Port
	}
	return p
}

func dial(ctx context.Context, port int) (net.Conn, error) {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	connection, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err == nil {
		err = connection.SetDeadline(time.Now().Add(5 * time.Second))
	}
	return connection, err
}

// hasSession asks for a session, which only a server that serves and can write
// its log gives.
func hasSession(ctx context.Context, port int) bool {
	connection, err := dial(ctx, port)
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

func adminAnswers(t *testing.T, p ports) {
	t.Helper()
	response, err := getAdmin(t, p)
	if err != nil {
		t.Fatalf("the admin server does not answer: %v", err)
	}
	defer response.Body.Close()
}

func adminIsMissing(t *testing.T, p ports) {
	t.Helper()
	response, err := getAdmin(t, p)
	if err == nil {
		defer response.Body.Close()
		t.Fatalf("the admin server answers: %s", response.Status)
	}
}

func getAdmin(t *testing.T, p ports) (*http.Response, error) {
	t.Helper()
	url := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(p.admin)) + "/commands"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return http.DefaultClient.Do(request)
}

func handshakeFails(t *testing.T, p ports) {
	t.Helper()
	connection, err := dial(t.Context(), p.secure)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	// Nobody is trusted with anything here: only the handshake matters.
	client := tls.Client(connection, &tls.Config{InsecureSkipVerify: true})
	if err := client.HandshakeContext(t.Context()); err == nil {
		t.Fatal("the handshake succeeds without a key store")
	}
}

func ruokIsRefused(t *testing.T, p ports) {
	t.Helper()
	connection, err := dial(t.Context(), p.client)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "ruok"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(connection)
	if err != nil || !strings.Contains(string(answer), "not in the whitelist") {
		t.Fatalf("ruok is answered with %q, %v", answer, err)
	}
}
