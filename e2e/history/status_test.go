package history

import (
	"testing"
	"time"
)

func TestWrongStatusIsFound(t *testing.T) {
	const rule = "a true status"
	lost := viewOf(Waiting, Silent, Silent)
	tests := []struct {
		name   string
		view   View
		status func(*Resource)
		writes bool
		rules  []string
	}{
		{name: "all is well and said so", view: healthy(), writes: true},
		{name: "a lost quorum is called available", view: lost, status: func(r *Resource) {
			r.Conditions["Ready"] = "False"
			r.Members = nil
		}, rules: []string{rule}},
		{name: "a lost quorum is called unknown", view: lost, status: func(r *Resource) {
			unavailable(r)
			r.Conditions["Available"] = "Unknown"
		}},
		{name: "a serving ensemble is called unavailable", view: healthy(), writes: true, status: func(r *Resource) {
			r.Conditions["Available"] = "False"
		}, rules: []string{rule}},
		{name: "a serving ensemble is called unknown", view: healthy(), writes: true, status: func(r *Resource) {
			r.Conditions["Available"] = "Unknown"
		}, rules: []string{rule}},
		{name: "a leader that commits nothing is called unavailable", view: healthy(), status: func(r *Resource) {
			r.Conditions["Available"] = "False"
		}},
		{name: "another leader is named", view: healthy(), writes: true, status: func(r *Resource) { r.Leader = "zk-0" }, rules: []string{rule}},
		{name: "a missing member is called ready", view: viewOf(Following, Gone, Leading), writes: true, status: func(r *Resource) {
			r.Members["zk-1"] = "Down"
		}, rules: []string{rule}},
		{name: "a missing member is called serving", view: viewOf(Following, Gone, Leading), writes: true, status: func(r *Resource) {
			r.Conditions["Ready"] = "False"
		}, rules: []string{rule}},
		{name: "a missing member is known", view: viewOf(Following, Gone, Leading), writes: true, status: unready("zk-1")},
		{name: "a serving member is called down", view: healthy(), writes: true, status: unready("zk-1"), rules: []string{rule}},
		{name: "the resource is gone", view: lost, status: func(r *Resource) { r.Absent = true }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, length := range []struct {
				seconds int
				rules   []string
			}{{14, nil}, {30, tt.rules}} {
				s := newStory().calm(5, healthy(), nil)
				if !tt.writes {
					s.pass(6)
				}
				if tt.writes {
					s.calm(length.seconds, tt.view, tt.status)
				} else {
					s.dark(length.seconds, tt.view, tt.status)
				}
				s.wants(t, length.rules...)
			}
		})
	}
}

func TestStatusMayBeWrongAgainAndAgainForAShortTime(t *testing.T) {
	s := newStory()
	for range 5 {
		s.calm(10, healthy(), unready("zk-1")).calm(2, healthy(), nil)
	}
	s.wants(t)
}

func TestStatusIsNotJudgedWhileTheOperatorIsDown(t *testing.T) {
	newStory().calm(5, healthy(), nil).
		add(Entry{Kind: Fault, Text: "operator killed", Members: []string{Operator}}).
		calm(30, healthy(), unready("zk-1")).
		add(Entry{Kind: Healed, Text: "operator killed"}).
		calm(10, healthy(), unready("zk-1")).
		calm(5, healthy(), nil).wants(t)
}

func TestAWriteWhileSettledIsFound(t *testing.T) {
	const rule = "settled means silent"
	write := Entry{Kind: Wrote, Text: "patch statefulsets zk"}
	tests := []struct {
		name  string
		story *story
		rules []string
	}{
		{"nothing happened for long", newStory().calm(20, healthy(), nil).add(write).calm(20, healthy(), nil), []string{rule}},
		{"the ensemble has just become ready", newStory().calm(10, healthy(), nil).add(write).calm(20, healthy(), nil), nil},
		{"a member is away", newStory().calm(20, viewOf(Following, Gone, Leading), unready("zk-1")).add(write).calm(20, healthy(), nil), nil},
		{"the status changes with it", newStory().calm(20, healthy(), nil).add(write).calm(20, healthy(), func(r *Resource) { r.Activity = "x" }), nil},
		{"the test disturbs", newStory().calm(20, healthy(), nil).add(Entry{Kind: Fault, Text: "x"}).pass(1).add(write).calm(9, healthy(), nil), nil},
		{"a Pod changed before", newStory().calm(20, healthy(), nil).add(Entry{Kind: Pod, Member: "zk-1", PodState: &PodState{}}).calm(5, healthy(), nil).add(write).calm(9, healthy(), nil), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.story.wants(t, tt.rules...) })
	}
}

func TestSummary(t *testing.T) {
	s := newStory().calm(5, healthy(), nil)
	from := s.at
	s.calm(3, healthy(), nil).dark(4, viewOf(Waiting, Waiting, Gone), nil).calm(3, viewOf(Leading, Following, Gone), nil)
	got := Summarise(s.entries, from, s.at)
	want := Summary{Acked: 6, LongestGap: 5 * time.Second, LeaderChanges: 1, NoLeader: 4 * time.Second}
	if got != want {
		t.Errorf("summary: got %+v, want %+v", got, want)
	}
}
