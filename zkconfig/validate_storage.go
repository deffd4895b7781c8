package zkconfig

import (
	"fmt"
	"path"
	"strings"
)

func (c checker) checkStorage() {
	c.checkDirectories()
	c.checkLogSizes()
	if c.settings.PurgeInterval <= 0 && !c.judged("autopurge.purgeInterval") {
		c.risky(Autopurge, "autopurge.purgeInterval", "Old snapshots and logs are never removed; the disk fills up and the server dies.", "Write autopurge.purgeInterval=1 to clean up every hour.")
	}
	if c.value("forceSync") == "no" {
		c.risky(RiskyWrites, "forceSync", "Writes are acknowledged before they are on disk, and a power failure loses them.", "Remove the line.")
	}
	if c.on("snapshot.trust.empty") {
		c.risky(RiskyWrites, "snapshot.trust.empty", "A server whose snapshots are lost starts as if nothing were missing.", "Remove the line once the upgrade from 3.4 is done.")
	}
	if c.off("digest.enabled") {
		c.risky(RiskyWrites, "digest.enabled", "Nobody notices when members hold different data.", "Remove the line.")
	}
}

func (c checker) checkDirectories() {
	s := &c.settings
	for _, directory := range []struct{ key, value string }{{"dataDir", s.DataDir}, {"dataLogDir", s.DataLogDir}} {
		if !c.has(directory.key) || c.judged(directory.key) {
			continue
		}
		switch cleaned := path.Clean(directory.value); {
		case !strings.HasPrefix(cleaned, "/"):
			c.risky(Directories, directory.key, fmt.Sprintf("%q is relative to wherever the server is started, so the same server can find other data.", directory.value), "Write the full path.")
		case cleaned == "/tmp" || strings.HasPrefix(cleaned, "/tmp/"):
			c.risky(Directories, directory.key, "What is under /tmp does not survive a reboot, and a server that lost its data votes as if it never had any.", "Use a directory on a disk of its own.")
		}
	}
	if s.DataDir == "" || c.judged("dataDir") || c.judged("dataLogDir") {
		return
	}
	switch data, log := path.Clean(s.DataDir), path.Clean(s.DataLogDir); {
	case data == log:
		c.risky(Directories, "dataLogDir", "The log shares a disk with the snapshots, and every write waits while a snapshot is written.", "Set dataLogDir to a directory on a disk of its own.")
	case isInside(data, log) || isInside(log, data):
		c.risky(Directories, "dataLogDir", "One directory is inside the other: they share a disk, and whoever cleans up or moves one touches both.", "Set dataLogDir to a directory on a disk of its own.")
	}
}

func isInside(outer, inner string) bool {
	return strings.HasPrefix(inner, strings.TrimSuffix(outer, "/")+"/")
}

func (c checker) checkLogSizes() {
	if limit, ok := c.long("snapSizeLimitInKb"); ok && limit == 0 {
		c.wrong(LogSize, "snapSizeLimitInKb", lookup("snapSizeLimitInKb").Breaks, "Write a positive number, or a negative one to switch the limit off.")
	}
	limit, limited := c.long("txnLogSizeLimitInKb")
	preallocated, ok := c.long("preAllocSize")
	if !ok {
		preallocated = 65536
	}
	if limited && limit > 0 && limit < preallocated {
		c.risky(LogSize, "txnLogSizeLimitInKb",
			fmt.Sprintf("%d KiB is less than the %d KiB that each log file is preallocated with, so that every transaction starts a new file.", limit, preallocated),
			fmt.Sprintf("Write at least %d.", 2*preallocated))
	}
}

// long returns a passed-on number if it is set and a number.
func (c checker) long(key string) (int64, bool) {
	value := c.value(key)
	if value == "" {
		return 0, false
	}
	number, _, err := decodeNumber(value, 64)
	return number, err == nil
}
