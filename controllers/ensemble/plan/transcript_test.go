package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// TestTranscripts decides on the examples of testdata, which a person reads:
//
//	ensemble servers=3 observers=2   a settled ensemble, the first server leads
//	blank servers=3                  an ensemble of which nothing is there yet
//	facts                            what changed since, a fact a line
//
// After each comes the decision. A fact stays until it is stated again, but for
// proved and unproved, which are of one pass. What the servers committed is what is
// on record, the leader counts all who follow in sync, and a majority with a leader
// commits, unless a fact says otherwise. Written anew by
// go test ./controllers/ensemble/plan -run TestTranscripts -rewrite.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		t.Helper()
		var told transcript
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			t.Helper()
			told.proved, told.unproved = 0, 0
			switch d.Cmd {
			case "ensemble":
				told = settled(argument(t, d, "servers"), argument(t, d, "observers"))
			case "blank":
				told = nothing(argument(t, d, "servers"))
			case "facts":
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			for line := range strings.Lines(d.Input) {
				if err := told.state(strings.Fields(line)); err != nil {
					d.Fatalf(t, "%s: %v", strings.TrimSpace(line), err)
				}
			}
			return inWords(Next(told.observation()))
		})
	})
}

// argument is the number that a command gives under a name, 0 when it gives none.
func argument(t *testing.T, d *datadriven.TestData, name string) int32 {
	t.Helper()
	var n int32
	d.MaybeScanArgs(t, name, &n)
	return n
}

// transcript is what has been stated so far. What is nil follows from the rest.
type transcript struct {
	o                  Observation
	committed          **Membership
	synced, electorate *int
	commits            *bool
	proved, unproved   Set
}

// nothing is an ensemble of which nothing is there but its resource.
func nothing(servers int32) transcript {
	return transcript{o: Observation{Formation: Missing, Desired: servers}}
}

// settled is an ensemble in which everything is as specified.
func settled(servers, observers int32) transcript {
	o := Observation{
		Formation: Closed, Founders: servers, Volumes: servers,
		Record:   &Membership{Version: 1, Voters: UpTo(servers), Observers: UpTo(observers)},
		Replicas: servers, Desired: servers, ObserverReplicas: observers, DesiredObservers: observers,
		Holds: [2]Hold{{Exists: true, Armed: true}, {Exists: observers > 0, Armed: true}},
	}
	for ordinal := range servers {
		m := Member{Ordinal: ordinal, Pod: Present, Health: Following, Revision: Current, Ran: true}
		if ordinal == 0 {
			m.Health = Leading
		}
		o.Members = append(o.Members, m)
	}
	for ordinal := range observers {
		o.Members = append(o.Members, Member{Group: Observers, Ordinal: ordinal, Pod: Present, Health: Observing, Revision: Current, Ran: true})
	}
	return transcript{o: o}
}

// observation is what was stated and what follows from it.
func (s *transcript) observation() *Observation {
	o := s.o
	o.Proved, o.Unproved = s.proved, s.unproved
	if o.Committed = o.Record; s.committed != nil {
		o.Committed = *s.committed
	}
	votes := o.count(o.votes)
	o.Synced = stated(s.synced, votes)
	o.QuorumSize = stated(s.electorate, o.Electorate())
	o.Commits = stated(s.commits, o.count(leads) == 1 && votes >= zkconfig.Majority(o.Electorate()))
	return &o
}

// stated is a fact, or what follows where nobody states it.
func stated[T any](fact *T, otherwise T) T {
	if fact == nil {
		return otherwise
	}
	return *fact
}

// state takes one fact.
func (s *transcript) state(words []string) error {
	if len(words) == 0 {
		return nil
	}
	word, rest := words[0], words[1:]
	if flag, ok := s.flags()[word]; ok {
		return setFlag(flag, rest)
	}
	if number, ok := s.numbers()[word]; ok {
		return setNumber(number, rest)
	}
	if set, ok := s.sets()[word]; ok {
		ordinals, none := ordinalsOf(rest)
		*set = ordinals
		return unread(none)
	}
	switch word {
	case "server":
		return s.member(Servers, rest)
	case "observer":
		return s.member(Observers, rest)
	case "formation":
		return oneOf(&s.o.Formation, formationWords, rest)
	case "record":
		return membershipOf(rest, &s.o.Record)
	case "committed":
		var committed *Membership
		s.committed = &committed
		return membershipOf(rest, &committed)
	case "synced":
		s.synced = new(int)
		return setNumber(s.synced, rest)
	case "quorum-size":
		s.electorate = new(int)
		return setNumber(s.electorate, rest)
	case "commits":
		s.commits = new(bool)
		return setFlag(s.commits, rest)
	case "derived":
		s.committed, s.synced, s.electorate, s.commits = nil, nil, nil, nil
		return unread(rest)
	case "canary":
		return setNumber(&s.o.Update.Canary, rest)
	case "hold":
		return s.hold(rest)
	default:
		return fmt.Errorf("unknown fact %s", word)
	}
}

