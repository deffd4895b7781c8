package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestObsolete(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files []string
		want  []string
	}{
		{"as many as are kept", []string{"snapshot.0", "snapshot.1", "snapshot.2", "log.1", "currentEpoch"}, nil},
		{
			"one log reaches into the oldest snapshot that stays",
			[]string{"snapshot.0", "snapshot.100000005", "snapshot.200000000", "snapshot.300000000", "log.1", "log.100000001", "log.100000009", "log.200000001"},
			[]string{"snapshot.0", "log.1"},
		},
		{
			"a log that begins with it",
			[]string{"snapshot.f", "snapshot.10", "snapshot.20", "snapshot.30", "log.1", "log.10", "snapshot.garbage"},
			[]string{"snapshot.f", "log.1"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, obsolete(c.files)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
