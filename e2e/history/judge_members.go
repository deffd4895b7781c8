package history

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// judgeMembers holds that a spec ends with a committed configuration that names
// exactly the Pods: every Pod of a server votes, every Pod of an observer
// observes, and nobody else is counted on.
func judgeMembers(entries []Entry, _ time.Time) []Violation {
	var out []Violation
	now := newScene()
	for _, e := range entries {
		now.see(e)
		if e.Kind != End || now.absent() || len(now.pods) == 0 {
			continue
		}
		if what := now.wrongMembers(); what != "" {
			out = append(out, Violation{At: e.At, Rule: "the voters are the Pods", What: what})
		}
	}
	return out
}

func (s *scene) wrongMembers() string {
	if s.config == nil {
		return "no committed configuration was seen"
	}
	var servers, observers []string
	for _, name := range slices.Sorted(maps.Keys(s.pods)) {
		switch {
		case !s.hasPod(name):
		case s.pods[name].Observer:
			observers = append(observers, name)
		default:
			servers = append(servers, name)
		}
	}
	for _, group := range []struct {
		role            string
		committed, pods []string
	}{{"voters", s.config.Voters, servers}, {"observers", s.config.Observers, observers}} {
		committed := slices.Sorted(slices.Values(group.committed))
		if !slices.Equal(committed, group.pods) {
			return fmt.Sprintf("the committed %s are %v, the Pods %v", group.role, committed, group.pods)
		}
	}
	return ""
}
