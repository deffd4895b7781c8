package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// disk is what a member's volumes hold. All but the last two look blank.
type disk uint8

const (
	blank  disk = iota // nothing
	marked             // the marker of a grant; no server ever ran on it
	spent              // nothing: a server ate the marker and died before it saved
	behind             // data, without the last acknowledged write
	holds              // data with the last acknowledged write
)

func (d disk) String() string {
	return [...]string{"blank", "marked", "spent", "behind", "holds"}[d]
}

func (d disk) saved() bool { return d >= behind }

// stage is how far a Pod's container has come.
type stage uint8

const (
	noPod     stage = iota
	created         // its container does not run
	gaveUp          // its container does not run: the agent asks for a new Pod
	prepared        // the agent is done and the server is about to start
	electing        // the server runs and serves nobody
	following       // serves
	leading         // serves
)

func (s stage) String() string {
	return [...]string{"no Pod", "created", "gave up", "prepared", "electing", "following", "leading"}[s]
}

// note is what the agent keeps for the life of a Pod.
type note uint8

const (
	noNote  note = iota // no server was started in this Pod
	started             // a server was started, without a grant
	mayVote             // it has granted this disk a vote
)

// server is the truth about one member and its Pod.
type server struct {
	disk    disk
	acked   bool // acknowledged a write at some time, on this disk or an earlier one
	stage   stage
	note    note
	going   bool // the Pod is being deleted; its server may run on, on a lost node
	sawOpen bool // the mounted formation record says open, whatever the API says
	bad     bool // no server can run in this Pod
	doomed  bool // an operator that has not acted yet decided to replace this Pod
}

func (s server) serves() bool { return s.stage >= following }

// spec is what the person asks for.
type spec uint8

const (
	rightSpec   spec = iota
	badSpec          // is carried out, but no server can run with it
	invalidSpec      // cannot be carried out
)

// most is the size of the largest ensemble that is explored.
const most = 3

// world is the truth about one ensemble. It is a value and comparable, so that
// worlds can be told apart, and its servers are kept sorted, because the same
// world with its servers renamed has the same future.
type world struct {
	servers     [most]server // only as many as there are voters exist
	voters      int8
	formation   Formation // in the API server
	founders    bool      // the formation record knows the first servers
	members     bool      // the members record exists
	statefulSet bool
	volumes     bool
	template    spec // right or bad
	spec        spec
	written     bool // a client's write has been acknowledged
	opened      bool // the record has been opened in this life
	lost        bool // a volume has been wiped
	late        Kind // what an operator decided and has not done yet
	faults      int8 // how many more faults may happen
}

func (w world) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "formation %d, founders %t, members %t, StatefulSet %t, template %d, spec %d, written %t, late %s",
		w.formation, w.founders, w.members, w.statefulSet, w.template, w.spec, w.written, w.late)
	for _, s := range w.all() {
		fmt.Fprintf(&text, "\n    %+v", s)
	}
	return text.String()
}

// normal forgets what no longer matters and sorts the servers.
func (w world) normal() world {
	if w.serving() < w.majority() || w.count(func(s server) bool { return s.stage == leading }) == 0 {
		for i := range w.all() {
			if w.servers[i].serves() {
				w.servers[i].stage = electing
			}
		}
	}
	for i := range w.all() {
		if s := &w.servers[i]; s.stage == noPod {
			*s = server{disk: s.disk, acked: s.acked}
		} else if s.serves() || s.going {
			s.doomed = false
		}
	}
	slices.SortFunc(w.all(), func(a, b server) int { return cmp.Compare(a.rank(), b.rank()) })
	return w
}

func (s server) rank() uint32 {
	rank := uint32(s.disk)<<12 | uint32(s.stage)<<9 | uint32(s.note)<<7
	for i, flag := range [...]bool{s.acked, s.going, s.sawOpen, s.bad, s.doomed} {
		if flag {
			rank |= 1 << i
		}
	}
	return rank
}

func (w *world) count(is func(server) bool) int {
	n := 0
	for _, s := range w.all() {
		if is(s) {
			n++
		}
	}
	return n
}

// all are the servers that exist.
func (w *world) all() []server { return w.servers[:w.voters] }
func (w *world) majority() int { return zkconfig.Majority(int(w.voters)) }
func (w *world) serving() int  { return w.count(server.serves) }
func (w *world) remains() bool { return w.statefulSet || w.volumes || w.members }

// What must never come about in any world.
const (
	blankVotes = "a disk that is blank although its server acknowledged writes was given a vote"
	writeLost  = "a quorum formed in which no member holds the last acknowledged write"
)

// protocol is how agents and Kubernetes behave around the planner. Every field
// that is true is needed: see TestEveryPartOfTheProtocolIsNeeded.
type protocol struct {
	// grantsEnd: the agent grants only while it sees the record open.
	grantsEnd bool
	// remembersGrants: the agent knows for the life of a Pod that it granted.
	remembersGrants bool
	// remembersStarts: it knows as well that it started a server without a grant.
	remembersStarts bool
	// savedGrants: a grant is reported once the disk has saved its first snapshot.
	savedGrants bool
	// freshMounts: a new Pod sees the record as it is when the Pod is created,
	// though later changes may never reach it.
	freshMounts bool
	// clientsLast: no client is let in before the record is closed.
	clientsLast bool
}

