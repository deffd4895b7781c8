package zkconfig

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseMyID reads the content of a myid file: the first line, ended by LF or
// CRLF, is a decimal number without any blanks. The server refuses blanks too.
func ParseMyID(text string) (int64, error) {
	line := text
	if end := strings.IndexAny(text, "\r\n"); end >= 0 {
		line = text[:end]
	}
	id, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("myid must hold one decimal number and nothing else, not %q", line)
	}
	return id, nil
}

// FormatMyID returns the content of a myid file.
func FormatMyID(id int64) string {
	return strconv.FormatInt(id, 10) + "\n"
}
