package plan

import (
	"slices"
	"strings"
	"testing"
)

// changes explores what can follow in a formed ensemble that is scaled, rolled
// and repaired, as explorer does for one that is being formed.
type changes struct {
	graph[realm]
	custom custom
	sizes  [2]int8 // that people want
	seen   observed
}

// small and large are the sizes between which an ensemble changes.
var (
	small = [2]int8{1, 3}
	large = [2]int8{3, 5}
)

// formed is an ensemble as it should be.
func formed(size, faults int8) realm {
	w := realm{count: 1, ack: 1, asked: size, stamped: true, desired: size, approved: true, faults: faults}
	w.configs[0] = configuration{at: 1, voters: some(UpTo(int32(size)))}
	for i := range size {
		w.nodes[i] = node{log: 1, part: follower, claim: true}
	}
	w.nodes[size-1].part = leader
	return w
}

// abandoned is an ensemble of one where two more had been wanted for a while.
// They follow, and are about to go again.
func abandoned(faults int8) realm {
	w := formed(1, faults)
	w.asked = 3
	for i := 1; i < 3; i++ {
		w.nodes[i] = node{log: 1, part: follower, claim: true, left: true}
	}
	return w
}

// shrunk is an ensemble of one that was larger once and keeps no volumes.
func shrunk(faults int8) realm {
	w := formed(1, faults)
	w.deletes = true
	for i := 1; i < 3; i++ {
		w.nodes[i] = node{log: 1, claim: true, left: true}
	}
	return w
}

// failing is an ensemble in which every member got a revision with which no server
// starts, while somebody deletes claims.
func failing(faults int8) realm {
	w := formed(3, faults)
	w.attacked, w.template = true, badRev
	for i := range 3 {
		w.nodes[i].part, w.nodes[i].rev = resting, badRev
	}
	return w
}

// rolled is an ensemble whose template was only just changed, while somebody deletes
// claims.
func rolled(faults int8) realm {
	w := formed(3, faults)
	w.attacked = true
	w.retemplate()
	return w
}

// resized is an ensemble in which another size was only just asked for, with the
// leader among those that leave if there are any.
func resized(from, to, faults int8) realm {
	w := formed(from, faults)
	w.desired, w.stamped = to, false
	return w
}

func exploreChanges(c custom, sizes [2]int8, first realm) *changes {
	e := &changes{custom: c, sizes: sizes}
	e.run(first, func(w realm, next visitor[realm]) {
		after := func(event string, to realm, broken string) {
			to.expire(&w, c)
			next(event, to, broken)
		}
		e.operator(w, after)
		e.progress(w, after)
		if w.faults > 0 {
			w.faults--
			e.accidents(w, after)
			e.wishes(w, after)
		}
	}, e.goodTurn)
	return e
}

// expire forgets what an operator is late to do once the API server or the
// servers would refuse it.
func (w *realm) expire(before *realm, c custom) {
	if w.late.kind == Wait || w.late != before.late {
		return
	}
	now, then := w.nodes[w.late.ordinal], before.nodes[w.late.ordinal]
	changed, reread := false, c.reread && w.attacked && w.doomed() != before.doomed()
	switch w.late.kind {
	case ReplacePod:
		changed = c.identified && (now.part != then.part || now.going) || reread
	case RestartMember:
		changed = now.part == absent || now.going || reread
	case AddMembers, RemoveMembers, HandOver:
		// The reading that a smaller size rests on came after what was sent before.
		overtaken := c.ordered && w.asked < before.asked
		changed = c.compared && (w.committed != before.committed || w.count != before.count || overtaken)
	case Grow, Shrink:
		written := c.stamped && w.stamped && !before.stamped
		changed = c.versioned && (w.asked != before.asked || w.template != before.template || written)
	case MarkDeparted:
		changed = now.left != then.left || now.claim != then.claim
	case DeleteVolumes:
		changed = c.claimed && now.left != then.left || now.claim != then.claim
	case RecordMembers:
		changed = w.record != before.record
	default:
	}
	if changed {
		w.late = intent{}
	}
}

