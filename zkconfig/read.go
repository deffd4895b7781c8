package zkconfig

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Read reads a configuration as the server of that version does. The findings
// are the mistakes that stop the server, each with Stops set, and those in
// server lines that it tolerates; [Validate] returns these and all others.
func Read(config Config, version Version) (Settings, []Finding) {
	r := newReader(config, version)
	return r.settings, r.findings
}

// reader collects what the server would hold and what would stop it.
type reader struct {
	config   Config
	version  Version
	static   []entry
	settings Settings
	findings []Finding
	// members holds where each server of the membership was read.
	members []memberLine
}

// entry is an effective line of zoo.cfg: trimmed, not overridden by a later
// one. The definition is nil for unknown keys.
type entry struct {
	Property
	definition *Definition
}

type memberLine struct {
	server Server
	file   File
	line   int
}

func newReader(config Config, version Version) *reader {
	r := &reader{config: config, version: version, settings: defaultSettings()}
	if value, ok := config.JVM["zookeeper.multiAddress.enabled"]; ok {
		r.settings.MultiAddress = strings.EqualFold(value, "true")
	}
	r.static = make([]entry, 0, len(config.Static))
	for _, property := range config.Static {
		r.addStatic(property)
	}
	for i := range r.static {
		r.readStatic(&r.static[i])
	}
	r.resolve()
	r.readMembership()
	r.readMyID()
	r.matchOwnLine()
	r.requireLimits()
	return r
}

// addStatic lets a later line win over an earlier one with the same key.
func (r *reader) addStatic(property Property) {
	property.Key = strings.TrimFunc(property.Key, isJavaBlank)
	if !strings.HasPrefix(property.Key, serverPrefix) {
		property.Value = strings.TrimFunc(property.Value, isJavaBlank)
	}
	for i := range r.static {
		if r.static[i].Key != property.Key {
			continue
		}
		r.warn(DuplicateKey, StaticFile, property.Line, property.Key,
			fmt.Sprintf("The key stands in line %d too; this line wins.", r.static[i].Line),
			"Keep one of the two lines.")
		r.static[i].Property = property
		return
	}
	r.static = append(r.static, entry{Property: property, definition: lookup(property.Key)})
}

func (r *reader) readStatic(e *entry) {
	if metric, ok := strings.CutPrefix(e.Key, "metricsProvider."); ok && metric != "className" {
		r.settings.Metrics = append(r.settings.Metrics, Property{Key: metric, Value: e.Value, Line: e.Line})
		return
	}
	set, explicit := explicitKeys[e.Key]
	if !explicit || !e.definition.KnownIn(r.version) {
		r.passOn(e)
		return
	}
	if problem := set(&r.settings, e.Value); problem != "" {
		r.stop(MalformedValue, StaticFile, e.Line, e.Key,
			fmt.Sprintf("%s %s, and the server exits with code 2.", quoted(e), problem), repair(e))
	}
}

// passOn keeps what becomes a system property. Membership lines beside a
// membership file stop the server instead.
func (r *reader) passOn(e *entry) {
	isMembership := strings.HasPrefix(e.Key, serverPrefix) || isHierarchical(e.Key)
	if isMembership && r.has("dynamicConfigFile") {
		r.stop(DynamicMembership, StaticFile, e.Line, e.Key,
			"The line stands in zoo.cfg although dynamicConfigFile is set, and the server exits with code 2.",
			"Move the line into the file that dynamicConfigFile names, or remove dynamicConfigFile.")
		return
	}
	property := e.Property
	property.Value = strings.TrimFunc(property.Value, isJavaBlank)
	if r.settings.SystemProperties == nil {
		r.settings.SystemProperties = make(Properties, 0, len(r.static))
	}
	r.settings.SystemProperties = append(r.settings.SystemProperties, property)
}

// system returns a system property as the server sees it after the parse:
// zoo.cfg overrides -D.
func (r *reader) system(key string) (string, bool) {
	if value, ok := r.settings.SystemProperties.Get(key); ok {
		return value, true
	}
	if len(r.config.JVM) == 0 {
		return "", false
	}
	value, ok := r.config.JVM[propertyPrefix+key]
	return value, ok
}

