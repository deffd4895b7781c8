package syntax

import (
	"fmt"
	"net/netip"
	"strings"
)

// CheckHost refuses what is no name and no address, such as a host with a blank
// or a bracket in it. The server finds out when it looks the name up.
func CheckHost(host string) error {
	if _, ok := IPOf(host); !ok && strings.Trim(host, "0123456789.") == "" {
		return Tolerated("the host looks like an IPv4 address and is none")
	}
	for _, r := range host {
		isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !isLetter && !strings.ContainsRune("-._:%", r) {
			return Tolerated(fmt.Sprintf("the host %q holds %q, which no host name does", host, r))
		}
	}
	return nil
}

// CanonicalIP shortens an IPv6 address, of which the server shows the long form.
func CanonicalIP(host string) string {
	if address, err := netip.ParseAddr(host); err == nil {
		return address.String()
	}
	return host
}

// IPOf returns the address that a host is, if it is not a name. Names are told
// apart first, because trying to parse them costs an error each.
func IPOf(host string) (netip.Addr, bool) {
	if !strings.Contains(host, ":") && strings.Trim(host, "0123456789.") != "" {
		return netip.Addr{}, false
	}
	address, err := netip.ParseAddr(host)
	return address.Unmap(), err == nil
}

// Bracketed is a host as it stands before a port.
func Bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
