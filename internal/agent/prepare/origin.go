package prepare

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// proposedList is the list that the server proposed last and that was not
// committed yet. The server reads it beside the committed one.
const proposedList = "zoo.cfg.dynamic.next"

// checkOrigin makes sure that the volume is of this ensemble, by the names under
// which its lists know the servers. On a clone in another namespace they are those
// of the ensemble that it was cloned from. A server with such a list would take
// part there as a second one of its identity, and acknowledge writes.
func (m *preparation) checkOrigin() error {
	if err := m.findDynamic(); err != nil {
		return err
	}
	lists := []string{proposedList}
	if len(m.dynamic) > 0 {
		lists = append(lists, m.dynamic[0])
	}
	for _, name := range lists {
		text, exists, err := readOptional(filepath.Join(m.confDir(), name))
		if err != nil {
			return err
		}
		list, err := zkconfig.ParseMembership(text)
		if !exists || err != nil {
			continue // a list that cannot be read is not used
		}
		if host, is := m.elsewhere(list); is {
			return &WaitError{m.whyElsewhere("the list on the volume", host)}
		}
	}
	return nil
}

// elsewhere reports whether a list is of another ensemble, or by the names of
// another domain, and which host tells so: the one by which it knows this server,
// or where it does not name this server any of them.
func (m *preparation) elsewhere(list zkconfig.Membership) (host string, is bool) {
	servers := list.Servers
	ours := func(host string) bool { return strings.HasSuffix(host, "."+m.HostSuffix) }
	if us, listed := list.Server(m.id); listed {
		servers = []zkconfig.Server{us}
		ours = func(host string) bool { return host == m.host() }
	}
	for _, server := range servers {
		for _, address := range server.Addresses {
			if ours(address.Host) || isLoopback(address.Host) {
				return "", false
			}
			host = address.Host
		}
	}
	return host, host != ""
}

// isLoopback reports whether a host is this Pod itself, where no other ensemble is.
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// whyElsewhere tells whose names were found, who this is and what to do.
func (m *preparation) whyElsewhere(what, host string) string {
	found := fmt.Sprintf("%s names %s, this member is %s: ", what, host, m.host())
	if domain, ok := m.domainOf(host); ok && domain != "" {
		return found + "set clusterDomain of the operator to " + domain
	}
	return found + "a copy is not started beside its original; " +
		"give the ensemble the name and the namespace that the copy was made of, or volumes that hold nothing"
}

// domainOf is the cluster domain in the name of a host that is in the same Service
// and namespace as this member, and in another domain.
func (m *preparation) domainOf(host string) (domain string, ok bool) {
	service, _, ok := strings.Cut(m.HostSuffix+".", ".svc.")
	_, suffix, _ := strings.Cut(host, ".")
	if !ok || suffix == m.HostSuffix {
		return "", false
	}
	domain, ok = strings.CutPrefix(suffix+".", service+".svc.")
	return strings.TrimSuffix(domain, "."), ok
}

// inThisDomain gives the servers of the formation record the names that they have
// in this Pod's cluster domain. The record says which servers are the first ones.
// Their domain may have been told wrong when it was written, which a new Pod
// template puts right, and nothing was ever committed with the record alone.
func (m *preparation) inThisDomain(list zkconfig.Membership) zkconfig.Membership {
	moved := zkconfig.Membership{Version: list.Version, Servers: slices.Clone(list.Servers)}
	for i := range moved.Servers {
		addresses := slices.Clone(moved.Servers[i].Addresses)
		for j := range addresses {
			if _, ok := m.domainOf(addresses[j].Host); ok {
				pod, _, _ := strings.Cut(addresses[j].Host, ".")
				addresses[j].Host = pod + "." + m.HostSuffix
			}
		}
		moved.Servers[i].Addresses = addresses
	}
	return moved
}
