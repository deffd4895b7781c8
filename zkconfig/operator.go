package zkconfig

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// OperatorDefaults returns what the operator sets in every zoo.cfg, paths and
// members aside. Those that the catalogue gives to users can be set otherwise.
// The values never change within an API version: a change would restart servers.
func OperatorDefaults() Properties {
	return PropertiesOf(map[string]string{
		"tickTime":                  "2000",
		"initLimit":                 "30",
		"syncLimit":                 "5",
		"autopurge.snapRetainCount": "3",
		"autopurge.purgeInterval":   "6",
		// A member that was cut off asks for the leader at least this often; the
		// server's own minute would be added to every repair.
		"fastleader.maxNotificationInterval": "5000",
		// A leader whose voters have given up on it would wait for them for
		// initLimit × tickTime, and nothing is committed meanwhile (ZOOKEEPER-3109).
		"leader.maxTimeToWaitForEpoch": "2000",
		// The address of a Pod that is gone answers nothing at all, so whoever
		// still takes it for the leader's would try for initLimit × tickTime.
		"connectToLearnerMasterLimit": "2",
		// A blank disk must never vote unless its member was granted that.
		"db.autocreate": "false",
		// These three are the server's own defaults. A system property that comes in
		// by another way than zoo.cfg has no effect where zoo.cfg sets it too.
		"forceSync":            "yes",   // or acknowledged writes are not on disk
		"skipACL":              "no",    // or everyone may reconfigure
		"snapshot.trust.empty": "false", // or lost snapshots go unnoticed
		// A single standalone server could neither be reconfigured nor grow.
		"standaloneEnabled": "false",
		"reconfigEnabled":   "true",
		// By its default access rule, anyone could replace the database.
		"admin.enableServer":     "false",
		"4lw.commands.whitelist": "srvr,mntr,ruok,isro",
	})
}

// OwnedByOperator returns the properties that a user of ZooKeeperEnsemble
// cannot set, sorted by name. Field names the field to use instead, if any.
func OwnedByOperator() []Definition {
	return slices.DeleteFunc(Catalogue(), func(d Definition) bool { return d.Owner == User && d.Source != CommandLine })
}

// ValidateUser judges the properties that a user gives the operator to put into
// zoo.cfg, together with what the operator sets itself. It is stricter than
// [Validate]: keys that the operator owns and keys that nobody knows are errors.
// Findings are sorted by key and have no lines.
func ValidateUser(properties map[string]string, version Version) []Finding {
	var findings []Finding
	accepted := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		if finding, refused := refuse(key, version); refused {
			findings = append(findings, finding)
			continue
		}
		accepted[key] = properties[key]
	}
	findings = append(findings, judge(accepted, version)...)
	findings = append(findings, checkRoom(accepted)...)
	slices.SortStableFunc(findings, func(a, b Finding) int { return strings.Compare(a.Key, b.Key) })
	return findings
}

// refuse judges a key without its value.
func refuse(key string, version Version) (Finding, bool) {
	finding := Finding{Rule: OperatorOwned, Severity: Error, File: StaticFile, Key: key}
	trimmed := strings.TrimFunc(key, isJavaBlank)
	definition := lookup(trimmed)
	switch {
	case trimmed != key:
		finding.Rule, finding.Nearest = UnknownKey, trimmed
		finding.Message = "The server takes the blanks around a key away, and where the same key is there without them, chance decides which of the two counts."
		finding.Fix = fmt.Sprintf("Write %s without blanks.", trimmed)
	case definition == nil && lookup(strings.TrimPrefix(key, propertyPrefix)) == nil:
		finding.Rule, finding.Nearest = UnknownKey, Nearest(key)
		finding.Message = fmt.Sprintf("ZooKeeper %s has no such property; the server would accept it silently and nothing would read it.", version)
		finding.Fix = "Remove the key."
		if finding.Nearest != "" {
			finding.Fix = fmt.Sprintf("Did you mean %s?", finding.Nearest)
		}
	case definition != nil && definition.Owner == Operator:
		finding.Message = "The operator sets this property itself: " + definition.Breaks
		finding.Fix = "Remove the key; there is no field for it."
		if definition.Field != "" {
			finding.Message = "The operator sets this property itself."
			finding.Fix = fmt.Sprintf("Use %s instead.", definition.Field)
		}
	case definition != nil && definition.Source == CommandLine:
		finding.Rule = NoEffect
		finding.Message = fmt.Sprintf("The server reads the system property %s, which zoo.cfg cannot set.", definition.Property)
		finding.Fix = fmt.Sprintf("Use spec.jvm.flags with -D%s=….", definition.Property)
	default:
		return Finding{}, false
	}
	return finding, true
}

// judge validates properties on top of the operator's own and returns what is
// due to them.
func judge(properties map[string]string, version Version) []Finding {
	already := map[Finding]bool{}
	for _, finding := range Validate(managed(nil), version) {
		already[finding] = true
	}
	var findings []Finding
	for _, finding := range Validate(managed(properties), version) {
		if !already[finding] {
			finding.Line = 0
			findings = append(findings, finding)
		}
	}
	return findings
}

// managed returns a configuration such as the operator renders, with three
// members. Which ones, and where their data is, makes no difference here.
func managed(properties map[string]string) Config {
	merged := map[string]string{"dataDir": "/data", "dataLogDir": "/datalog"}
	for _, property := range OperatorDefaults() {
		merged[property.Key] = property.Value
	}
	maps.Copy(merged, properties)
	static := PropertiesOf(merged)
	for id := range int64(3) {
		server := Server{
			ID: id + 1, Role: Participant, ClientHost: anyHost, ClientPort: 2181,
			Addresses: []Address{{Host: fmt.Sprintf("member-%d", id), QuorumPort: 2888, ElectionPort: 3888}},
		}
		static = append(static, Property{Key: server.Key(), Value: server.Value()})
	}
	for i := range static {
		static[i].Line = 0
	}
	return Config{Static: static}
}
