package member

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Phase is how far the agent has come since its container started.
type Phase string

const (
	// Preparing means that the agent looks at the volumes and renders the
	// configuration.
	Preparing Phase = "preparing"
	// Waiting means that something outside the Pod must come first;
	// [State.Waiting] says what.
	Waiting Phase = "waiting"
	// Running means that the server has been started.
	Running Phase = "running"
)

// Source is where the server list came from that the member started with.
type Source string

const (
	// FromFormation is the initial list, in the formation record.
	FromFormation Source = "formation"
	// FromVolume is the newest list that the ensemble committed on this disk.
	FromVolume Source = "volume"
	// FromMembers is the members record.
	FromMembers Source = "members"
)

// State is what preparing found and did. It answers GET /state as JSON.
type State struct {
	// ID is the server's id, the content of myid.
	ID int64 `json:"id"`
	// PodUID is the Pod that answers. An address may have passed from one Pod
	// to another, so a reader compares it.
	PodUID string `json:"podUID"`
	Phase  Phase  `json:"phase"`
	// Waiting is the reason in the phase "waiting".
	Waiting string `json:"waiting,omitempty"`
	// Blank means that the disk held no snapshot and no transaction when the
	// agent prepared it.
	Blank bool `json:"blank,omitempty"`
	// Granted means that the disk has the right to vote in the formation of
	// the ensemble: it holds the marker that grants it, or a server has been
	// started with that marker and has saved its first snapshot.
	Granted bool `json:"granted,omitempty"`
	// Saved means that the disk holds a snapshot now. Nothing can take a grant
	// away from such a disk, while one whose server dies between eating the
	// marker and saving needs a new Pod.
	Saved bool `json:"saved,omitempty"`
	// Joiner means that the server started as an observer and is to vote only
	// when the committed configuration says so.
	Joiner bool `json:"joiner,omitempty"`
	// ConfigVersion is the version, in hexadecimal, of the newest configuration
	// that the server has written to its volume after it was committed. It is
	// empty where there is none.
	ConfigVersion string `json:"configVersion,omitempty"`
	// List is where the server list came from.
	List Source `json:"list,omitempty"`
	// MovedAside names directories with data of an earlier life that no longer
	// fits the other volume. They are kept for a person to look at.
	MovedAside []string `json:"movedAside,omitempty"`
}

// textLimit is the longest text of an agent that anybody gets to see. It leaves
// room for two host names and a domain, and for what to do about them, and fits into
// a line of the status.
const textLimit = 900

// listLimit is the longest list that is taken from an agent.
const listLimit = 16

// Parse reads an answer to GET /state. What is in it may reach people, so it
// comes out plain and bounded, whoever answered.
func Parse(answer []byte) (*State, error) {
	var s State
	if err := json.Unmarshal(answer, &s); err != nil {
		return nil, err
	}
	s.PodUID, s.Waiting, s.ConfigVersion = Plain(s.PodUID), Plain(s.Waiting), Plain(s.ConfigVersion)
	s.Phase, s.List = Phase(Plain(string(s.Phase))), Source(Plain(string(s.List)))
	s.MovedAside = slices.Clone(s.MovedAside[:min(len(s.MovedAside), listLimit)])
	for i, path := range s.MovedAside {
		s.MovedAside[i] = Plain(path)
	}
	return &s, nil
}

// Plain makes a text of printable characters on one line, at most [textLimit] of
// them.
func Plain(text string) string {
	var b strings.Builder
	length := 0
	for _, r := range strings.TrimSpace(text) {
		if length++; length > textLimit {
			return b.String()
		}
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}
