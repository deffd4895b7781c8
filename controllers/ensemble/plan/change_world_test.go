package plan

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// seats is how many servers there can be in an ensemble that changes.
const seats = 5

// revision of a Pod or of the template.
type revision uint8

const (
	newestRev revision = iota // what the template says, while that is a good one
	olderRev                  // another good one
	badRev                    // no server can start with it
)

// part is what a running server does.
type part uint8

const (
	absent   part = iota // there is no Pod
	resting              // there is a Pod, and its server does not run
	looking              // runs without a vote, and looks for a leader
	voting               // runs, and takes part in elections
	follower             // attached to the leader
	leader
)

func (p part) String() string {
	return [...]string{"no Pod", "not running", "looking", "electing", "following", "leading"}[p]
}

// node is the truth about one server of an ensemble that changes.
type node struct {
	log    uint8 // how far its log reaches, 0 while its disk is blank
	active int8  // index of the configuration that its volume believes
	part   part
	rev    revision
	fresh  bool // it looks for a leader since its start, and believes whatever it hears
	going  bool // its Pod is being deleted
	cut    bool // the operator cannot reach it
	claim  bool // it has a volume claim
	left   bool // its claim says that it left
	doomed bool // its claim is being deleted, and is gone once its Pod is
	served bool // a server served in its Pod; not told apart without a canary
	alien  bool // it was started with another super user than that of the Secret
}

func (n node) attached() bool { return n.part >= follower }

// elects reports whether others hear its vote.
func (n node) elects() bool { return (n.part == looking || n.part == voting) && n.log > 0 }

// steady reports whether it serves, and no deletion is about to end that.
func (n node) steady() bool { return n.attached() && !n.going }

// some are some of the servers, as a [Set] that takes no more room than needed.
type some uint8

func (s some) has(i int) bool { return s>>i&1 == 1 }

// configuration is a membership that was proposed at a place in the log.
type configuration struct {
	at     uint8
	voters some
	not    int8 // the server that may not lead once it is committed, counted from 1
}

// intent is what an operator decided and has not done yet. It is forgotten once
// its precondition no longer holds.
type intent struct {
	kind    Kind
	ordinal int8
	members some
	size    int8
}

// remembered is how many configurations can matter at one time.
const remembered = 6

// realm is the truth about a formed ensemble. It is a value and comparable, and
// all of it is bytes, since millions are hashed and kept.
type realm struct {
	nodes     [seats]node
	configs   [remembered]configuration // the last may be pending
	count     int8                      // of configurations
	committed int8                      // index of the committed one
	record    int8                      // index of the one on record
	ack       uint8                     // the last acknowledged write
	asked     int8                      // replicas of the StatefulSet
	stamped   bool                      // the StatefulSet was written since the specification changed
	desired   int8                      // spec.replicas
	template  revision
	ran       revision // that all members ran last, and a Pod comes back with unless the StatefulSet is open
	open      bool     // a Pod comes back with the newest revision
	canary    bool     // somebody must approve of the newest revision
	approved  bool
	handover  bool
	loses     bool // the super user may be lost, and be made anew
	ranAlien  bool // what all members ran last has another super user than the Secret
	deletes   bool // volumes of those that left are not retained
	attacked  bool // somebody deletes volume claims of members that run
	late      intent
	faults    int8 // how many more faults may happen
}

func (w realm) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "committed %d, record %d, ack %d, asked %d, desired %d, template %d, approved %t, late %+v, configs %+v",
		w.committed, w.record, w.ack, w.asked, w.desired, w.template, w.approved, w.late, w.configs[:w.count])
	for _, n := range w.nodes {
		fmt.Fprintf(&text, "\n    %+v", n)
	}
	return text.String()
}

func (w *realm) voters() Set        { return Set(w.configs[w.committed].voters) }
func (w *realm) pending() bool      { return w.committed < w.count-1 }
func (w *realm) newest() Set        { return Set(w.configs[w.count-1].voters) }
func (w *realm) believes(i int) Set { return Set(w.configs[w.nodes[i].active].voters) }

