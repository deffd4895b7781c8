package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// Verdict is the answer to whether an ensemble may change its version.
type Verdict string

// Verdicts about a change of version.
const (
	Allowed          Verdict = "allowed"
	AllowedWithSteps Verdict = "allowed with steps"
	Denied           Verdict = "refused"
)

// Advice is what to know before an ensemble changes its version.
type Advice struct {
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason"`
	// Steps are to be done in this order; the roll itself is one of them.
	Steps []string `json:"steps,omitempty"`
	// Bugs are those that the new version still has.
	Bugs []Bug `json:"bugs,omitempty"`
}

// Bug is a way in which ZooKeeper loses data, cannot read its own, or shows or
// trusts what it must not.
type Bug struct {
	ID      string `json:"id"`
	Summary string `json:"summary"`
	// Scope is the part of the server without which there is no such bug; empty
	// when every server has it.
	Scope Scope `json:"scope,omitempty"`
	// Affects is the first release of a bug that an older release does not
	// have; zero when every release since 3.5 has it.
	Affects zkconfig.Version `json:"affects,omitzero"`
	// FixedIn holds the first release of each line with the fix; other lines
	// before the last of them never get it.
	FixedIn []zkconfig.Version `json:"fixedIn"`
}

var bugs = []Bug{
	{
		ID: "CVE-2024-23944", FixedIn: releases("3.8.4", "3.9.2"),
		Summary: "a client that watches a znode persistently is told the names of its descendants, also of those that it may not read",
	},
	{
		ID: "CVE-2026-59969", Affects: release("3.8.2"), FixedIn: releases("3.8.7", "3.9.6"), Scope: ScopeTLS,
		Summary: "with fips-mode, servers do not check each other's host names in TLS",
	},
	{
		ID: "ZOOKEEPER-4785", FixedIn: releases("3.8.5", "3.9.2"),
		Summary: "a follower that restarts while it catches up can lose transactions that it has acknowledged",
	},
	{
		ID: "ZOOKEEPER-4712", FixedIn: releases("3.9.3"),
		Summary: "a follower that loses its leader can keep writing its log while it starts again, and then differ from the others",
	},
	{
		ID: "ZOOKEEPER-4846", FixedIn: releases("3.8.5", "3.9.4"),
		Summary: "a server can fail to load its own snapshot because an access rule is missing from it",
	},
	{
		ID: "ZOOKEEPER-4925", Affects: release("3.9.3"), FixedIn: releases("3.9.4"),
		Summary: "a follower that was behind can become leader with a hole in its history and spread it to others",
	},
}

// KnownBugs returns the bugs that a version still has, vulnerabilities first.
func KnownBugs(v zkconfig.Version) []Bug {
	return slices.DeleteFunc(slices.Clone(bugs), func(b Bug) bool {
		return v.HasSince(b.FixedIn) || v.Before(b.Affects)
	})
}

// rolling is how servers change their version, whichever it is.
const rolling = "Replace one server at a time, followers first and the leader last; wait until it follows in sync before the next."

// newestMinor and oldestMinor bound what is known.
const oldestMinor, newestMinor = 5, 9

// Upgrade says whether an ensemble may go from one version to another, up or
// down, and how. It looks at the versions only; whether zoo.cfg suits the new
// version is what lint.Validate says.
func Upgrade(from, to zkconfig.Version) Advice {
	advice := Advice{Bugs: KnownBugs(to)}
	deny := func(format string, arguments ...any) Advice {
		advice.Verdict, advice.Reason = Denied, fmt.Sprintf(format, arguments...)
		return advice
	}
	for _, version := range []zkconfig.Version{from, to} {
		if version.Major != 3 || version.Minor < oldestMinor || version.Minor > newestMinor {
			return deny("nothing is known about ZooKeeper %s; known are 3.%d to 3.%d", version, oldestMinor, newestMinor)
		}
	}
	switch distance := to.Minor - from.Minor; {
	case distance > 1:
		return deny("only neighbouring lines were ever tested together: go to 3.%d first", from.Minor+1)
	case distance < -1:
		return deny("only neighbouring lines were ever tested together: go to 3.%d first", from.Minor-1)
	case distance == 1:
		advice.Verdict = AllowedWithSteps
		advice.Reason = fmt.Sprintf("servers of 3.%d and 3.%d work together, but defaults and features change", from.Minor, to.Minor)
		advice.Steps = append(slices.Clone(stepsUp[to.Minor]), rolling)
	case distance == -1:
		advice.Verdict = AllowedWithSteps
		advice.Reason = fmt.Sprintf("3.%d reads the data of 3.%d as long as nothing in it is new", to.Minor, from.Minor)
		advice.Steps = append(slices.Clone(stepsDown[from.Minor]), rolling)
	case from == to:
		advice.Verdict, advice.Reason = Allowed, "the version stays the same"
	default:
		advice.Verdict, advice.Reason = Allowed, fmt.Sprintf("releases of 3.%d work together and read each other's data", from.Minor)
		advice.Steps = []string{rolling}
	}
	if to.Before(from) {
		advice.Reason += lostFixes(from, to)
	}
	return advice
}

// lostFixes names the bugs that going back brings back.
func lostFixes(from, to zkconfig.Version) string {
	var ids []string
	for _, bug := range KnownBugs(to) {
		if from.HasSince(bug.FixedIn) {
			ids = append(ids, bug.ID)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return "; going back brings back " + strings.Join(ids, " and ")
}

// stepsUp holds what to do before the first server gets the line of the key.
var stepsUp = map[int][]string{
	6: {
		"Remove electionAlg: every value but 3 stops the server.",
		"Leave multiAddress.enabled off until every server runs 3.6.",
		"If 3.5.3 created TTL nodes, set extendedTypesEnabled=true and emulate353TTLNodes=true.",
	},
	7: {
		"Correct every boolean in zoo.cfg that is neither true nor false: from 3.7 it stops the server.",
	},
	8: {
		"Replace a log4j.properties of your own by a logback.xml: 3.8 ignores the former.",
	},
	9: {
		"Set fips-mode explicitly if servers use TLS: it becomes true, and host names are no longer checked between servers.",
		"Set admin.enableServer=false, or admin.snapshot.enabled=false and admin.restore.enabled=false: the admin server gets commands that hand out and replace the data.",
	},
}

// stepsDown holds what to do before the first server goes back from the line of
// the key.
var stepsDown = map[int][]string{
	6: {
		"Do not go back if snapshot.compression.method was ever set: 3.5 cannot read compressed snapshots.",
		"Set multiAddress.enabled=false and one address for each server, and roll that out first.",
	},
	7: {
		"Do not go back if DigestAuthenticationProvider.digestAlg is set: 3.6 knows SHA1 only, and no login would match.",
		"Remove properties that 3.6 does not know.",
	},
	8: {
		"Put passwords of stores into zoo.cfg again: 3.7 ignores passwordPath.",
		"Restore log4j.properties if it was yours: 3.7 ignores logback.xml.",
	},
	9: {
		"Remove properties that 3.8 does not know.",
	},
}
