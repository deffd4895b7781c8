package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

func (c checker) checkAddresses() {
	c.checkHosts()
	c.checkOwnAddresses()
	c.checkShared()
}

// checkHosts looks for hosts that no name service can know. The parser of server
// lines is more lenient, because it must read whatever a server has accepted.
func (c checker) checkHosts() {
	for _, member := range c.members {
		hosts := make([]string, 0, 2)
		for _, address := range member.server.Addresses {
			hosts = append(hosts, address.Host)
		}
		if member.server.ClientPort != 0 {
			hosts = append(hosts, member.server.ClientHost)
		}
		for _, host := range hosts {
			if problem := hostProblem(host); problem != "" {
				c.about(member, ServerLine, Error, fmt.Sprintf("%q is no host: %s.", host, problem), "Write the host name or the address of the server.")
				break
			}
		}
	}
	for _, key := range []string{"clientPortAddress", "secureClientPortAddress", "admin.serverAddress", "metricsProvider.httpHost"} {
		e, ok := c.get(key)
		if !ok || e.Value == "" || c.judged(key) {
			continue
		}
		if problem := hostProblem(e.Value); problem != "" {
			c.wrong(MalformedValue, key, fmt.Sprintf("%q is no host: %s.", e.Value, problem), "Write a host name or an address of this server.")
		}
	}
}

const maxLabel, maxName = 63, 253

// hostProblem says why a host can be no name and no address, or "".
func hostProblem(host string) string {
	if _, ok := syntax.IPOf(host); ok {
		return ""
	}
	if err := syntax.CheckHost(host); err != nil {
		return strings.TrimPrefix(err.Error(), "the host ")
	}
	if strings.Contains(host, ":") {
		return "it has a port, or is no IPv6 address"
	}
	if len(host) > maxName {
		return fmt.Sprintf("names have %d letters at most", maxName)
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	for _, label := range labels {
		switch {
		case label == "":
			return "nothing stands between two dots"
		case len(label) > maxLabel:
			return fmt.Sprintf("no part of a name has more than %d letters", maxLabel)
		case label[0] == '-' || label[len(label)-1] == '-':
			return "no part of a name begins or ends with a hyphen"
		}
	}
	if len(labels) == 4 && strings.Trim(host, "0123456789.xX") == "" {
		return "the x stands for a number that is missing"
	}
	return ""
}

// checkOwnAddresses judges lines that name no address that others could reach.
// A server may have that in its own line: it listens there, and the others have
// lines of their own for it. Only on a test machine, where all servers are on
// the loopback address, may everybody have it.
func (c checker) checkOwnAddresses() {
	if c.settings.ReconfigEnabled {
		c.checkSharedList()
	}
	if c.onTestMachine() {
		return
	}
	var local []memberLine
	for _, member := range c.members {
		if c.settings.ServerID != member.server.ID && slices.ContainsFunc(member.server.Addresses, isLocal) {
			local = append(local, member)
		}
	}
	if len(local) == 0 || len(local) == 1 && c.config.MyID == nil {
		return
	}
	host := local[0].server.Addresses[slices.IndexFunc(local[0].server.Addresses, isLocal)].Host
	message := fmt.Sprintf("%s means whichever server reads the line, and this is the line of another one.", host)
	if c.config.MyID == nil {
		message = fmt.Sprintf("%s means whichever server reads the line, and %d servers are listed with such an address; each can have it in its own line only.", host, len(local))
	}
	c.about(local[0], LocalAddress, Error, message, "Write the host name of the server.")
}

// checkSharedList judges the wildcard in the own line of a server that can be
// reconfigured: the list of the leader is then committed, and replaces that of
// everybody else.
func (c checker) checkSharedList() {
	for _, member := range c.members {
		own := c.config.MyID == nil || c.settings.ServerID == member.server.ID
		if own && slices.ContainsFunc(member.server.Addresses, func(a zkconfig.Address) bool { return isWildcard(a.Host) }) && !c.judged(member.server.Key()) {
			c.about(member, LocalAddress, Warning,
				"With reconfigEnabled the list of the leader replaces those of all servers, and in theirs the wildcard means themselves.",
				"Write the host name of the server, and quorumListenOnAllIPs=true to listen everywhere.")
			return
		}
	}
}

func isLocal(address zkconfig.Address) bool {
	return isWildcard(address.Host) || isLoopback(address.Host)
}

// onTestMachine reports whether all servers are on the loopback address, but for
// the own one, which may listen everywhere.
func (c checker) onTestMachine() bool {
	wildcards := 0
	for _, member := range c.members {
		switch host := member.server.Addresses[0].Host; {
		case isLoopback(host):
		case isWildcard(host) && (c.config.MyID == nil || c.settings.ServerID == member.server.ID):
			wildcards++
		default:
			return false
		}
	}
	return wildcards <= 1
}

// checkShared compares each server with those before it on the same host. On a
// test machine sharing the host is the purpose.
func (c checker) checkShared() {
	testMachine := c.onTestMachine()
	byHost, byPort := map[string]zkconfig.Server{}, map[socket]zkconfig.Server{}
	for _, member := range c.members {
		if !testMachine && isLocal(member.server.Addresses[0]) {
			continue // judged as such
		}
		host := hostIdentity(member.server.Addresses[0].Host)
		other, taken := takenPort(byPort, host, member.server)
		neighbour, shared := byHost[host]
		switch {
		case taken:
			c.about(member, SharedAddress, Error, fmt.Sprintf("%s has the same host and port; only one of the two servers can listen there.", other.Key()), "Correct the host or the ports.")
		case shared && neighbour.ID != member.server.ID && !testMachine:
			c.about(member, SharedAddress, Warning, fmt.Sprintf("%s is on the same host, and both fail together.", neighbour.Key()), "Put every server on a machine of its own.")
		}
		if !shared {
			byHost[host] = member.server
		}
		for _, port := range serverPorts(member.server) {
			byPort[socket{host, port}] = member.server
		}
	}
}

// socket is where a server listens.
type socket struct {
	host string
	port int
}

// takenPort returns the other server of a host that wants a port of this one.
func takenPort(byPort map[socket]zkconfig.Server, host string, server zkconfig.Server) (zkconfig.Server, bool) {
	for _, port := range serverPorts(server) {
		if other, taken := byPort[socket{host, port}]; taken && other.ID != server.ID {
			return other, true
		}
	}
	return zkconfig.Server{}, false
}

// hostIdentity is the same for hosts that [sameHost] takes for one.
func hostIdentity(host string) string {
	if address, ok := syntax.IPOf(host); ok {
		return address.String()
	}
	return strings.ToLower(host)
}

// serverPorts returns what a server listens on for the others. An observer
// listens for elections only: its quorum port is never opened.
func serverPorts(s zkconfig.Server) []int {
	address := s.Addresses[0]
	if s.Role == zkconfig.Observer {
		return []int{address.ElectionPort}
	}
	return []int{address.QuorumPort, address.ElectionPort}
}
