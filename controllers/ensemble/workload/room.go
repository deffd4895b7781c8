package workload

import (
	"fmt"
	"maps"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

// What the agent and the operator need of a server that is to be asked.
const (
	// ownConnections are those that the agent, for two probes, and the operator,
	// for a question, a session and its predecessor, may have at one server; as
	// many again because a server counts a connection until it has closed it.
	ownConnections = 10
	// ownPatience is how long, in milliseconds, an answer or a commit may be held
	// back for without the operator taking the server for a hung one.
	ownPatience = 1000
	// ownSession is the shortest session, in milliseconds, that outlives a slow
	// write to disk.
	ownSession = 2000
	// ownRequests is the size in bytes of the largest request that a server must
	// take from the operator; it is what any client may send.
	ownRequests = 1 << 20
	// javaBacklog is the queue of connections that Java gives a port by itself.
	javaBacklog = 50
)

// numbers are what the properties hold that the rules look at: what is set, or
// else what the operator or the server would take. A boolean is 0 or 1.
type numbers map[string]int64

// numbersWithout are the numbers of an ensemble that sets none.
var numbersWithout = numbers{
	"tickTime":                                  2000,
	"maxClientCnxns":                            defaultClientConnections,
	"clientPortListenBacklog":                   -1,
	"nio.sessionlessCnxnTimeout":                10_000,
	"maxSessionTimeout":                         -1, // 20 ticks
	"largeRequestThreshold":                     -1,
	"largeRequestMaxBytes":                      100 << 20,
	"connection_throttle_fill_count":            1,
	"connection_throttle_fill_time":             1,
	"connection_throttle_global_session_weight": 3,
}

const defaultClientConnections = 60

// numbersOf reads the numbers of properties. What is no number is somebody else's
// to refuse.
func numbersOf(properties map[string]string) numbers {
	n := maps.Clone(numbersWithout)
	for key, value := range properties {
		value = strings.TrimFunc(value, zkconfig.IsJavaBlank)
		if strings.EqualFold(value, "true") {
			n[key] = 1
		} else if number, _, err := zkconfig.DecodeNumber(value, 64); err == nil {
			n[key] = number
		}
	}
	return n
}

// narrow is a number with which the server runs, and the agent or the operator
// can no longer ask it.
type narrow struct {
	key  string
	bad  func(numbers) bool
	why  string
	best func(numbers) int64 // the nearest value that works
}

func always(n int64) func(numbers) int64 { return func(numbers) int64 { return n } }

// narrows are the numbers that leave no room. A limit of clients is none of those
// of the agent and the operator: to the server, these are clients.
var narrows = []narrow{
	{
		key:  "maxClientCnxns",
		bad:  func(n numbers) bool { return n["maxClientCnxns"] > 0 && n["maxClientCnxns"] < ownConnections },
		why:  "so few connections per address leave none for the agent's probes and the operator's questions, which come from one address each",
		best: always(ownConnections),
	},
	{
		key: "maxCnxns",
		bad: func(n numbers) bool {
			return n["maxCnxns"] > 0 && (n["maxClientCnxns"] <= 0 || n["maxCnxns"] < roomFor(n))
		},
		why: "so few connections in all can be taken by the clients of one address, and none is left for the agent's probes and the operator's questions: " +
			"the member counts as not ready, and nobody can look after it",
		best: roomFor,
	},
	{
		key: "clientPortListenBacklog",
		bad: func(n numbers) bool {
			return n["clientPortListenBacklog"] > 0 && n["clientPortListenBacklog"] < javaBacklog
		},
		why:  "while clients reconnect, the agent's probes and the operator's questions find no place in so short a queue",
		best: always(javaBacklog),
	},
	{
		key:  "nio.sessionlessCnxnTimeout",
		bad:  func(n numbers) bool { return n["nio.sessionlessCnxnTimeout"] < ownPatience },
		why:  "probes and questions have no session, and would be cut off before they are answered",
		best: always(ownPatience),
	},
	{
		key:  "maxSessionTimeout",
		bad:  func(n numbers) bool { return n["maxSessionTimeout"] != -1 && n["maxSessionTimeout"] < ownSession },
		why:  "the operator's sessions would expire while a server writes to its disk",
		best: always(ownSession),
	},
	{
		key:  "tickTime",
		bad:  func(n numbers) bool { return n["maxSessionTimeout"] == -1 && n["tickTime"]*20 < ownSession },
		why:  "sessions last 20 ticks at most, and the operator's would expire while a server writes to its disk",
		best: always(ownSession / 20),
	},
	{
		key:  "flushDelay",
		bad:  func(n numbers) bool { return n["flushDelay"] > ownPatience },
		why:  "every write waits for it on every server, the operator's proof that the ensemble commits included",
		best: always(ownPatience),
	},
	{
		key: "throttled_op_wait_time",
		bad: func(n numbers) bool {
			return n["throttled_op_wait_time"] > 0 && n["throttled_op_wait_time"] < ownPatience
		},
		why:  "the operator's requests would be answered with an error whenever the server is busy",
		best: always(ownPatience),
	},
	{
		key: "largeRequestMaxBytes",
		bad: func(n numbers) bool {
			return n["largeRequestThreshold"] != -1 && n["largeRequestMaxBytes"] < ownRequests
		},
		why:  "with largeRequestThreshold, a change of the membership may be too large for it",
		best: always(ownRequests),
	},
	{
		key: "connection_throttle_tokens",
		bad: func(n numbers) bool {
			return n["connection_throttle_tokens"] != 0 && n["connection_throttle_tokens"] < sessionWeight(n)
		},
		why:  "a new session costs more tokens than there ever are, so that nobody gets one",
		best: sessionWeight,
	},
	{
		key: "connection_throttle_fill_count",
		bad: func(n numbers) bool {
			return n["connection_throttle_tokens"] != 0 && n["connection_throttle_fill_count"] < 1
		},
		why:  "tokens are never filled up, and once they are spent nobody gets a session",
		best: always(1),
	},
	{
		key: "connection_throttle_fill_time",
		bad: func(n numbers) bool {
			return n["connection_throttle_tokens"] != 0 && (n["connection_throttle_fill_time"] < 1 || n["connection_throttle_fill_time"] > ownPatience)
		},
		why:  "tokens are filled up never or too late, and once they are spent nobody gets a session",
		best: always(1),
	},
}

// roomFor is the least number of connections in all that one address cannot use
// up.
func roomFor(n numbers) int64 {
	perAddress := n["maxClientCnxns"]
	if perAddress <= 0 {
		perAddress = defaultClientConnections
	}
	return max(perAddress, ownConnections) + ownConnections
}

// sessionWeight is how many tokens a new session costs.
func sessionWeight(n numbers) int64 {
	if n["connection_throttle_weight_enabled"] == 0 {
		return 1
	}
	return max(1, n["connection_throttle_global_session_weight"])
}

// checkRoom refuses numbers with which the server runs and the agent or the
// operator could not ask it, and warns of the limit that clients can use up.
func checkRoom(properties map[string]string) []lint.Finding {
	n := numbersOf(properties)
	var findings []lint.Finding
	for _, narrow := range narrows {
		if !narrow.bad(n) {
			continue
		}
		findings = append(findings, lint.Finding{
			Rule: lint.NoRoom, Severity: lint.Error, File: lint.StaticFile, Key: narrow.key,
			Message: fmt.Sprintf("%d leaves no room: %s.", n[narrow.key], narrow.why),
			Fix:     fmt.Sprintf("The nearest value that works is %d.", narrow.best(n)),
		})
	}
	if total := n["maxCnxns"]; total > 0 && findings == nil {
		findings = append(findings, lint.Finding{
			Rule: lint.NoRoom, Severity: lint.Warning, File: lint.StaticFile, Key: "maxCnxns",
			Message: fmt.Sprintf("While clients hold all %d connections of a member, the agent and the operator get none: it counts as not ready, and an update waits.", total),
			Fix:     "Limit the connections of each address with maxClientCnxns, and leave this one out.",
		})
	}
	return findings
}
