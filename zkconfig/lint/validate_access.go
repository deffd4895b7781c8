package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
)

func (c checker) checkAccess() {
	switch skipped := c.value("skipACL") == "yes"; {
	case skipped && c.settings.ReconfigEnabled:
		c.wrong(OpenAccess, "skipACL", "Every client is an administrator, and with reconfigEnabled every client can put other servers in the place of these.", "Remove the line.")
	case skipped:
		c.risky(OpenAccess, "skipACL", "Every client is an administrator and can read, change and delete everything.", "Remove the line.")
	}
	c.checkEnforcement()
	c.checkAdminServer()
}

// checkEnforcement looks for authentication that is required and not set up,
// with which no leader ever starts.
func (c checker) checkEnforcement() {
	if c.on("enforce.auth.enabled") && c.knows("enforce.auth.enabled") {
		schemes := c.value("enforce.auth.schemes")
		if strings.Trim(schemes, ", ") == "" {
			c.wrong(EnforcedAuth, "enforce.auth.enabled", "There is no enforce.auth.schemes: the start of every leader fails, and elections repeat for ever.", "Add enforce.auth.schemes=sasl, or the schemes that your clients use.")
			return
		}
		for scheme := range strings.SplitSeq(schemes, ",") {
			c.checkScheme("enforce.auth.schemes", strings.TrimSpace(scheme))
		}
	}
	if c.on("sessionRequireClientSASLAuth") {
		c.checkScheme("sessionRequireClientSASLAuth", "sasl")
	}
}

func (c checker) checkScheme(key, scheme string) {
	if scheme == "" || c.hasScheme(scheme) {
		return
	}
	fix := "Register its class with authProvider.1=<class>."
	switch class := schemeClasses[scheme]; {
	case scheme == "digest":
		fix = "Write DigestAuthenticationProvider.enabled=true."
	case class != "":
		fix = fmt.Sprintf("Write authProvider.%s=%s", scheme, class)
	}
	c.wrong(EnforcedAuth, key, fmt.Sprintf("The scheme %q is not set up: the start of every leader fails, and elections repeat for ever.", scheme), fix)
}

// schemeClasses are the classes behind the schemes that must be registered.
var schemeClasses = map[string]string{
	"sasl":     "org.apache.zookeeper.server.auth.SASLAuthenticationProvider",
	"x509":     x509Provider,
	"ensemble": "org.apache.zookeeper.server.auth.EnsembleAuthenticationProvider",
}

// hasScheme reports whether an authentication scheme may be available. A class
// that is not ZooKeeper's own may provide any scheme.
func (c checker) hasScheme(scheme string) bool {
	switch scheme {
	case "ip":
		return true
	case "digest":
		return !c.off("DigestAuthenticationProvider.enabled")
	}
	class := schemeClasses[scheme]
	provides := func(key, value string) bool {
		return strings.HasPrefix(key, "authProvider.") && (value == class || !slices.Contains(shippedClasses, value))
	}
	for _, property := range c.settings.SystemProperties {
		if provides(property.Key, property.Value) {
			return true
		}
	}
	for key, value := range c.config.JVM {
		if provides(strings.TrimPrefix(key, catalogue.PropertyPrefix), value) {
			return true
		}
	}
	return false
}

// checkAdminServer judges what everyone who reaches its port can do.
func (c checker) checkAdminServer() {
	if !c.adminServer() || c.judged("admin.enableServer") || isLoopback(c.adminHost()) {
		return
	}
	for _, key := range adminKeys {
		if what := c.exposed(); what != "" && c.has(key) {
			c.risky(AdminExposed, key, what, "Write admin.enableServer=false or admin.serverAddress=127.0.0.1.")
			return
		}
	}
}

// adminKeys are the lines that decide who reaches the admin server. Without any
// of them nobody thought of it, which is said with everything that is left out.
var adminKeys = []string{"admin.serverAddress", "admin.enableServer", "admin.serverPort"}

// exposed says what everyone who reaches the admin server can do, or "".
func (c checker) exposed() string {
	switch {
	case c.knows("admin.restore.enabled") && (!c.off("admin.restore.enabled") || !c.off("admin.snapshot.enabled")):
		return fmt.Sprintf("While everyone has all rights on /, which is the default, everyone who reaches port %d can download and replace the whole database.", c.adminPort())
	case c.knows("admin.enableServer") && slices.ContainsFunc(c.static, func(e entry) bool { return e.definition != nil && e.definition.Secret }):
		return fmt.Sprintf("Everyone who reaches port %d can read the secrets of zoo.cfg.", c.adminPort())
	default:
		return ""
	}
}
