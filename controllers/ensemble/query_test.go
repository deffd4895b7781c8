package ensemble

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// query evaluates an expression of Prometheus over one scrape: as much of the
// language as the alerts of the page are written in, and nothing else. Whatever it
// does not know, a metric or a label among them, fails the test.
type query struct {
	t       *testing.T
	text    string
	rest    []string
	samples map[string][]sample
}

var queryToken = regexp.MustCompile(`[a-z_]+|"[^"]*"|[=!]~|[=!]=|[0-9]+|\S`)

// ask returns what an expression selects.
func ask(t *testing.T, text string, samples map[string][]sample) []sample {
	t.Helper()
	q := &query{t: t, text: text, rest: queryToken.FindAllString(text, -1), samples: samples}
	found := q.expression()
	if len(q.rest) > 0 {
		q.fail()
	}
	return found
}

func (q *query) fail() {
	q.t.Helper()
	q.t.Fatalf("the expression is not understood from %q on:\n%s", strings.Join(q.rest, " "), q.text)
}

func (q *query) next() string {
	q.t.Helper()
	if len(q.rest) == 0 {
		q.fail()
	}
	token := q.rest[0]
	q.rest = q.rest[1:]
	return token
}

func (q *query) expect(tokens ...string) {
	q.t.Helper()
	for _, token := range tokens {
		if len(q.rest) == 0 || q.rest[0] != token {
			q.fail()
		}
		q.next()
	}
}

// is takes a token if it is the next one.
func (q *query) is(token string) bool {
	if len(q.rest) == 0 || q.rest[0] != token {
		return false
	}
	q.next()
	return true
}

// expression is: comparison [unless on (labels) comparison]...
func (q *query) expression() []sample {
	found := q.comparison()
	for q.is("unless") {
		q.expect("on")
		labels := q.labels()
		excluded := map[string]bool{}
		for _, s := range q.comparison() {
			excluded[s.key(labels)] = true
		}
		found = slices.DeleteFunc(found, func(s sample) bool { return excluded[s.key(labels)] })
	}
	return found
}

// comparison is: operand [== number | > number].
func (q *query) comparison() []sample {
	found := q.operand()
	for _, operator := range []string{"==", ">"} {
		if !q.is(operator) {
			continue
		}
		number, err := strconv.ParseFloat(q.next(), 64)
		if err != nil {
			q.fail()
		}
		return slices.DeleteFunc(found, func(s sample) bool {
			return operator == "==" && s.value != number || operator == ">" && s.value <= number
		})
	}
	return found
}

// operand is: max by (labels) (expression) | sum by (labels) (expression) |
// absent(selector) | selector.
func (q *query) operand() []sample {
	switch name := q.next(); name {
	case "max", "sum":
		q.expect("by")
		labels := q.labels()
		q.expect("(")
		found := q.expression()
		q.expect(")")
		return aggregate(found, labels, name == "sum")
	case "absent":
		q.expect("(")
		found := q.selector(q.next())
		q.expect(")")
		if len(found) > 0 {
			return nil
		}
		return []sample{{value: 1}}
	default:
		return q.selector(name)
	}
}

func (q *query) selector(metric string) []sample {
	q.t.Helper()
	found, ok := q.samples[metric]
	if !ok {
		q.t.Fatalf("there is no metric %s:\n%s", metric, q.text)
	}
	found = slices.Clone(found)
	for more := q.is("{"); more; more = !q.is("}") {
		q.is(",")
		label, operator, value := q.next(), q.next(), strings.Trim(q.next(), `"`)
		pattern := regexp.QuoteMeta(value)
		if strings.HasSuffix(operator, "~") {
			pattern = value
		}
		matches := regexp.MustCompile("^(?:" + pattern + ")$")
		for _, s := range found {
			if _, ok := s.labels[label]; !ok {
				q.t.Fatalf("%s has no label %s:\n%s", metric, label, q.text)
			}
		}
		found = slices.DeleteFunc(found, func(s sample) bool {
			return matches.MatchString(s.labels[label]) == strings.HasPrefix(operator, "!")
		})
	}
	return found
}

// labels is: (label, label...)
func (q *query) labels() []string {
	q.expect("(")
	labels := []string{q.next()}
	for q.is(",") {
		labels = append(labels, q.next())
	}
	q.expect(")")
	return labels
}

// key are the values of some labels of a sample.
func (s sample) key(labels []string) string {
	values := make([]string, 0, len(labels))
	for _, label := range labels {
		values = append(values, s.labels[label])
	}
	return strings.Join(values, "\n")
}

// aggregate keeps the largest of the samples with the same labels, or their sum.
func aggregate(samples []sample, labels []string, sum bool) []sample {
	groups := map[string]sample{}
	for _, s := range samples {
		group, known := groups[s.key(labels)]
		switch {
		case !known:
			group = sample{map[string]string{}, s.value}
			for _, label := range labels {
				group.labels[label] = s.labels[label]
			}
		case sum:
			group.value += s.value
		default:
			group.value = max(group.value, s.value)
		}
		groups[s.key(labels)] = group
	}
	return slices.Collect(maps.Values(groups))
}