func (s *transcript) flags() map[string]*bool {
	o, u := &s.o, &s.o.Update
	return map[string]*bool{
		"paused": &o.Paused, "stop": &o.Stop, "invalid": &o.Invalid, "name-conflict": &o.NameConflict,
		"remains": &o.Remains, "unbound": &o.Unbound, "unreadable": &o.Unreadable, "doubted": &o.Doubted,
		"superuser-unknown": &o.SuperuserUnknown,
		"update-paused":     &u.Paused, "withheld": &u.Withheld, "approved": &u.Approved, "handover": &u.Handover,
		"handover-tried": &u.HandoverTried,
		"settling":       &u.Settling, "overdue": &u.Overdue, "wrong-version": &u.WrongVersion,
		"budget-exhausted": &u.BudgetExhausted, "second-budget": &u.SecondBudget,
	}
}

func (s *transcript) numbers() map[string]*int32 {
	return map[string]*int32{
		"founders": &s.o.Founders, "volumes": &s.o.Volumes,
		"replicas": &s.o.Replicas, "observer-replicas": &s.o.ObserverReplicas,
		"desired": &s.o.Desired, "desired-observers": &s.o.DesiredObservers,
	}
}

func (s *transcript) sets() map[string]*Set {
	return map[string]*Set{
		"proved": &s.proved, "unproved": &s.unproved,
		"blocked": &s.o.Blocked, "blocked-observers": &s.o.BlockedObservers,
		"terminating": &s.o.Terminating, "terminating-observers": &s.o.TerminatingObservers,
		"leftover": &s.o.Leftover, "leftover-observers": &s.o.LeftoverObservers,
	}
}

// member states all of a member: its ordinals, its health, and what is not as it is
// in a settled ensemble. One that is absent has neither Pod nor volume.
func (s *transcript) member(g Group, words []string) error {
	ordinals, words := ordinalsOf(words)
	if ordinals == 0 || len(words) == 0 {
		return fmt.Errorf("wants ordinals and words")
	}
	s.o.Members = slices.DeleteFunc(s.o.Members, func(m Member) bool { return m.Group == g && ordinals.Has(m.Ordinal) })
	if slices.Equal(words, []string{"absent"}) {
		return nil
	}
	m := Member{Group: g, Pod: Present, Revision: Current}
	for _, word := range words {
		set, ok := memberWords[word]
		if !ok {
			return fmt.Errorf("no word of a member: %s; there are %s", word, strings.Join(slices.Sorted(maps.Keys(memberWords)), " "))
		}
		set(&m)
	}
	for m.Ordinal = range ordinals.All() {
		s.o.Members = append(s.o.Members, m)
	}
	slices.SortFunc(s.o.Members, func(a, b Member) int {
		return (int(a.Group)-int(b.Group))*64 + int(a.Ordinal-b.Ordinal)
	})
	return nil
}

var memberWords = map[string]func(*Member){
	"leading":     func(m *Member) { m.Health = Leading },
	"following":   func(m *Member) { m.Health = Following },
	"observing":   func(m *Member) { m.Health = Observing },
	"syncing":     func(m *Member) { m.Health = Syncing },
	"electing":    func(m *Member) { m.Health = Electing },
	"down":        func(m *Member) { m.Health = Down },
	"unreachable": func(m *Member) { m.Health = Unknown },

	"no-pod": func(m *Member) { m.Pod = NoPod },
	"going":  func(m *Member) { m.Pod = Going },

	"outdated":         func(m *Member) { m.Revision = Outdated },
	"unknown-revision": func(m *Member) { m.Revision = UnknownRevision },

	"volume-too-small": func(m *Member) { m.Volumes = VolumesTooSmall },
	"volume-growing":   func(m *Member) { m.Volumes = VolumesGrowing },
	"volume-fixed":     func(m *Member) { m.Volumes = VolumesFixed },

	"granted":       func(m *Member) { m.Granted = true },
	"needs-new-pod": func(m *Member) { m.NeedsNewPod = true },
	"lasting":       func(m *Member) { m.Lasting = true },
	"never-served":  func(m *Member) { m.NeverServed = true },
	"ran":           func(m *Member) { m.Ran = true },
	"stranded":      func(m *Member) { m.Stranded = true },
	"refused":       func(m *Member) { m.Refused = true },
	"departed":      func(m *Member) { m.Departed = true },
}

