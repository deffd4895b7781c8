package lint

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

func (c checker) checkMembers() {
	if c.unknownMembership() {
		return
	}
	c.checkIDs()
	c.checkAddresses()
	c.checkVoters()
	c.checkPeerType()
	c.checkVersionSuffix()
}

// about reports a finding at a server line.
func (c checker) about(member memberLine, rule Rule, severity Severity, message, fix string) {
	c.report(Finding{Rule: rule, Severity: severity, File: member.file, Line: member.line, Key: member.server.Key(), Message: message, Fix: fix})
}

// Ids take part in session ids and, with TTL nodes, in node types.
const maxID, maxIDWithTTL, maxIDWith353 = 255, 254, 127

func (c checker) checkIDs() {
	lines := make(map[int64]int, len(c.members))
	for _, member := range c.members {
		id := member.server.ID
		if line, twice := lines[id]; twice {
			c.about(member, ServerID, Error, fmt.Sprintf("The id %d is listed in line %d too; the server keeps one of the two without saying which.", id, line), "Give every server its own id.")
		}
		lines[id] = member.line
		switch {
		case id < 0 || id > maxID:
			c.about(member, ServerID, Error, fmt.Sprintf("The id %d does not fit into the eight bits that session ids have for it.", id), "Use ids from 1 to 255.")
		case id > maxIDWithTTL && c.on("extendedTypesEnabled"):
			c.about(member, ServerID, Error, "With extendedTypesEnabled an id above 254 makes the start of the leader fail for ever.", "Use ids from 1 to 254.")
		case id > maxIDWith353 && c.on("emulate353TTLNodes"):
			c.about(member, ServerID, Error, "With emulate353TTLNodes an id above 127 makes the start of the leader fail for ever.", "Use ids from 1 to 127.")
		}
	}
	if c.config.MyID == nil || c.settings.ServerID == unsetID || !c.settings.Distributed() {
		return
	}
	if _, listed := c.settings.Membership.Server(c.settings.ServerID); !listed {
		c.report(Finding{
			Rule: ServerID, Severity: Error, File: MyIDFile, Line: 1,
			Message: fmt.Sprintf("No server line has the id %d, and the server exits with code 1.", c.settings.ServerID),
			Fix:     "Put the id of this server's line into myid.",
		})
	}
}

// checkVoters judges the number of voters, unless it is not known because a
// line could not be read.
func (c checker) checkVoters() {
	if c.unreadMembers() || slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Rule == VoterCount }) {
		return
	}
	voters := c.settings.Membership.Count(zkconfig.Participant)
	if c.hierarchy != nil && voters > 2 {
		return // which of them are needed is what groups and weights say
	}
	if message, fix := judgeVoters(voters, c.settings.StandaloneEnabled); message != "" && !c.leavesOutServers() {
		finding := Finding{Rule: VoterCount, Severity: Warning, File: c.membershipFile(), Message: message, Fix: fix}
		if len(c.members) > 0 {
			last := c.members[len(c.members)-1]
			finding.Line, finding.Key = last.line, last.server.Key()
		}
		c.report(finding)
	}
	if voters == 1 && c.value("leaderServes") == "no" {
		c.wrong(NoServing, "leaderServes", "The only voter is the leader, and the leader serves no clients.", "Remove the line.")
	}
	if c.settings.OraclePath != "" && voters != 2 {
		c.wrong(NoServing, "oraclePath", fmt.Sprintf("An oracle decides between two voters, and the list has %d.", voters), "Remove the line.")
	}
}

// unreadMembers reports whether a server line could not be read.
func (c checker) unreadMembers() bool {
	return slices.ContainsFunc(c.findings, func(f Finding) bool {
		return (f.Rule == ServerLine && f.Line != 0 || f.Rule == MultiAddresses) && strings.HasPrefix(f.Key, syntax.ServerPrefix)
	})
}

// leavesOutServers reports whether zoo.cfg lists no server, which is said with
// everything else that it leaves out.
func (c checker) leavesOutServers() bool {
	return len(c.members) == 0 && c.settings.DynamicConfig == "" && c.hierarchy == nil
}

// judgeVoters returns what is wrong with a number of voters, or "".
func judgeVoters(voters int, standaloneEnabled bool) (message, fix string) {
	switch {
	case voters == 0:
		return "There are no server lines: the server runs standalone, and everything it holds is on one disk.", "List three servers on every one of them."
	case voters == 1 && standaloneEnabled:
		return "With one voter and standaloneEnabled, which is the default, the server line is ignored and the server runs standalone.",
			"List three servers, or set standaloneEnabled=false to be able to grow."
	case voters == 1:
		return "One voter tolerates no failure.", "List three servers."
	case voters == 2:
		return "Two voters need both for a majority: this fails more often than a single server.", "List three servers."
	case voters%2 == 0:
		return fmt.Sprintf("%d voters tolerate %s, as %d would; the one more only makes writes slower.", voters, plural(voters-zkconfig.Majority(voters), "failure"), voters-1),
			fmt.Sprintf("List %d or %d voters; make others observers.", voters-1, voters+1)
	default:
		return "", ""
	}
}

func (c checker) checkPeerType() {
	e, ok := c.get("peerType")
	if !ok || c.judged("peerType") || len(c.members) == 0 {
		return
	}
	wanted := zkconfig.Role(strings.ToLower(e.Value))
	mismatch := c.settings.PeerType != wanted
	if c.config.MyID == nil {
		mismatch = c.settings.Membership.Count(wanted) == 0
	}
	if mismatch {
		c.risky(RoleMismatch, "peerType", "The role in the server line wins; the server only logs that peerType differs.", "Remove the line and write the role behind the election port.")
	}
}

func (c checker) checkVersionSuffix() {
	name := c.settings.DynamicConfig
	version := versionOfName(name)
	_, _, generated := zkconfig.NewestDynamicFile([]string{path.Base(name)})
	if version != 0 && !generated {
		c.risky(DynamicMembership, "dynamicConfigFile",
			fmt.Sprintf("What follows the last dot is hexadecimal, so the list counts as committed with version %x.", version),
			"Choose a name such as zoo.cfg.dynamic.")
	}
}
