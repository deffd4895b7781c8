package syntax

import (
	"strconv"
	"strings"
)

// briefLimit is how much of a text an error quotes.
const briefLimit = 100

// Brief is the beginning of a text, on one line, for an error that names it.
func Brief(text string) string {
	if len(text) <= briefLimit {
		return text
	}
	quoted := strconv.QuoteToASCII(text[:briefLimit])
	return quoted[1:min(len(quoted)-1, 1+briefLimit)] + "…"
}

// Shortened is an error whose text may quote all of a file, cut in the middle.
func Shortened(err error) error { return shortened{err} }

type shortened struct{ error }

// Error is the beginning and the end of the text.
func (s shortened) Error() string {
	text := s.error.Error()
	if len(text) <= 3*briefLimit {
		return text
	}
	return strings.ToValidUTF8(text[:briefLimit], "") + "…" + strings.ToValidUTF8(text[len(text)-briefLimit:], "")
}

// Unwrap returns the error as it was.
func (s shortened) Unwrap() error { return s.error }
