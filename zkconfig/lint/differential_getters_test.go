package lint

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

// ignored are getters and fields of QuorumPeerConfig that hold no setting of
// their own.
var ignored = map[string]string{
	"getConfigFilename":         "where the file is",
	"configFileStr":             "where the file is",
	"getInitialConfig":          "the text of the file",
	"initialConfig":             "the text of the file",
	"getElectionPort":           "a constant that nothing uses",
	"electionPort":              "a constant that nothing uses",
	"getLastSeenQuorumVerifier": "a proposal of an earlier run",
	"lastSeenQuorumVerifier":    "a proposal of an earlier run",
	"quorumVerifier":            "shown by its getter",
	"getServers":                "shown by getQuorumVerifier",
	"MIN_SNAP_RETAIN_COUNT":     "a constant",
}

// expectedGetters returns what each getter and field should show. A getter that
// is neither here nor ignored fails the test, so that none is forgotten.
func expectedGetters(t *testing.T, s Settings, answer parserAnswer) map[string]string {
	t.Helper()
	known := map[string]string{
		"DataDir":                                s.DataDir,
		"DataLogDir":                             s.DataLogDir,
		"ClientPortAddress":                      shownAddress(s.ClientAddress, s.ClientPort),
		"SecureClientPortAddress":                shownAddress(s.SecureClientAddress, s.SecureClientPort),
		"ObserverMasterPort":                     strconv.Itoa(s.ObserverMasterPort),
		"ClientPortListenBacklog":                strconv.Itoa(s.ClientPortListenBacklog),
		"MaxClientCnxns":                         strconv.Itoa(s.MaxClientConnections),
		"TickTime":                               strconv.Itoa(s.TickTime),
		"InitLimit":                              strconv.Itoa(s.InitLimit),
		"SyncLimit":                              strconv.Itoa(s.SyncLimit),
		"ConnectToLearnerMasterLimit":            strconv.Itoa(s.ConnectToLearnerMasterLimit),
		"MinSessionTimeout":                      strconv.Itoa(s.MinSessionTimeout),
		"MaxSessionTimeout":                      strconv.Itoa(s.MaxSessionTimeout),
		"ElectionAlg":                            strconv.Itoa(s.ElectionAlgorithm),
		"QuorumListenOnAllIPs":                   strconv.FormatBool(s.QuorumListenOnAllIPs),
		"PeerType":                               strings.ToUpper(string(s.PeerType)),
		"StandaloneEnabled":                      strconv.FormatBool(s.StandaloneEnabled),
		"ReconfigEnabled":                        strconv.FormatBool(s.ReconfigEnabled),
		"SyncEnabled":                            strconv.FormatBool(s.SyncEnabled),
		"LocalSessionsEnabled":                   strconv.FormatBool(s.LocalSessions),
		"LocalSessionsUpgradingEnabled":          strconv.FormatBool(s.LocalSessionsUpgrading),
		"SslQuorum":                              strconv.FormatBool(s.SSLQuorum),
		"UsePortUnification":                     strconv.FormatBool(s.PortUnification),
		"shouldUsePortUnification":               strconv.FormatBool(s.PortUnification),
		"sslQuorumReloadCertFiles":               strconv.FormatBool(s.ReloadCerts),
		"MultiAddressEnabled":                    strconv.FormatBool(s.MultiAddress),
		"MultiAddressReachabilityCheckEnabled":   strconv.FormatBool(s.ReachabilityCheck),
		"MultiAddressReachabilityCheckTimeoutMs": strconv.Itoa(s.ReachabilityCheckTimeout),
		"SnapRetainCount":                        strconv.Itoa(s.SnapRetainCount),
		"PurgeInterval":                          strconv.Itoa(s.PurgeInterval),
		"JvmPauseMonitorToRun":                   strconv.FormatBool(s.PauseMonitor),
		"jvmPauseMonitorToRun":                   strconv.FormatBool(s.PauseMonitor),
		"JvmPauseWarnThresholdMs":                strconv.FormatInt(s.PauseWarn, 10),
		"JvmPauseInfoThresholdMs":                strconv.FormatInt(s.PauseInfo, 10),
		"JvmPauseSleepTimeMs":                    strconv.FormatInt(s.PauseSleep, 10),
		"quorumEnableSasl":                       strconv.FormatBool(s.QuorumSASL),
		"quorumServerRequireSasl":                strconv.FormatBool(s.ServerSASL),
		"quorumLearnerRequireSasl":               strconv.FormatBool(s.LearnerSASL),
		"quorumServerLoginContext":               s.ServerContext,
		"quorumLearnerLoginContext":              s.LearnerContext,
		"quorumServicePrincipal":                 s.Principal,
		"quorumCnxnThreadsSize":                  strconv.Itoa(s.QuorumThreads),
		"MetricsProviderClassName":               s.MetricsProvider,
		"MetricsProviderConfiguration":           shownProperties(s.Metrics),
		"OraclePath":                             orNull(s.OraclePath),
		"dynamicConfigFileStr":                   orNull(s.DynamicConfig),
		"QuorumVerifier":                         s.Membership.String(),
		"ServerId":                               strconv.FormatInt(s.ServerID, 10),
		"Distributed":                            strconv.FormatBool(s.Distributed()),
	}
	expected := map[string]string{}
	for name := range shownGetters(answer) {
		value, ok := known[name]
		for _, prefix := range []string{"get", "is", "are"} {
			if ok {
				break
			}
			value, ok = known[strings.TrimPrefix(name, prefix)]
		}
		if !ok {
			value, ok = known[strings.ToUpper(name[:1])+name[1:]]
		}
		if !ok {
			t.Fatalf("QuorumPeerConfig holds %s, which the test does not know", name)
		}
		expected[name] = value
	}
	return expected
}

// shownGetters returns getters and fields, with the membership in canonical
// form: the server lists the members in the order of a hash table.
func shownGetters(answer parserAnswer) map[string]string {
	shown := maps.Clone(answer.Fields)
	maps.Copy(shown, answer.Getters)
	maps.DeleteFunc(shown, func(name, _ string) bool { return ignored[name] != "" })
	if shown["oraclePath"] == "" {
		shown["oraclePath"] = "null"
	}
	for name, value := range shown {
		if host, port, ok := strings.Cut(value, " "); ok && strings.HasSuffix(strings.ToLower(name), "clientportaddress") {
			shown[name] = syntax.CanonicalIP(host) + " " + port
		}
	}
	if membership, err := zkconfig.ParseMembership(withoutGroups(shown["getQuorumVerifier"])); err == nil {
		shown["getQuorumVerifier"] = membership.String()
	}
	return shown
}

func shownAddress(host string, port int) string {
	switch {
	case port == 0:
		return "null"
	case isWildcard(host):
		return fmt.Sprintf("* %d", max(port, 0))
	default:
		return fmt.Sprintf("%s %d", host, max(port, 0))
	}
}

func shownProperties(properties zkconfig.Properties) string {
	var shown []string
	for _, property := range properties.Canonical() {
		shown = append(shown, property.Key+"="+property.Value)
	}
	slices.Sort(shown)
	return "{" + strings.Join(shown, ", ") + "}"
}

func orNull(value string) string {
	if value == "" {
		return "null"
	}
	return value
}

// withoutGroups leaves the servers of a hierarchical quorum.
func withoutGroups(list string) string {
	lines := slices.DeleteFunc(strings.Split(list, "\n"), func(line string) bool { return syntax.IsHierarchical(line) })
	return strings.Join(lines, "\n")
}