// operator passes over the ensemble with every view that an operator may have.
func (e *changes) operator(w realm, next visitor[realm]) {
	if w.late.kind != Wait {
		late := w
		late.late = intent{}
		broken := late.act(e.custom, w.late)
		next(actsAtLast[w.late.kind], late, broken)
	}
	shutOut := w.serves() && w.set(func(n node) bool { return n.part == looking || n.part == voting }) != 0
	look := func(unknown Set) {
		e.pass(w, sight{unknown: unknown}, next)
		if shutOut {
			e.pass(w, sight{unknown: unknown, shutOut: true}, next)
		}
	}
	look(0)
	if slices.ContainsFunc(e.seen.Members, lasting) { // else it looks the same
		e.pass(w, sight{brief: true}, next)
	}
	for i := range w.set(func(n node) bool { return n.part > resting && !n.cut }).All() {
		look(SetOf(i)) // all others are known to be down, or unknown anyway
	}
}

func (e *changes) pass(w realm, s sight, next visitor[realm]) {
	o := w.observe(e.custom, s, &e.seen)
	d := Next(o)
	if broken := brokenPromise(o, d); broken != "" {
		next("a pass", w, counterexample(broken, o))
		return
	}
	to := w
	if d.Apply && (d.Kind == Shrink || d.Kind == Grow) {
		to.open = d.Open[Servers]
	} else if d.Apply {
		to.keep(e.custom, o, d)
		next("the operator brings the objects up to date", to, "")
	}
	if d.Kind == Wait || d.Kind == Done {
		return
	}
	todo := to.intend(d)
	done := to
	broken := done.act(e.custom, todo)
	next(acts[d.Kind], done, broken)
	if to.faults > 0 && to.late.kind == Wait {
		to.faults--
		to.late = todo
		next(actsLate[d.Kind], to, "")
	}
}

// intend is what there is to do about a decision.
func (w *realm) intend(d Decision) intent {
	todo := intent{d.Kind, int8(d.Ordinal), some(d.Members), int8(d.Size)}
	switch d.Kind {
	case Grow:
		todo.size = int8(d.Replicas)
	case RecordMembers:
		todo.size = w.committed
	default:
	}
	return todo
}

// keep brings the ordinary objects up to date.
func (w *realm) keep(c custom, o *Observation, d Decision) {
	w.asked = int8(d.Replicas)
	w.stamped, w.open = true, d.Open[Servers]
	for i := range w.nodes {
		comes := c.unlabelled && int8(i) < min(w.desired, w.asked)
		if o.Voters().Has(int32(i)) || comes {
			w.nodes[i].left = false
		}
	}
}

// act is one write, under the preconditions that the API server and the servers
// check besides those of expire.
func (w *realm) act(c custom, todo intent) (broken string) {
	n := &w.nodes[todo.ordinal]
	switch todo.kind {
	case ReplacePod, RestartMember:
		return w.take(c, todo)
	case RemoveMembers:
		return w.reconfigure(configuration{voters: some(w.newest()) &^ todo.members})
	case AddMembers:
		return w.reconfigure(configuration{voters: some(w.newest()) | todo.members})
	case HandOver:
		return w.reconfigure(configuration{voters: some(w.newest()), not: todo.ordinal + 1})
	case RecordMembers:
		w.record = todo.size
	case Grow:
		w.asked, w.stamped = todo.size, true
	case Shrink:
		w.asked, w.stamped = todo.size, true
		if (w.voters() | w.newest()).Span() > int32(todo.size) {
			return memberCut
		}
	case MarkDeparted:
		n.left = true
	case DeleteVolumes:
		n.claim, n.doomed = false, true
		if (w.voters() | w.newest()).Has(int32(todo.ordinal)) {
			return volumeGone
		}
	default:
	}
	return ""
}

// take deletes a Pod, or evicts it if it may be serving.
func (w *realm) take(c custom, todo intent) (broken string) {
	n := &w.nodes[todo.ordinal]
	serving := n.steady() && w.voters().Has(int32(todo.ordinal))
	others := w.voters() &^ SetOf(int32(todo.ordinal)) &^ w.set(func(n node) bool { return n.steady() })
	sane := func() bool {
		good := w.set(func(n node) bool { return n.part != absent && !n.going && n.rev != badRev })
		return w.voters().Len() < 3 || majorityOf(w.voters(), good)
	}
	before := sane()
	switch {
	case todo.kind == RestartMember && c.budget && !w.evictable(SetOf(int32(todo.ordinal))):
		return ""
	case todo.kind == RestartMember && serving && others != 0:
		return secondAway
	case todo.kind == ReplacePod && n.attached():
		return servingGone
	case n.doomed && w.voters().Has(int32(todo.ordinal)) && !w.survives(SetOf(int32(todo.ordinal))):
		return lastData
	}
	n.going = true
	if before && !sane() && w.template == badRev {
		return badMajority
	}
	return ""
}

