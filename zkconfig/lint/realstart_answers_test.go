package lint

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/internal/realserver"
)

func adminAnswers(t *testing.T, p realserver.Ports) {
	t.Helper()
	response, err := getAdmin(t, p)
	if err != nil {
		t.Fatalf("the admin server does not answer: %v", err)
	}
	defer response.Body.Close()
}

func adminIsMissing(t *testing.T, p realserver.Ports) {
	t.Helper()
	response, err := getAdmin(t, p)
	if err == nil {
		defer response.Body.Close()
		t.Fatalf("the admin server answers: %s", response.Status)
	}
}

func getAdmin(t *testing.T, p realserver.Ports) (*http.Response, error) {
	t.Helper()
	url := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Admin)) + "/commands"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return http.DefaultClient.Do(request)
}

func handshakeFails(t *testing.T, p realserver.Ports) {
	t.Helper()
	connection, err := realserver.Dial(t.Context(), p.Secure)
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

func ruokIsRefused(t *testing.T, p realserver.Ports) {
	t.Helper()
	connection, err := realserver.Dial(t.Context(), p.Client)
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
