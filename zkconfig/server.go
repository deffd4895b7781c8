package zkconfig

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
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

// serverPrefix starts the key of every server line.
const serverPrefix = "server."

// anyHost is what a client part without a host means.
const anyHost = "0.0.0.0"

// ParseServer reads a server line, such as "server.1" and
// "zk-0.zk:2888:3888:participant;0.0.0.0:2181".
//
// It accepts what the server accepts, with four exceptions: no host is empty,
// port 0, which stands for a random port, is refused, digits are ASCII, and an
// unfinished client part is not silently dropped.
func ParseServer(key, value string) (Server, error) {
	server, err := parseServer(key, value)
	if err != nil {
		return Server{}, fmt.Errorf("%s=%s: %w", key, value, err)
	}
	return server, nil
}

func parseServer(key, value string) (Server, error) {
	id, err := serverID(key)
	if err != nil {
		return Server{}, err
	}
	server := Server{ID: id, Role: Participant}
	addresses, client, hasClient := strings.Cut(value, ";")
	if hasClient {
		if server.ClientHost, server.ClientPort, err = parseClientPart(client); err != nil {
			return Server{}, err
		}
	}
	roles := map[Role]bool{}
	for part := range strings.SplitSeq(addresses, "|") {
		address, role, err := parseAddress(part)
		if err != nil {
			return Server{}, err
		}
		server.Addresses = append(server.Addresses, address)
		if role != "" {
			roles[role] = true
			server.Role = role
		}
	}
	if len(roles) > 1 {
		return Server{}, errors.New("all addresses of a server must have the same role")
	}
	slices.SortStableFunc(server.Addresses, func(a, b Address) int { return cmp.Compare(a.Host, b.Host) })
	return server, nil
}

func serverID(key string) (int64, error) {
	digits, ok := strings.CutPrefix(key, serverPrefix)
	if !ok {
		return 0, errors.New(`the key of a server line is "server." and its id`)
	}
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the id %q is not a number", digits)
	}
	return id, nil
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
	if address.QuorumPort, err = parsePort(fields[0]); err != nil {
		return Address{}, "", fmt.Errorf("quorum %w", err)
	}
	if address.ElectionPort, err = parsePort(fields[1]); err != nil {
		return Address{}, "", fmt.Errorf("election %w", err)
	}
	if address.QuorumPort == address.ElectionPort {
		return Address{}, "", fmt.Errorf("quorum and election port are both %d; they must differ", address.QuorumPort)
	}
	if len(fields) == 2 {
		return address, "", nil
	}
	role, err := parseRole(fields[2])
	return address, role, err
}

func parseRole(text string) (Role, error) {
	switch role := Role(strings.ToLower(strings.TrimFunc(text, isJavaBlank))); role {
	case Participant, Observer:
		return role, nil
	default:
		return "", fmt.Errorf("the role %q is neither participant nor observer", text)
	}
}

func parseClientPart(text string) (host string, port int, err error) {
	if !strings.Contains(text, ":") {
		port, err = parsePort(text)
		return anyHost, port, withPrefix("client", err)
	}
	host, fields, err := splitHost(text)
	if err != nil {
		return "", 0, err
	}
	if len(fields) != 1 {
		return "", 0, fmt.Errorf("the client part %q is not port or host:port", text)
	}
	port, err = parsePort(fields[0])
	return host, port, withPrefix("client", err)
}

// splitHost cuts host:field:field… and takes the brackets off an IPv6 address.
// Java drops empty fields at the end, and so does this.
func splitHost(text string) (host string, fields []string, err error) {
	rest := text
	if bracketed, ok := strings.CutPrefix(text, "["); ok {
		host, rest, ok = strings.Cut(bracketed, "]")
		if !ok {
			return "", nil, fmt.Errorf("%q opens a bracket and does not close it", text)
		}
		if rest, ok = strings.CutPrefix(rest, ":"); !ok {
			return "", nil, fmt.Errorf("%q needs a port after the bracket", text)
		}
		rest = ":" + rest
	} else {
		host, _, _ = strings.Cut(text, ":")
		rest = text[len(host):]
	}
	if host == "" {
		return "", nil, fmt.Errorf("%q has no host", text)
	}
	if rest = strings.TrimRight(rest, ":"); rest == "" {
		return host, nil, nil
	}
	return host, strings.Split(rest[1:], ":"), nil
}

const maxPort = 65535

func parsePort(text string) (int, error) {
	port, err := strconv.ParseInt(text, 10, 32)
	switch {
	case err != nil:
		return 0, fmt.Errorf("port %q is not a number", text)
	case port < 1 || port > maxPort:
		return 0, fmt.Errorf("port %d is not between 1 and %d", port, maxPort)
	default:
		return int(port), nil
	}
}

func withPrefix(prefix string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %w", prefix, err)
}

// isJavaBlank tells what String.trim removes.
func isJavaBlank(r rune) bool { return r <= ' ' }

// Key returns the key of the server line, "server." and the id.
func (s Server) Key() string {
	return serverPrefix + strconv.FormatInt(s.ID, 10)
}

// Value returns the canonical value, as /zookeeper/config shows it: always with
// the role, and with host and port of the client part if there is one.
func (s Server) Value() string {
	var b strings.Builder
	for i, address := range s.Addresses {
		if i > 0 {
			b.WriteByte('|')
		}
		fmt.Fprintf(&b, "%s:%d:%d", bracketed(address.Host), address.QuorumPort, address.ElectionPort)
	}
	b.WriteByte(':')
	b.WriteString(string(s.Role))
	if s.ClientPort != 0 {
		fmt.Fprintf(&b, ";%s:%d", bracketed(s.ClientHost), s.ClientPort)
	}
	return b.String()
}

// String returns the whole line.
func (s Server) String() string {
	return s.Key() + "=" + s.Value()
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
