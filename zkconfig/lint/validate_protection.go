package lint

import (
	"fmt"
	"slices"
	"strings"
)

// checkNoProtection judges a key that no version reads and that people write to
// be safe. A key of a plugin may be about security too, and is left to those who
// registered a class of their own.
func (c checker) checkNoProtection(e *entry, bare, nearest string) bool {
	switch {
	case strings.EqualFold(bare, requireScheme):
		c.wrong(NoProtection, e.Key, "No version of ZooKeeper reads the key, though many guides name it: nobody is asked to authenticate.", c.requireAuthentication(e.Value))
	case nearest == "" && promisesProtection(bare) && !c.ownClass:
		c.wrong(NoProtection, e.Key, "No version of ZooKeeper reads the key, and it protects nothing.", "Remove the line, and see the properties of authentication and encryption for one that does.")
	default:
		return false
	}
	return true
}

// requireScheme is the key of the guides.
const requireScheme = "requireClientAuthScheme"

// requireAuthentication says what makes the version ask its clients.
func (c checker) requireAuthentication(scheme string) string {
	if scheme == "" {
		scheme = "sasl"
	}
	var fix string
	switch {
	case c.knows("enforce.auth.enabled"):
		fix = fmt.Sprintf("Replace the line by enforce.auth.enabled=true and enforce.auth.schemes=%s", scheme)
	case c.knows("sessionRequireClientSASLAuth") && scheme == "sasl":
		fix = "Replace the line by sessionRequireClientSASLAuth=true"
	default:
		return fmt.Sprintf("Remove the line: ZooKeeper %s has no way to ask for it; upgrade to 3.7 or later.", c.version)
	}
	if class := schemeClasses[scheme]; class != "" && !c.hasScheme(scheme) {
		fix += fmt.Sprintf(", with authProvider.%s=%s", scheme, class)
	}
	return fix + "."
}

// protecting are the words of keys that promise protection.
var protecting = []string{"auth", "sasl", "ssl", "tls", "acl", "secur", "kerberos", "encrypt", "password", "digest"}

func promisesProtection(key string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc(protecting, func(word string) bool { return strings.Contains(key, word) })
}