// set are the ordinals of the servers of which something is true.
func (w *realm) set(is func(node) bool) Set {
	var s Set
	for i := range w.nodes {
		if is(w.nodes[i]) {
			s = s.With(int32(i))
		}
	}
	return s
}

func (w *realm) attachedSet() Set { return w.set(node.attached) }
func (w *realm) doomed() Set      { return w.set(func(n node) bool { return n.doomed }) }

// leads is the leader, -1 when there is none.
func (w *realm) leads() int {
	return slices.IndexFunc(w.nodes[:], func(n node) bool { return n.part == leader })
}

// most reports whether a set holds a majority of another.
func majorityOf(voters, of Set) bool { return 2*(voters&of).Len() > voters.Len() }

// serves reports whether a leader commits with a majority, of both memberships
// while one is replaced by the other.
func (w *realm) serves() bool {
	attached := w.attachedSet()
	return w.leads() >= 0 && majorityOf(w.voters(), attached) && majorityOf(w.newest(), attached)
}

// normal forgets what no longer matters.
func (w realm) normal() realm {
	if at := w.leads(); at < 0 || !majorityOf(w.believes(at), w.attachedSet()) {
		for i := range w.nodes {
			w.detach(i)
		}
	}
	for i := range w.nodes {
		n := &w.nodes[i]
		if n.part == absent {
			*n = node{log: n.log, active: n.active, cut: n.cut, claim: n.claim, left: n.left, doomed: n.doomed}
			if n.doomed {
				*n = node{cut: n.cut}
			}
		}
		if n.log == 0 {
			n.active = 0
		}
		n.fresh = n.fresh && n.part == looking
		n.served = w.canary && (n.served || n.attached())
	}
	w.approved = w.approved || !w.canary
	w.complete()
	w.forget()
	w.rank()
	return w
}

// complete is Kubernetes: once all Pods run and are ready with the newest revision,
// it is the one that all ran, unless the StatefulSet is open.
func (w *realm) complete() {
	for i, n := range w.nodes {
		if due := int8(i) < w.asked; due && (!n.steady() || n.rev != w.template) || !due && n.part != absent {
			return
		}
	}
	if !w.open {
		w.ran, w.ranAlien = w.template, false
	}
}

// detach ends what a server had with the leader.
func (w *realm) detach(i int) {
	n := &w.nodes[i]
	switch {
	case !n.attached():
	case w.believes(i).Has(int32(i)):
		n.part = voting
	default:
		n.part = looking
	}
}

// forget drops the configurations that nobody can refer to any more.
func (w *realm) forget() {
	used := -1 << w.committed // and what is pending
	w.refer(func(c int8) int8 {
		used |= 1 << c
		return c
	})
	kept := int8(0)
	for c := range w.count {
		if used>>c&1 == 1 {
			w.configs[kept] = w.configs[c]
			kept++
		}
	}
	for c := kept; c < w.count; c++ {
		w.configs[c] = configuration{}
	}
	w.count = kept
	w.refer(func(c int8) int8 { return int8(bits.OnesCount(uint(used &^ (-1 << c)))) })
}

// refer replaces all indices of configurations.
func (w *realm) refer(to func(int8) int8) {
	w.committed, w.record = to(w.committed), to(w.record)
	if w.late.kind == RecordMembers {
		w.late.size = to(w.late.size)
	}
	for i := range w.nodes {
		if n := &w.nodes[i]; n.log > 0 {
			n.active = to(n.active)
		}
	}
}

// rank renumbers the places in the log, of which only the order matters.
func (w *realm) rank() {
	var used uint64
	w.place(func(at uint8) uint8 {
		used |= 1 << at
		return at
	})
	w.place(func(at uint8) uint8 { return uint8(bits.OnesCount64(used & (2<<at - 2))) }) // 0 is no place
}

// place replaces all places in the log that anything refers to.
func (w *realm) place(to func(uint8) uint8) {
	w.ack = to(w.ack)
	for i := range w.nodes {
		w.nodes[i].log = to(w.nodes[i].log)
	}
	for i := range w.count {
		w.configs[i].at = to(w.configs[i].at)
	}
}

