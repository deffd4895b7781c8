package fourletter

// ParseMonitor is exported for the fuzz test.
var ParseMonitor = parseMonitor
