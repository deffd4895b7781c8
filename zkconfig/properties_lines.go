package zkconfig

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// logicalLines cuts a file into the lines that java.util.Properties sees:
// without comments and blank lines, continuations joined.
type logicalLines struct {
	text   string
	number int // of the last natural line taken
}

// next returns the next logical line, still escaped, with the number of its
// first natural line.
func (l *logicalLines) next() (line string, number int, ok bool) {
	for l.text != "" {
		natural := trimBlanks(l.natural())
		number := l.number
		if natural == "" || isComment(natural) {
			continue
		}
		if !continues(natural) {
			return natural, number, true
		}
		if joined := l.join(natural); joined != "" {
			return joined, number, true
		}
	}
	return "", 0, false
}

// join appends continuation lines to first. A comment cannot interrupt a
// continuation, unless there is nothing yet to continue.
func (l *logicalLines) join(first string) string {
	var b strings.Builder
	natural := first
	for continues(natural) {
		b.WriteString(natural[:len(natural)-1])
		if l.text == "" {
			return b.String()
		}
		natural = trimBlanks(l.natural())
		if b.Len() == 0 && isComment(natural) {
			return ""
		}
	}
	b.WriteString(natural)
	return b.String()
}

// natural takes one line, ended by \n, \r or \r\n.
func (l *logicalLines) natural() string {
	l.number++
	end := strings.IndexAny(l.text, "\r\n")
	if end < 0 {
		line := l.text
		l.text = ""
		return line
	}
	line, rest := l.text[:end], l.text[end+1:]
	if l.text[end] == '\r' && strings.HasPrefix(rest, "\n") {
		rest = rest[1:]
	}
	l.text = rest
	return line
}

func isComment(line string) bool {
	return line != "" && (line[0] == '#' || line[0] == '!')
}

// continues reports whether an odd number of backslashes ends the line.
func continues(line string) bool {
	backslashes := len(line) - len(strings.TrimRight(line, `\`))
	return backslashes%2 == 1
}

func trimBlanks(line string) string {
	return strings.TrimLeft(line, " \t\f")
}

// splitProperty cuts a logical line at its first unescaped '=', ':' or blank;
// one '=' or ':' may follow the blanks.
func splitProperty(line string) (key, value string) {
	end := 0
	for end < len(line) && !strings.ContainsRune("=: \t\f", rune(line[end])) {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(line))
	rest := trimBlanks(line[end:])
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = trimBlanks(rest[1:])
	}
	return line[:end], rest
}

var (
	errUnicodeEscape = errors.New(`malformed \uxxxx escape: it needs four hexadecimal digits`)
	errSurrogate     = errors.New(`an escaped surrogate needs its other half`)
)

// unescape resolves backslashes and reads every other byte as Latin-1.
func unescape(s string) (string, error) {
	if isPlain(s) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteRune(rune(s[i]))
			continue
		}
		if i++; i == len(s) {
			break
		}
		if s[i] != 'u' {
			b.WriteRune(escaped(s[i]))
			continue
		}
		r, used, err := unicodeEscape(s[i+1:])
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
		i += used
	}
	return b.String(), nil
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] == '\\' || s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func escaped(c byte) rune {
	switch c {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 'f':
		return '\f'
	default:
		return rune(c)
	}
}

// unicodeEscape reads the four digits after \u, and the second half when they
// are the first one of a surrogate pair.
func unicodeEscape(s string) (r rune, used int, err error) {
	first, err := hexUnit(s)
	if err != nil || !utf16.IsSurrogate(first) {
		return first, 4, err
	}
	if !strings.HasPrefix(s[4:], `\u`) {
		return 0, 0, errSurrogate
	}
	second, err := hexUnit(s[6:])
	if err != nil {
		return 0, 0, err
	}
	r = utf16.DecodeRune(first, second)
	if r == utf8.RuneError {
		return 0, 0, errSurrogate
	}
	return r, 10, nil
}

func hexUnit(s string) (rune, error) {
	if len(s) < 4 {
		return 0, errUnicodeEscape
	}
	var unit rune
	for i := range 4 {
		digit := strings.IndexByte("0123456789abcdef", s[i]|0x20)
		if s[i] < '0' || digit < 0 {
			return 0, errUnicodeEscape
		}
		unit = unit<<4 | rune(digit)
	}
	return unit, nil
}