// survives reports whether most voters have volumes with data without some, as far as
// these have any.
func (w *realm) survives(without Set) bool {
	holds := w.set(func(n node) bool { return n.log > 0 })
	return !majorityOf(w.voters(), holds) || majorityOf(w.voters(), holds&^without&^w.doomed())
}

// reconfigure changes the membership, which a leader refuses that was started with
// another super user.
func (w *realm) reconfigure(c configuration) (broken string) {
	if at := w.leads(); at >= 0 && w.nodes[at].alien {
		return ""
	}
	served := w.serves()
	w.propose(c)
	if served && !w.serves() {
		return quorumBroken
	}
	return ""
}

// progress is what happens by itself.
func (e *changes) progress(w realm, next visitor[realm]) {
	for i, n := range w.nodes {
		to := w
		at := &to.nodes[i]
		switch {
		case n.part == absent && int8(i) < w.asked:
			to.newPod(i)
			next("a Pod is created", to, "")
		case n.part != absent && (n.going || int8(i) >= w.asked):
			at.part = absent
			next("a Pod is gone", to, "")
		case n.part == resting && n.rev != badRev:
			e.custom.begin(&to, i, w.record)
			next("a server starts", to, "")
			if w.record > 0 {
				to = w
				e.custom.begin(&to, i, w.record-1)
				next("a server starts, and sees the record as it was", to, "")
			}
		case (n.part == looking || n.part == voting) && w.leads() >= 0:
			to.attach(i)
			next("a server joins the leader", to, "")
		}
		if to = w; to.hear(i) {
			next("a server hears of a newer configuration", to, "")
		}
	}
	e.commits(w, next)
	e.quorums(w, next)
	e.writes(w, next)
}

func (w *realm) newPod(i int) {
	n := &w.nodes[i]
	n.part, n.rev, n.claim, n.alien = resting, w.ran, true, w.ranAlien
	if w.open {
		n.rev, n.alien = w.template, false
	}
	n.going, n.served = false, false
}

// commits is how a pending configuration comes to be committed and known.
func (e *changes) commits(w realm, next visitor[realm]) {
	at := w.leads()
	if at < 0 {
		return
	}
	for i, n := range w.nodes {
		to := w
		switch {
		case n.part != follower:
		case n.log < w.nodes[at].log && w.pending():
			to.nodes[i].log = w.nodes[at].log
			next("a follower logs what is pending", to, "")
		case n.active < w.nodes[at].active && n.log >= w.configs[w.committed].at:
			to.nodes[i].active = w.nodes[at].active
			next("a follower hears what is committed", to, "")
		}
	}
	if to := w; to.commit() {
		next("a configuration is committed", to, "")
	}
}

// quorums are all that can form.
func (e *changes) quorums(w realm, next visitor[realm]) {
	able := w.set(node.elects)
	for set := able; set != 0; set = (set - 1) & able {
		to := w
		if formed, broken := to.elect(set); formed {
			next("a quorum forms", to, broken)
		}
	}
}

// writes are all sets of attached servers that can acknowledge a write together.
// The others of them hear of it later. What was proposed before comes first, and
// so does the news that it was committed, since a leader's messages keep their order.
func (e *changes) writes(w realm, next visitor[realm]) {
	at := w.leads()
	attached := w.attachedSet()
	for set := attached; at >= 0 && set != 0 && !w.pending(); set = (set - 1) & attached {
		if !set.Has(int32(at)) || !majorityOf(w.voters(), set) {
			continue
		}
		to := w
		to.write(set)
		next("a write is acknowledged", to, "")
	}
}

func (w *realm) write(set Set) {
	top := w.top()
	for i := range set.All() {
		w.nodes[i].log, w.nodes[i].active = top, w.committed
	}
	w.ack = top
}

