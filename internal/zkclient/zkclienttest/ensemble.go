package zkclienttest

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// The ports of every member.
const (
	ClientPort = member.ClientPort
	AgentPort  = member.AgentPort
)

// Mode is what becomes of a server.
type Mode int

const (
	// Up takes part in elections and serves whenever there is a leader.
	Up Mode = iota
	// Syncing follows the leader and is not in sync yet.
	Syncing
	// Electing answers, and never finds a leader.
	Electing
	// Hung accepts connections and says nothing, like a frozen process.
	Hung
	// Closed refuses connections.
	Closed
	// Garbage answers everything with bytes that mean nothing.
	Garbage
	// HalfOpen starts an answer and closes the connection in the middle of it.
	HalfOpen
	// CutOff says that it follows in sync, and the leader counts it, while nothing
	// passes between them any more: its sessions get no answer. So it is for the
	// first seconds after the network between two servers broke.
	CutOff
)

// Ensemble is a running ensemble. All methods are safe for concurrent use.
type Ensemble struct {
	tb     testing.TB
	prefix string // of the members' addresses

	mu          sync.Mutex
	members     map[int64]*fakeMember
	membership  zkconfig.Membership
	leader      int64
	led         time.Time // since when the leader has led
	version     string
	versions    map[int64]string // of members that run another one
	password    string
	frozen      time.Time     // since when nothing is committed, zero if it is
	sessions    map[int64]int // opened through each member
	closed      int
	onRequest   func()
	refusal     Refusal
	loseReply   bool
	reconfigs   int
	onReconfig  func(before, after zkconfig.Membership)
	nextSession int64
	zxid        uint64
}

// New starts voters with the ids 1 to n, all [Up] and led by n. They end with
// the test.
func New(tb testing.TB, n int) *Ensemble {
	tb.Helper()
	e := &Ensemble{
		tb: tb, members: map[int64]*fakeMember{}, version: "3.9.5", versions: map[int64]string{},
		sessions: map[int64]int{}, zxid: 0x100000000, nextSession: 0x10000,
	}
	e.prefix = reserveAddresses(tb)
	for id := range int64(n) {
		e.membership.Servers = append(e.membership.Servers, e.line(id+1, zkconfig.Participant))
	}
	e.membership.Version = e.zxid
	for id := range int64(n) {
		e.Start(id + 1)
	}
	e.Elect(int64(n))
	tb.Cleanup(e.stopAll)
	return e
}

// Host returns the address of a member, whether it runs or not.
func (e *Ensemble) Host(id int64) string { return fmt.Sprintf("%s.%d", e.prefix, id) }

// ClientAddr returns where a member's server listens.
func (e *Ensemble) ClientAddr(id int64) string { return fmt.Sprintf("%s:%d", e.Host(id), ClientPort) }

// AgentAddr returns where a member's agent listens.
func (e *Ensemble) AgentAddr(id int64) string { return fmt.Sprintf("%s:%d", e.Host(id), AgentPort) }

func (e *Ensemble) line(id int64, role zkconfig.Role) zkconfig.Server {
	return zkconfig.Server{
		ID:         id,
		Addresses:  []zkconfig.Address{{Host: e.Host(id), QuorumPort: member.QuorumPort, ElectionPort: member.ElectionPort}},
		Role:       role,
		ClientHost: "0.0.0.0",
		ClientPort: ClientPort,
	}
}

// Start starts server and agent of a member that does not run, as a new Pod
// does. A member that the membership does not name follows without a vote, as
// soon as there is a leader.
func (e *Ensemble) Start(id int64) {
	e.tb.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.members[id] != nil {
		e.tb.Fatalf("member %d runs already", id)
	}
	m := &fakeMember{ensemble: e, id: id, state: &member.State{
		ID: id, PodUID: fmt.Sprintf("uid-%d", id), Phase: member.Running, Saved: true, List: member.FromVolume,
	}}
	e.members[id] = m
	e.tb.Logf("member %d starts at %s", id, e.Host(id))
	m.listen()
	e.elect()
}

// Stop ends server and agent of a member, as the end of its Pod does.
func (e *Ensemble) Stop(id int64) {
	e.mu.Lock()
	m := e.members[id]
	delete(e.members, id)
	e.elect()
	e.mu.Unlock()
	if m != nil {
		m.stop()
	}
}

