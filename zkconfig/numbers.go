package zkconfig

import (
	"strconv"
	"strings"
)

// DecodeNumber reads a number of so many bits as Integer.getInteger and
// Long.getLong do, and tells whether it was octal: with
// 0x or # in front it is hexadecimal, with another leading zero octal.
func DecodeNumber(text string, bits int) (value int64, octal bool, err error) {
	sign, digits := "", text
	if text != "" && (text[0] == '-' || text[0] == '+') {
		sign, digits = text[:1], text[1:]
	}
	base := 10
	switch {
	case strings.HasPrefix(digits, "0x"), strings.HasPrefix(digits, "0X"):
		base, digits = 16, digits[2:]
	case strings.HasPrefix(digits, "#"):
		base, digits = 16, digits[1:]
	case strings.HasPrefix(digits, "0") && len(digits) > 1:
		base, digits, octal = 8, digits[1:], true
	}
	if strings.HasPrefix(digits, "-") || strings.HasPrefix(digits, "+") {
		return 0, false, strconv.ErrSyntax
	}
	value, err = strconv.ParseInt(sign+digits, base, bits)
	return value, octal, err
}
