package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// explorer visits every world that can follow from an ensemble's creation, by
// any order of events and with a limited number of faults. Safety is judged on
// the truth, at every event; liveness at every world, by a good turn of events.
//
// An act is one write, and every pass starts from nothing, so that an operator
// may die between any two writes; an act may also come late, from an operator
// that decided on a view which has aged since.
type explorer struct {
	graph[world]
	protocol protocol
	seen     Observation // the one at hand
}

func explore(p protocol, voters, faults int8) *explorer {
	e := &explorer{protocol: p}
	e.explore(voters, faults)
	return e
}

func (e *explorer) explore(voters, faults int8) {
	e.run(world{voters: voters, formation: Missing, faults: faults}, func(w world, next visitor[world]) {
		e.operator(w, next)
		e.progress(w, next)
		if w.faults > 0 {
			w.faults--
			e.faults(w, next)
		}
	}, e.goodTurn)
}

// operator passes over the world with every view that an operator may have.
func (e *explorer) operator(w world, next visitor[world]) {
	if w.late != Wait {
		late := w
		late.late = Wait
		broken := late.act(w.late, -1)
		next(actsAtLast[w.late], late, broken)
	}
	for i, s := range w.all() {
		if s.doomed {
			late := w
			broken := late.act(ReplacePod, i)
			next("the late operator deletes a Pod", late, broken)
		}
	}
	shutOut := w.serving() > 0 && w.count(func(s server) bool { return s.stage == electing }) > 0
	for _, unknown := range []int{0, 1, 2, 4, 7} {
		e.pass(w, view{unknown: unknown, revisions: true}, next)
		if shutOut {
			e.pass(w, view{unknown: unknown, shutOut: true, revisions: true}, next)
		}
	}
	if slices.ContainsFunc(e.seen.Members, lasting) { // else it looks the same
		e.pass(w, view{revisions: true, brief: true}, next)
	}
	e.pass(w, view{}, next)
}

func (e *explorer) pass(w world, v view, next visitor[world]) {
	for rotation := range int(w.voters) {
		w.observe(e.protocol, v, rotation, &e.seen)
		d := Next(&e.seen)
		if broken := brokenPromise(&e.seen, d); broken != "" {
			next("a pass", w, counterexample(broken, &e.seen))
			return
		}
		to := w
		if d.Apply {
			to.apply()
			next("the operator brings the objects up to date", to, "")
		}
		if d.Kind == Wait || d.Kind == Done || d.Kind == RestartMember {
			return // what follows from rolls is explored in ensembles that change
		}
		target := (int(d.Ordinal) + rotation) % int(w.voters)
		done := to
		broken := done.act(d.Kind, target)
		next(acts[d.Kind], done, broken)
		if d.Kind == ReplacePod {
			to.servers[target].doomed = true
		} else {
			to.late = d.Kind
		}
		if to.faults > 0 {
			to.faults--
			next(actsLate[d.Kind], to, "")
		}
		if d.Kind != ReplacePod {
			return
		}
	}
}

func (w *world) apply() {
	w.statefulSet = true
	if w.spec != invalidSpec {
		w.template = w.spec
	}
}

// act is one write, under the preconditions that the API server checks.
func (w *world) act(kind Kind, target int) (broken string) {
	switch kind {
	case OpenFormation:
		if w.formation != Missing {
			return "" // it exists
		}
		if w.opened || w.volumes {
			broken = "the formation record was opened where something remains"
		}
		w.formation, w.founders, w.opened = Open, true, true
	case CloseFormation:
		w.founders = w.formation != Missing && w.founders || w.members
		w.formation = Closed
	case RecordMembers:
		w.members = true
	case ReplacePod:
		s := &w.servers[target]
		if s.serves() {
			broken = "a Pod that serves was replaced"
		}
		s.going, s.doomed = true, false
	case RestartMember:
		w.servers[target].going = true
	}
	return broken
}

// progress is what happens by itself.
func (e *explorer) progress(w world, next visitor[world]) {
	for i, s := range w.all() {
		to := w
		at := &to.servers[i]
		switch {
		case s.stage == noPod && w.statefulSet:
			e.newPod(&to, at, w.formation == Open)
			next("a Pod is created", to, "")
			if !e.protocol.freshMounts && w.opened {
				e.newPod(&to, at, true)
				next("a Pod is created and sees the record as it was", to, "")
			}
		case s.going:
			at.stage = noPod
			next("a Pod is gone", to, "")
		case s.stage == created:
			broken := e.protocol.prepare(&to, at)
			next("an agent prepares", to, broken)
		case s.stage == prepared && s.bad:
			at.stage = created
			next("a server cannot start", to, "")
			if at.disk == marked {
				at.disk = spent
				next("a server starts and dies before it saves", to, "")
			}
		case s.stage == prepared:
			boot(at)
			next("a server starts", to, "")
		case s.stage == electing && w.serving() > 0:
			to.join(i)
			next("a server joins", to, "")
		}
		if s.stage != noPod && s.sawOpen != (w.formation == Open) {
			to = w
			to.servers[i].sawOpen = w.formation == Open
			next("a mount is brought up to date", to, "")
		}
	}
	e.elections(w, next)
	e.writes(w, next)
}

