package zkconfig

import (
	"strconv"
	"strings"
)

// briefLimit is how much of a text an error quotes.
const briefLimit = 100

// brief is the beginning of a text, on one line, for an error that names it.
func brief(text string) string {
	if len(text) <= briefLimit {
		return text
	}
	quoted := strconv.QuoteToASCII(text[:briefLimit])
	return quoted[1:min(len(quoted)-1, 1+briefLimit)] + "…"
}

// briefly is an error whose text may quote all of a file.
type briefly struct{ error }

// Error is the beginning of the text, with room for what was said about the quote.
func (b briefly) Error() string {
	text := b.error.Error()
	if len(text) <= 3*briefLimit {
		return text
	}
	return strings.ToValidUTF8(text[:briefLimit], "") + "…" + strings.ToValidUTF8(text[len(text)-briefLimit:], "")
}

// Unwrap returns the error as it was.
func (b briefly) Unwrap() error { return b.error }