var (
	formationWords = map[string]Formation{"closed": Closed, "open": Open, "missing": Missing, "garbled": Garbled, "ownerless": Ownerless}
	groupWords     = map[string]Group{"servers": Servers, "observers": Observers}
)

// hold states all of how a group makes Pods anew.
func (s *transcript) hold(words []string) error {
	var g Group
	if err := oneOf(&g, groupWords, words[:min(1, len(words))]); err != nil {
		return err
	}
	h := Hold{Exists: true}
	flags := map[string]*bool{"open": &h.Open, "lags": &h.Lags, "changes": &h.Changes, "armed": &h.Armed}
	for _, word := range words[1:] {
		flag, ok := flags[word]
		if !ok {
			return fmt.Errorf("no word of a hold: %s", word)
		}
		*flag = true
	}
	s.o.Holds[g] = h
	return nil
}

// membershipOf reads "none", or "v2 voters 0 1 2 observers 0 foreign 1".
func membershipOf(words []string, into **Membership) error {
	if slices.Equal(words, []string{"none"}) {
		*into = nil
		return nil
	}
	var m Membership
	if len(words) == 0 {
		return fmt.Errorf("wants a version, as v2, or none")
	}
	version, err := strconv.ParseUint(strings.TrimPrefix(words[0], "v"), 10, 64)
	if err != nil {
		return err
	}
	m.Version = version
	for rest := words[1:]; len(rest) > 0; {
		what := rest[0]
		var of Set
		of, rest = ordinalsOf(rest[1:])
		switch what {
		case "voters":
			m.Voters = of
		case "observers":
			m.Observers = of
		case "foreign-voters":
			m.Foreign, m.ForeignVoters = true, of.Len()
		default:
			return fmt.Errorf("no part of a membership: %s", what)
		}
	}
	*into = &m
	return nil
}

// ordinalsOf takes the numbers at the beginning.
func ordinalsOf(words []string) (s Set, rest []string) {
	for i, word := range words {
		n, err := strconv.ParseInt(word, 10, 32)
		if err != nil {
			return s, words[i:]
		}
		s = s.With(int32(n))
	}
	return s, nil
}

// oneOf sets what one word names.
func oneOf[T any](into *T, names map[string]T, words []string) error {
	if len(words) == 1 {
		if value, ok := names[words[0]]; ok {
			*into = value
			return nil
		}
	}
	return fmt.Errorf("wants one of %s", strings.Join(slices.Sorted(maps.Keys(names)), ", "))
}

func setFlag(flag *bool, words []string) error {
	return oneOf(flag, map[string]bool{"yes": true, "no": false}, words)
}

func setNumber[T int | int32](number *T, words []string) error {
	if len(words) != 1 {
		return fmt.Errorf("wants one number")
	}
	n, err := strconv.ParseInt(words[0], 10, 32)
	*number = T(n)
	return err
}

func unread(words []string) error {
	if len(words) > 0 {
		return fmt.Errorf("not understood: %s", strings.Join(words, " "))
	}
	return nil
}

// inWords tells a decision as a person would note it.
func inWords(d Decision) string {
	step := d.Kind.String()
	switch d.Kind {
	case ReplacePod, RestartMember, HandOver, MarkDeparted, DeleteVolumes, ExpandVolumes:
		step += " " + memberName(d.Group, d.Ordinal)
	case Prove:
		step += " through" + ordinalNames(Servers, d.Members)
	case RemoveMembers, AddMembers:
		step += ordinalNames(d.Group, d.Members)
	case Shrink:
		step += fmt.Sprintf(" %s to %d", groupNames[d.Group], d.Size)
	default:
	}
	if d.PutBack {
		step += " with what all ran last"
	}
	step += ": " + string(d.Reason)
	if d.Stalled {
		step += ", a person must act"
	}
	if !d.Apply {
		return step
	}
	applied := fmt.Sprintf("apply %d servers", d.Replicas)
	if d.ObserverReplicas > 0 {
		applied += fmt.Sprintf(", %d observers", d.ObserverReplicas)
	}
	for g, open := range d.Open {
		if open {
			applied += ", new Pods of " + groupNames[g] + " get the newest revision"
		}
	}
	return step + "\n" + applied
}

var groupNames = [...]string{Servers: "servers", Observers: "observers"}

func memberName(g Group, ordinal int32) string {
	return fmt.Sprintf("%s %d", [...]string{Servers: "server", Observers: "observer"}[g], ordinal)
}

func ordinalNames(g Group, s Set) string {
	names := " " + groupNames[g]
	for ordinal := range s.All() {
		names += fmt.Sprintf(" %d", ordinal)
	}
	return names
}
