package zkconfig

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// Property is one key of a configuration file with its value, after escapes
// and continuation lines are resolved.
//
// A value keeps its trailing blanks, because ZooKeeper trims most values but
// not those of server lines.
type Property struct {
	Key, Value string
	// Line is where the property starts, counted from 1; 0 when it does not
	// come from a file.
	Line int
}

// Properties is the content of a configuration file in the order of the file,
// duplicates included.
type Properties []Property

// Parse reads text by the rules of java.util.Properties, as ZooKeeper does.
//
// Bytes above 127 are Latin-1 there, even if the file was written as UTF-8. The
// only texts refused are malformed \u escapes, which Java refuses too, and
// escaped halves of surrogate pairs, which have no meaning outside Java.
func Parse(text string) (Properties, error) {
	var properties Properties
	lines := logicalLines{text: text}
	for {
		raw, number, ok := lines.next()
		if !ok {
			return properties, nil
		}
		rawKey, rawValue := splitProperty(raw)
		key, err := unescape(rawKey)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		value, err := unescape(rawValue)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		properties = append(properties, Property{Key: key, Value: value, Line: number})
	}
}

// Get returns the value the server uses for key: the last one in the file.
func (p Properties) Get(key string) (string, bool) {
	for _, property := range slices.Backward(p) {
		if property.Key == key {
			return property.Value, true
		}
	}
	return "", false
}

// Canonical returns the properties the server sees: sorted by key, without the
// duplicates that a later line overrides, numbered as [Properties.Render]
// writes them.
func (p Properties) Canonical() Properties {
	canonical := slices.Clone(p)
	slices.SortStableFunc(canonical, func(a, b Property) int { return strings.Compare(a.Key, b.Key) })
	kept := canonical[:0]
	for i, property := range canonical {
		if i+1 < len(canonical) && canonical[i+1].Key == property.Key {
			continue
		}
		property.Line = len(kept) + 1
		kept = append(kept, property)
	}
	return kept
}

// Render writes the canonical form, one key=value per line. Reading it back
// yields [Properties.Canonical]. Only what must be escaped is, so that tools
// which read zoo.cfg line by line, as zkServer.sh does, see plain values.
func (p Properties) Render() string {
	var b strings.Builder
	for _, property := range p.Canonical() {
		writeEscaped(&b, property.Key, keyEscapes)
		b.WriteByte('=')
		writeEscaped(&b, property.Value, valueEscapes)
		b.WriteByte('\n')
	}
	return b.String()
}

// PropertiesOf returns the properties of a map, sorted by key.
func PropertiesOf(values map[string]string) Properties {
	properties := make(Properties, 0, len(values))
	for key, value := range values {
		properties = append(properties, Property{Key: key, Value: value})
	}
	return properties.Canonical()
}

// Characters that need a backslash besides controls and non-ASCII: anywhere in
// a key, and nowhere in a value. What starts a line or a value is a case of its
// own in writeEscaped.
const (
	keyEscapes   = "\\ =:#!"
	valueEscapes = "\\"
)

func writeEscaped(b *strings.Builder, s, special string) {
	for i, r := range s {
		switch {
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\f':
			b.WriteString(`\f`)
		case r == ' ' && i == 0, strings.ContainsRune(special, r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r > '~':
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(b, `\u%04x`, unit)
			}
		default:
			b.WriteRune(r)
		}
	}
}