// prepare is the agent at every start of a Pod's container. It implements these
// rules in internal/agent; here they stand side by side, so that they can
// be checked against everything that can happen.
func (p protocol) prepare(w *world, s *server) (broken string) {
	if !s.disk.saved() && !w.founders && !w.members {
		return "" // waits: no record says which servers to join
	}
	open := s.sawOpen || !p.grantsEnd
	switch {
	case s.disk.saved():
		s.note = max(s.note, started)
	case s.disk == marked:
		s.note = mayVote
	case open && (p.remembersGrants && s.note == mayVote || p.remembersStarts && s.note == started):
		s.stage = gaveUp
		return ""
	case open:
		if s.acked {
			broken = blankVotes
		}
		s.disk, s.note = marked, mayVote
	default:
		s.note = max(s.note, started)
	}
	s.stage = prepared
	return broken
}

// reports is whether the agent of a running Pod reports a grant.
func (p protocol) reports(s server) bool {
	switch {
	case s.stage < prepared:
		return false
	case s.disk.saved():
		return s.note == mayVote || s.sawOpen
	default:
		return s.disk == marked && !p.savedGrants
	}
}

// boot starts the server: it eats the marker and saves a first snapshot.
func boot(s *server) {
	if s.disk == marked {
		s.disk = behind
	}
	s.stage = electing
}

// elect makes the members with the given bits a quorum, led by one with the
// newest data, from which the others then copy.
func (w *world) elect(set int) (broken string) {
	best := blank
	for i, s := range w.all() {
		if set>>i&1 == 1 {
			best = max(best, s.disk)
		}
	}
	if w.written && best != holds {
		broken = writeLost
	}
	led := false
	for i := range w.all() {
		s := &w.servers[i]
		if set>>i&1 == 0 {
			continue
		}
		if !led && s.disk == best {
			s.stage, led = leading, true
		} else {
			s.stage = following
		}
		s.disk = best
	}
	return broken
}

// eligible reports whether other servers count this one's vote.
func eligible(s server) bool { return s.stage == electing && s.disk.saved() }

// join brings a server into a quorum that serves: it copies the leader's data.
func (w *world) join(i int) {
	for _, s := range w.all() {
		if s.stage == leading {
			w.servers[i].disk = s.disk
			w.servers[i].stage = following
		}
	}
}

// view is how an operator sees the world.
type view struct {
	unknown   int  // the bits of members that it cannot reach
	shutOut   bool // it has seen long enough that a majority serves without some
	revisions bool // the StatefulSet's controller has caught up
	brief     bool // what is down is so only since a moment ago
}

// observe looks at the world. The servers are rotated into the ordinals, so that
// each of them is the highest ordinal of some look. The observation takes the place
// of the given one, so that none is allocated.
func (w *world) observe(p protocol, v view, rotation int, o *Observation) {
	*o = Observation{Members: o.Members[:0], Desired: int32(w.voters), Formation: w.formation, Invalid: w.spec == invalidSpec}
	o.Remains = w.formation == Missing && w.remains()
	o.Doubted = !w.members
	if w.founders {
		o.Founders = o.Desired
	}
	if w.volumes {
		o.Volumes = o.Desired
	}
	if w.statefulSet {
		o.Replicas = o.Desired
	}
	if w.members {
		o.Record = founded[w.voters]
	}
	if w.serving() > 0 {
		o.Commits, o.Synced, o.Proved = true, w.serving(), UpTo(int32(w.voters))
		o.QuorumSize = int(w.voters)
		if o.Doubted {
			o.Committed = founded[w.voters]
		}
	}
	for ordinal := range int(w.voters) {
		i := (ordinal + rotation) % int(w.voters)
		m := w.member(p, w.servers[i], v, v.unknown>>i&1 == 1)
		m.Ordinal = int32(ordinal)
		o.Members = append(o.Members, m)
	}
}

// founded are the memberships of an ensemble that is being formed, by its size.
var founded = [most + 1]*Membership{size(0), size(1), size(2), size(3)}

func (w *world) member(p protocol, s server, v view, unknown bool) Member {
	m := Member{Pod: Present, Health: health(s, v.shutOut && w.serving() > 0), Revision: Current}
	switch {
	case s.stage == noPod:
		m.Pod = NoPod
	case s.going:
		m.Pod = Going
	}
	switch {
	case m.Pod == NoPod:
	case !v.revisions:
		m.Revision = UnknownRevision
	case s.bad != (w.template == badSpec):
		m.Revision = Outdated
	}
	m.NeedsNewPod = s.stage == gaveUp
	m.Lasting, m.NeverServed = m.Health == Down && !v.brief, s.bad
	m.Granted = p.reports(s)
	if unknown {
		m.Health, m.Granted = Unknown, false
	}
	return m
}

// health needs evidence to say Down: a container that does not run, or a server
// that a serving majority excludes.
func health(s server, shutOut bool) Health {
	switch s.stage {
	case noPod, created, gaveUp:
		return Down
	case electing:
		if shutOut {
			return Down
		}
		return Electing
	case following:
		return Following
	case leading:
		return Leading
	default:
		return Unknown
	}
}