// top is the first place that nothing has reached.
func (w *realm) top() uint8 {
	top := w.ack
	for _, n := range w.nodes {
		top = max(top, n.log)
	}
	for _, c := range w.configs[:w.count] {
		top = max(top, c.at)
	}
	return top + 1
}

// seen is the newest configuration that a server has in its log, which may be
// pending.
func (w *realm) seen(i int) int8 {
	seen := w.nodes[i].active
	for c := range w.count {
		if w.configs[c].at <= w.nodes[i].log {
			seen = max(seen, c)
		}
	}
	return seen
}

// propose has the leader log a new configuration, under the conditions that
// ZooKeeper sets: nothing is pending, and a majority of the new one is attached.
func (w *realm) propose(c configuration) {
	at := w.leads()
	if at < 0 || w.pending() || !majorityOf(Set(c.voters), w.attachedSet()) || w.count == remembered {
		return
	}
	c.at = w.top()
	w.configs[w.count] = c
	w.count++
	w.nodes[at].log = c.at
}

// commit commits the pending configuration once majorities of both memberships
// have it in their logs. A leader that may not lead on hands over.
func (w *realm) commit() bool {
	at := w.leads()
	logged := w.set(func(n node) bool { return n.attached() && n.log >= w.configs[w.count-1].at })
	if !w.pending() || at < 0 || !majorityOf(w.voters(), logged) || !majorityOf(w.newest(), logged) {
		return false
	}
	w.committed = w.count - 1
	c := w.configs[w.committed]
	w.ack = max(w.ack, c.at)
	w.nodes[at].active = w.committed
	if c.voters.has(at) && int(c.not) != at+1 {
		return true
	}
	next := at
	for i := range (logged & Set(c.voters) &^ SetOf(int32(at))).All() {
		if next == at || w.nodes[i].log > w.nodes[next].log {
			next = int(i)
		}
	}
	w.nodes[at].part, w.nodes[next].part = follower, leader
	for i := range w.nodes {
		if logged.Has(int32(i)) {
			w.nodes[i].active = w.committed
		}
	}
	return true
}

// What must never come about in an ensemble that changes.
const (
	writesLost   = "a quorum formed in which no server holds the last acknowledged write"
	givenUp      = "a quorum formed of members that had been replaced by others"
	twoQuorums   = "two quorums served at one time"
	secondAway   = "a serving voter was taken away while another one was away"
	servingGone  = "the Pod of a serving member was deleted without asking the budget"
	memberCut    = "a voter lost its Pod for good"
	volumeGone   = "the volume of a voter was deleted"
	lastData     = "the Pods that kept the last of the data were ended"
	badMajority  = "a revision with which no server starts was given to a majority"
	quorumBroken = "a change of the membership cost the quorum"
)

// misled are those of a set that were started as observers and do not hear a
// majority of the members on record. What they would hear from others is taken to
// be nothing, though in truth they believe a server that nobody else hears.
func (w *realm) misled(set Set) Set {
	if majorityOf(Set(w.configs[w.record].voters), set) {
		return 0
	}
	return set & w.set(func(n node) bool { return n.fresh })
}

// elect makes the running servers of a set a quorum, if ZooKeeper would: they
// tell each other the newest configuration that any of them believes, the one
// with the longest log leads, and a pending one needs majorities of both. Those
// that were started as observers take part as well: they have nothing to say
// about the membership, and believe what they hear.
func (w *realm) elect(set Set) (formed bool, broken string) {
	belief, best := int8(-1), -1
	set &^= w.misled(set)
	for i := range set.All() {
		if !w.nodes[i].fresh {
			belief = max(belief, w.nodes[i].active)
		}
	}
	if belief < 0 {
		return false, ""
	}
	voters := Set(w.configs[belief].voters)
	for i := range (set & voters).All() {
		if best < 0 || w.nodes[i].log > w.nodes[best].log {
			best = int(i)
		}
	}
	if best < 0 || !majorityOf(voters, set) {
		return false, ""
	}
	seen := belief
	if !w.nodes[best].fresh {
		seen = max(belief, w.seen(best))
	}
	if !majorityOf(Set(w.configs[seen].voters), set) {
		return false, ""
	}
	switch {
	case w.leads() >= 0:
		return true, twoQuorums
	case w.nodes[best].log < w.ack:
		return true, writesLost
	case seen < w.committed:
		return true, givenUp
	}
	w.follow(set&(voters|Set(w.configs[seen].voters)), best, seen)
	return true, ""
}

