package fourletter

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Monitor is what the word mntr tells about a server. Numbers that the server
// did not report are 0; only a leader reports those about followers.
type Monitor struct {
	// Version is the release, such as 3.9.5, without its build.
	Version string
	// ServerState is leader, follower, observer, standalone or read-only.
	ServerState string
	// PeerState is what the server does in the ensemble, such as
	// "following - broadcast" or "following - synchronization - snap".
	PeerState string
	// QuorumSize is the number of voters in the committed configuration, not
	// how many of them make a majority.
	QuorumSize int
	// SyncedFollowers counts followers that the leader sends commits to, with
	// those that do not vote.
	SyncedFollowers int
	// SyncedNonVoting counts those of SyncedFollowers that do not vote.
	SyncedNonVoting int
	// LeaderUptime is for how long the server has led.
	LeaderUptime time.Duration
}

// Serving reports whether the server takes its part in a quorum that commits:
// it leads, or it follows or observes and is in sync.
func (m Monitor) Serving() bool {
	switch m.ServerState {
	case "leader":
		return true
	case "follower", "observer":
		return m.Broadcasting()
	default:
		return false
	}
}

// Broadcasting reports whether the server is past synchronization.
func (m Monitor) Broadcasting() bool {
	return strings.HasSuffix(m.PeerState, "- broadcast")
}

// Mntr asks the server at addr how it is. The error is [ErrNotServing] while
// the server is in no quorum.
//
// The answer is read as it comes, for the few lines that are needed. It may have
// any length: a server prints five lines for every name that its root ever had.
func Mntr(ctx context.Context, addr string) (Monitor, error) {
	var m Monitor
	err := exchange(ctx, addr, "mntr", func(answer io.Reader) (err error) {
		m, err = readMonitor(answer)
		return err
	})
	return m, err
}

// lineLimit bounds a line. Those that are needed have fewer than 100 characters.
const lineLimit = 512

// readMonitor reads until it has all that a server of its kind says, in whatever
// order its metrics provider prints it.
func readMonitor(answer io.Reader) (Monitor, error) {
	var p partial
	lines := bufio.NewReaderSize(answer, lineLimit)
	for first := true; !p.complete(); first = false {
		text, err := lines.ReadSlice('\n')
		line := bytes.TrimRight(text, "\r\n")
		if first {
			if refused := refusal(string(line)); refused != nil {
				return Monitor{}, refused
			}
		}
		switch {
		case err == nil:
			err = p.read(line)
		case errors.Is(err, io.EOF):
			return p.ended(len(text) > 0)
		case errors.Is(err, bufio.ErrBufferFull):
			err = skipLine(lines)
		}
		if err != nil {
			return Monitor{}, fmt.Errorf("%w: %w", ErrUnexpected, err)
		}
	}
	return p.Monitor, nil
}

// skipLine reads to the end of a line that is too long to be needed.
func skipLine(lines *bufio.Reader) error {
	for {
		if _, err := lines.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// partial is a part of an answer.
type partial struct {
	Monitor
	found uint // which of keys were read
}

// ended judges an answer that has come to its end.
func (p *partial) ended(midLine bool) (Monitor, error) {
	switch {
	case midLine:
		return Monitor{}, fmt.Errorf("%w: it ends in the middle of a line", ErrUnexpected)
	case p.ServerState == "":
		return Monitor{}, fmt.Errorf("%w: it has no zk_server_state", ErrUnexpected)
	case p.ensembleMember():
		return Monitor{}, fmt.Errorf("%w: it lacks what a %s says", ErrUnexpected, p.ServerState)
	default:
		return p.Monitor, nil
	}
}

// ensembleMember reports whether the server takes part in an ensemble, and so
// says more than its state.
func (m *Monitor) ensembleMember() bool {
	return m.ServerState == "leader" || m.ServerState == "follower" || m.ServerState == "observer"
}

// complete reports whether all has been read that a member of an ensemble says.
func (p *partial) complete() bool {
	const every = 1<<len(keys) - 1
	wanted := uint(every)
	if p.ServerState != "leader" {
		wanted = 1<<leaderKeys - 1
	}
	return p.ensembleMember() && p.found&wanted == wanted
}

// keys are those of the lines that are needed. Only a leader prints those from
// leaderKeys on.
var keys = [...]string{
	"zk_version", "zk_server_state", "zk_peer_state", "zk_quorum_size",
	"zk_synced_followers", "zk_synced_non_voting_followers", "zk_leader_uptime",
}

const leaderKeys = 4

// read takes a line, most of which are none that is needed.
func (p *partial) read(line []byte) error {
	key, value, ok := bytes.Cut(line, []byte("\t"))
	at := slices.IndexFunc(keys[:], func(wanted string) bool { return wanted == string(key) })
	if !ok || at < 0 {
		return nil
	}
	if err := p.set(keys[at], string(value)); err != nil {
		return fmt.Errorf("%s is %s: %w", key, quote(string(value)), err)
	}
	p.found |= 1 << at
	return nil
}

func (m *Monitor) set(key, value string) (err error) {
	switch key {
	case "zk_version":
		release, _, _ := strings.Cut(value, "-")
		m.Version, err = words(release)
	case "zk_server_state":
		m.ServerState, err = words(value)
	case "zk_peer_state":
		m.PeerState, err = words(value)
	case "zk_quorum_size":
		m.QuorumSize, err = count(value)
	case "zk_synced_followers":
		m.SyncedFollowers, err = count(value)
	case "zk_synced_non_voting_followers":
		m.SyncedNonVoting, err = count(value)
	case "zk_leader_uptime":
		var milliseconds int64
		milliseconds, err = whole(value, mostMilliseconds)
		m.LeaderUptime = time.Duration(milliseconds) * time.Millisecond
	}
	return err
}

// wordsLimit is the longest text that is taken from a server.
const wordsLimit = 64

var (
	errWords  = fmt.Errorf("not 1 to %d printable characters", wordsLimit)
	errNumber = errors.New("not a whole number in its bounds")
)

// words checks a text that people may get to see.
func words(text string) (string, error) {
	unprintable := func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }
	if text == "" || len(text) > wordsLimit || strings.ContainsFunc(text, unprintable) {
		return "", errWords
	}
	return text, nil
}

func count(value string) (int, error) {
	n, err := whole(value, math.MaxInt32)
	return int(n), err
}

// mostMilliseconds are more than 60 years. A leader's time is longer than what
// other numbers are after 25 days.
const mostMilliseconds = 1 << 41

// whole reads a number from 0 to most that some metrics providers print as a
// float.
func whole(value string, most int64) (int64, error) {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || n != math.Trunc(n) || n < 0 || n > float64(most) {
		return 0, errNumber
	}
	return int64(n), nil
}

// quote quotes the beginning of what a server said.
func quote(text string) string {
	const most = 60
	return strconv.QuoteToASCII(text[:min(len(text), most)])
}
