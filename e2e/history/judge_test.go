package history

import (
	"testing"
	"time"
)

func TestLostWritesAreFound(t *testing.T) {
	audit := func(a Audit) func(*story) {
		return func(s *story) { s.add(Entry{Kind: Checked, Member: "zk-1", Audit: &a}) }
	}
	tests := []struct {
		name  string
		event func(*story)
		rules []string
	}{
		{name: "a whole reading", event: audit(Audit{UpTo: 10, Present: 10})},
		{name: "a reader misses a record", event: func(s *story) {
			s.add(Entry{Kind: Lost, Member: "zk-1", N: 7, Text: "not there"})
		}, rules: []string{"acknowledged writes"}},
		{name: "a record is missing at the end", event: audit(Audit{UpTo: 10, Present: 9, Missing: []int64{4}}), rules: []string{"acknowledged writes"}},
		{name: "a record changed its value", event: audit(Audit{UpTo: 10, Present: 10, Wrong: []int64{4}}), rules: []string{"acknowledged writes"}},
		{name: "a record overtook another", event: audit(Audit{UpTo: 10, Present: 10, Unordered: []int64{4}}), rules: []string{"acknowledged writes"}},
		{name: "a record acknowledged twice", event: func(s *story) { s.add(Entry{Kind: Acked, N: s.n}) }, rules: []string{"acknowledged writes"}},
		{name: "a record acknowledged before its predecessor", event: func(s *story) { s.n++; s.ack() }, rules: []string{"acknowledged writes"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStory().calm(10, healthy(), nil)
			tt.event(s)
			s.calm(3, healthy(), nil).wants(t, tt.rules...)
		})
	}
}

func TestAMemberThatWasNotCheckedIsFound(t *testing.T) {
	const rule = "every member is checked"
	tests := []struct {
		name   string
		audits map[string]Audit
		rules  []string
	}{
		{name: "all are checked", audits: map[string]Audit{
			"zk-0": {UpTo: 5, Present: 5}, "zk-1": {UpTo: 5, Present: 5}, "zk-2": {UpTo: 5, Present: 5},
		}},
		{name: "none is checked", rules: []string{rule, rule, rule}},
		{name: "one cannot be read", audits: map[string]Audit{
			"zk-0": {UpTo: 5, Present: 5}, "zk-1": {UpTo: 5, Err: "no connection"}, "zk-2": {UpTo: 5, Present: 5},
		}, rules: []string{rule}},
		{name: "one is checked in part", audits: map[string]Audit{
			"zk-0": {UpTo: 5, Present: 5}, "zk-1": {UpTo: 4, Present: 4}, "zk-2": {UpTo: 5, Present: 5},
		}, rules: []string{rule}},
		{name: "one shows less than was looked for", audits: map[string]Audit{
			"zk-0": {UpTo: 5, Present: 5}, "zk-1": {UpTo: 5, Present: 3}, "zk-2": {UpTo: 5, Present: 5},
		}, rules: []string{rule}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStory().add(Entry{Kind: Begin}).calm(5, healthy(), nil).dark(6, healthy(), nil)
			for name, audit := range tt.audits {
				s.add(Entry{Kind: Checked, Member: name, Audit: &audit})
			}
			s.add(Entry{Kind: End}).wants(t, tt.rules...)
		})
	}
}

func TestAnAuditMayTakeItsTime(t *testing.T) {
	s := newStory().add(Entry{Kind: Begin}).calm(20, healthy(), nil)
	for _, name := range members {
		s.add(Entry{Kind: Checked, Member: name, Took: 10 * time.Second, Audit: &Audit{UpTo: 6, Present: 6}})
	}
	s.add(Entry{Kind: End}).wants(t)
}

func TestAnAuditOfAnEarlierSpecDoesNotCount(t *testing.T) {
	s := newStory().add(Entry{Kind: Begin}).calm(2, healthy(), nil)
	for _, name := range members {
		s.add(Entry{Kind: Checked, Member: name, Audit: &Audit{UpTo: 2, Present: 2}})
	}
	s.add(Entry{Kind: End}).pass(1).add(Entry{Kind: Begin}).calm(2, healthy(), nil).add(Entry{Kind: End})
	s.wants(t, "every member is checked", "every member is checked", "every member is checked")
}

func TestABlindWatcherIsFound(t *testing.T) {
	newStory().calm(5, healthy(), nil).pass(30).calm(5, healthy(), nil).
		wants(t, "watched throughout", "watched throughout")
	newStory().add(Entry{Kind: Begin}).pass(30).calm(1, healthy(), nil).
		wants(t, "watched throughout", "watched throughout")
	newStory().calm(5, healthy(), nil).pass(30).
		wants(t, "watched throughout", "watched throughout")
}

func TestTroubleOfTheHarnessIsABrokenWatch(t *testing.T) {
	newStory().calm(5, healthy(), nil).add(Entry{Kind: Trouble, Text: "the probe died"}).wants(t, "watched throughout")
}

func TestSecondVoterIsFound(t *testing.T) {
	const rule = "one voter at a time"
	one, two := viewOf(Gone, Following, Leading), viewOf(Gone, Gone, Leading)
	terminating := func(s *story, name string) *story {
		return s.add(Entry{Kind: Pod, Member: name, PodState: &PodState{Terminating: true}})
	}
	fault := func(s *story, names ...string) *story {
		return s.add(Entry{Kind: Fault, Text: "test", Members: names})
	}
	tests := []struct {
		name  string
		story *story
		rules []string
	}{
		{"one voter is away", newStory().calm(2, healthy(), nil).calm(3, one, unready("zk-0")), nil},
		{"two voters are away", newStory().calm(2, healthy(), nil).calm(3, two, nil), []string{rule}},
		{"two voters are away twice", newStory().calm(2, healthy(), nil).calm(3, two, nil).calm(1, one, nil).calm(3, two, nil), []string{rule, rule}},
		{"the Pod of a second voter terminates", terminating(newStory().calm(2, healthy(), nil).calm(1, one, nil), "zk-2"), []string{rule}},
		{"the test takes two", fault(newStory().calm(2, healthy(), nil), "zk-0", "zk-1").calm(3, two, nil), nil},
		{"the test takes one and somebody another", fault(newStory().calm(2, healthy(), nil), "zk-0").calm(3, two, nil), []string{rule}},
		{
			"the test's fault is over",
			fault(newStory().calm(2, healthy(), nil), "zk-0", "zk-1").add(Entry{Kind: Healed, Text: "test"}).calm(3, two, nil),
			[]string{rule},
		},
		{"members come up one by one", newStory().dark(3, two, unavailable).dark(3, one, unavailable).calm(3, healthy(), nil), nil},
		{"the ensemble is deleted", newStory().calm(2, healthy(), nil).
			calm(2, healthy(), func(r *Resource) { r.Absent = true }).
			dark(3, two, func(r *Resource) { r.Absent = true }).
			dark(3, two, unavailable), nil},
		{"two voters are silent", newStory().calm(2, healthy(), nil).calm(3, viewOf(Silent, Silent, Leading), nil), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.story.wants(t, tt.rules...) })
	}
}
