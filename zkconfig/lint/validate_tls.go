package lint

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// TLS settings come twice: for clients and for the servers among themselves.
const clientTLS, quorumTLS = "ssl.", "ssl.quorum."

func (c checker) checkTLS() {
	s := &c.settings
	if s.SSLQuorum {
		c.checkStores(quorumTLS, "sslQuorum")
		c.checkQuorumTLS()
	} else if s.PortUnification {
		c.checkStores(quorumTLS, "portUnification")
		c.risky(TLSSetup, "portUnification", "Servers accept TLS and still talk plaintext to each other: this is the first of three steps.", "Go on with sslQuorum=true once every member runs with this.")
	}
	if s.SecureClientPort != 0 && !c.stopped("secureClientPort") {
		c.checkStores(clientTLS, "secureClientPort")
	} else if c.on("client.portUnification") {
		c.checkStores(clientTLS, "client.portUnification")
	}
	c.checkPlainPort()
	for _, key := range []string{"admin.portUnification", "admin.forceHttps"} {
		if c.on(key) && c.adminServer() && c.value(quorumTLS+"keyStore.location") == "" {
			c.wrong(TLSWithoutStore, key, "The admin server uses the stores of ssl.quorum; without them it is silently missing.", "Set ssl.quorum.keyStore.location and its password.")
		}
	}
	for _, prefix := range []string{clientTLS, quorumTLS} {
		c.checkStoreFile(prefix + "keyStore.")
		c.checkStoreFile(prefix + "trustStore.")
	}
}

// checkStores looks for the stores that the key switching TLS on relies on.
func (c checker) checkStores(prefix, key string) {
	if c.value(prefix+"keyStore.location") == "" {
		c.wrong(TLSWithoutStore, key, fmt.Sprintf("There is no %skeyStore.location; the server starts, and every handshake fails.", prefix), fmt.Sprintf("Set %skeyStore.location and its password.", prefix))
	}
	if c.value(prefix+"trustStore.location") == "" && !strings.EqualFold(c.value(prefix+"clientAuth"), "none") {
		c.wrong(TLSWithoutStore, key, fmt.Sprintf("There is no %strustStore.location; only certificates of public authorities are accepted from the other side.", prefix), fmt.Sprintf("Set %strustStore.location and its password.", prefix))
	}
}

func (c checker) checkQuorumTLS() {
	if c.settings.PortUnification {
		c.risky(TLSSetup, "portUnification", "Servers still accept plaintext from each other: this is the second of three steps.", "Write portUnification=false once every member runs with sslQuorum=true.")
	}
	if c.letsAnonymousIn(quorumTLS) && !c.settings.ServerSASL {
		c.risky(TLSSetup, "ssl.quorum.clientAuth", "Any host can join the quorum without a certificate.", "Remove the line.")
	}
	if _, set := c.system("fips-mode"); !set && c.version.Compare(zkconfig.Version{Major: 3, Minor: 9}) >= 0 {
		c.risky(TLSSetup, "sslQuorum", "The property fips-mode is true by default since 3.9, and the servers do not check each other's host names.", "Write fips-mode=false to check host names, or fips-mode=true to keep it so.")
	}
}

// letsAnonymousIn reports whether whoever connects may do so without a certificate:
// with want the server asks for one, and goes on where there is none.
func (c checker) letsAnonymousIn(prefix string) bool {
	auth := c.value(prefix + "clientAuth")
	return strings.EqualFold(auth, "none") || strings.EqualFold(auth, "want")
}

// checkPlainPort looks for a way around the certificates of clients.
func (c checker) checkPlainPort() {
	s := &c.settings
	if s.SecureClientPort == 0 || s.ClientPort == 0 || c.judged("secureClientPort") || c.judged("clientPort") || c.judged("clientPortAddress") ||
		c.letsAnonymousIn(clientTLS) || c.on("enforce.auth.enabled") || c.on("sessionRequireClientSASLAuth") || isLoopback(s.ClientAddress) {
		return
	}
	c.risky(TLSSetup, "clientPort", fmt.Sprintf("Port %d asks clients for a certificate, and whoever has none uses port %d, where nobody is asked.", s.SecureClientPort, s.ClientPort),
		"Remove the line once every client uses TLS, or bind the port to the server itself with clientPortAddress=127.0.0.1.")
}

// storeTypes are the file extensions that tell the type of a store.
var storeTypes = []string{".jks", ".pem", ".p12", ".bcfks"}

func (c checker) checkStoreFile(store string) {
	location := c.value(store + "location")
	if location == "" {
		return
	}
	if c.value(store+"type") == "" && !slices.Contains(storeTypes, path.Ext(location)) {
		c.wrong(TLSSetup, store+"location", fmt.Sprintf("The type of the store cannot be told from its name, and every handshake fails; known endings are %s.", strings.Join(storeTypes, ", ")), fmt.Sprintf("Set %stype.", store))
	}
	if c.value(store+"password") != "" && c.value(store+"passwordPath") != "" && c.knows(store+"passwordPath") {
		c.risky(TLSSetup, store+"password", fmt.Sprintf("%spasswordPath wins, and this password is not used.", store), "Remove the line.")
	}
}
