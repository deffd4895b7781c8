package lint

import (
	"slices"
	"strings"
)

// checkAbsent says in one hint what the file leaves out and most ensembles set.
// Each alone would be a finding that every short file has.
func (c checker) checkAbsent() {
	if c.config.Static == nil || c.unknownMembership() {
		return
	}
	var what, write []string
	add := func(message, line string) {
		what, write = append(what, message), append(write, line)
	}
	if c.leavesOutServers() && !c.unreadMembers() && c.settings.StandaloneEnabled {
		add("server lines (one server holds everything on one disk)", "the lines of three servers")
	}
	if c.settings.PurgeInterval <= 0 && !c.sets("autopurge.purgeInterval") && !c.has("autopurge.snapRetainCount") {
		add("autopurge.purgeInterval (old snapshots and logs are never removed, and the disk fills up)", "autopurge.purgeInterval=1")
	}
	if !c.sets("dataLogDir") {
		add("dataLogDir (every write waits while a snapshot is written to the same disk)", "dataLogDir=/datalog")
	}
	if c.adminServer() && !isLoopback(c.adminHost()) && c.exposed() != "" && !slices.ContainsFunc(adminKeys, c.sets) {
		add("admin.enableServer ("+lowered(c.exposed())+")", "admin.enableServer=false")
	}
	if len(what) == 0 {
		return
	}
	c.report(Finding{
		Rule: Absent, Severity: Hint, File: StaticFile,
		Message: "Left out: " + strings.Join(what, "; ") + ".",
		Fix:     "Write " + strings.Join(write, ", ") + ".",
	})
}

// sets reports whether a key stands in the file, be it misspelled.
func (c checker) sets(key string) bool { return c.has(key) || c.meant[key] }

// lowered makes a sentence the part of another one.
func lowered(sentence string) string {
	return strings.ToLower(sentence[:1]) + strings.TrimSuffix(sentence[1:], ".")
}
