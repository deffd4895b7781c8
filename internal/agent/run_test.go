package agent

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// served is the address of an agent's port that answers with a handler.
func served(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	address := freeAddress(t)
	if err := serve(t.Context(), address, handler); err != nil {
		t.Fatal(err)
	}
	return address
}

// connect opens a connection to the agent's port and sends a text.
func connect(t *testing.T, address, text string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

// Whoever holds a connection to the agent's port without asking anything is cut off,
// before the kubelet has given up on its own question: a probe has three seconds.
func TestASlowVisitorIsCutOff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		says   string
		within time.Duration
	}{
		"says nothing":          {"", 3 * time.Second},
		"does not come to ask":  {"GET /readyz HTTP/1.1\r\nHost: x\r\n", 3 * time.Second},
		"does not end a body":   {"POST /readyz HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx", 6 * time.Second},
		"asks and does no more": {"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, served(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusOK)
			}), c.says)
			began := time.Now()
			if _, err := io.Copy(io.Discard, conn); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took > c.within+2*time.Second { // a busy machine
				t.Errorf("was cut off after %v", took)
			}
		})
	}
}

// Whoever does not take the answer is cut off as well.
func TestAVisitorThatTakesNoAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	address := served(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := strings.Repeat("x", 64<<10)
		for range 1 << 10 {
			if _, err := io.WriteString(w, chunk); err != nil {
				ended <- err
				return
			}
		}
		ended <- nil
	})
	connect(t, address, "GET /state HTTP/1.1\r\nHost: x\r\n\r\n")
	select {
	case err := <-ended:
		if err == nil {
			t.Error("64 MiB were taken by somebody who reads nothing")
		}
	case <-time.After(30 * time.Second):
		t.Error("the answer was never given up")
	}
}

// No question has headers of more than a few KiB, and nobody may make the agent keep
// longer ones.
func TestLongHeadersAreRefused(t *testing.T) {
	t.Parallel()
	address := served(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	for size, want := range map[int]int{
		1 << 10: http.StatusOK,
		9 << 10: http.StatusRequestHeaderFieldsTooLarge, // 4 KiB, and what the library adds for its buffers
	} {
		conn := connect(t, address, fmt.Sprintf("GET /readyz HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("x", size)))
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want || !response.Close {
			t.Errorf("with %d bytes the answer is %d, and the connection closes: %t", size, response.StatusCode, response.Close)
		}
	}
}
