package history

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func line(t *testing.T, e Entry) []byte {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestLogResumesTheProbesOutputWithoutGapOrRepetition(t *testing.T) {
	var log Log
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	fresh := 0
	for _, seq := range []int64{1, 2, 1, 2, 3} {
		isNew, err := log.AddFromProbe(line(t, Entry{At: at, Kind: Acked, Seq: seq, N: seq}))
		if err != nil {
			t.Fatal(err)
		}
		if isNew {
			fresh++
		}
	}
	if fresh != 3 {
		t.Errorf("new entries: got %d, want 3", fresh)
	}
	if got := len(log.Entries()); got != 3 {
		t.Errorf("entries: got %d, want 3", got)
	}
	if got := log.Acknowledged(); got != 3 {
		t.Errorf("acknowledged: got %d, want 3", got)
	}
	if _, err := log.AddFromProbe(line(t, Entry{Kind: Acked, Seq: 5, N: 5})); err == nil {
		t.Error("a missing entry was accepted")
	}
	if _, err := log.AddFromProbe([]byte("panic: no JSON")); err == nil {
		t.Error("a line that is no entry was accepted")
	}
}

func TestLogKnowsTheNewestConfiguration(t *testing.T) {
	var log Log
	if config, ok := log.Config(); ok {
		t.Errorf("before one was seen: got %v", config)
	}
	newer, older := Config{Version: 2, Voters: members}, Config{Version: 1}
	log.Add(Entry{Kind: Committed, Config: &newer})
	log.Add(Entry{Kind: Committed, Config: &older})
	got, _ := log.Config()
	if diff := cmp.Diff(newer, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestBetweenKeepsTheStateBeforeTheWindow(t *testing.T) {
	s := newStory().ack().sees(healthy()).pass(1).ack().sees(viewOf(Leading, Following, Gone)).pass(1)
	from := s.at
	s.ack().pass(1)
	to := s.at
	s.pass(1).ack()
	got := Between(s.entries, from, to)
	want := []Entry{s.entries[2], s.entries[3], s.entries[4]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("window (-want +got):\n%s", diff)
	}
}

func TestEntriesSurviveTheirJSON(t *testing.T) {
	s := newStory().ack().sees(healthy()).says(nil)
	var out bytes.Buffer
	if err := Write(&out, s.entries); err != nil {
		t.Fatal(err)
	}
	var got []Entry
	decoder := json.NewDecoder(&out)
	for decoder.More() {
		var e Entry
		if err := decoder.Decode(&e); err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if diff := cmp.Diff(s.entries, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}
