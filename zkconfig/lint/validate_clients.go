package lint

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

func (c checker) checkClients() {
	s := &c.settings
	if s.MaxClientConnections <= 0 && !c.judged("maxClientCnxns") {
		c.risky(ClientLimit, "maxClientCnxns",
			fmt.Sprintf("%d lifts the limit of connections per client address, and one client can use up all file descriptors.", s.MaxClientConnections),
			"Write maxClientCnxns=60, or more where many clients share one address.")
	}
	c.checkClientPort()
	c.checkFactory()
	c.checkPorts()
}

func (c checker) checkClientPort() {
	s := &c.settings
	if s.ClientPort != 0 || s.SecureClientPort != 0 || c.judged("clientPort") || c.judged("clientPortAddress") || c.unknownMembership() {
		return
	}
	if c.unreadMembers() {
		return // the line may name a port for clients
	}
	if _, known := s.Membership.Server(s.ServerID); !known && c.anyClientPart() {
		return
	}
	c.wrong(NoClientPort, "clientPort", "No client can connect: neither clientPort nor secureClientPort nor a client part in the server line is set.",
		"Write ;2181 behind the server line, or clientPort=2181.")
}

func (c checker) anyClientPart() bool {
	for _, server := range c.settings.Membership.Servers {
		if server.ClientPort != 0 {
			return true
		}
	}
	return false
}

func (c checker) checkFactory() {
	factory := c.value("serverCnxnFactory")
	if factory == nettyFactory || c.judged("serverCnxnFactory") {
		return
	}
	if factory != "" && factory != nioFactory {
		return
	}
	if c.settings.SecureClientPort != 0 && !c.judged("secureClientPort") {
		c.wrong(ConnectionFactory, "secureClientPort", "The default connection factory has no TLS, and the server exits with code 1.", "Write serverCnxnFactory="+nettyFactory)
	}
	if c.on("client.portUnification") {
		c.wrong(ConnectionFactory, "client.portUnification", "The default connection factory has no TLS; the line has no effect.", "Write serverCnxnFactory="+nettyFactory)
	}
}

// listener is a port that a server opens.
type listener struct {
	what string
	host string
	port int
	key  string
	file File
	line int
}

func (l listener) clashes(other listener) bool {
	return l.port == other.port &&
		(isWildcard(l.host) || isWildcard(other.host) || sameHost(l.host, other.host))
}

// checkPorts looks for listeners of one server that want the same port. When
// it is not known which server this is, each one is looked at.
func (c checker) checkPorts() {
	own := c.ownListeners()
	said := map[[4]string]bool{}
	c.checkListeners(own, said)
	for _, member := range c.members {
		if c.config.MyID == nil || member.server.ID == c.settings.ServerID {
			c.checkListeners(c.withMember(own, member), said)
		}
	}
}

func (c checker) checkListeners(listeners []listener, said map[[4]string]bool) {
	for i, a := range listeners {
		for _, b := range listeners[i+1:] {
			pair := clash(a, b)
			if !a.clashes(b) || a.key == b.key && a.what == b.what || said[pair] {
				continue
			}
			said[pair] = true
			c.report(Finding{
				Rule: PortCollision, Severity: Error, File: b.file, Line: b.line, Key: b.key,
				Message: fmt.Sprintf("Port %d is wanted by %s and by %s, and only one of them gets it.", b.port, a.what, b.what),
				Fix:     "Give each its own port.",
			})
		}
	}
}

// clash identifies what two listeners contradict each other over. A line of
// zoo.cfg that wants what server lines want is one cause, however many do.
func clash(a, b listener) [4]string {
	port := strconv.Itoa(b.port)
	if !strings.HasPrefix(a.key, syntax.ServerPrefix) && strings.HasPrefix(b.key, syntax.ServerPrefix) {
		return [4]string{a.key, a.what, b.what, port}
	}
	return [4]string{a.key, b.key, "", port}
}

const prometheusProvider = "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider"

// ownListeners returns the ports that zoo.cfg opens.
func (c checker) ownListeners() []listener {
	s := &c.settings
	listeners := make([]listener, 0, 8)
	add := func(what, host string, port int, key string) {
		if port > 0 {
			listeners = append(listeners, listener{what: what, host: host, port: port, key: key, file: StaticFile, line: c.line(key)})
		}
	}
	add("clients", s.ClientAddress, s.ClientPort, "clientPort")
	add("clients with TLS", s.SecureClientAddress, s.SecureClientPort, "secureClientPort")
	add("observers", syntax.AnyHost, s.ObserverMasterPort, "observerMasterPort")
	if c.adminServer() {
		add("the admin server", c.adminHost(), c.adminPort(), "admin.serverPort")
	}
	if s.MetricsProvider == prometheusProvider {
		add("metrics", c.metricsHost(), c.metricsPort(), "metricsProvider.httpPort")
	}
	return listeners
}

// withMember adds the ports of a server line; its client part replaces
// clientPort.
func (c checker) withMember(own []listener, member memberLine) []listener {
	server := member.server
	key := server.Key()
	listeners := make([]listener, 0, len(own)+1+2*len(server.Addresses))
	for _, l := range own {
		if l.key != "clientPort" || server.ClientPort == 0 {
			listeners = append(listeners, l)
		}
	}
	add := func(what, host string, port int) {
		listeners = append(listeners, listener{what: what, host: host, port: port, key: key, file: member.file, line: member.line})
	}
	for _, address := range server.Addresses {
		if server.Role == zkconfig.Participant {
			add("the quorum", address.Host, address.QuorumPort) // while it leads
		}
		add("elections", address.Host, address.ElectionPort)
	}
	if server.ClientPort != 0 {
		add("clients", server.ClientHost, server.ClientPort)
	}
	return listeners
}

func (c checker) adminServer() bool {
	return c.value("admin.enableServer") != "false"
}

func (c checker) adminHost() string {
	if host := c.value("admin.serverAddress"); host != "" {
		return host
	}
	return syntax.AnyHost
}

const defaultAdminPort, defaultMetricsPort = 8080, 7000

func (c checker) adminPort() int {
	return decodedPort(c.value("admin.serverPort"), defaultAdminPort)
}

func (c checker) metricsHost() string {
	host, _ := c.settings.Metrics.Get("httpHost")
	if host = strings.TrimSpace(host); host == "" || !c.knows("metricsProvider.httpHost") {
		return syntax.AnyHost
	}
	return host
}

func (c checker) metricsPort() int {
	value, _ := c.settings.Metrics.Get("httpPort")
	return decodedPort(strings.TrimSpace(value), defaultMetricsPort)
}

// decodedPort returns the default for what is no number, as the server does.
func decodedPort(value string, otherwise int) int {
	if value == "" {
		return otherwise
	}
	port, _, err := zkconfig.DecodeNumber(value, 32)
	if err != nil {
		return otherwise
	}
	return int(port)
}