// follow makes servers follow a new leader, who finishes what its log has
// pending, and hands over where it is no voter any more. What only others had
// pending never happened.
func (w *realm) follow(set Set, best int, seen int8) {
	for c := seen + 1; c < w.count; c++ {
		w.configs[c] = configuration{}
	}
	w.count, w.committed = seen+1, max(w.committed, seen)
	epoch := w.top()
	for i := range set.All() {
		w.nodes[i].log, w.nodes[i].active, w.nodes[i].part = epoch, seen, follower
		w.nodes[i].fresh = false
	}
	if staying := set & Set(w.configs[seen].voters); !staying.Has(int32(best)) {
		best = int(staying.Span()) - 1
	}
	w.nodes[best].part = leader
	w.ack = max(w.ack, w.configs[seen].at)
}

// hear has a running server believe the newest configuration that another one
// tells it about in an election.
func (w *realm) hear(i int) bool {
	n, heard := &w.nodes[i], int8(0)
	for _, other := range w.nodes {
		if other.part >= looking && !other.fresh && other.log > 0 {
			heard = max(heard, other.active)
		}
	}
	if n.log == 0 || n.part != looking && n.part != voting || heard <= n.active {
		return false
	}
	n.active, n.part, n.fresh = heard, looking, false
	if w.believes(i).Has(int32(i)) {
		n.part = voting
	}
	return true
}

// attach brings a running server to the leader, whose data it copies.
func (w *realm) attach(i int) {
	at := w.leads()
	w.nodes[i].log, w.nodes[i].active, w.nodes[i].part = w.nodes[at].log, w.nodes[at].active, follower
	w.nodes[i].fresh = false
}

// custom is how agents, Kubernetes and ZooKeeper behave around the planner in an
// ensemble that changes. Every field that is true is needed.
type custom struct {
	// budget: an eviction is refused while a member is away.
	budget bool
	// compared: a change of the membership is refused unless it is made to the
	// configuration that was read.
	compared bool
	// ordered: the membership is read in a new session, which is committed only
	// after all that was proposed before it.
	ordered bool
	// recorded: the agent lets a server that its own list does not name start as
	// an observer of the members record.
	recorded bool
	// newer: no record overrules a list on a volume that is newer.
	newer bool
	// versioned: a StatefulSet is shrunk only as it was seen.
	versioned bool
	// stamped: a changed size is written to the StatefulSet before anybody joins.
	stamped bool
	// identified: a Pod is deleted only as it was seen.
	identified bool
	// claimed: a volume claim is deleted only as it was seen.
	claimed bool
	// unlabelled: volumes say no longer that their member left before it joins.
	unlabelled bool
	// reread: the claims are read once more before a Pod is ended.
	reread bool
}

// begin is the agent at the start of a container: it decides whether the server
// votes with the list of its volume, or observes the members on record.
func (c custom) begin(w *realm, i int, record int8) {
	n := &w.nodes[i]
	named := n.log > 0 && w.believes(i).Has(int32(i))
	onRecord := w.configs[record].voters.has(i)
	later := c.newer && n.log > 0 && n.active > record
	n.fresh = false
	switch {
	case named && (onRecord || later):
		n.part = voting
	case later, !c.recorded, w.configs[record].voters == 1<<i:
		n.part = resting // it waits for a newer record, or for a person
	default:
		n.part, n.fresh = looking, true
	}
}

// sight is how an operator sees an ensemble that changes.
type sight struct {
	unknown Set  // members that it cannot reach
	shutOut bool // it has seen long enough that a majority serves without some
	brief   bool // what is down is so only since a moment ago
}

// observed is an observation with all that it points to, so that none is allocated.
type observed struct {
	Observation
	record, committed Membership
}

