package catalogue

// adminProperties are the properties of the admin server and the four-letter words.
var adminProperties = []Definition{
	{
		Name: "4lw.commands.whitelist", Type: List, Default: "srvr",
		Allowed: []string{"conf", "cons", "crst", "dirs", "dump", "envi", "gtmk", "hash", "isro", "mntr", "ruok", "srst", "srvr", "stat", "stmk", "wchc", "wchp", "wchs", "*"}, Since: releases("3.4.10", "3.5.3"), Owner: Operator,
		Breaks: "Words are separated by commas only; with any other separator nothing is allowed.",
	},
	{
		Name: "admin.commandURL", Type: Text, Default: "/commands",
		Since: releases("3.5.0"), Owner: Operator,
		Breaks: "Monitoring that asks for /commands finds nothing.",
	},
	{
		Name: "admin.enableServer", Type: Boolean, Default: "true",
		Since: releases("3.5.0"), Malformed: MeansTrue, Owner: Operator,
		Breaks: "Only the lower-case word false switches it off; left on, everyone who reaches port 8080 can read system properties, passwords included.",
	},
	{
		Name: "admin.forceHttps", Type: Boolean, Default: "false",
		Since: releases("3.6.3", "3.7.1", "3.8.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "Without ssl.quorum stores the admin server is silently missing.",
	},
	{
		Name: "admin.httpVersion", Type: Integer, Default: "11",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "It is undocumented; leave it alone.",
	},
	{
		Name: "admin.idleTimeout", Type: Integer, Unit: "ms", Default: "30000",
		Since: releases("3.5.3"), Malformed: MeansDefault,
		Breaks: "Too short cuts a large snapshot download.",
	},
	{
		Name: "admin.needClientAuth", Type: Boolean, Default: "false",
		Since: releases("3.9.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "false lets callers in without a certificate.",
	},
	{
		Name: "admin.portUnification", Type: Boolean, Default: "false",
		Since: releases("3.6.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "Without ssl.quorum stores the admin server is silently missing.",
	},
	{
		Name: "admin.rateLimiterIntervalInMS", Type: Integer, Unit: "ms", Default: "300000", Bounds: atLeast(1),
		Since: releases("3.9.0"), Malformed: Fails,
		Breaks: "A malformed number makes the commands fail; for snapshots the number is taken as microseconds.",
	},
	{
		Name: "admin.restore.enabled", Type: Boolean, Default: "true",
		Since: releases("3.9.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "With the default rule on / anyone who reaches the port replaces the data of a member.",
	},
	{
		Name: "admin.serverAddress", Type: Text, Default: "0.0.0.0",
		Since: releases("3.5.1"), Owner: Operator,
		Breaks: "The default shows system properties, passwords included, to everyone who reaches the port.",
	},
	{
		Name: "admin.serverPort", Type: Integer, Default: "8080", Bounds: between(0, 65535),
		Since: releases("3.5.0"), Malformed: MeansDefault, Owner: Operator,
		Breaks: "A malformed number means 8080; a port that is taken is only logged, and probes of it fail.",
	},
	{
		Name: "admin.snapshot.enabled", Type: Boolean, Default: "true",
		Since: releases("3.9.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "With the default rule on / anyone who reaches the port downloads the whole tree.",
	},
}
