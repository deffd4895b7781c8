// Command hostile takes the place of a ZooKeeper server in a member's container
// and answers as no server does, so that the e2e suite can show that nobody but
// that ensemble suffers. The agent starts it under the name of zkServer.sh.
//
// What it is hostile in is told by the variable HOSTILE:
//
//	words      it answers four-letter words with garbage of any length
//	sessions   the first member leads, and answers sessions with frames that
//	           would harm who believes them
//	silence    the first member leads, and answers no session at all
//	members    the first member leads, commits, and tells members of its own
//	           invention
//
// It goes through all that it knows of a kind, and prints the name of each thing
// when it begins and when it has told it to somebody outside its Pod.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// clientPort is where ZooKeeper servers answer words and sessions.
const clientPort = ":2181"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	err := run(ctx)
	if ctx.Err() == nil {
		fmt.Fprintf(os.Stderr, "hostile: %v\n", err)
		os.Exit(1)
	}
}

// run answers everybody until the context ends, and returns what ended it.
func run(ctx context.Context) error {
	s, err := newServer(os.Getenv("HOSTILE"), os.Getenv("POD_NAME"), os.Stdout)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", clientPort)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	return s.serve(listener)
}

// server is one hostile member.
type server struct {
	ordinal         int // of the member
	words, sessions []trick
	began           time.Time

	mu   sync.Mutex
	out  io.Writer
	turn map[string]int // how many tricks of a kind were played on a host
}

// trick is one thing to do to whoever has connected and has sent something.
type trick struct {
	name string
	play func(c *caller)
}

func newServer(mode, pod string, out io.Writer) (*server, error) {
	ordinal, err := strconv.Atoi(pod[strings.LastIndex(pod, "-")+1:])
	if err != nil {
		return nil, fmt.Errorf("POD_NAME=%q ends in no ordinal", pod)
	}
	s := &server{ordinal: ordinal, began: time.Now(), out: out, turn: map[string]int{}}
	honest := trick{"an honest word", s.honestWord}
	switch mode {
	case "words":
		s.words, s.sessions = garbage, garbage
	case "sessions":
		// A leader that comes and goes is asked for sessions more often.
		s.words, s.sessions = []trick{honest, {"a word of no quorum", says(notServing)}}, frames
	case "silence":
		s.words, s.sessions = []trick{honest}, []trick{{"no session", (*caller).hang}}
	case "members":
		s.words, s.sessions = []trick{honest}, inventions
	default:
		return nil, fmt.Errorf("HOSTILE=%q is none of words, sessions, silence, members", mode)
	}
	for _, t := range slices.Concat(s.words, s.sessions) {
		s.tell("knows", t.name)
	}
	return s, nil
}

func (s *server) tell(what, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "hostile: %s: %s\n", what, name)
}

// serve answers everybody until the listener is closed.
func (s *server) serve(listener net.Listener) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go s.answer(conn)
	}
}

// callLimit bounds how long one caller is bothered.
const callLimit = 20 * time.Second

// next takes tricks in turn, for each host by itself: what the agent beside the
// server asks takes none of those that are meant for the operator. Each member
// begins with another one.
func (s *server) next(who string, tricks []trick) trick {
	s.mu.Lock()
	defer s.mu.Unlock()
	const members = 3
	at := s.turn[who] + s.ordinal*len(tricks)/members
	s.turn[who]++
	return tricks[at%len(tricks)]
}

// answer plays the next trick of the kind that the caller asks for.
func (s *server) answer(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(callLimit))
	c := &caller{Conn: conn}
	if _, err := io.ReadFull(conn, c.first[:]); err != nil {
		return
	}
	kind, tricks := "session", s.sessions
	if c.asksWord() {
		kind, tricks = "word", s.words
	}
	host, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
	next := s.next(kind+" for "+host, tricks)
	next.play(c)
	if ip := net.ParseIP(host); ip != nil && !ip.IsLoopback() {
		s.tell("told", next.name)
	}
}
