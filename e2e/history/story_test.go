package history

import (
	"slices"
	"testing"
	"time"
)

// story builds a history second by second; every method adds what it says at
// the present second.
type story struct {
	at      time.Time
	entries []Entry
	n       int64
	version uint64
}

var members = []string{"zk-0", "zk-1", "zk-2"}

func newStory() *story {
	return &story{at: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
}

func (s *story) add(e Entry) *story {
	e.At = s.at
	s.entries = append(s.entries, e)
	return s
}

func (s *story) pass(seconds int) *story {
	s.at = s.at.Add(time.Duration(seconds) * time.Second)
	return s
}

func (s *story) ack() *story {
	s.n++
	return s.add(Entry{Kind: Acked, N: s.n})
}

func (s *story) sees(view View) *story { return s.add(Entry{Kind: Saw, View: view}) }

func (s *story) says(change func(*Resource)) *story {
	status := healthyStatus()
	if change != nil {
		change(status)
	}
	return s.add(Entry{Kind: Status, Status: status})
}

// calm lets seconds pass in which the same is seen and said, and writes are
// acknowledged.
func (s *story) calm(seconds int, view View, change func(*Resource)) *story {
	for range seconds {
		s.ack().sees(view).says(change).pass(1)
	}
	return s
}

// dark is calm without a write.
func (s *story) dark(seconds int, view View, change func(*Resource)) *story {
	for range seconds {
		s.sees(view).says(change).pass(1)
	}
	return s
}

func (s *story) judge() []Violation { return Judge(s.entries, s.at) }

func (s *story) wants(t *testing.T, rules ...string) {
	t.Helper()
	var got []string
	for _, v := range s.judge() {
		t.Log(v)
		got = append(got, v.Rule)
	}
	if !slices.Equal(got, rules) {
		t.Errorf("broken rules: got %q, want %q", got, rules)
	}
}

// viewOf returns the view of three members with the given states. A leader
// counts the other serving members as its synced followers.
func viewOf(states ...State) View {
	view := View{}
	serving := 0
	for _, state := range states {
		if state.Serves() {
			serving++
		}
	}
	for i, state := range states {
		member := Member{State: state}
		if state == Leading {
			member.QuorumSize, member.Synced = len(states), serving-1
		}
		view[members[i]] = member
	}
	return view
}

func healthy() View { return viewOf(Following, Following, Leading) }

func healthyStatus() *Resource {
	return &Resource{
		Conditions: map[string]string{"Available": "True", "Ready": "True"},
		Leader:     "zk-2",
		Members:    map[string]string{"zk-0": "Serving", "zk-1": "Serving", "zk-2": "Serving"},
	}
}

// unready is a status that knows that a member does not serve.
func unready(name string) func(*Resource) {
	return func(r *Resource) {
		r.Conditions["Ready"] = "False"
		r.Members[name] = "Down"
	}
}

func unavailable(r *Resource) {
	r.Conditions = map[string]string{"Available": "False", "Ready": "False"}
	r.Leader = ""
	r.Members = nil
}

func TestACalmHistoryBreaksNothing(t *testing.T) {
	newStory().calm(60, healthy(), nil).wants(t)
}