// get returns the effective line of a key in zoo.cfg.
func (r *reader) get(key string) (*entry, bool) {
	for i := range r.static {
		if r.static[i].Key == key {
			return &r.static[i], true
		}
	}
	return nil, false
}

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
	if r.has(portKey) && *port == 0 && !r.version.Before(Version{3, 9, 0}) {
		*port = RandomPort
	}
	switch {
	case *port == 0 && r.has(addressKey):
		r.stop(AddressWithoutPort, StaticFile, r.line(addressKey), addressKey,
			fmt.Sprintf("There is no %s for it, and the server exits with code 2.", portKey),
			fmt.Sprintf("Add %s, or remove the line.", portKey))
	case *port != RandomPort && (*port < 0 || *port > maxPort):
		r.portOutOfRange(portKey, *port)
	case *port != 0 && *address == "":
		*address = anyHost
	}
}

func (r *reader) portOutOfRange(key string, port int) {
	r.stop(OutOfBounds, StaticFile, r.line(key), key,
		fmt.Sprintf("%d is no port, and the server exits with code 2.", port),
		fmt.Sprintf("Use a number between 1 and %d.", maxPort))
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
	r.settings.SystemProperties = append(r.settings.SystemProperties, Property{Key: provider, Value: x509Provider})
}

func (r *reader) readMyID() {
	if r.config.MyID == nil {
		return
	}
	id, err := ParseMyID(*r.config.MyID)
	if err != nil {
		r.stop(ServerID, MyIDFile, 1, "", capitalized(err.Error())+", and the server exits with code 2.",
			"Write the number alone, as in: echo 1 > myid")
		return
	}
	r.settings.ServerID = id
	if id == unsetID && r.settings.Distributed() && !r.unknownMembership() {
		r.stop(ServerID, MyIDFile, 1, "", "The id -1 counts as a missing myid, and the server exits with code 2.", "Number the servers from 1.")
	}
}

// unsetID is what the server takes for no id.
const unsetID = -1

// matchOwnLine lets the own server line win over clientPort and peerType.
func (r *reader) matchOwnLine() {
	s := &r.settings
	if r.config.MyID == nil || r.unknownMembership() {
		return
	}
	s.PeerType = Participant
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
		if limit.value != 0 || r.judged(limit.key) {
			continue
		}
		message := "The key is missing, and a server of an ensemble exits with code 2."
		if r.has(limit.key) {
			message = "A limit of 0 ticks stops a server of an ensemble with exit code 2."
		}
		r.stop(MissingKey, StaticFile, r.line(limit.key), limit.key, message, "Write "+limit.fix+".")
	}
}

// unknownMembership reports whether the membership is in a file that was not
// given.
func (r *reader) unknownMembership() bool {
	return r.settings.DynamicConfig != "" && r.config.Dynamic == nil
}

func (r *reader) has(key string) bool {
	_, ok := r.get(key)
	return ok
}

// line returns where a key stands, 0 when it does not.
func (r *reader) line(key string) int {
	if e, ok := r.get(key); ok {
		return e.Line
	}
	return 0
}

// judged reports whether a key already has an error, so that a second finding
// would only repeat it.
func (r *reader) judged(key string) bool {
	return slices.ContainsFunc(r.findings, func(f Finding) bool { return f.Key == key && f.Severity == Error })
}

func (r *reader) report(f Finding) {
	r.findings = append(r.findings, f)
}

func (r *reader) stop(rule Rule, file File, line int, key, message, fix string) {
	r.report(Finding{Rule: rule, Severity: Error, File: file, Line: line, Key: key, Message: message, Fix: fix, Stops: true})
}

func (r *reader) warn(rule Rule, file File, line int, key, message, fix string) {
	r.report(Finding{Rule: rule, Severity: Warning, File: file, Line: line, Key: key, Message: message, Fix: fix})
}

// quoted shows a value in a message, unless it is a secret.
func quoted(e *entry) string {
	if e.definition != nil && e.definition.Secret {
		return "The value"
	}
	return strconv.Quote(e.Value)
}

// repair says what to write instead of a malformed value.
func repair(e *entry) string {
	if before, _, found := strings.Cut(e.Value, "#"); found {
		return fmt.Sprintf("A comment needs a line of its own: %s=%s", e.Key, strings.TrimSpace(before))
	}
	switch e.definition.Type {
	case Boolean:
		return "Write true or false."
	case Integer, Long:
		if e.definition.Unit != "" {
			return fmt.Sprintf("Write a plain number of %s, without a unit.", e.definition.Unit)
		}
		return "Write a plain number."
	case Word:
		return "Write " + strings.Join(e.definition.Allowed, " or ") + "."
	default:
		return ""
	}
}

func capitalized(s string) string {
	return strings.ToUpper(s[:1]) + s[1:]
}

func isTolerated(err error) bool {
	var t tolerated
	return errors.As(err, &t)
}