func (e *explorer) newPod(w *world, s *server, sawOpen bool) {
	w.volumes = true
	*s = server{disk: s.disk, acked: s.acked, stage: created, bad: w.template == badSpec, sawOpen: sawOpen}
}

// elections are all quorums that can form where there is none.
func (e *explorer) elections(w world, next visitor[world]) {
	if w.serving() > 0 {
		return
	}
	for set := range 1 << w.voters {
		members := 0
		for i, s := range w.all() {
			if set>>i&1 == 1 && eligible(s) {
				members++
			} else if set>>i&1 == 1 {
				members = -most
			}
		}
		if members >= w.majority() {
			to := w
			broken := to.elect(set)
			next("a quorum forms", to, broken)
		}
	}
}

// writes are all majorities of the serving members that can acknowledge a write
// together. The others of them hear of it later.
func (e *explorer) writes(w world, next visitor[world]) {
	if w.serving() == 0 || e.protocol.clientsLast && w.formation != Closed {
		return
	}
	for set := range 1 << w.voters {
		to := w
		members, led := 0, false
		for i := range to.all() {
			s := &to.servers[i]
			switch {
			case set>>i&1 == 0 && s.disk == holds:
				s.disk = behind
			case set>>i&1 == 1 && s.serves():
				members++
				led = led || s.stage == leading
				s.disk, s.acked = holds, true
			case set>>i&1 == 1:
				members = -most
			}
		}
		if led && members >= w.majority() {
			to.written = true
			next("a write is acknowledged", to, "")
		}
	}
}

// faults are what chance, nodes and people do.
func (e *explorer) faults(w world, next visitor[world]) {
	for i, s := range w.all() {
		fault := func(event string, change func(*server)) {
			to := w
			change(&to.servers[i])
			next(event, to, "")
		}
		if s.stage >= prepared {
			fault("a container dies", func(s *server) { s.stage = created })
		}
		if s.stage == prepared && s.disk == marked {
			fault("a server starts and dies before it saves", func(s *server) { s.stage, s.disk = created, spent })
		}
		if s.serves() {
			fault("a server loses its quorum", func(s *server) { s.stage = electing })
		}
		if s.stage != noPod && !s.going {
			fault("a Pod is deleted, by a drain, a person or Kubernetes", func(s *server) { s.going = true })
		}
		if s.disk != blank {
			to := w
			to.wipe(i)
			next("a volume is wiped", to, "")
		}
	}
	for _, other := range []spec{rightSpec, badSpec, invalidSpec} {
		if other != w.spec {
			to := w
			to.spec = other
			next("the specification is changed", to, "")
		}
	}
	e.deletions(w, next)
}

func (w *world) wipe(i int) {
	s := &w.servers[i]
	s.disk, w.lost = blank, true
	if s.stage >= prepared {
		s.stage = created
	}
}

// deletions are what a person may delete by hand.
func (e *explorer) deletions(w world, next visitor[world]) {
	// An operator that is late while a person deletes what it is about to create
	// is one coincidence more than the API server can arbitrate.
	if w.formation != Missing && w.late != OpenFormation {
		to := w
		to.formation, to.founders = Missing, false
		to.opened = to.opened && to.remains()
		next("the formation record is deleted", to, "")
	}
	if w.members {
		to := w
		to.members = false
		next("the members record is deleted", to, "")
	}
	if w.statefulSet && w.late == Wait {
		to := w
		to.formation, to.founders, to.members, to.statefulSet = Missing, false, false, false
		to.opened = to.opened && to.volumes
		for i := range to.all() {
			to.servers[i].stage = noPod
		}
		next("the ensemble is deleted, and created again on what volumes it has", to, "")
	}
}

// goodTurn lets everything recover that can: the specification is right, nodes
// return, mounts are brought up to date, and nothing more fails. Done must then
// be reached, unless more than a minority of the disks has been lost.
func (e *explorer) goodTurn(w world) (broken string) {
	w.spec, w.late, w.faults = rightSpec, Wait, 0
	if !w.recoverable() {
		return ""
	}
	return e.recover(w, e.round)
}