// observe looks at the ensemble as the controllers do. The observation takes the
// place of the given one.
func (w *realm) observe(c custom, s sight, seen *observed) *Observation {
	o := &seen.Observation
	seen.record, seen.committed = w.membership(w.record), w.membership(w.committed)
	*o = Observation{
		Members: o.Members[:0], Founders: 1, Replicas: int32(w.asked), Desired: int32(w.desired),
		Record: &seen.record,
		Update: Update{Handover: w.handover, Approved: w.approved},
	}
	if w.canary {
		o.Update.Canary = 1
	}
	o.Holds[Servers] = Hold{Exists: true, Open: w.open, Armed: w.ran == w.template}
	o.Update.BudgetExhausted = !w.evictable(Set(0))
	s.unknown |= w.set(func(n node) bool { return n.cut })
	for i, n := range w.nodes {
		if n.claim && !n.left {
			o.Volumes = int32(i) + 1
		}
		if w.deletes && n.left && n.part == absent {
			o.Leftover = o.Leftover.With(int32(i))
		}
		if n.claim && n.doomed {
			o.Terminating = o.Terminating.With(int32(i))
		}
		if int32(i) < max(o.Replicas, o.Founders, o.Record.Voters.Span()) || n.part != absent {
			o.Members = append(o.Members, w.member(c, i, s))
		}
	}
	w.ask(c, s, seen)
	return o
}

// ask asks the leader, if it can be reached.
func (w *realm) ask(c custom, s sight, o *observed) {
	at := w.leads()
	if at < 0 || s.unknown.Has(int32(at)) {
		return
	}
	o.Synced, o.QuorumSize = (w.attachedSet() & w.voters()).Len(), w.voters().Len()
	if o.Commits = w.serves(); o.Commits {
		o.Proved = w.attachedSet()
	}
	o.SuperuserUnknown = w.nodes[at].alien
	outdated := slices.ContainsFunc(o.Members, func(m Member) bool { return m.Revision == Outdated })
	sized := o.Replicas == o.Desired && o.Record.Voters == UpTo(o.Desired) || o.SuperuserUnknown && o.Replicas == o.Record.Voters.Span()
	o.Doubted = w.committed != w.record || !sized || o.Leftover != 0 || o.HandsOver() && outdated
	if o.Doubted && o.Commits && (!w.pending() || !c.ordered) {
		o.Committed = &o.committed
	}
}

func (w *realm) membership(c int8) Membership {
	return Membership{Version: uint64(c) + 1, Voters: Set(w.configs[c].voters)}
}

func (w *realm) member(c custom, i int, s sight) Member {
	n := w.nodes[i]
	m := Member{Ordinal: int32(i), Pod: Present, Revision: Current, Departed: !n.claim || n.left}
	switch {
	case n.part == absent:
		m.Pod = NoPod
		if !w.open && w.ran != w.template {
			m.Revision = Outdated
		}
	case n.going:
		m.Pod = Going
	}
	if n.part != absent && n.rev != w.template {
		m.Revision = Outdated
	}
	switch {
	case n.part == resting && w.waits(c, i):
		m.Health = Electing // its agent says so
	case n.part <= resting:
		m.Health = Down
	case n.part == leader:
		m.Health = Leading
	case n.part == follower:
		m.Health = Following
	case s.shutOut && w.serves():
		m.Health = Down
	default:
		m.Health = Electing
	}
	if s.unknown.Has(int32(i)) && n.part > resting {
		m.Health = Unknown
	}
	m.Ran = n.part != absent && n.rev == w.ran
	m.Stranded = n.going && n.rev != badRev && n.part <= resting
	m.Lasting, m.NeverServed = m.Health == Down && !s.brief, n.rev == badRev || w.canary && !n.served && !n.attached()
	return m
}

// waits reports whether the agent of a Pod that could run a server starts none.
func (w *realm) waits(c custom, i int) bool {
	to := *w
	c.begin(&to, i, w.record)
	return w.nodes[i].rev != badRev && to.nodes[i].part == resting
}

// evictable is what the disruption budget says about taking members away.
func (w *realm) evictable(who Set) bool {
	healthy := w.set(node.steady)
	return (healthy&^who).Len() >= int(w.asked)-1 && (who != 0 || healthy.Len() >= int(w.asked))
}
