package catalogue

// clientProperties are the properties of what clients connect to.
var clientProperties = []Definition{
	{
		Name: "clientPort", Type: Integer, Default: "not set", Bounds: between(1, 65535),
		Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "Port 0 means no port before 3.9 and a random one since; a port that differs from the client part of the own server line stops the server with exit code 2.",
	},
	{
		Name: "clientPortAddress", Type: Text, Default: "0.0.0.0",
		Source: ZooCfg, Owner: Operator,
		Breaks: "Without clientPort the server exits with code 2; a loopback address shuts remote clients out.",
	},
	{
		Name: "clientPortListenBacklog", Type: Integer, Default: "-1", Bounds: atLeast(-1),
		Since: releases("3.6.0"), Source: ZooCfg, Malformed: Refused,
		Breaks: "A small backlog drops connections when many clients reconnect at once.",
	},
	{
		Name: "clientTcpKeepAlive", Type: Boolean, Default: "false",
		Since: releases("3.7.0"), Malformed: MeansFalse,
		Breaks: "false keeps connections of vanished clients until their session expires.",
	},
	{
		Name: "connection_throttle_decrease_ratio", Type: Decimal, Default: "0",
		Since: releases("3.6.0"), Malformed: MeansDefaultDecimal,
		Breaks: "It is a probability; anything above 1 has no meaning.",
	},
	{
		Name: "connection_throttle_drop_decrease", Type: Decimal, Default: "0.002",
		Since: releases("3.6.0"), Malformed: MeansDefaultDecimal,
		Breaks: "Too low keeps dropping clients after the storm.",
	},
	{
		Name: "connection_throttle_drop_increase", Type: Decimal, Default: "0.02",
		Since: releases("3.6.0"), Malformed: MeansDefaultDecimal,
		Breaks: "Too high drops clients early.",
	},
	{
		Name: "connection_throttle_fill_count", Type: Integer, Default: "1",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "Too few tokens in a refill lengthen a reconnection storm.",
	},
	{
		Name: "connection_throttle_fill_time", Type: Integer, Unit: "ms", Default: "1",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A long time between refills lengthens a reconnection storm.",
	},
	{
		Name: "connection_throttle_freeze_time", Type: Integer, Unit: "ms", Default: "-1",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "It delays how fast the drop probability adapts.",
	},
	{
		Name: "connection_throttle_global_session_weight", Type: Integer, Default: "3",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "More than connection_throttle_tokens, and no new session is ever accepted.",
	},
	{
		Name: "connection_throttle_local_session_weight", Type: Integer, Default: "1",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "More than connection_throttle_tokens, and no local session is ever accepted.",
	},
	{
		Name: "connection_throttle_renew_session_weight", Type: Integer, Default: "2",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "More than connection_throttle_tokens, and no session can be renewed.",
	},
	{
		Name: "connection_throttle_tokens", Type: Integer, Default: "0", Bounds: atLeast(0),
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "Too few tokens refuse clients that reconnect together.",
	},
	{
		Name: "connection_throttle_weight_enabled", Type: Boolean, Default: "false",
		Since: releases("3.6.0"), Malformed: MeansFalse,
		Breaks: "false counts a cheap reconnection like an expensive new session.",
	},
	{
		Name: "localSessionsEnabled", Type: Boolean, Default: "false", Owner: Operator,
		Since: releases("3.5.0"), Source: ZooCfg, Malformed: Refused,
		Breaks: "It must be the same on every member, or sessions work on some members only; a new local session is no write, so it proves no longer that the quorum commits.",
	},
	{
		Name: "localSessionsUpgradingEnabled", Type: Boolean, Default: "false", Owner: Operator,
		Since: releases("3.5.0"), Source: ZooCfg, Malformed: Refused,
		Breaks: "false with local sessions refuses ephemeral nodes.",
	},
	{
		Name: "maxClientCnxns", Type: Integer, Default: "60",
		Source: ZooCfg, Malformed: Refused,
		Breaks: "0 and negative values lift the limit per client address, and one client can use up all file descriptors; a low value hurts clients behind one address.",
	},
	{
		Name: "maxCnxns", Type: Integer, Default: "0", Bounds: atLeast(0),
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "Too low a total refuses clients; plain and TLS connections are counted apart.",
	},
	{
		Name: "maxSessionTimeout", Type: Integer, Unit: "ms", Default: "20 × tickTime", Bounds: atLeast(-1),
		Source: ZooCfg, Malformed: Refused,
		Breaks: "Too low, and a leader change expires the sessions of healthy clients; below minSessionTimeout, it stops the server.",
	},
	{
		Name: "minSessionTimeout", Type: Integer, Unit: "ms", Default: "2 × tickTime", Bounds: atLeast(-1),
		Source: ZooCfg, Malformed: Refused,
		Breaks: "Larger than maxSessionTimeout, it stops the server.",
	},
	{
		Name: "netty.advancedFlowControl.enabled", Type: Boolean, Default: "false",
		Since: releases("3.6.0"), Malformed: MeansFalse,
		Breaks: "false reads from clients that are over their limits.",
	},
	{
		Name: "nio.directBufferBytes", Type: Integer, Unit: "bytes", Default: "65536",
		Since: releases("3.5.0"), Malformed: MeansDefault,
		Breaks: "0 switches direct buffers off; large buffers cost memory for every connection's thread.",
	},
	{
		Name: "nio.numSelectorThreads", Type: Integer, Default: "√(processors ÷ 2), at least 1", Bounds: atLeast(1),
		Since: releases("3.5.0"), Malformed: MeansDefault,
		Breaks: "0 ends the server with exit code 1.",
	},
	{
		Name: "nio.numWorkerThreads", Type: Integer, Default: "2 × processors", Bounds: atLeast(0),
		Since: releases("3.5.0"), Malformed: MeansDefault,
		Breaks: "0 lets the selector threads do all the work.",
	},
	{
		Name: "nio.sessionlessCnxnTimeout", Type: Integer, Unit: "ms", Default: "10000", Bounds: atLeast(1),
		Since: releases("3.5.0"), Malformed: MeansDefault,
		Breaks: "Too short drops clients before they have a session.",
	},
	{
		Name: "nio.shutdownTimeout", Type: Long, Unit: "ms", Default: "5000",
		Since: releases("3.5.0"), Malformed: MeansDefault,
		Breaks: "A long wait delays the shutdown.",
	},
	{
		Name: "readonlymode.enabled", Type: Boolean, Default: "false",
		Source: CommandLine, Property: "readonlymode.enabled", Malformed: MeansFalse,
		Breaks: "A member cut off from the quorum serves stale reads.",
	},
	{
		Name: "request_stale_connection_check", Type: Boolean, Default: "true",
		Since: releases("3.6.0"), Malformed: MeansFalse,
		Breaks: "false works on requests of closed connections.",
	},
	{
		Name: "request_stale_latency_check", Type: Boolean, Default: "false",
		Since: releases("3.6.0"), Malformed: MeansFalse,
		Breaks: "true drops requests that waited longer than their session's timeout.",
	},
	{
		Name: "request_throttle_drop_stale", Type: Boolean, Default: "true",
		Since: releases("3.6.0"), Malformed: MeansFalse,
		Breaks: "false works on requests whose client has already gone.",
	},
	{
		Name: "request_throttle_max_requests", Type: Integer, Default: "0",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "Too low a limit stalls healthy clients.",
	},
	{
		Name: "request_throttle_stall_time", Type: Integer, Unit: "ms", Default: "100",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A long stall delays every request over the limit.",
	},
	{
		Name: "request_throttler.shutdownTimeout", Type: Integer, Unit: "ms", Default: "10000",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "A long wait delays the shutdown.",
	},
	{
		Name: "serverCnxnFactory", Type: Class, Default: "org.apache.zookeeper.server.NIOServerCnxnFactory",
		Owner:  Operator,
		Breaks: "The short name ends the server with exit code 1; it must be the full class name, and TLS for clients needs Netty.",
	},
	{
		Name: "throttled_op_wait_time", Type: Integer, Unit: "ms", Default: "0",
		Since: releases("3.7.0"), Malformed: MeansDefault,
		Breaks: "Requests that waited longer are answered with an error instead of being worked on.",
	},
}
