package plugin

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

// painter adds terminal colours, or none.
type painter bool

const (
	bold   = "1"
	red    = "31;1"
	yellow = "33;1"
	blue   = "34;1"
	green  = "32"
)

func (p painter) paint(style, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// writeText writes findings as compilers do: place, severity, message, the line
// itself, and how to mend it.
func (r report) writeText(w io.Writer, colour bool) error {
	p := painter(colour)
	var b strings.Builder
	for _, finding := range r.Findings {
		r.writeFinding(&b, p, finding)
	}
	summary := p.paint(green, "no findings")
	if len(r.Findings) > 0 {
		summary = fmt.Sprintf("%s, %s", plural(r.Errors, "error"), plural(r.Warnings, "warning"))
		if r.Hints > 0 {
			summary += ", " + plural(r.Hints, "hint")
		}
	}
	fmt.Fprintf(&b, "%s for ZooKeeper %s\n", summary, r.Version)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r report) writeFinding(b *strings.Builder, p painter, finding reportFinding) {
	place := finding.Path
	if finding.Line > 0 {
		place = fmt.Sprintf("%s:%d", finding.Path, finding.Line)
	}
	style := map[lint.Severity]string{lint.Error: red, lint.Warning: yellow, lint.Hint: blue}[finding.Severity]
	key := ""
	if finding.Key != "" {
		key = p.paint(bold, finding.Key) + ": "
	}
	fmt.Fprintf(b, "%s: %s: %s%s [%s]\n", p.paint(bold, place), p.paint(style, string(finding.Severity)), key, finding.Message, finding.Rule)
	if line := r.sourceLine(finding); line != "" {
		fmt.Fprintf(b, "    %s\n", line)
	}
	if finding.Fix != "" {
		fmt.Fprintf(b, "    %s %s\n", p.paint(green, "fix:"), finding.Fix)
	}
}

// sourceLine returns the line that a finding is about, unless it holds a secret.
func (r report) sourceLine(finding reportFinding) string {
	if holdsSecret(finding.Finding) {
		return ""
	}
	lines := r.sources[finding.File].lines
	if finding.Line < 1 || finding.Line > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[finding.Line-1])
}

// holdsSecret reports whether the line of a finding may hold a secret, be it under
// a key that is misspelled or that no server reads.
func holdsSecret(finding lint.Finding) bool {
	key := strings.TrimSuffix(strings.TrimPrefix(finding.Key, "spec.config["), "]")
	for _, name := range []string{key, strings.TrimPrefix(key, catalogue.PropertyPrefix), finding.Nearest} {
		if definition, known := catalogue.Lookup(name); known {
			return definition.Secret
		}
	}
	return secretWord.MatchString(key)
}

// secretWord is in the names of keys that hold secrets.
var secretWord = regexp.MustCompile(`(?i)pass|secret|digest|token`)
