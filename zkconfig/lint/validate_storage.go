package lint

import (
	"fmt"
	"path"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
)

func (c checker) checkStorage() {
	c.checkDirectories()
	c.checkLogSizes()
	c.checkPurge()
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

const purgeHourly = "Write autopurge.purgeInterval=1 to clean up every hour."

func (c checker) checkPurge() {
	const interval, count = "autopurge.purgeInterval", "autopurge.snapRetainCount"
	switch {
	case c.settings.PurgeInterval > 0 || c.judged(interval) || c.meant[interval]:
	case c.has(interval):
		c.risky(Autopurge, interval, "Old snapshots and logs are never removed; the disk fills up and the server dies.", purgeHourly)
	case c.has(count) && !c.judged(count):
		c.risky(Autopurge, count, "Without autopurge.purgeInterval nothing is ever removed, however few are to be kept; the disk fills up and the server dies.", purgeHourly)
	}
}

func (c checker) checkDirectories() {
	s := &c.settings
	for _, directory := range []struct{ key, value string }{{"dataDir", s.DataDir}, {"dataLogDir", s.DataLogDir}} {
		if !c.has(directory.key) || c.judged(directory.key) {
			continue
		}
		switch cleaned := path.Clean(directory.value); {
		case !isAbsolute(directory.value):
			c.risky(Directories, directory.key, fmt.Sprintf("%q is relative to wherever the server is started, so the same server can find other data.", directory.value), "Write the full path.")
		case cleaned == "/tmp" || strings.HasPrefix(cleaned, "/tmp/"):
			c.risky(Directories, directory.key, "What is under /tmp does not survive a reboot, and a server that lost its data votes as if it never had any.", "Use a directory on a disk of its own.")
		}
	}
	if s.DataDir == "" || c.judged("dataDir") || c.judged("dataLogDir") {
		return
	}
	switch data, log := slashed(s.DataDir), slashed(s.DataLogDir); {
	case data == log && !c.has("dataLogDir"): // said with everything else that is left out
	case data == log:
		c.risky(Directories, "dataLogDir", "The log shares a disk with the snapshots, and every write waits while a snapshot is written.", "Set dataLogDir to a directory on a disk of its own.")
	case isInside(data, log) || isInside(log, data):
		c.risky(Directories, "dataLogDir", "One directory is inside the other: they share a disk, and whoever cleans up or moves one touches both.", "Set dataLogDir to a directory on a disk of its own.")
	}
}

// isAbsolute knows the full paths of Unix and of Windows, with drive or share.
func isAbsolute(directory string) bool {
	if len(directory) > 2 && directory[1] == ':' {
		directory = directory[2:]
	}
	return directory != "" && (directory[0] == '/' || directory[0] == '\\')
}

// slashed returns a path in the form in which two can be compared.
func slashed(directory string) string {
	return path.Clean(strings.ReplaceAll(directory, "\\", "/"))
}

func isInside(outer, inner string) bool {
	return strings.HasPrefix(inner, strings.TrimSuffix(outer, "/")+"/")
}

func (c checker) checkLogSizes() {
	if limit, ok := c.long("snapSizeLimitInKb"); ok && limit == 0 {
		c.wrong(LogSize, "snapSizeLimitInKb", catalogue.Find("snapSizeLimitInKb").Breaks, "Write a positive number, or a negative one to switch the limit off.")
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
	number, _, err := zkconfig.DecodeNumber(value, 64)
	return number, err == nil
}