func (e *Ensemble) stopAll() {
	e.mu.Lock()
	ids := slices.Collect(maps.Keys(e.members))
	e.mu.Unlock()
	for _, id := range ids {
		e.Stop(id)
	}
}

// Set changes what becomes of a member's server. Its connections end.
func (e *Ensemble) Set(id int64, mode Mode) {
	e.changed(id, mode).restartServer(mode != Closed)
}

func (e *Ensemble) changed(id int64, mode Mode) *fakeMember {
	e.mu.Lock()
	defer e.mu.Unlock() // also where the test ends here
	m := e.running(id)
	m.mode = mode
	e.elect()
	return m
}

// SetAgent changes what a member's agent tells; nil makes it answer with an
// error.
func (e *Ensemble) SetAgent(id int64, state *member.State) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running(id).state = state
}

// Agent returns what a member's agent tells.
func (e *Ensemble) Agent(id int64) *member.State {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.running(id).state
}

// Elect makes a member that could lead the leader, by an election: one that leads
// already begins anew.
func (e *Ensemble) Elect(id int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running(id)
	if !e.electable(id) || !e.quorum(e.membership) {
		e.tb.Fatalf("member %d cannot lead", id)
	}
	e.lead(id, nil)
	e.learn()
}

// Age lets the leader have led for so much longer.
func (e *Ensemble) Age(by time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.led = e.led.Add(-by)
}

// Leader returns the id of the leader, 0 if there is none.
func (e *Ensemble) Leader() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.leader
}

// Freeze makes the ensemble accept no write, although it has a leader: requests
// that need a commit, new sessions among them, get no answer. Thaw ends that.
func (e *Ensemble) Freeze() { e.freeze(time.Now()) }

// Thaw lets requests be committed again.
func (e *Ensemble) Thaw() { e.freeze(time.Time{}) }

func (e *Ensemble) freeze(since time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.frozen = since
}

// LeadsInVain reports whether there is a leader that has committed nothing since
// it was elected.
func (e *Ensemble) LeadsInVain() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.leader != 0 && !e.frozen.IsZero() && e.led.After(e.frozen)
}

// SetVersion changes the release that the servers report, except for those that
// SetMemberVersion gave another one.
func (e *Ensemble) SetVersion(version string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.version = version
}

// SetMemberVersion changes the release that one server reports, whether it runs
// or not; "" lets it report that of all again.
func (e *Ensemble) SetMemberVersion(id int64, version string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.versions[id] = version
}

// SetPassword sets the super-user's password; without one nobody may reconfigure.
func (e *Ensemble) SetPassword(password string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.password = password
}

// Membership returns the committed configuration.
func (e *Ensemble) Membership() zkconfig.Membership {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.membership
}

// SetMembership commits a configuration, as a reconfig of somebody else does.
// Its version is set to a higher one.
func (e *Ensemble) SetMembership(membership zkconfig.Membership) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.commit(membership.Servers, nil)
}

// commit leaves the connection alone that asked for the change.
func (e *Ensemble) commit(servers []zkconfig.Server, asker net.Conn) {
	e.zxid++
	servers = slices.SortedFunc(slices.Values(servers), func(a, b zkconfig.Server) int { return cmp.Compare(a.ID, b.ID) })
	before := e.membership
	e.membership = zkconfig.Membership{Version: e.zxid, Servers: servers}
	if designated := e.designated(before); designated != e.leader {
		e.lead(designated, asker)
	}
	e.elect()
}

// Sessions returns how many sessions were opened since the start.
func (e *Ensemble) Sessions() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := 0
	for _, opened := range e.sessions {
		all += opened
	}
	return all
}

// SessionsThrough returns how many of them were opened through one member.
func (e *Ensemble) SessionsThrough(id int64) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sessions[id]
}

// ClosedSessions returns how many sessions their clients closed in order.
func (e *Ensemble) ClosedSessions() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

// OnRequest calls do once, after the next request of a session has come and
// before it is carried out.
func (e *Ensemble) OnRequest(do func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onRequest = do
}

func (e *Ensemble) running(id int64) *fakeMember {
	e.tb.Helper()
	m := e.members[id]
	if m == nil {
		e.tb.Fatalf("member %d does not run", id)
	}
	return m
}
