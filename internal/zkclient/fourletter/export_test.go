package fourletter

import "strings"

// ParseMonitor is exported for the fuzz test.
func ParseMonitor(answer string) (Monitor, error) { return readMonitor(strings.NewReader(answer)) }
