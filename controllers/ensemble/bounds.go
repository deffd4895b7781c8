package ensemble

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// What the schema of the status accepts. The status is one write: one field over
// its bound would freeze all of it at what it said last.
const (
	maxLine       = 1024 // bytes of a line for people; the same holds for the note of an event
	maxName       = 253
	maxVersion    = 64
	maxVoters     = 32
	maxPod        = 63
	maxWarnings   = 32
	maxConditions = 16
	maxMembers    = 256
	maxServerID   = 255
	maxOrdinal    = 254
)

// bounded brings a status within what its schema accepts, whatever it was made
// from. What is within it already stays as it is.
func bounded(s v1alpha1.ZooKeeperEnsembleStatus) v1alpha1.ZooKeeperEnsembleStatus {
	s.Activity = line(s.Activity)
	s.Selector = line(s.Selector)
	s.UpdateRevision = boundedName(s.UpdateRevision)
	s.Leader = boundedName(s.Leader)
	s.ReadyVoters = shortened(plain(s.ReadyVoters), maxVoters)
	s.Version = shortened(plain(s.Version), maxVersion)
	s.Warnings = boundedWarnings(s.Warnings)
	s.Conditions = boundedConditions(s.Conditions)
	s.Members = boundedMembers(s.Members)
	return s
}

// boundedWarnings says how many there are beyond those that are told.
func boundedWarnings(warnings []string) []string {
	var told []string
	for i, warning := range warnings {
		if i == maxWarnings-1 && len(warnings) > maxWarnings {
			return append(told, fmt.Sprintf("… and %d more", len(warnings)-i))
		}
		told = append(told, line(warning))
	}
	return told
}

// boundedConditions keeps ours rather than those that somebody else has added.
func boundedConditions(conditions []metav1.Condition) []metav1.Condition {
	kept := slices.Clone(conditions)
	for i := len(kept) - 1; i >= 0 && len(kept) > maxConditions; i-- {
		if !slices.Contains(v1alpha1.Conditions, kept[i].Type) {
			kept = slices.Delete(kept, i, i+1)
		}
	}
	for i := range kept {
		kept[i].Message = line(kept[i].Message)
		kept[i].LastTransitionTime = kept[i].LastTransitionTime.Rfc3339Copy() // as it is read again
		if !isReason.MatchString(kept[i].Reason) || len(kept[i].Reason) > maxLine {
			kept[i].Reason = unknownReason
		}
	}
	return kept
}

// isReason is the form of a reason of a condition.
var isReason = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$`)

// unknownReason stands for a reason that is none.
const unknownReason = "Unknown"

// boundedMembers leaves out what no server can be: an id or an ordinal that the
// servers do not have, and of two members with one id the one that is not listed.
func boundedMembers(members []v1alpha1.MemberStatus) []v1alpha1.MemberStatus {
	var kept []v1alpha1.MemberStatus
	for _, m := range members {
		if m.ID >= 1 && m.ID <= maxServerID && m.Ordinal >= 0 && m.Ordinal <= maxOrdinal {
			m.Pod, m.Revision = shortened(plain(m.Pod), maxPod), boundedName(m.Revision)
			kept = append(kept, m)
		}
	}
	slices.SortStableFunc(kept, func(a, b v1alpha1.MemberStatus) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(listedLast(a), listedLast(b)))
	})
	kept = slices.CompactFunc(kept, func(a, b v1alpha1.MemberStatus) bool { return a.ID == b.ID })
	return kept[:min(len(kept), maxMembers)]
}

func listedLast(m v1alpha1.MemberStatus) int {
	if m.Role == v1alpha1.MemberRoleNonVoter {
		return 1
	}
	return 0
}

// line makes one line for people of a text, whoever wrote it. It stays the same
// for as long as what it says does, so that waiting writes nothing.
func line(text string) string {
	for _, c := range changing {
		text = c.ReplaceAllString(text, "$1")
	}
	return shortened(plain(text), maxLine)
}

// anyID is one of a request or an object.
const anyID = `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`

// changing are the parts of other people's messages that change each time they
// are said, but for a first group that stays. An id in a longer name, such as
// that of a volume, is none.
var changing = []*regexp.Regexp{
	regexp.MustCompile(`\[?[0-9a-fA-F.:]+\]?:\d+->`), // the port that a connection was made from
	regexp.MustCompile(`, used: [^ ]+`),              // what others use of a quota
	regexp.MustCompile(`(?:^|\(| \(?)` + anyID + `\)?`),
	regexp.MustCompile(`(["':=/])` + anyID),
	regexp.MustCompile(`(?i)\battempt \d+\b`),            // how often it was tried
	regexp.MustCompile(` ?\bcurrent time [^ ]+`),         // now, beside when a certificate expired
	regexp.MustCompile(`\bLastStreamID=\d+,? ?`),         // how much a connection carried
	regexp.MustCompile(` ?\b0x[0-9a-f]{6,}\b`),           // where something is in memory
	regexp.MustCompile(` ?\b(?:\d+m)?\d+\.\d+[mµn]?s\b`), // how long something took
}

func boundedName(name string) string { return shortened(plain(name), maxName) }

// plain keeps the printable characters of a text and puts its lines into one.
func plain(text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return ' '
	}, text))
}

// shortened cuts a text that is too long, between two characters.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len("...")], "") + "..."
}
