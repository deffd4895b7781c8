package zkconfig

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

// Role is what a server does in the ensemble.
type Role string

// A participant votes. An observer serves clients and learns what was decided;
// it never counts for the quorum.
const (
	Participant Role = "participant"
	Observer    Role = "observer"
)

// Address is where the other servers reach a server. The host of an IPv6
// address carries no brackets here.
type Address struct {
	Host                     string
	QuorumPort, ElectionPort int
}

// Server is one line of a server list.
type Server struct {
	ID int64
	// Addresses holds at least one address, sorted by host.
	Addresses []Address
	Role      Role
	// ClientHost and ClientPort are the client part, what follows the ';'. A
	// ClientPort of 0 means that there is none.
	ClientHost string
	ClientPort int
}

// ParseServer reads a server line, such as "server.1" and
// "zk-0.zk:2888:3888:participant;0.0.0.0:2181".
//
// It accepts what the server accepts, except for what can only be a mistake: an
// empty host or one with characters that no host name has, an IPv4 address of
// fewer than four numbers, two addresses on one host, port 0, which stands for a
// random port, an unfinished client part, anything but a colon behind a bracket,
// and digits that are not ASCII.
func ParseServer(key, value string) (Server, error) {
	server, err := parseServer(key, value)
	if err != nil {
		return Server{}, &LineError{Key: key, Value: value, Err: err}
	}
	return server, nil
}

// LineError is what is wrong with a server line.
type LineError struct {
	Key, Value string
	Err        error
}

// Error names the line, and is short however long that is.
func (e *LineError) Error() string {
	return fmt.Sprintf("%s=%s: %v", syntax.Brief(e.Key), syntax.Brief(e.Value), syntax.Shortened(e.Err))
}

// Unwrap returns what is wrong, without the line.
func (e *LineError) Unwrap() error { return e.Err }

func parseServer(key, value string) (Server, error) {
	id, err := syntax.ServerID(key)
	if err != nil {
		return Server{}, err
	}
	server := Server{ID: id}
	addresses, client, hasClient := strings.Cut(value, ";")
	if server.Addresses, server.Role, err = parseAddresses(addresses); err != nil {
		return Server{}, err
	}
	if hasClient {
		server.ClientHost, server.ClientPort, err = parseClientPart(strings.TrimRight(client, ";"))
	}
	return server, err
}

// parseAddresses reads addresses separated by '|', which must agree about the
// role. Without any role the server is a participant.
func parseAddresses(text string) ([]Address, Role, error) {
	var addresses []Address
	var agreed Role
	for part := range strings.SplitSeq(strings.TrimRight(text, "|"), "|") {
		address, role, err := parseAddress(part)
		if err != nil {
			return nil, "", err
		}
		if agreed != "" && role != "" && role != agreed {
			return nil, "", errors.New("all addresses of a server must have the same role")
		}
		addresses = append(addresses, address)
		agreed = cmp.Or(agreed, role)
	}
	slices.SortFunc(addresses, func(a, b Address) int { return cmp.Compare(a.Host, b.Host) })
	for i := 1; i < len(addresses); i++ {
		if addresses[i-1].Host == addresses[i].Host {
			return nil, "", syntax.Tolerated("two addresses are on one host, and the server mixes up their ports")
		}
	}
	return addresses, cmp.Or(agreed, Participant), nil
}

func parseAddress(text string) (Address, Role, error) {
	host, fields, err := splitHost(text)
	if err != nil {
		return Address{}, "", err
	}
	if len(fields) < 2 || len(fields) > 3 {
		return Address{}, "", fmt.Errorf("%q is not host:quorumPort:electionPort or host:quorumPort:electionPort:role", text)
	}
	address := Address{Host: host}
	if address.QuorumPort, err = parsePort("quorum", fields[0]); err != nil {
		return Address{}, "", err
	}
	if address.ElectionPort, err = parsePort("election", fields[1]); err != nil {
		return Address{}, "", err
	}
	if address.QuorumPort == address.ElectionPort {
		return Address{}, "", fmt.Errorf("quorum and election port are both %d; they must differ", address.QuorumPort)
	}
	var role Role
	if len(fields) == 3 {
		if role, err = parseRole(fields[2]); err != nil {
			return Address{}, "", err
		}
	}
	return address, role, address.check()
}

