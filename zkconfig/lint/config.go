package lint

import (
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// Config is everything a server reads before it starts.
type Config struct {
	// Static is zoo.cfg.
	Static zkconfig.Properties
	// Dynamic is the file that dynamicConfigFile names; nil when it is not
	// known, which leaves all questions about the membership open.
	Dynamic zkconfig.Properties
	// MyID is the text of the myid file; nil when it is not known, which
	// leaves all questions about the own server line open.
	MyID *string
	// JVM holds system properties set by -D, without the -D.
	JVM map[string]string
}

// Settings is what a server holds after it has read its configuration. The
// names are ours; what they hold is what ZooKeeper's QuorumPeerConfig holds.
type Settings struct {
	DataDir, DataLogDir string

	ClientPort, SecureClientPort       int // 0: none; or RandomPort
	ClientAddress, SecureClientAddress string
	ClientPortListenBacklog            int
	ObserverMasterPort                 int // 0: none
	MaxClientConnections               int

	TickTime, InitLimit, SyncLimit       int
	ConnectToLearnerMasterLimit          int
	MinSessionTimeout, MaxSessionTimeout int

	ElectionAlgorithm                        int
	QuorumListenOnAllIPs                     bool
	PeerType                                 zkconfig.Role
	StandaloneEnabled, ReconfigEnabled       bool
	SyncEnabled                              bool
	LocalSessions, LocalSessionsUpgrading    bool
	SSLQuorum, PortUnification, ReloadCerts  bool
	MultiAddress, ReachabilityCheck          bool
	ReachabilityCheckTimeout                 int
	SnapRetainCount, PurgeInterval           int
	PauseMonitor                             bool
	PauseWarn, PauseInfo, PauseSleep         int64
	QuorumSASL, LearnerSASL, ServerSASL      bool
	LearnerContext, ServerContext, Principal string
	// QuorumThreads counts from 20 only; 0 means that default.
	QuorumThreads                              int
	MetricsProvider, OraclePath, DynamicConfig string

	// Metrics holds what goes to the metrics provider, without the prefix.
	Metrics zkconfig.Properties
	// SystemProperties holds the keys that the server passes on, without the
	// prefix "zookeeper.", in the order of the file.
	SystemProperties zkconfig.Properties

	Membership zkconfig.Membership
	// ServerID is what myid holds; -1 without one.
	ServerID int64
}

// Distributed reports whether the server runs as part of an ensemble instead
// of standalone.
func (s *Settings) Distributed() bool {
	return !s.StandaloneEnabled || s.Membership.Count(zkconfig.Participant) > 1
}

func defaultSettings() Settings {
	return Settings{
		ClientPortListenBacklog:  -1,
		MaxClientConnections:     60,
		TickTime:                 3000,
		MinSessionTimeout:        -1,
		MaxSessionTimeout:        -1,
		ElectionAlgorithm:        3,
		PeerType:                 zkconfig.Participant,
		StandaloneEnabled:        true,
		SyncEnabled:              true,
		ReachabilityCheck:        true,
		ReachabilityCheckTimeout: 1000,
		SnapRetainCount:          minSnapRetainCount,
		PauseWarn:                10000,
		PauseInfo:                1000,
		PauseSleep:               500,
		LearnerContext:           "QuorumLearner",
		ServerContext:            "QuorumServer",
		Principal:                "zkquorum/localhost",
		MetricsProvider:          defaultMetricsProvider,
		ServerID:                 unsetID,
	}
}

// RandomPort stands for a port that the operating system chooses, which is what
// port 0 means since 3.9.
const RandomPort = -1 << 31

const (
	minSnapRetainCount     = 3
	defaultMetricsProvider = "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider"
)

// explicitKeys holds how the server reads the keys that it names itself.
var explicitKeys = map[string]func(*Settings, string) string{
	"dataDir":                                 text(func(s *Settings) *string { return &s.DataDir }),
	"dataLogDir":                              text(func(s *Settings) *string { return &s.DataLogDir }),
	"clientPort":                              number(func(s *Settings) *int { return &s.ClientPort }),
	"clientPortAddress":                       text(func(s *Settings) *string { return &s.ClientAddress }),
	"secureClientPort":                        number(func(s *Settings) *int { return &s.SecureClientPort }),
	"secureClientPortAddress":                 text(func(s *Settings) *string { return &s.SecureClientAddress }),
	"clientPortListenBacklog":                 number(func(s *Settings) *int { return &s.ClientPortListenBacklog }),
	"observerMasterPort":                      number(func(s *Settings) *int { return &s.ObserverMasterPort }),
	"maxClientCnxns":                          number(func(s *Settings) *int { return &s.MaxClientConnections }),
	"tickTime":                                number(func(s *Settings) *int { return &s.TickTime }),
	"initLimit":                               number(func(s *Settings) *int { return &s.InitLimit }),
	"syncLimit":                               number(func(s *Settings) *int { return &s.SyncLimit }),
	"connectToLearnerMasterLimit":             number(func(s *Settings) *int { return &s.ConnectToLearnerMasterLimit }),
	"minSessionTimeout":                       number(func(s *Settings) *int { return &s.MinSessionTimeout }),
	"maxSessionTimeout":                       number(func(s *Settings) *int { return &s.MaxSessionTimeout }),
	"electionAlg":                             electionAlgorithm,
	"quorumListenOnAllIPs":                    truth(func(s *Settings) *bool { return &s.QuorumListenOnAllIPs }),
	"peerType":                                peerType,
	"syncEnabled":                             truth(func(s *Settings) *bool { return &s.SyncEnabled }),
	"dynamicConfigFile":                       text(func(s *Settings) *string { return &s.DynamicConfig }),
	"autopurge.snapRetainCount":               number(func(s *Settings) *int { return &s.SnapRetainCount }),
	"autopurge.purgeInterval":                 number(func(s *Settings) *int { return &s.PurgeInterval }),
	"standaloneEnabled":                       truth(func(s *Settings) *bool { return &s.StandaloneEnabled }),
	"reconfigEnabled":                         truth(func(s *Settings) *bool { return &s.ReconfigEnabled }),
	"sslQuorum":                               truth(func(s *Settings) *bool { return &s.SSLQuorum }),
	"portUnification":                         truth(func(s *Settings) *bool { return &s.PortUnification }),
	"sslQuorumReloadCertFiles":                truth(func(s *Settings) *bool { return &s.ReloadCerts }),
	"quorum.auth.enableSasl":                  truth(func(s *Settings) *bool { return &s.QuorumSASL }),
	"quorum.auth.learnerRequireSasl":          truth(func(s *Settings) *bool { return &s.LearnerSASL }),
	"quorum.auth.serverRequireSasl":           truth(func(s *Settings) *bool { return &s.ServerSASL }),
	"quorum.auth.learner.saslLoginContext":    text(func(s *Settings) *string { return &s.LearnerContext }),
	"quorum.auth.server.saslLoginContext":     text(func(s *Settings) *string { return &s.ServerContext }),
	"quorum.auth.kerberos.servicePrincipal":   text(func(s *Settings) *string { return &s.Principal }),
	"quorum.cnxn.threads.size":                number(func(s *Settings) *int { return &s.QuorumThreads }),
	"localSessionsEnabled":                    truth(func(s *Settings) *bool { return &s.LocalSessions }),
	"localSessionsUpgradingEnabled":           truth(func(s *Settings) *bool { return &s.LocalSessionsUpgrading }),
	"metricsProvider.className":               text(func(s *Settings) *string { return &s.MetricsProvider }),
	"jvm.pause.monitor":                       truth(func(s *Settings) *bool { return &s.PauseMonitor }),
	"jvm.pause.warn-threshold.ms":             longNumber(func(s *Settings) *int64 { return &s.PauseWarn }),
	"jvm.pause.info-threshold.ms":             longNumber(func(s *Settings) *int64 { return &s.PauseInfo }),
	"jvm.pause.sleep.time.ms":                 longNumber(func(s *Settings) *int64 { return &s.PauseSleep }),
	"multiAddress.enabled":                    truth(func(s *Settings) *bool { return &s.MultiAddress }),
	"multiAddress.reachabilityCheckEnabled":   truth(func(s *Settings) *bool { return &s.ReachabilityCheck }),
	"multiAddress.reachabilityCheckTimeoutMs": number(func(s *Settings) *int { return &s.ReachabilityCheckTimeout }),
	"oraclePath":                              text(func(s *Settings) *string { return &s.OraclePath }),
}

// The functions below store a value and return "", or say what is wrong with it.

func text(field func(*Settings) *string) func(*Settings, string) string {
	return func(s *Settings, value string) string {
		*field(s) = value
		return ""
	}
}

func number(field func(*Settings) *int) func(*Settings, string) string {
	return func(s *Settings, value string) string {
		parsed, err := strconv.ParseInt(value, 10, 32)
		if err != nil {
			return "is no whole number of 32 bits"
		}
		*field(s) = int(parsed)
		return ""
	}
}

func longNumber(field func(*Settings) *int64) func(*Settings, string) string {
	return func(s *Settings, value string) string {
		parsed, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return "is no whole number of 64 bits"
		}
		*field(s) = parsed
		return ""
	}
}

func truth(field func(*Settings) *bool) func(*Settings, string) string {
	return func(s *Settings, value string) string {
		*field(s) = strings.EqualFold(value, "true")
		if !*field(s) && !strings.EqualFold(value, "false") {
			return "is neither true nor false"
		}
		return ""
	}
}

func electionAlgorithm(s *Settings, value string) string {
	if problem := number(func(s *Settings) *int { return &s.ElectionAlgorithm })(s, value); problem != "" {
		return problem
	}
	if s.ElectionAlgorithm != 3 {
		return "names an election algorithm that was removed; only 3 is left"
	}
	return ""
}

func peerType(s *Settings, value string) string {
	role := zkconfig.Role(strings.ToLower(value))
	if role != zkconfig.Participant && role != zkconfig.Observer {
		return "is neither participant nor observer"
	}
	s.PeerType = role
	return ""
}
