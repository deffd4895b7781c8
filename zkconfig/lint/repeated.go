package lint

import (
	"fmt"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

// reportRepeated reports the keys that stand in several lines. Those with
// different values are errors, because one of the lines is not what holds; those
// with the same value have one cause, and one finding for all.
func (r *reader) reportRepeated() {
	var equal []*entry
	for i := range r.static {
		e := &r.static[i]
		switch {
		case len(e.earlier) == 0:
		case e.differs:
			r.report(differing(e))
		default:
			equal = append(equal, e)
		}
	}
	if len(equal) == 0 {
		return
	}
	last := equal[len(equal)-1]
	finding := Finding{
		Rule: DuplicateKey, Severity: Hint, File: StaticFile, Line: last.Line, Key: last.Key,
		Message: fmt.Sprintf("The key stands in %s too, with the same value.", lineList(last.earlier)),
		Fix:     "Keep one of the lines.",
	}
	if len(equal) > 1 {
		finding.Message = fmt.Sprintf("%d keys stand in several lines with the same value, this one in %s too; it looks as if the file was appended to itself.",
			len(equal), lineList(last.earlier))
		finding.Fix = "Keep one line of each."
	}
	r.report(finding)
}

func differing(e *entry) Finding {
	finding := Finding{
		Rule: DuplicateKey, Severity: Error, File: StaticFile, Line: e.Line, Key: e.Key,
		Message: fmt.Sprintf("The key stands in %s too, with another value; this line wins without a word.", lineList(e.earlier)),
		Fix:     "Keep the line that is right.",
	}
	switch {
	case strings.HasPrefix(e.Key, syntax.ServerPrefix):
		finding.Fix = "Give every server its own id."
	case e.definition != nil && e.definition.Type == catalogue.Path:
		finding.Message += " Whatever the other one holds, data or myid, is not found."
	}
	return finding
}

// lineList names lines, the first few of them.
func lineList(lines []int) string {
	const named = 3
	var b strings.Builder
	b.WriteString("line")
	if len(lines) > 1 {
		b.WriteByte('s')
	}
	for i, line := range lines[:min(len(lines), named)] {
		switch {
		case i == 0:
			b.WriteByte(' ')
		case i == len(lines)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		fmt.Fprint(&b, line)
	}
	if more := len(lines) - named; more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}
