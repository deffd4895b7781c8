package history

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// commits tells a committed configuration of a higher version than the last.
func (s *story) commits(voters []string, observers ...string) *story {
	s.version++
	return s.add(Entry{Kind: Committed, Config: &Config{Version: s.version, Voters: voters, Observers: observers}})
}

// podded tells that each of the members has a running Pod of its own.
func (s *story) podded(names ...string) *story {
	for _, name := range names {
		s.add(Entry{Kind: Pod, Member: name, PodState: &PodState{UID: name, Phase: "Running"}})
	}
	return s
}

func (s *story) pod(name string, state PodState) *story {
	return s.add(Entry{Kind: Pod, Member: name, PodState: &state})
}

// five is a view of three members that serve and two of the given state.
func five(state State) View {
	view := healthy()
	view["zk-3"], view["zk-4"] = Member{State: state}, Member{State: state}
	return view
}

func serving(names ...string) func(*Resource) {
	return func(r *Resource) {
		for _, name := range names {
			r.Members[name] = "Serving"
		}
	}
}

func TestMembersThatAreYetToComeAreNotMissed(t *testing.T) {
	newStory().commits(members).podded(members...).add(Entry{Kind: Begin}).calm(30, five(Gone), nil).wants(t)
}

func TestAMemberWithAPodIsMissedEvenBeforeItVotes(t *testing.T) {
	const rule = "a true status"
	newStory().commits(members).podded(members...).calm(5, five(Gone), nil).
		podded("zk-3").calm(30, five(Gone), nil).wants(t, rule)
}

func TestAMemberThatLeavesIsNoVoterTakenAway(t *testing.T) {
	all := []string{"zk-0", "zk-1", "zk-2", "zk-3", "zk-4"}
	leaves := func(early int) *story {
		s := newStory().commits(all).podded(all...)
		s.calm(20, five(Following), serving("zk-3", "zk-4"))
		if early > 0 {
			s.pod("zk-3", PodState{UID: "zk-3", Terminating: true}).pod("zk-4", PodState{UID: "zk-4", Terminating: true})
			s.calm(early, five(Gone), nil)
		}
		s.commits(members)
		s.pod("zk-3", PodState{Phase: PodAbsent}).pod("zk-4", PodState{Phase: PodAbsent})
		return s.calm(5, five(Gone), nil)
	}
	leaves(0).wants(t)
	leaves(2).wants(t) // the configuration may be seen a little later
	leaves(20).wants(t, oneAtATime, "a true status", "a true status")
}

func TestJoinersAreNoVoters(t *testing.T) {
	newStory().commits(members).podded(members...).calm(5, five(Gone), nil).
		podded("zk-3", "zk-4").calm(5, five(Gone), nil).
		calm(5, five(Following), serving("zk-3", "zk-4")).
		pod("zk-3", PodState{UID: "zk-3", Terminating: true}).pod("zk-4", PodState{UID: "zk-4", Terminating: true}).
		calm(5, five(Gone), nil).wants(t)
}

func TestObserversNeverCount(t *testing.T) {
	observed := func(state State) View {
		view := healthy()
		view["zk-observers-0"], view["zk-observers-1"] = Member{State: state}, Member{State: state}
		return view
	}
	newStory().commits(members, "zk-observers-0", "zk-observers-1").podded(members...).
		calm(20, observed(Observing), serving("zk-observers-0", "zk-observers-1")).
		calm(3, observed(Gone), nil).wants(t)
}

func TestAVoterTakenBeforeAnotherIsBackIsFound(t *testing.T) {
	takes := func(s *story) *story { return s.pod("zk-1", PodState{UID: "zk-1", Terminating: true}) }
	begin := func() *story { return newStory().commits(members).podded(members...).calm(5, healthy(), nil) }
	backBut := func(name string, state State) View {
		view := healthy()
		view[name] = Member{State: state}
		return view
	}
	ready := func(s *story) *story { return s.pod("zk-0", PodState{UID: "zk-0", Phase: "Running", Ready: true}) }
	syncing, frozen := viewOf(Syncing, Following, Leading), viewOf(Silent, Following, Leading)
	tests := []struct {
		name  string
		story *story
		rules []string
	}{
		{"all serve", takes(begin()), nil},
		{"one still syncs", takes(begin().calm(5, syncing, unready("zk-0"))), []string{oneAtATime}},
		{"one has come back by the leader's word", takes(begin().calm(5, syncing, unready("zk-0")).sees(backBut("zk-0", Waiting))), nil},
		{"one has come back by the kubelet's word", takes(ready(begin().calm(5, syncing, unready("zk-0")))), nil},
		{"one was gone, and is back by the kubelet's word", takes(ready(begin().calm(5, viewOf(Gone, Following, Leading), unready("zk-0")))), nil},
		{"one was ready all along, and does not serve", takes(ready(begin()).calm(5, syncing, unready("zk-0"))), []string{oneAtATime}},
		{
			"one was ready all along, restarts, and does not serve",
			takes(ready(begin()).calm(5, syncing, unready("zk-0")).pod("zk-0", PodState{UID: "zk-0", Phase: "Running", Ready: true, Restarts: 1})),
			[]string{oneAtATime},
		},
		{"one became ready, and does not serve", takes(ready(begin().calm(5, syncing, unready("zk-0"))).calm(5, syncing, unready("zk-0"))), []string{oneAtATime}},
		{"one is silent", takes(begin().calm(5, frozen, unready("zk-0"))), []string{oneAtATime}},
		{"one has just ceased to serve", takes(begin().calm(2, syncing, unready("zk-0"))), nil},
		{"the test takes it", takes(begin().calm(5, syncing, unready("zk-0")).add(Entry{Kind: Fault, Text: "x", Members: []string{"zk-1"}})), nil},
		{
			"the one that is taken did not serve itself",
			takes(begin().calm(5, viewOf(Syncing, Syncing, Leading), func(r *Resource) { unready("zk-0")(r); unready("zk-1")(r) })), nil,
		},
		{
			"it leaves the ensemble",
			takes(begin().calm(5, syncing, unready("zk-0"))).commits([]string{"zk-0", "zk-2"}), nil,
		},
		{
			"the test froze one, and another goes",
			begin().add(Entry{Kind: Fault, Text: "x", Members: []string{"zk-0"}}).calm(1, frozen, unready("zk-0")).
				calm(1, viewOf(Silent, Gone, Leading), unready("zk-0")),
			[]string{oneAtATime},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.story.wants(t, tt.rules...) })
	}
}

