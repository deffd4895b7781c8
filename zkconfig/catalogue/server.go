package catalogue

// serverProperties are the properties of storage, requests and limits inside one server.
var serverProperties = []Definition{
	{
		Name: "audit.enable", Type: Boolean, Default: "false",
		Since: releases("3.6.0"), Malformed: MeansFalse,
		Breaks: "true logs every change with its user, which takes disk and time.",
	},
	{
		Name: "audit.impl.class", Type: Class, Default: "org.apache.zookeeper.audit.Slf4jAuditLogger",
		Since:  releases("3.6.0"),
		Breaks: "A class that cannot be loaded fails the start of the server.",
	},
	{
		Name: "autopurge.purgeInterval", Type: Integer, Unit: "hours", Default: "0",
		Source: ZooCfg, Malformed: Refused,
		Breaks: "0 keeps every snapshot and log until the disk is full and the server dies; units such as 6h stop the server before 3.10.",
	},
	{
		Name: "autopurge.snapRetainCount", Type: Integer, Default: "3", Bounds: atLeast(3), Clamped: true,
		Source: ZooCfg, Malformed: Refused,
		Breaks: "Fewer than 3 snapshots are never kept; a lower number is raised to 3.",
	},
	{
		Name: "bitHashCacheSize", Type: Integer, Default: "10",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A large cache costs memory for each watched path.",
	},
	{
		Name: "closeSessionTxn.enabled", Type: Boolean, Default: "true",
		Since: releases("3.6.0"), Malformed: MeansFalse,
		Breaks: "false writes session closings in the form of old releases; leave it alone.",
	},
	{
		Name: "commitLogCount", Type: Integer, Default: "500", Bounds: atLeast(500), Clamped: true,
		Since: releases("3.6.0"), Malformed: MeansDefaultDecimal,
		Breaks: "It cannot go below 500; a lower number is raised.",
	},
	{
		Name: "commitProcessor.maxCommitBatchSize", Type: Integer, Default: "1", Bounds: atLeast(1),
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "0 or less makes the start of the leader fail, and elections repeat for ever.",
	},
	{
		Name: "commitProcessor.maxReadBatchSize", Type: Integer, Default: "-1",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A large batch of reads holds up commits.",
	},
	{
		Name: "commitProcessor.numWorkerThreads", Type: Integer, Default: "processors", Bounds: atLeast(0),
		Since: releases("3.5.0"), Malformed: MeansDefault,
		Breaks: "0 does all the work in one thread.",
	},
	{
		Name: "commitProcessor.shutdownTimeout", Type: Long, Unit: "ms", Default: "5000",
		Since: releases("3.5.0"), Malformed: MeansDefault,
		Breaks: "A long wait delays the shutdown.",
	},
	{
		Name: "dataDir", Type: Path, Default: "required",
		Source: ZooCfg, Change: Never, Owner: Operator,
		Breaks: "An empty or wrong directory makes the server a blank member, or it exits with code 2 because myid is missing.",
	},
	{
		Name: "datadir.autocreate", Type: Boolean, Default: "true",
		Since: releases("3.5.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "true starts empty where a volume is not mounted.",
	},
	{
		Name: "dataLogDir", Type: Path, Default: "the value of dataDir",
		Source: ZooCfg, Change: Never, Owner: Operator,
		Breaks: "Moved without its log files, it loses transactions that were already acknowledged, or the server refuses to start.",
	},
	{
		Name: "db.autocreate", Type: Boolean, Default: "true",
		Since: releases("3.6.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "true lets a blank member vote: two of three members with empty disks elect each other and make the third drop its data.",
	},
	{
		Name: "digest.enabled", Type: Boolean, Default: "true",
		Since: releases("3.6.0"), Malformed: MeansFalse,
		Breaks: "false hides that members hold different data.",
	},
	{
		Name: "emulate353TTLNodes", Type: Boolean, Default: "false",
		Since: releases("3.5.4"), Malformed: MeansFalse, Change: Never,
		Breaks: "Server ids must stay below 128; it is only for data that 3.5.3 wrote.",
	},
	{
		Name: "enforceQuota", Type: Boolean, Default: "false",
		Since: releases("3.7.0"), Malformed: MeansFalse,
		Breaks: "true fails writes over hard quotas that were only logged before.",
	},
	{
		Name: "extendedTypesEnabled", Type: Boolean, Default: "false",
		Since: releases("3.5.4"), Malformed: MeansFalse, Change: Never, Owner: Operator,
		Breaks: "Server ids must stay below 255, or the leader fails to start for ever; once TTL nodes exist it cannot be switched off.",
	},
	{
		Name: "flushDelay", Type: Long, Unit: "ms", Default: "0", Bounds: atLeast(0),
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "Every write waits up to this long for company.",
	},
	{
		Name: "forceSync", Type: Word, Default: "yes",
		Allowed: []string{"yes", "no"}, Malformed: Ignored, Owner: Operator,
		Breaks: "no acknowledges writes before they are on disk, and a power failure loses them.",
	},
	{
		Name: "fsync.warningthresholdms", Type: Long, Unit: "ms", Default: "1000", Bounds: atLeast(0),
		Malformed: MeansDefault,
		Breaks:    "It changes only when slow disk writes are logged.",
	},
	{
		Name: "globalOutstandingLimit", Type: Integer, Default: "1000", Bounds: atLeast(1),
		Malformed: MeansDefault,
		Breaks:    "Too low throttles clients; too high lets requests fill the heap.",
	},
	{
		Name: "intBufferStartingSizeBytes", Type: Integer, Unit: "bytes", Default: "1024", Bounds: atLeast(32),
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "Below 32 the server exits with code 1.",
	},
	{
		Name: "jute.maxbuffer", Type: Integer, Unit: "bytes", Default: "1048575", Bounds: atLeast(1),
		Source: CommandLine, Property: "jute.maxbuffer", Malformed: MeansDefault,
		Breaks: "It must be the same on all servers and clients; lowered below what is stored, the servers cannot load their own data.",
	},
	{
		Name: "jute.maxbuffer.extrasize", Type: Integer, Unit: "bytes", Default: "the value of jute.maxbuffer",
		Since: releases("3.5.7"), Malformed: MeansDefault,
		Breaks: "Too small, and a transaction that was accepted cannot be read back.",
	},
	{
		Name: "largeRequestMaxBytes", Type: Integer, Unit: "bytes", Default: "104857600",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "Too small a budget refuses large requests.",
	},
	{
		Name: "largeRequestThreshold", Type: Integer, Unit: "bytes", Default: "-1",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A tiny positive threshold counts every request as large and throttles them all.",
	},
	{
		Name: "maxBatchSize", Type: Integer, Default: "1000",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A large batch delays the first write in it.",
	},
	{
		Name: "maxGetChildrenResponseCacheSize", Type: Integer, Default: "400",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A large cache fills the heap; 0 switches it off.",
	},
	{
		Name: "maxInProcessingDeadWatchers", Type: Integer, Default: "-1",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A low limit slows the closing of connections.",
	},
	{
		Name: "maxResponseCacheSize", Type: Integer, Default: "400",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A large cache fills the heap; 0 switches it off.",
	},
	{
		Name: "maxWriteQueuePollTime", Type: Long, Unit: "ms", Default: "flushDelay ÷ 3",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "It has an effect only together with flushDelay.",
	},
	{
		Name: "messageTracker.BufferSize", Type: Integer, Default: "10", Bounds: atLeast(1),
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "0 or less breaks the tracker; large values cost memory.",
	},
	{
		Name: "messageTracker.Enabled", Type: Boolean, Default: "false",
		Since: releases("3.6.0"), Malformed: MeansFalse,
		Breaks: "true keeps the last packets of each follower in memory, for debugging.",
	},
	{
		Name: "preAllocSize", Type: Long, Unit: "KiB", Default: "65536", Bounds: atLeast(0),
		Malformed: MeansDefaultDecimal,
		Breaks:    "More than the volume has left fails with a full disk; 0 preallocates nothing and slows the log.",
	},
	{
		Name: "serializeLastProcessedZxid.enabled", Type: Boolean, Default: "true",
		Since: releases("3.9.0"), Malformed: MeansFalse,
		Breaks: "false makes the admin commands snapshot and restore fail.",
	},
	{
		Name: "snapCount", Type: Integer, Default: "100000", Bounds: atLeast(2), Clamped: true,
		Malformed: MeansDefault,
		Breaks:    "A small number writes snapshots all the time; anything below 2 counts as 2.",
	},
	{
		Name: "snapshot.compression.method", Type: Word, Default: "none",
		Allowed: []string{"gz", "snappy"}, Since: releases("3.6.0"),
		Breaks: "An unknown method writes uncompressed snapshots; snappy needs a writable directory for its native library.",
	},
	{
		Name: "snapshot.trust.empty", Type: Boolean, Default: "false",
		Since: releases("3.5.6"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "true starts a server whose snapshots are lost as if nothing were missing.",
	},
	{
		Name: "snapshotSizeFactor", Type: Decimal, Default: "0.33", Clamped: true,
		Since: releases("3.5.0"), Malformed: MeansDefaultDecimal,
		Breaks: "Above 1 the default is used; a negative value sends whole snapshots where the log would do.",
	},
	{
		Name: "snapSizeLimitInKb", Type: Long, Unit: "KiB", Default: "4194304",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "0 kills the thread that writes the log: the process lives, the ensemble elects, and no client can connect.",
	},
	{
		Name: "txnLogSizeLimitInKb", Type: Long, Unit: "KiB", Default: "-1",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A limit below preAllocSize starts a new log file with every transaction.",
	},
	{
		Name: "watcherCleanIntervalInSeconds", Type: Integer, Default: "600",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A long interval keeps dead watchers in memory longer.",
	},
	{
		Name: "watcherCleanThreadsNum", Type: Integer, Default: "2",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "Too few threads let dead watchers pile up in memory.",
	},
	{
		Name: "watcherCleanThreshold", Type: Integer, Default: "1000",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A high threshold keeps dead watchers in memory longer.",
	},
	{
		Name: "watchManagerName", Type: Class, Default: "org.apache.zookeeper.server.watch.WatchManager",
		Since:  releases("3.6.0"),
		Breaks: "A class that cannot be loaded ends the server with exit code 1.",
	},
	{
		Name: "znode.container.checkIntervalMs", Type: Integer, Unit: "ms", Default: "60000",
		Since: releases("3.5.1"), Source: CommandLine, Property: "znode.container.checkIntervalMs", Malformed: MeansDefault,
		Breaks: "A short interval loads the leader with checks for empty containers.",
	},
	{
		Name: "znode.container.maxNeverUsedIntervalMs", Type: Long, Unit: "ms", Default: "0",
		Since: releases("3.6.0"), Source: CommandLine, Property: "znode.container.maxNeverUsedIntervalMs", Malformed: MeansDefault,
		Breaks: "0 keeps containers that never had a child for ever.",
	},
	{
		Name: "znode.container.maxPerMinute", Type: Integer, Default: "10000",
		Since: releases("3.5.1"), Source: CommandLine, Property: "znode.container.maxPerMinute", Malformed: MeansDefault,
		Breaks: "Too few deletions let empty containers pile up.",
	},
}