// recoverable reports whether there is something to go on from: a record that is
// open or can be opened, a majority of disks that may vote, or an ensemble that
// was left to form itself and never lost a volume.
func (w *world) recoverable() bool {
	if w.formation == Open || w.formation == Missing && !w.remains() {
		return true
	}
	mayVote := w.count(func(s server) bool { return s.disk.saved() || w.founders && s.disk == marked })
	return mayVote >= w.majority() || w.founders && !w.lost
}

// round lets everything make one move, the operator last.
func (e *explorer) round(w *world) (done bool, broken string) {
	for i := range w.all() {
		s := &w.servers[i]
		if s.going {
			*s = server{disk: s.disk, acked: s.acked}
		}
		if s.stage == noPod && w.statefulSet {
			e.newPod(w, s, w.formation == Open)
		}
		s.sawOpen, s.doomed = w.formation == Open && s.stage != noPod, false
		if s.stage == created {
			broken = e.protocol.prepare(w, s)
		}
		switch {
		case broken != "":
			return false, broken
		case s.stage == prepared && s.bad:
			s.stage = created
		case s.stage == prepared:
			boot(s)
		}
	}
	if broken := w.gather(); broken != "" {
		return false, broken
	}
	w.observe(e.protocol, view{revisions: true}, 0, &e.seen)
	d := Next(&e.seen)
	if d.Apply {
		w.apply()
	}
	return d.Kind == Done, w.act(d.Kind, int(d.Ordinal))
}

// gather forms a quorum of all that can, and brings in the rest.
func (w *world) gather() (broken string) {
	set, members := 0, 0
	for i, s := range w.all() {
		if eligible(s) {
			set |= 1 << i
			members++
		}
	}
	if w.serving() == 0 && members >= w.majority() {
		broken = w.elect(set)
	}
	for i, s := range w.all() {
		if s.stage == electing && w.serving() > 0 {
			w.join(i)
		}
	}
	return broken
}

// sound is how agents and Kubernetes behave.
var sound = protocol{
	grantsEnd: true, remembersGrants: true, remembersStarts: true, savedGrants: true, freshMounts: true, clientsLast: true,
}

func TestNoTurnOfEventsLosesAWriteOrHangs(t *testing.T) {
	t.Parallel()
	faults := map[int8]int8{1: 6, 2: 3, 3: 3}
	if nightly {
		faults = map[int8]int8{1: 9, 2: 5, 3: 4}
	}
	for voters, faults := range faults {
		t.Run(fmt.Sprintf("%d voters, %d faults", voters, faults), func(t *testing.T) {
			t.Parallel()
			e := explore(sound, voters, faults)
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

// TestEveryPartOfTheProtocolIsNeeded takes one part away at a time: the explorer
// must find what that part prevents.
func TestEveryPartOfTheProtocolIsNeeded(t *testing.T) {
	t.Parallel()
	for _, part := range []struct {
		name   string
		remove func(*protocol)
		broken string
	}{
		{"grants end with the record", func(p *protocol) { p.grantsEnd = false }, blankVotes},
		{"a Pod is granted once", func(p *protocol) { p.remembersGrants = false }, blankVotes},
		{"no server was started before a grant", func(p *protocol) { p.remembersStarts = false }, blankVotes},
		{"only saved grants count", func(p *protocol) { p.savedGrants = false }, hangs},
		{"a new Pod sees the record as it is", func(p *protocol) { p.freshMounts = false }, blankVotes},
		{"clients come after closing", func(p *protocol) { p.clientsLast = false }, blankVotes},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			weaker := sound
			part.remove(&weaker)
			e := explore(weaker, most, 3)
			if !strings.HasPrefix(e.broken, part.broken) {
				t.Errorf("without it %q should come about, got %q after %d worlds", part.broken, e.broken, len(e.worlds))
			}
			t.Log(e.broken)
		})
	}
}

// TestAVoteForABlankDiskCanLoseAWrite shows what the vote of a blank disk leads
// to, and that the explorer would notice a lost write.
func TestAVoteForABlankDiskCanLoseAWrite(t *testing.T) {
	t.Parallel()
	weaker := sound
	weaker.clientsLast = false
	e := &explorer{protocol: weaker}
	e.forgive = blankVotes
	e.explore(most, 3)
	if !strings.HasPrefix(e.broken, writeLost) {
		t.Errorf("got %q after %d worlds", e.broken, len(e.worlds))
	}
}