// accidents are what chance and nodes do, and drains.
func (e *changes) accidents(w realm, next visitor[realm]) {
	for i, n := range w.nodes {
		happens := func(event string, change func(node) node) {
			to := w
			to.nodes[i] = change(n)
			next(event, to, "")
		}
		if n.part > resting {
			happens("a container dies", func(n node) node { n.part = resting; return n })
			happens("a node is powered off", func(n node) node { n.part, n.going = resting, true; return n })
		}
		if n.attached() {
			to := w
			to.detach(i)
			next("a server loses its leader", to, "")
		}
		if n.part != absent && !n.going && (w.evictable(SetOf(int32(i))) || !e.custom.budget) {
			happens("a drain evicts a Pod", func(n node) node { n.going = true; return n })
		}
		if n.part != absent && !n.cut {
			happens("a member vanishes from the operator's sight", func(n node) node { n.cut = true; return n })
		}
		if n.log > 0 && n.part <= resting {
			happens("a volume is lost", func(n node) node { n.log = 0; return n })
		}
		if w.attacked && n.part != absent && n.claim {
			happens("somebody deletes a volume claim", func(n node) node { n.doomed = true; return n })
		}
	}
	if to := w; w.attacked {
		for i := range to.nodes {
			n := &to.nodes[i]
			n.doomed = n.part != absent && n.claim
		}
		next("somebody deletes all volume claims", to, "")
	}
}

// wishes are what people want and do.
func (e *changes) wishes(w realm, next visitor[realm]) {
	for _, desired := range e.sizes {
		if desired != w.desired {
			to := w
			to.desired, to.stamped = desired, false
			next("another size is wanted", to, "")
		}
	}
	if w.template != badRev {
		to := w
		to.template, to.open = badRev, false
		next("the template is changed to a bad one", to, "")
	}
	to := w
	to.retemplate()
	to.approved = false
	next("the template is changed to a good one", to, "")
	if w.loses && w.template != badRev {
		to := w
		to.lose()
		next("the super user is lost and made anew", to, "")
	}
	if w.canary && !w.approved {
		to := w
		to.approved = true
		next("a person approves", to, "")
	}
	if w.asked > 1 && w.late.kind != RestartMember {
		to := w
		to.asked--
		next("a person scales the StatefulSet down", to, "")
	}
}

// retemplate gives the template a good revision that no Pod has.
func (w *realm) retemplate() {
	w.template, w.open = newestRev, false
	if w.ran != badRev {
		w.ran = olderRev
	}
	for i := range w.nodes {
		if n := &w.nodes[i]; n.part != absent && n.rev != badRev {
			n.rev = olderRev
		}
	}
}

// lose has all Pods run with another super user than that of the Secret, and gives
// the template the one of the Secret.
func (w *realm) lose() {
	w.retemplate()
	w.approved, w.ranAlien = false, true
	for i := range w.nodes {
		w.nodes[i].alien = w.nodes[i].part != absent
	}
}

// goodTurn lets everything recover that can: members are reached again, the
// template is a good one that is approved of, a person saves the volumes whose claims
// are being deleted, and nothing more fails. Done must then be reached, unless a
// majority of those that vote, or that some server believes to vote, lost their volumes.
func (e *changes) goodTurn(w realm) (broken string) {
	w.late, w.faults = intent{}, 0
	if w.template == badRev {
		w.retemplate()
	}
	w.approved = true
	for i := range w.nodes {
		w.nodes[i].cut, w.nodes[i].doomed = false, w.nodes[i].doomed && !w.attacked
	}
	holds := w.set(func(n node) bool { return n.log > 0 })
	for i := range holds.All() {
		if !majorityOf(w.believes(int(i)), holds) {
			return ""
		}
	}
	if !majorityOf(w.voters(), holds) || w.set(func(n node) bool { return n.log >= w.ack }) == 0 {
		return ""
	}
	return e.recover(w, e.round)
}

// round lets everything make one move, the operator last.
func (e *changes) round(w *realm) (done bool, broken string) {
	for i := range w.nodes {
		n := &w.nodes[i]
		if n.part != absent && (n.going || int8(i) >= w.asked) {
			n.part = absent
			*w = w.normal()
		}
		if n.part == absent && int8(i) < w.asked {
			w.newPod(i)
		}
		if n.part == resting && n.rev != badRev {
			e.custom.begin(w, i, w.record)
		}
	}
	if broken := w.gather(); broken != "" {
		return false, broken
	}
	o := w.observe(e.custom, sight{shutOut: true}, &e.seen)
	d := Next(o)
	if d.Apply && d.Kind != Shrink && d.Kind != Grow {
		w.keep(e.custom, o, d)
	}
	return d.Kind == Done, w.act(e.custom, w.intend(d))
}

