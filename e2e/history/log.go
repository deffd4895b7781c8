package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Log collects entries from several sources. Its zero value is ready to use.
type Log struct {
	mu      sync.Mutex
	entries []Entry
	lastSeq int64
	acked   int64
	last    map[Kind]Entry
	now     *scene
}

// Add appends an entry of the suite, at the present time if it has none.
func (l *Log) Add(e Entry) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.append(e)
}

// AddFromProbe appends one line of the probe's output and reports whether it
// was new. Lines that are already known are passed over, and a missing one is
// an error: an incomplete history judges nothing.
func (l *Log) AddFromProbe(line []byte) (fresh bool, err error) {
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return false, fmt.Errorf("line %q of the probe: %w", line, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case e.Seq <= l.lastSeq:
		return false, nil
	case e.Seq > l.lastSeq+1:
		return false, fmt.Errorf("entries %d to %d of the probe are missing", l.lastSeq+1, e.Seq-1)
	}
	l.lastSeq = e.Seq
	l.append(e)
	return true, nil
}

func (l *Log) append(e Entry) {
	l.entries = append(l.entries, e)
	if e.Kind == Acked {
		l.acked = max(l.acked, e.N)
	}
	if l.last == nil {
		l.last, l.now = map[Kind]Entry{}, newScene()
	}
	l.last[e.Kind] = e
	l.now.see(e)
}

// Config returns the committed configuration, once one was seen.
func (l *Log) Config() (Config, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == nil || l.now.config == nil {
		return Config{}, false
	}
	return *l.now.config, true
}

// Last returns the newest entry of a kind.
func (l *Log) Last(kind Kind) (Entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.last[kind]
	return e, ok
}

// Acknowledged returns the number of the last acknowledged record.
func (l *Log) Acknowledged() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked
}

// Entries returns everything, oldest first.
func (l *Log) Entries() []Entry {
	l.mu.Lock()
	entries := slices.Clone(l.entries)
	l.mu.Unlock()
	slices.SortStableFunc(entries, func(a, b Entry) int { return a.At.Compare(b.At) })
	return entries
}

// Between returns the entries from one time to another, oldest first, preceded
// by the newest earlier entry of each kind that describes a state, so that the
// window can be judged and read by itself.
func Between(entries []Entry, from, to time.Time) []Entry {
	before := map[string]Entry{}
	var window []Entry
	for _, e := range entries {
		switch {
		case e.At.Before(from):
			if key, ok := stateKey(e); ok {
				before[key] = e
			}
		case !e.At.After(to):
			window = append(window, e)
		}
	}
	var out []Entry
	for _, e := range before {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Entry) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Member, b.Member))
	})
	return append(out, window...)
}

// stateKey names the state that an entry describes until the next entry of the
// same key. A Fault lasts until it is Healed and is looked up by its text.
func stateKey(e Entry) (string, bool) {
	switch e.Kind {
	case Saw, Status, Budget, Acked:
		return string(e.Kind), true
	case Committed, Pod, Checked:
		return string(e.Kind) + "/" + e.Member, true
	case Fault, Healed:
		return "fault/" + e.Text, true
	default:
		return "", false
	}
}

// Write writes the entries as lines of JSON.
func Write(w io.Writer, entries []Entry) error {
	encoder := json.NewEncoder(w)
	for _, e := range entries {
		if err := encoder.Encode(e); err != nil {
			return fmt.Errorf("write history: %w", err)
		}
	}
	return nil
}
