// Package syntax is what reading a line and judging it share: the parts of server
// lines and of hosts, and how errors quote them.
package syntax

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ServerPrefix starts the key of every server line.
const ServerPrefix = "server."

// AnyHost is what a client part without a host means.
const AnyHost = "0.0.0.0"

// MaxPort is the highest port.
const MaxPort = 65535

// VersionKey is the key of a membership's version.
const VersionKey = "version"

// IsHierarchical tells the keys that switch the server to hierarchical quorums.
// It looks at the beginning of the key only, as the server does.
func IsHierarchical(key string) bool {
	return strings.HasPrefix(key, "group") || strings.HasPrefix(key, "weight")
}

// Tolerated is a mistake that the server accepts.
type Tolerated string

// Error returns what is wrong.
func (t Tolerated) Error() string { return string(t) }

// ServerID is the id in the key of a server line.
func ServerID(key string) (int64, error) {
	digits, ok := strings.CutPrefix(key, ServerPrefix)
	if !ok {
		return 0, errors.New(`the key of a server line is "server." and its id`)
	}
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the id %q is not a number", digits)
	}
	return id, nil
}

// ParseHexVersion reads the version of a membership.
func ParseHexVersion(text string) (uint64, error) {
	version, err := strconv.ParseUint(text, 16, 63)
	if err != nil {
		return 0, fmt.Errorf("the version %q is not a hexadecimal number", text)
	}
	return version, nil
}
