package catalogue

// quorumProperties are the properties of the servers among themselves.
var quorumProperties = []Definition{
	{
		Name: "cnxTimeout", Type: Integer, Unit: "ms", Default: "5000", Bounds: atLeast(1),
		Malformed: Fails,
		Breaks:    "A malformed number ends the server while it starts; too short a timeout keeps members from electing over a slow network.",
	},
	{
		Name: "connectToLearnerMasterLimit", Type: Integer, Unit: "ticks", Default: "initLimit", Bounds: atLeast(0),
		Since: releases("3.6.0"), Source: ZooCfg, Malformed: Refused,
		Breaks: "Too few ticks and a follower gives up connecting and starts another election.",
	},
	{
		Name: "dynamicConfigFile", Type: Path, Default: "not set",
		Since: releases("3.5.0"), Source: ZooCfg, Change: Never, Owner: Operator,
		Breaks: "A missing file stops the server, and so does any server, group or weight line left in zoo.cfg; a suffix that happens to be hexadecimal becomes the version.",
	},
	{
		Name: "electionAlg", Type: Integer, Default: "3", Bounds: between(3, 3),
		Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "Any value but 3 stops the server.",
	},
	{
		Name: "electionPortBindRetry", Type: Integer, Default: "3", Bounds: atLeast(0), Clamped: true,
		Since: releases("3.5.6"), Malformed: MeansDefault, Owner: Operator,
		Breaks: "After so many failed attempts the server exits with code 14, which a DNS name that is not yet published causes; 0 tries for ever.",
	},
	{
		Name: "fastleader.maxNotificationInterval", Type: Integer, Unit: "ms", Default: "60000",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A lone member backs off up to this long before it notices that the others are back.",
	},
	{
		Name: "fastleader.minNotificationInterval", Type: Integer, Unit: "ms", Default: "200",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A long interval slows elections.",
	},
	{
		Name: "follower.nodelay", Type: Boolean, Default: "true",
		Source: CommandLine, Property: "follower.nodelay", Malformed: MeansFalse,
		Breaks: "false delays small packets to the leader.",
	},
	{
		Name: "follower.skipLearnerRequestToNextProcessor", Type: Boolean, Default: "false",
		Since: releases("3.7.0"), Malformed: MeansFalse,
		Breaks: "It is a switch for tests of the server; leave it alone.",
	},
	{
		Name: "forceSnapshotSync", Type: Boolean, Default: "false",
		Since: releases("3.5.0"), Malformed: MeansFalse,
		Breaks: "true copies the whole tree to every member that joins; it is for tests.",
	},
	{
		Name: "forward_learner_requests_to_commit_processor_disabled", Type: Boolean, Default: "false",
		Since: releases("3.7.0"), Malformed: MeansFalse,
		Breaks: "It is a switch for tests of the server; leave it alone.",
	},
	{
		Name: "group.G", Type: List, Default: "none",
		Source: ZooCfg, Change: Reconfig, Owner: Operator,
		Breaks: "Any key that begins with group switches to hierarchical quorums, and a voter in no group stops the server.",
	},
	{
		Name: "initLimit", Type: Integer, Unit: "ticks", Default: "required with several servers", Bounds: atLeast(1),
		Source: ZooCfg, Malformed: Refused,
		Breaks: "Too few ticks and a large snapshot never finishes syncing, so that elections repeat for ever; too many and a broken start goes unnoticed.",
	},
	{
		Name: "leader.ackLoggingFrequency", Type: Integer, Default: "1000",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "It changes only how often acknowledgements are logged.",
	},
	{
		Name: "leader.closeSocketAsync", Type: Boolean, Default: "false",
		Since: releases("3.7.1", "3.8.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "false with TLS between servers lets a slow close hold up the leader's pings.",
	},
	{
		Name: "leader.maxConcurrentDiffSyncs", Type: Integer, Default: "100", Bounds: atLeast(1),
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "0 or less makes the start of every leader fail, and elections repeat for ever; a low limit sends observers away while others catch up.",
	},
	{
		Name: "leader.maxConcurrentSnapSyncs", Type: Integer, Default: "10", Bounds: atLeast(1),
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "0 or less makes the start of every leader fail, and elections repeat for ever; a low limit sends observers away while others copy a snapshot.",
	},
	{
		Name: "leader.maxTimeToWaitForEpoch", Type: Integer, Unit: "ms", Default: "-1",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "Too short abandons an election that would have succeeded.",
	},
	{
		Name: "leader.nodelay", Type: Boolean, Default: "true",
		Source: CommandLine, Property: "leader.nodelay", Malformed: MeansFalse,
		Breaks: "false delays small packets to followers.",
	},
	{
		Name: "leaderConnectDelayDuringRetryMs", Type: Integer, Unit: "ms", Default: "100",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A learner tries five times, so a short delay gives a new leader no time to open its port.",
	},
	{
		Name: "leaderServes", Type: Word, Default: "yes",
		Allowed: []string{"yes", "no"}, Malformed: Ignored, Owner: Operator,
		Breaks: "no makes the leader answer that it does not serve, so that nobody can ask it for the state of the ensemble; with one voter nobody serves clients.",
	},
	{
		Name: "learner.asyncSending", Type: Boolean, Default: "false",
		Since: releases("3.6.3", "3.7.1", "3.8.0"), Malformed: MeansFalse,
		Breaks: "false can block a follower for ever on a full connection to its leader.",
	},
	{
		Name: "learner.closeSocketAsync", Type: Boolean, Default: "false",
		Since: releases("3.7.1", "3.8.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "false with TLS between servers lets a slow close hold up the next election.",
	},
	{
		Name: "multiAddress.enabled", Type: Boolean, Default: "false",
		Since: releases("3.6.0"), Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "It is not enough in zoo.cfg: the check of the '|' in server lines reads the system property only, and stops the server.",
	},
	{
		Name: "multiAddress.reachabilityCheckEnabled", Type: Boolean, Default: "true",
		Since: releases("3.6.0"), Source: ZooCfg, Malformed: Refused,
		Breaks: "false keeps a member on an address that no longer answers.",
	},
	{
		Name: "multiAddress.reachabilityCheckTimeoutMs", Type: Integer, Unit: "ms", Default: "1000", Bounds: atLeast(0),
		Since: releases("3.6.0"), Source: ZooCfg, Malformed: Refused,
		Breaks: "Too short a check calls slow addresses dead.",
	},
	{
		Name: "observer.election.DelayMs", Type: Long, Unit: "ms", Default: "200",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A short delay lets observers look for the leader before there is one.",
	},
	{
		Name: "observer.reconnectDelayMs", Type: Long, Unit: "ms", Default: "0",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "0 lets all observers reconnect at the same moment.",
	},
	{
		Name: "observer.syncEnabled", Type: Boolean, Default: "the value of syncEnabled",
		Since: releases("3.4.6", "3.5.0"), Malformed: MeansFalse,
		Breaks: "false keeps no log and no snapshots on an observer; it overrides syncEnabled.",
	},
	{
		Name: "observerMaster.sizeLimit", Type: Integer, Unit: "bytes", Default: "33554432",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A small buffer sends observers that lag a whole snapshot.",
	},
	{
		Name: "observerMasterPort", Type: Integer, Default: "0", Bounds: between(0, 65535),
		Since: releases("3.6.0"), Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "Observers dial this port on every voter, so a value that differs between members cuts observers off.",
	},
	{
		Name: "oraclePath", Type: Path, Default: "not set",
		Since: releases("3.8.0"), Source: ZooCfg, Owner: Operator,
		Breaks: "A wrong oracle lets both halves of a two-server ensemble lead.",
	},
	{
		Name: "peerType", Type: Word, Default: "participant",
		Allowed: []string{"participant", "observer"}, Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "The role in the server list wins; a different value here only logs a warning.",
	},
	{
		Name: "quorum.cnxn.threads.size", Type: Integer, Default: "20", Bounds: atLeast(20), Clamped: true,
		Since: releases("3.4.10", "3.5.4"), Source: ZooCfg, Malformed: Refused,
		Breaks: "Values up to 20 are ignored; fewer threads than twice the ensemble delay SASL logins of members.",
	},
	{
		Name: "quorumCnxnTimeoutMs", Type: Integer, Unit: "ms", Default: "syncLimit × tickTime",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "Too short closes idle election connections again and again.",
	},
	{
		Name: "quorumListenOnAllIPs", Type: Boolean, Default: "false",
		Since: releases("3.4.6"), Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "true opens the quorum and election ports on every interface.",
	},
	{
		Name: "reconfigEnabled", Type: Boolean, Default: "false",
		Since: releases("3.5.3"), Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "true makes the server rewrite zoo.cfg, so its directory must be writable; the leader's value decides for the ensemble.",
	},
	{
		Name: "server.N", Type: List, Default: "no servers: standalone",
		Source: ZooCfg, Change: Reconfig, Owner: Operator,
		Breaks: "A blank after a port stops the server; a duplicate id loses one of the two lines without a word.",
	},
	{
		Name: "standaloneEnabled", Type: Boolean, Default: "true",
		Since: releases("3.5.0"), Source: ZooCfg, Malformed: Refused, Change: Never, Owner: Operator,
		Breaks: "true with one voter runs a standalone server that ignores its server line, cannot reconfigure and cannot grow.",
	},
	{
		Name: "syncEnabled", Type: Boolean, Default: "true",
		Since: releases("3.4.6", "3.5.0"), Source: ZooCfg, Malformed: Refused,
		Breaks: "false keeps no log and no snapshots on an observer, which then copies the whole tree at every restart.",
	},
	{
		Name: "syncLimit", Type: Integer, Unit: "ticks", Default: "required with several servers", Bounds: atLeast(1),
		Source: ZooCfg, Malformed: Refused,
		Breaks: "tickTime times syncLimit is how long a hung leader stops all writes; one tick makes members flap on a garbage collection.",
	},
	{
		Name: "tcpKeepAlive", Type: Boolean, Default: "false",
		Since: releases("3.4.11", "3.5.4"), Malformed: MeansFalse,
		Breaks: "false loses election connections silently where a firewall drops idle ones.",
	},
	{
		Name: "test.allowDiscontinuousProposals", Type: Boolean, Default: "false",
		Since: releases("3.9.4"), Malformed: MeansFalse, Owner: Nobody,
		Breaks: "true disables a guard against losing data and is for tests only.",
	},
	{
		Name: "testingonly.initialZxid", Type: Long, Default: "not set",
		Since: releases("3.4.4"), Owner: Nobody,
		Breaks: "It breaks the order of transactions and is for tests only.",
	},
	{
		Name: "tickTime", Type: Integer, Unit: "ms", Default: "3000", Bounds: atLeast(1),
		Source: ZooCfg, Malformed: Refused,
		Breaks: "It is the unit of initLimit, syncLimit and the session timeouts; 0 stops the server, and a negative value is accepted and breaks every deadline.",
	},
	{
		Name: "version", Type: Text, Default: "0",
		Since: releases("3.5.0"), Source: ZooCfg, Change: Never, Owner: Operator,
		Breaks: "It belongs into the name of the dynamic file; as a line of that file it stops the server.",
	},
	{
		Name: "weight.N", Type: Integer, Default: "1", Bounds: atLeast(0),
		Source: ZooCfg, Change: Reconfig, Owner: Operator,
		Breaks: "If all weights are 0 no leader is ever elected.",
	},
}
