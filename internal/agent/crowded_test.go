package agent

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// crowd serves in a room for so many connections. Each question is answered after
// what is given.
func crowd(t *testing.T, most int, first func()) *crowded {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	room := &crowded{Listener: listener, most: most}
	server := &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			first()
			_, _ = io.WriteString(w, "ok")
		}),
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.Serve(room) }()
	return room
}

// isAnswered asks a question and wants its answer.
func isAnswered(ctx context.Context, t *testing.T, room *crowded) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+room.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); string(body) != "ok" || err != nil {
		t.Errorf("got %q, %v", body, err)
	}
}

// TestWhoFillsTheRoomIsNotKept holds more connections than there is room for and
// asks a question all the same.
func TestWhoFillsTheRoomIsNotKept(t *testing.T) {
	t.Parallel()
	const most = 10
	room := crowd(t, most, func() {})
	var idle []net.Conn
	for range 3 * most {
		conn, err := net.Dial("tcp", room.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		idle = append(idle, conn)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	isAnswered(ctx, t, room)
	_ = idle[0].SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := idle[0].Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("the oldest connection is kept: %v", err)
	}
	room.mu.Lock()
	defer room.mu.Unlock()
	if len(room.kept) > most {
		t.Errorf("%d connections are kept", len(room.kept))
	}
}

// TestAFloodTakesNobodyElsesPlace waits for an answer while connections from another
// address fill the room many times.
func TestAFloodTakesNobodyElsesPlace(t *testing.T) {
	t.Parallel()
	const most = 10
	asked, flooded := make(chan struct{}), make(chan struct{})
	room := crowd(t, most, func() {
		close(asked)
		<-flooded
	})
	go func() {
		defer close(flooded)
		<-asked
		from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
		var flood [5 * most]net.Conn
		for i := range flood {
			conn, err := from.DialContext(t.Context(), "tcp", room.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			flood[i] = conn
		}
		_, _ = flood[0].Read(make([]byte, 1)) // it ends when the room has been full
	}()
	isAnswered(t.Context(), t, room)
}