// check refuses what the server accepts and nobody can mean.
func (a Address) check() error {
	if a.Host == "" {
		return syntax.Tolerated("the host is empty, which means the loopback address")
	}
	if err := syntax.CheckHost(a.Host); err != nil {
		return err
	}
	if a.QuorumPort == 0 || a.ElectionPort == 0 {
		return syntax.Tolerated("port 0 means a random port, which the other servers cannot know")
	}
	return nil
}

func parseRole(text string) (Role, error) {
	switch role := Role(strings.ToLower(strings.TrimFunc(text, IsJavaBlank))); role {
	case Participant, Observer:
		return role, nil
	default:
		return "", fmt.Errorf("the role %q is neither participant nor observer", text)
	}
}

// parseClientPart reads port or host:port.
func parseClientPart(text string) (host string, port int, err error) {
	if text == "" {
		return "", 0, syntax.Tolerated("nothing follows the ';', so the server has no client port")
	}
	host, fields, err := splitHost(text)
	if err != nil {
		return "", 0, err
	}
	if len(fields) == 0 {
		host, fields = syntax.AnyHost, []string{host}
	}
	if len(fields) != 1 {
		return "", 0, fmt.Errorf("the client part %q is not port or host:port", text)
	}
	if port, err = parsePort("client", fields[0]); err != nil {
		return "", 0, err
	}
	if host == "" {
		return "", 0, syntax.Tolerated("the client part has no host, which means the loopback address")
	}
	if err := syntax.CheckHost(host); err != nil {
		return "", 0, err
	}
	if port == 0 {
		return "", 0, syntax.Tolerated("client port 0 means a random port")
	}
	return host, port, nil
}

// splitHost cuts host:field:field… and takes the brackets off an IPv6 address.
// Java drops empty fields at the end, and so does this.
func splitHost(text string) (host string, fields []string, err error) {
	inner, isBracketed := strings.CutPrefix(text, "[")
	if !isBracketed {
		fields = strings.Split(strings.TrimRight(text, ":"), ":")
		return fields[0], fields[1:], nil
	}
	host, rest, closed := strings.Cut(inner, "]")
	if !closed {
		return "", nil, fmt.Errorf("%q opens a bracket and does not close it", text)
	}
	if len(rest) < 2 {
		return "", nil, fmt.Errorf("%q needs a port after the bracket", text)
	}
	if rest[0] != ':' {
		return "", nil, syntax.Tolerated(fmt.Sprintf("%q has something else than a colon after the bracket", text))
	}
	return syntax.CanonicalIP(host), strings.Split(strings.TrimRight(rest[1:], ":"), ":"), nil
}

// parsePort accepts 0 for its callers to judge.
func parsePort(which, text string) (int, error) {
	port, err := strconv.ParseInt(text, 10, 32)
	switch {
	case err != nil:
		return 0, fmt.Errorf("the %s port %q is not a number", which, text)
	case port < 0 || port > syntax.MaxPort:
		return 0, fmt.Errorf("the %s port %d is not between 1 and %d", which, port, syntax.MaxPort)
	default:
		return int(port), nil
	}
}

// IsJavaBlank tells what Java's String.trim removes from both ends of a text.
func IsJavaBlank(r rune) bool { return r <= ' ' }

// Key returns the key of the server line, "server." and the id.
func (s Server) Key() string {
	return syntax.ServerPrefix + strconv.FormatInt(s.ID, 10)
}

// Value returns the canonical value, as /zookeeper/config shows it: always with
// the role, and with host and port of the client part if there is one.
func (s Server) Value() string {
	var b strings.Builder
	for i, address := range s.Addresses {
		if i > 0 {
			b.WriteByte('|')
		}
		fmt.Fprintf(&b, "%s:%d:%d", syntax.Bracketed(address.Host), address.QuorumPort, address.ElectionPort)
	}
	b.WriteByte(':')
	b.WriteString(string(s.Role))
	if s.ClientPort != 0 {
		fmt.Fprintf(&b, ";%s:%d", syntax.Bracketed(s.ClientHost), s.ClientPort)
	}
	return b.String()
}

// String returns the whole line.
func (s Server) String() string {
	return s.Key() + "=" + s.Value()
}