func TestAConfigurationThatIsNotThePodsIsFound(t *testing.T) {
	const rule = "the voters are the Pods"
	end := func(s *story) *story {
		for _, name := range append([]string{"zk-3", "zk-observers-0"}, members...) {
			s.add(Entry{Kind: Checked, Member: name, Audit: &Audit{}})
		}
		return s.add(Entry{Kind: End})
	}
	begin := func() *story { return newStory().add(Entry{Kind: Begin}).podded(members...).sees(healthy()) }
	observer := func(s *story) *story {
		return s.pod("zk-observers-0", PodState{UID: "o", Phase: "Running", Observer: true})
	}
	tests := []struct {
		name  string
		story *story
		rules []string
	}{
		{"they are the same", begin().commits(members), nil},
		{"no configuration was seen", begin(), []string{rule}},
		{"a voter has no Pod", begin().commits([]string{"zk-0", "zk-1", "zk-2", "zk-3"}), []string{rule}},
		{"a Pod does not vote", begin().commits([]string{"zk-0", "zk-1"}), []string{rule}},
		{"the Pod of a voter that left is gone", begin().podded("zk-3").commits(members).pod("zk-3", PodState{Phase: PodAbsent}), nil},
		{"an observer observes", observer(begin()).commits(members, "zk-observers-0"), nil},
		{"an observer was never added", observer(begin()).commits(members), []string{rule}},
		{"an observer votes", observer(begin()).commits(append([]string{"zk-observers-0"}, members...)), []string{rule}},
		{"a voter observes", begin().commits([]string{"zk-0", "zk-1"}, "zk-2"), []string{rule}},
		{
			"an older configuration is told late",
			begin().commits(members).add(Entry{Kind: Committed, Config: &Config{Version: 0, Voters: []string{"zk-0"}}}), nil,
		},
		{
			"the ensemble was deleted and formed anew",
			begin().commits(nil).commits(nil).says(func(r *Resource) { r.Absent = true }).says(nil).
				add(Entry{Kind: Committed, Config: &Config{Version: 1, Voters: members}}), nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { end(tt.story).wants(t, tt.rules...) })
	}
}

func TestReplaced(t *testing.T) {
	s := newStory().podded(members...).pass(1)
	from := s.at
	s.pod("zk-1", PodState{UID: "zk-1", Terminating: true}).pass(1).
		pod("zk-1", PodState{Phase: PodAbsent}).pass(1).
		pod("zk-1", PodState{UID: "b", Phase: "Pending"}).pass(1).
		pod("zk-1", PodState{UID: "b", Phase: "Running"}).pass(1).
		pod("zk-3", PodState{UID: "new", Phase: "Running"}).pass(1).
		pod("zk-0", PodState{UID: "c", Phase: "Running"}).pass(1)
	to := s.at
	s.pass(1).pod("zk-2", PodState{UID: "d", Phase: "Running"})
	if diff := cmp.Diff([]string{"zk-1", "zk-0"}, Replaced(s.entries, from, to)); diff != "" {
		t.Errorf("replaced (-want +got):\n%s", diff)
	}
	if got := Replaced(s.entries, to.Add(2*time.Second), to.Add(time.Minute)); len(got) != 0 {
		t.Errorf("replaced later: got %v, want none", got)
	}
}

func TestCameFirst(t *testing.T) {
	before := newStory().sees(healthy()).pass(1)
	from := before.at
	begin := func() *story {
		return &story{at: from, entries: append([]Entry(nil), before.entries...)}
	}
	tests := []struct {
		name  string
		story *story
		want  bool
	}{
		{"they served, then another came", begin().sees(viewOf(Gone, Following, Leading)).pass(1).sees(healthy()).podded("zk-3"), true},
		{"another came before all served", begin().sees(viewOf(Gone, Following, Leading)).podded("zk-3").pass(1).sees(healthy()), false},
		{"they did not all serve", begin().sees(viewOf(Gone, Following, Leading)), false},
		{"another one's Pod goes", begin().pod("zk-3", PodState{Phase: PodAbsent}).sees(healthy()), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := CameFirst(tt.story.entries, from, members); (err == nil) != tt.want {
				t.Errorf("came first: got %v, want %v", err, tt.want)
			}
		})
	}
}
