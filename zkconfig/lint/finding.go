package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Finding is one thing wrong with a configuration.
type Finding struct {
	Rule     Rule     `json:"rule"`
	Severity Severity `json:"severity"`
	File     File     `json:"file"`
	// Line is where the property starts, counted from 1; 0 when something is
	// missing, or when the text did not come from a file.
	Line int    `json:"line,omitempty"`
	Key  string `json:"key,omitempty"`
	// Message says what would happen.
	Message string `json:"message"`
	// Fix says what to write instead.
	Fix string `json:"fix,omitempty"`
	// Nearest is the known key that an unknown one most likely stands for.
	Nearest string `json:"nearest,omitempty"`
	// Stops says that the server itself notices and refuses to start.
	Stops bool `json:"stops,omitempty"`
}

// Severity is how bad a finding is.
type Severity string

// An error is a setting that stops the server, breaks the ensemble or does not
// do what the line asks for. A warning is one that does what it says, and
// costs more than most people would pay. A hint is about what the file does not
// say, or says twice.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Hint    Severity = "hint"
)

// File is the part of the configuration that a finding is in.
type File string

// Parts of a configuration.
const (
	StaticFile     File = "zoo.cfg"
	MembershipFile File = "dynamic"
	MyIDFile       File = "myid"
)

// String returns the finding in one line, without file and line number.
func (f Finding) String() string {
	var b strings.Builder
	if f.Key != "" {
		fmt.Fprintf(&b, "%s: ", f.Key)
	}
	b.WriteString(f.Message)
	if f.Fix != "" {
		fmt.Fprintf(&b, " Fix: %s", f.Fix)
	}
	return b.String()
}

// sortFindings orders findings as a reader meets them: zoo.cfg before the
// dynamic file, by line, what is missing at the end.
func sortFindings(findings []Finding) {
	place := func(f Finding) int {
		if f.Line == 0 {
			return int(^uint(0) >> 1)
		}
		return f.Line
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(fileOrder(a.File), fileOrder(b.File)),
			cmp.Compare(place(a), place(b)),
			cmp.Compare(a.Key, b.Key),
		)
	})
}

func fileOrder(file File) int {
	return slices.Index([]File{StaticFile, MembershipFile, MyIDFile}, file)
}
