package catalogue

import (
	"slices"
	"strconv"
	"strings"
)

// Meaning brings values that mean the same to the server to the same form.
func (d *Definition) Meaning(value string) string {
	switch {
	case d.Type == Boolean && d.Malformed == MeansTrue:
		return strconv.FormatBool(value != "false")
	case d.Type == Boolean && d.Malformed == MeansFalse:
		return strconv.FormatBool(strings.EqualFold(value, "true"))
	case d.Type == Word && d.Malformed == Ignored && !slices.Contains(d.Allowed, value):
		return d.Default
	case d.Type == Boolean, d.Type == Word:
		return strings.ToLower(value)
	case d.Type == Integer, d.Type == Long:
		return d.numberMeaning(value)
	default:
		return value
	}
}

func (d *Definition) numberMeaning(value string) string {
	number, _, err := d.ParseNumber(value)
	if err != nil {
		if d.Malformed == MeansDefault || d.Malformed == MeansDefaultDecimal {
			return d.Default
		}
		return value
	}
	if d.Clamped && d.Bounds.Min != nil {
		number = max(number, *d.Bounds.Min)
	}
	return strconv.FormatInt(number, 10)
}
