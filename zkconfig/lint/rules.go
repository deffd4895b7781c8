package lint

// Rule names what a finding is about. Names are stable, so that tools can
// count and filter by them.
type Rule string

// Rules, each explained in [Rules].
const (
	Unreadable         Rule = "unreadable"
	Template           Rule = "template"
	Encoding           Rule = "encoding"
	MalformedValue     Rule = "malformed-value"
	OutOfBounds        Rule = "out-of-bounds"
	UnknownKey         Rule = "unknown-key"
	WrongPrefix        Rule = "wrong-prefix"
	NoEffect           Rule = "no-effect"
	NotYet             Rule = "not-yet"
	RemovedKey         Rule = "removed"
	DuplicateKey       Rule = "duplicate-key"
	InlineComment      Rule = "inline-comment"
	QuotedValue        Rule = "quoted-value"
	LostBackslash      Rule = "lost-backslash"
	OctalNumber        Rule = "octal-number"
	MissingKey         Rule = "missing-key"
	PlaintextSecret    Rule = "plaintext-secret"
	TestingOnly        Rule = "testing-only"
	OperatorOwned      Rule = "operator-owned"
	NoRoom             Rule = "no-room"
	UnknownClass       Rule = "unknown-class"
	Timing             Rule = "timing"
	SessionTimeouts    Rule = "session-timeouts"
	ClientLimit        Rule = "client-limit"
	NoClientPort       Rule = "no-client-port"
	AddressWithoutPort Rule = "address-without-port"
	PortCollision      Rule = "port-collision"
	Directories        Rule = "directories"
	Autopurge          Rule = "autopurge"
	LogSize            Rule = "log-size"
	RiskyWrites        Rule = "risky-writes"
	NoServing          Rule = "no-serving"
	ServerLine         Rule = "server-line"
	ServerID           Rule = "server-id"
	SharedAddress      Rule = "shared-address"
	LocalAddress       Rule = "local-address"
	VoterCount         Rule = "voter-count"
	Hierarchical       Rule = "hierarchical"
	DynamicMembership  Rule = "dynamic-membership"
	RoleMismatch       Rule = "role-mismatch"
	MultiAddresses     Rule = "multi-address"
	Reconfiguration    Rule = "reconfiguration"
	LocalSessionsRule  Rule = "local-sessions"
	TLSWithoutStore    Rule = "tls-without-store"
	TLSSetup           Rule = "tls-setup"
	ConnectionFactory  Rule = "connection-factory"
	EnforcedAuth       Rule = "enforced-auth"
	QuorumAuth         Rule = "quorum-auth"
	OpenAccess         Rule = "open-access"
	NoProtection       Rule = "no-protection"
	AdminExposed       Rule = "admin-exposed"
	FourLetterWords    Rule = "four-letter-words"
	Absent             Rule = "absent"
)

// RuleDoc is one sentence about a rule.
type RuleDoc struct {
	Rule Rule
	What string
}

// Rules returns every rule with what it looks for, in the order of the rules
// themselves.
func Rules() []RuleDoc {
	return []RuleDoc{
		{Unreadable, "The text is no properties file."},
		{Template, "The file holds placeholders: it is a template, and what comes out of it is to be checked."},
		{Encoding, "The file begins with a byte order mark, or is written in UTF-16."},
		{MalformedValue, "The value is not of the property's type; most of the time the server uses the default and says nothing."},
		{OutOfBounds, "The number is too small or too large, or the word is not one of the allowed ones."},
		{UnknownKey, "No server reads the key: most likely a spelling mistake, which ZooKeeper accepts silently."},
		{WrongPrefix, "The key carries the prefix zookeeper., which the server adds once more."},
		{NoEffect, "The property is real, but not in zoo.cfg: it needs -D on the command line."},
		{NotYet, "The version does not know the property yet and ignores it."},
		{RemovedKey, "The version does not know the property any more and ignores it."},
		{DuplicateKey, "The key appears twice: an error with different values, of which the last one wins without a word, and otherwise a hint."},
		{InlineComment, "A # behind a value does not start a comment, it is part of the value."},
		{QuotedValue, "Quotes around a value are part of it."},
		{LostBackslash, "A backslash in a path is read as an escape and lost."},
		{OctalNumber, "A leading zero makes the number octal."},
		{MissingKey, "The server cannot start without the key."},
		{PlaintextSecret, "A secret stands in plain text."},
		{TestingOnly, "The property is for tests of ZooKeeper and endangers data."},
		{OperatorOwned, "The operator sets the property; a field of the resource may do what is wanted."},
		{NoRoom, "With so small a number, or so long a delay, the agent and the operator could not ask the server."},
		{UnknownClass, "The class does not come with ZooKeeper."},
		{Timing, "tickTime, initLimit and syncLimit do not give sane times."},
		{SessionTimeouts, "The session timeouts contradict each other, tickTime or the time of a leader change."},
		{ClientLimit, "Connections per client are not limited."},
		{NoClientPort, "Nobody can connect."},
		{AddressWithoutPort, "An address is given for a port that is not."},
		{PortCollision, "Two listeners of one server want the same port."},
		{Directories, "The directories are relative, temporary, nested or shared."},
		{Autopurge, "Old snapshots and logs are never removed."},
		{LogSize, "The sizes of log files and snapshots contradict each other or stop the server from serving."},
		{RiskyWrites, "Acknowledged writes can be lost, or lost data is hidden."},
		{NoServing, "The ensemble elects a leader and serves nobody."},
		{ServerLine, "A server line does not parse."},
		{ServerID, "A server id is duplicate, out of range, or not listed."},
		{SharedAddress, "Several members are on one host, or on one host and port."},
		{LocalAddress, "A member is listed with an address that others cannot reach."},
		{VoterCount, "The number of voters tolerates no failure, or no more than one voter less would."},
		{Hierarchical, "Groups or weights do not fit the server list, or make one server or one group necessary for every quorum."},
		{DynamicMembership, "The membership file and zoo.cfg contradict each other."},
		{RoleMismatch, "peerType differs from the role in the server list, which wins."},
		{MultiAddresses, "Several addresses for a server need -D, not zoo.cfg."},
		{Reconfiguration, "Reconfiguration is switched on and cannot work."},
		{LocalSessionsRule, "The two switches of local sessions contradict each other."},
		{TLSWithoutStore, "TLS is on without a key or trust store; the server starts, and every handshake fails."},
		{TLSSetup, "TLS leaves plaintext open, checks nobody, or changes with the version."},
		{ConnectionFactory, "The connection factory cannot do what the other keys ask for."},
		{EnforcedAuth, "Authentication is enforced and not set up; the ensemble never elects."},
		{QuorumAuth, "The switches of SASL between servers contradict each other."},
		{OpenAccess, "Everyone has the rights of an administrator."},
		{NoProtection, "The key promises protection, and no version reads it."},
		{AdminExposed, "The admin server shows secrets, or hands out and replaces the data, to everyone who reaches it."},
		{FourLetterWords, "The list of four-letter words allows less than it seems to."},
		{Absent, "What most ensembles set and the file leaves out, in one hint."},
	}
}
