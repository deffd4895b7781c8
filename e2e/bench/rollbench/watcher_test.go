package main

import "testing"

func TestWatcherCountsLeaderships(t *testing.T) {
	t.Parallel()
	const (
		follower = "Zxid: 0x300000001\nMode: follower\n"
		nobody   = "This ZooKeeper instance is not currently serving requests\n"
	)
	answer := func(epoch string) string { return "Zxid: 0x" + epoch + "00000001\nMode: leader\n" }
	tests := []struct {
		name          string
		answers       [][2]string
		seen, numbers int
	}{
		{"nobody ever leads", [][2]string{{"a", nobody}, {"b", follower}}, 0, 0},
		{"one leads throughout", [][2]string{{"a", answer("3")}, {"b", follower}, {"a", answer("3")}}, 0, 0},
		{"the leader changes twice", [][2]string{{"a", answer("3")}, {"a", nobody}, {"b", answer("4")}, {"a", answer("5")}}, 2, 2},
		{"the same one leads anew", [][2]string{{"a", answer("3")}, {"a", answer("4")}}, 1, 1},
		{"an election that came to nothing", [][2]string{{"a", answer("3")}, {"b", answer("5")}}, 1, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &watcher{}
			for _, a := range tt.answers {
				w.note(a[0], a[1])
			}
			if seen, numbers := w.changes(); seen != tt.seen || numbers != tt.numbers {
				t.Errorf("got %d leaderships, %d numbers, want %d and %d", seen, numbers, tt.seen, tt.numbers)
			}
		})
	}
}
