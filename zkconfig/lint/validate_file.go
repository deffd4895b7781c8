package lint

import (
	"fmt"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
)

// wholeFile finds what is true of the file as a whole and makes a judgement of
// its lines worthless.
func wholeFile(config Config) (Finding, bool) {
	for _, part := range []struct {
		file       File
		properties zkconfig.Properties
	}{{StaticFile, config.Static}, {MembershipFile, config.Dynamic}} {
		if len(part.properties) > 0 && isUTF16(part.properties[0].Key) {
			return Finding{
				Rule: Encoding, Severity: Error, File: part.file, Line: part.properties[0].Line,
				Message: "The file is written in UTF-16, and the server reads none of its keys.", Fix: "Save the file as plain ASCII or UTF-8.", Stops: true,
			}, true
		}
		if finding, found := template(part.file, part.properties); found {
			return finding, true
		}
	}
	return Finding{}, false
}

// isUTF16 looks for its byte order mark, as Latin-1 shows it.
func isUTF16(key string) bool {
	return strings.HasPrefix(key, "\u00ff\u00fe") || strings.HasPrefix(key, "\u00fe\u00ff")
}

// template reports a file with placeholders once, at the first of them.
func template(file File, properties zkconfig.Properties) (Finding, bool) {
	var first *zkconfig.Property
	count := 0
	for i := range properties {
		p := &properties[i]
		if !isPlaceholder(p.Key) && (isSecret(p.Key) || !isPlaceholder(p.Value)) {
			continue
		}
		if count++; first == nil {
			first = p
		}
	}
	if first == nil {
		return Finding{}, false
	}
	more := ""
	if count > 1 {
		more = fmt.Sprintf(", one of %d that do", count)
	}
	return Finding{
		Rule: Template, Severity: Error, File: file, Line: first.Line, Key: first.Key,
		Message: fmt.Sprintf("The line holds a placeholder%s: this is a template, and the server takes placeholders as they stand.", more),
		Fix:     "Check the file that is made from the template.",
	}, true
}

func isSecret(key string) bool {
	definition := catalogue.Find(key)
	return definition != nil && definition.Secret
}

// isPlaceholder knows the marks of Go, Helm and Jinja templates, of shells and
// envsubst, of ERB, and of Windows.
func isPlaceholder(text string) bool {
	for _, mark := range [...]string{"{{", "{%", "${", "$(", "<%"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	if len(text) < 2 {
		return false
	}
	name := strings.TrimLeft(text[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789")
	named := len(name) < len(text)-1
	switch text[0] {
	case '$':
		return named
	case '%', '@':
		return named && strings.HasPrefix(name, text[:1])
	default:
		return false
	}
}

// utf8Mark is the byte order mark of UTF-8, as Latin-1 shows it.
const utf8Mark = "\u00ef\u00bb\u00bf"

// byteOrderMark reports the mark that some editors put before the first key. In
// front of a comment it makes a key of it, and nothing more.
func byteOrderMark(config Config, version zkconfig.Version) (Finding, bool) {
	if len(config.Static) == 0 || !strings.HasPrefix(config.Static[0].Key, utf8Mark) {
		return Finding{}, false
	}
	first := config.Static[0]
	key := first.Key[len(utf8Mark):]
	finding := Finding{
		Rule: Encoding, Severity: Warning, File: StaticFile, Line: first.Line,
		Message: "The file begins with a byte order mark, which makes a key of the first line although it is a comment.",
		Fix:     "Save the file without a byte order mark.",
	}
	if !strings.HasPrefix(key, "#") && !strings.HasPrefix(key, "!") && key != "" {
		finding.Severity, finding.Key = Error, key
		finding.Message = "The file begins with a byte order mark, which becomes part of the first key, and the server does not find the key."
		finding.Stops = stops(config, version) && !stops(withoutMark(config), version)
	}
	return finding, true
}

func withoutMark(config Config) Config {
	rest := config.Static[1:]
	first := config.Static[0]
	first.Key = first.Key[len(utf8Mark):]
	if first.Key == "" || first.Key[0] == '#' || first.Key[0] == '!' {
		config.Static = rest
		return config
	}
	config.Static = append(zkconfig.Properties{first}, rest...)
	return config
}

func stops(config Config, version zkconfig.Version) bool {
	_, findings := Read(config, version)
	for _, finding := range findings {
		if finding.Stops {
			return true
		}
	}
	return false
}