// gather forms a quorum of all that can, brings in the rest and has them all
// hear what is pending or committed.
func (w *realm) gather() (broken string) {
	for i := range w.nodes {
		w.hear(i)
	}
	if w.leads() < 0 {
		if _, broken := w.elect(w.set(node.elects)); broken != "" {
			return broken
		}
	}
	*w = w.normal()
	if w.leads() < 0 {
		return ""
	}
	for i := range w.nodes {
		if n := &w.nodes[i]; n.part > resting && n.part != leader {
			w.attach(i)
		}
	}
	w.commit()
	for i := range w.nodes {
		if at := w.leads(); w.nodes[i].part == follower && at >= 0 {
			w.attach(i)
		}
	}
	return ""
}

// usual is how agents, Kubernetes and ZooKeeper behave.
var usual = custom{
	budget: true, compared: true, ordered: true, recorded: true, newer: true, versioned: true, stamped: true,
	identified: true, claimed: true, unlabelled: true, reread: true,
}

func TestNoChangeLosesAWriteOrHangs(t *testing.T) {
	t.Parallel()
	handing, asking, deleting, losing, growing := formed(3, 2), formed(3, 2), formed(3, 2), formed(3, 2), resized(1, 3, 2)
	handing.handover, asking.canary, deleting.deletes, losing.loses, growing.loses = true, true, true, true, true
	losing.handover = true
	for _, story := range []struct {
		name  string
		sizes [2]int8
		first realm
		later int8 // faults that come on top in a nightly run
	}{
		{"one member", small, formed(1, 3), 1},
		{"one member that gave up growing", small, abandoned(2), 1},
		{"one member that was larger once", small, shrunk(2), 1},
		{"three members", small, formed(3, 3), 1},
		{"three members with a canary", small, asking, 1},
		{"three members that hand over", small, handing, 1},
		{"three members that keep no volumes", small, deleting, 1},
		{"three members whose super user is lost", small, losing, 1},
		{"one member that becomes three, and whose super user is lost", small, growing, 1},
		{"three members whose claims are deleted in a roll", small, rolled(1), 1},
		{"three members that fail while their claims are deleted", small, failing(2), 1},
		{"three members that become five", large, resized(3, 5, 1), 1},
		{"five members that become three", large, resized(5, 3, 1), 0},
	} {
		t.Run(story.name, func(t *testing.T) {
			t.Parallel()
			first := story.first
			if nightly {
				first.faults += story.later
			}
			e := exploreChanges(usual, story.sizes, first)
			t.Logf("%d worlds, %d of them on the way to Done", len(e.worlds), len(e.heals))
			if e.broken != "" {
				t.Error(e.broken)
			}
			if len(e.heals) == 0 {
				t.Error("no world was ever led to Done")
			}
		})
	}
}

// TestEveryPreconditionIsNeeded takes one away at a time: the explorer must find
// what that one prevents.
func TestEveryPreconditionIsNeeded(t *testing.T) {
	t.Parallel()
	for _, part := range []struct {
		name   string
		remove func(*custom)
		broken string
		first  realm
	}{
		{"an eviction asks the budget", func(c *custom) { c.budget = false }, secondAway, formed(3, 3)},
		{"a Pod is deleted as it was seen", func(c *custom) { c.identified = false }, servingGone, formed(3, 3)},
		{"a membership is changed as it was read", func(c *custom) { c.compared = false }, hangs, abandoned(3)},
		{"the membership is read after what was proposed", func(c *custom) { c.ordered = false }, memberCut, formed(1, 2)},
		{"who is not named observes those on record", func(c *custom) { c.recorded = false }, hangs, formed(1, 2)},
		{"no record overrules a newer list", func(c *custom) { c.newer = false }, twoQuorums, formed(3, 3)},
		{"a StatefulSet is shrunk as it was seen", func(c *custom) { c.versioned = false }, memberCut, abandoned(2)},
		{"a StatefulSet knows the size that is wanted", func(c *custom) { c.stamped = false }, memberCut, abandoned(2)},
		{"a claim is deleted as it was seen", func(c *custom) { c.claimed = false }, volumeGone, shrunk(2)},
		{"claims are read before a Pod is ended", func(c *custom) { c.reread = false }, lastData, rolled(2)},
		{"volumes no longer say that their member left before it joins", func(c *custom) { c.unlabelled = false }, volumeGone, shrunk(2)},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			weaker := usual
			part.remove(&weaker)
			e := exploreChanges(weaker, small, part.first)
			if !strings.HasPrefix(e.broken, part.broken) {
				t.Errorf("without it %q should come about, got %q after %d worlds", part.broken, e.broken, len(e.worlds))
			}
			t.Log(e.broken)
		})
	}
}
