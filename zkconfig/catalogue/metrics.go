package catalogue

// metricsProperties are the properties of what is measured.
var metricsProperties = []Definition{
	{
		Name: "metricsProvider.className", Type: Class, Default: "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider",
		Since: releases("3.6.0"), Source: ZooCfg, Owner: Operator,
		Breaks: "A class that is not on the class path stops the server with exit code 2.",
	},
	{
		Name: "metricsProvider.exportJvmInfo", Type: Boolean, Default: "true",
		Since: releases("3.6.0"), Source: ZooCfg, Malformed: MeansFalse,
		Breaks: "false leaves memory and garbage collection out of the metrics.",
	},
	{
		Name: "metricsProvider.httpHost", Type: Text, Default: "0.0.0.0",
		Since: releases("3.8.0"), Source: ZooCfg,
		Breaks: "An address of no local interface keeps the metrics endpoint from opening, and the server exits with code 1.",
	},
	{
		Name: "metricsProvider.httpPort", Type: Integer, Default: "7000", Bounds: between(0, 65535),
		Since: releases("3.6.0"), Source: ZooCfg, Malformed: Fails, Owner: Operator,
		Breaks: "A port that is taken ends the server with exit code 1.",
	},
	{
		Name: "metricsProvider.httpsPort", Type: Integer, Default: "not set",
		Since: releases("3.10.0"), Source: ZooCfg, Malformed: Fails,
		Breaks: "A port that is taken ends the server with exit code 1.",
	},
	{
		Name: "metricsProvider.maxQueueSize", Type: Integer, Default: "1000000",
		Since: releases("3.8.0"), Source: ZooCfg, Malformed: Fails,
		Breaks: "A huge queue holds samples in memory and lengthens garbage collections.",
	},
	{
		Name: "metricsProvider.numWorkerThreads", Type: Integer, Default: "1",
		Since: releases("3.8.0"), Source: ZooCfg, Malformed: Fails,
		Breaks: "Too few workers drop samples under load.",
	},
	{
		Name: "metricsProvider.ssl.ciphersuites", Type: Text, Default: "a list built into the server",
		Since: releases("3.10.0"), Source: ZooCfg,
		Breaks: "A list without a suite of the scraper fails its handshakes.",
	},
	{
		Name: "metricsProvider.ssl.enabledProtocols", Type: Text, Default: "the value of metricsProvider.ssl.protocol",
		Since: releases("3.10.0"), Source: ZooCfg,
		Breaks: "A list without a protocol of the scraper fails its handshakes.",
	},
	{
		Name: "metricsProvider.ssl.keyStore.location", Type: Text, Default: "not set",
		Since: releases("3.10.0"), Source: ZooCfg,
		Breaks: "Without a key store the https endpoint does not open.",
	},
	{
		Name: "metricsProvider.ssl.keyStore.password", Type: Text, Default: "not set",
		Since: releases("3.10.0"), Source: ZooCfg, Secret: true,
		Breaks: "A wrong password keeps the https endpoint from opening.",
	},
	{
		Name: "metricsProvider.ssl.keyStore.type", Type: Text, Default: "not set",
		Since: releases("3.10.0"), Source: ZooCfg,
		Breaks: "A type that does not fit the file keeps the https endpoint from opening.",
	},
	{
		Name: "metricsProvider.ssl.need.client.auth", Type: Text, Default: "true",
		Since: releases("3.10.0"), Source: ZooCfg,
		Breaks: "false lets scrapers in without a certificate.",
	},
	{
		Name: "metricsProvider.ssl.trustStore.location", Type: Text, Default: "not set",
		Since: releases("3.10.0"), Source: ZooCfg,
		Breaks: "Without a trust store no scraper's certificate is accepted.",
	},
	{
		Name: "metricsProvider.ssl.trustStore.password", Type: Text, Default: "not set",
		Since: releases("3.10.0"), Source: ZooCfg, Secret: true,
		Breaks: "A wrong password keeps the https endpoint from opening.",
	},
	{
		Name: "metricsProvider.ssl.trustStore.type", Type: Text, Default: "not set",
		Since: releases("3.10.0"), Source: ZooCfg,
		Breaks: "A type that does not fit the file keeps the https endpoint from opening.",
	},
	{
		Name: "metricsProvider.ssl.want.client.auth", Type: Text, Default: "true",
		Since: releases("3.10.0"), Source: ZooCfg,
		Breaks: "false does not ask scrapers for a certificate.",
	},
	{
		Name: "metricsProvider.workerShutdownTimeoutMs", Type: Integer, Unit: "ms", Default: "1000",
		Since: releases("3.8.0"), Source: ZooCfg, Malformed: Fails,
		Breaks: "A long wait delays the shutdown.",
	},
	{
		Name: "pathStats.delay", Type: Long, Unit: "min", Default: "5",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "It changes only the statistics by path.",
	},
	{
		Name: "pathStats.enabled", Type: Boolean, Default: "false",
		Since: releases("3.6.0"), Malformed: MeansFalse,
		Breaks: "true counts requests by path, which costs time.",
	},
	{
		Name: "pathStats.initialDelay", Type: Long, Unit: "min", Default: "5",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "It changes only the statistics by path.",
	},
	{
		Name: "pathStats.maxDepth", Type: Integer, Default: "6",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "It changes only the statistics by path.",
	},
	{
		Name: "pathStats.sampleRate", Type: Decimal, Default: "0.1",
		Since: releases("3.6.0"), Malformed: Fails,
		Breaks: "A malformed number fails the start of the statistics by path.",
	},
	{
		Name: "pathStats.slotCapacity", Type: Integer, Default: "60", Bounds: atLeast(1),
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "0 or less makes the start of every leader fail, and elections repeat for ever, even while pathStats.enabled is false.",
	},
	{
		Name: "pathStats.slotDuration", Type: Integer, Unit: "s", Default: "15",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "It changes only the statistics by path.",
	},
	{
		Name: "pathStats.topPathMax", Type: Integer, Default: "20",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "It changes only the statistics by path.",
	},
}
