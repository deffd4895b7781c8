package lint

import (
	"fmt"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

// resolve does what the server does once all lines are read.
func (r *reader) resolve() {
	s := &r.settings
	s.SnapRetainCount = max(s.SnapRetainCount, minSnapRetainCount)
	if s.DataDir == "" && !r.has("dataDir") {
		r.stop(MissingKey, StaticFile, 0, "dataDir", "The key is missing, and the server exits with code 2.", "Add dataDir=/var/lib/zookeeper or the directory of your volume.")
	}
	r.checkShortPath("dataDir", s.DataDir)
	r.checkShortPath("dataLogDir", s.DataLogDir)
	if !r.has("dataLogDir") {
		s.DataLogDir = s.DataDir
	}
	r.resolveSASL()
	r.resolvePorts()
	if s.TickTime == 0 {
		r.stop(OutOfBounds, StaticFile, r.line("tickTime"), "tickTime", "A tick of 0 ms stops the server with exit code 2.", "Write tickTime=2000.")
	}
	if s.MinSessionTimeout == -1 {
		s.MinSessionTimeout = int(int32(s.TickTime) * 2)
	}
	if s.MaxSessionTimeout == -1 {
		s.MaxSessionTimeout = int(int32(s.TickTime) * 20)
	}
	if s.MinSessionTimeout > s.MaxSessionTimeout {
		key := "maxSessionTimeout"
		if !r.has(key) {
			key = "minSessionTimeout"
		}
		r.stop(SessionTimeouts, StaticFile, r.line(key), key,
			fmt.Sprintf("The smallest session timeout, %d ms, is larger than the largest, %d ms, and the server exits with code 2.", s.MinSessionTimeout, s.MaxSessionTimeout),
			"Without these keys they are 2 and 20 times tickTime, which suits most ensembles.")
	}
}

// checkShortPath foresees a crash of the server in its check for relative
// paths.
func (r *reader) checkShortPath(key, path string) {
	if r.has(key) && len(path) < 2 && path != "/" {
		r.stop(Directories, StaticFile, r.line(key), key, "The server crashes over a relative path of less than two characters.", "Write the full path.")
	}
}

func (r *reader) resolveSASL() {
	s := &r.settings
	for _, needed := range []struct {
		missing  bool
		key, fix string
	}{
		{s.ServerSASL && !s.QuorumSASL, "quorum.auth.serverRequireSasl", "quorum.auth.enableSasl"},
		{s.LearnerSASL && !s.QuorumSASL, "quorum.auth.learnerRequireSasl", "quorum.auth.enableSasl"},
		{s.ServerSASL && !s.LearnerSASL, "quorum.auth.serverRequireSasl", "quorum.auth.learnerRequireSasl"},
	} {
		if needed.missing {
			r.stop(QuorumAuth, StaticFile, r.line(needed.key), needed.key,
				fmt.Sprintf("It needs %s=true, and without it the server exits with code 2.", needed.fix),
				fmt.Sprintf("Roll out %s=true first.", needed.fix))
			return
		}
	}
}

func (r *reader) resolvePorts() {
	s := &r.settings
	r.resolvePort("clientPort", &s.ClientPort, "clientPortAddress", &s.ClientAddress)
	r.resolvePort("secureClientPort", &s.SecureClientPort, "secureClientPortAddress", &s.SecureClientAddress)
	s.ObserverMasterPort = max(s.ObserverMasterPort, 0)
	if s.SecureClientPort != 0 {
		r.resolveAuthProvider()
	}
}

func (r *reader) resolvePort(portKey string, port *int, addressKey string, address *string) {
	if r.has(portKey) && *port == 0 && !r.version.Before(zkconfig.Version{Major: 3, Minor: 9}) {
		*port = RandomPort
	}
	switch {
	case r.stopped(portKey): // it is there, and its value is the cause
	case *port == 0 && r.has(addressKey):
		r.stop(AddressWithoutPort, StaticFile, r.line(addressKey), addressKey,
			fmt.Sprintf("There is no %s for it, and the server exits with code 2.", portKey),
			fmt.Sprintf("Add %s, or remove the line.", portKey))
	case *port != RandomPort && (*port < 0 || *port > syntax.MaxPort):
		r.portOutOfRange(portKey, *port)
	case *port != 0 && *address == "":
		*address = syntax.AnyHost
	}
}

func (r *reader) portOutOfRange(key string, port int) {
	r.stop(OutOfBounds, StaticFile, r.line(key), key,
		fmt.Sprintf("%d is no port, and the server exits with code 2.", port),
		fmt.Sprintf("Use a number between 1 and %d.", syntax.MaxPort))
}

// x509Provider is what the server registers when it has a secure client port.
const x509Provider = "org.apache.zookeeper.server.auth.X509AuthenticationProvider"

func (r *reader) resolveAuthProvider() {
	scheme, ok := r.system("ssl.authProvider")
	if !ok {
		scheme = "x509"
	}
	provider := "authProvider." + scheme
	if _, ok := r.system(provider); ok {
		return
	}
	if scheme != "x509" {
		r.stop(EnforcedAuth, StaticFile, r.line("ssl.authProvider"), "ssl.authProvider",
			fmt.Sprintf("No %s is set, and a server with secureClientPort exits with code 2.", provider),
			fmt.Sprintf("Add %s=<class>, or remove the line to use x509.", provider))
		return
	}
	r.settings.SystemProperties = append(r.settings.SystemProperties, zkconfig.Property{Key: provider, Value: x509Provider})
}

// matchOwnLine lets the own server line win over clientPort and peerType.
func (r *reader) matchOwnLine() {
	s := &r.settings
	if r.config.MyID == nil || r.unknownMembership() {
		return
	}
	s.PeerType = zkconfig.Participant
	own, ok := s.Membership.Server(s.ServerID)
	if !ok || s.ServerID == unsetID {
		return
	}
	s.PeerType = own.Role
	if own.ClientPort == 0 {
		return
	}
	if s.ClientPort != 0 && !sameClientAddress(*s, own) {
		r.stop(ServerLine, StaticFile, r.line("clientPort"), "clientPort",
			fmt.Sprintf("The client address %s differs from %s in the own line %s, and the server exits with code 2.",
				hostPort(s.ClientAddress, s.ClientPort), hostPort(own.ClientHost, own.ClientPort), own.Key()),
			"Remove clientPort and clientPortAddress: the server line says it.")
	}
	s.ClientAddress, s.ClientPort = own.ClientHost, own.ClientPort
}

func (r *reader) requireLimits() {
	s := &r.settings
	if !s.Distributed() || r.unknownMembership() {
		return
	}
	for _, limit := range []struct {
		key, fix string
		value    int
	}{{"initLimit", "initLimit=10", s.InitLimit}, {"syncLimit", "syncLimit=5", s.SyncLimit}} {
		if limit.value != 0 || r.stopped(limit.key) {
			continue
		}
		message := "The key is missing, and a server of an ensemble exits with code 2."
		if r.has(limit.key) {
			message = "A limit of 0 ticks stops a server of an ensemble with exit code 2."
		}
		r.stop(MissingKey, StaticFile, r.line(limit.key), limit.key, message, "Write "+limit.fix+".")
	}
}
