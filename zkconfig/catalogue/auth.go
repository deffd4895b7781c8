package catalogue

// authProperties are the properties of who may do what.
var authProperties = []Definition{
	{
		Name: "allowSaslFailedClients", Type: Boolean, Default: "false",
		Malformed: MeansFalse,
		Breaks:    "true lets clients in whose login failed.",
	},
	{
		Name: "authProvider.<N>", Type: Class, Default: "none",
		Breaks: "A class that cannot be loaded is only logged, and its authentication is missing.",
	},
	{
		Name: "DigestAuthenticationProvider.digestAlg", Type: Text, Default: "SHA1",
		Since: releases("3.7.0"), Change: Never, Owner: Operator,
		Breaks: "Changed, it invalidates every digest rule and the super user; an unknown algorithm ends the server with exit code 1.",
	},
	{
		Name: "DigestAuthenticationProvider.enabled", Type: Boolean, Default: "true",
		Since: releases("3.7.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "false takes away the login of the super user by digest.",
	},
	{
		Name: "DigestAuthenticationProvider.superDigest", Type: Text, Default: "not set",
		Owner: Operator, Secret: true,
		Breaks: "It is an unsalted hash that opens everything, must be the same on every member, and is shown by the admin server.",
	},
	{
		Name: "enableEagerACLCheck", Type: Boolean, Default: "false",
		Since: releases("3.6.0"), Malformed: MeansFalse,
		Breaks: "false lets a write without the right to it travel to the leader before it is refused.",
	},
	{
		Name: "enforce.auth.enabled", Type: Boolean, Default: "false",
		Since: releases("3.7.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "Without enforce.auth.schemes, or with a scheme that is not set up, the leader fails to start for ever.",
	},
	{
		Name: "enforce.auth.schemes", Type: List, Default: "not set",
		Since: releases("3.7.0"), Owner: Operator,
		Breaks: "A scheme that is not set up makes the leader fail to start for ever.",
	},
	{
		Name: "ensembleAuthName", Type: List, Default: "not set",
		Since:  releases("3.6.0"),
		Breaks: "A name that clients do not send refuses them.",
	},
	{
		Name: "IPAuthenticationProvider.usexforwardedfor", Type: Boolean, Default: "false",
		Since: releases("3.9.3"), Malformed: MeansFalse,
		Breaks: "true lets callers choose their address unless a proxy removes the header.",
	},
	{
		Name: "java.security.auth.login.config", Type: Path, Default: "not set",
		Source: CommandLine, Property: "java.security.auth.login.config",
		Breaks: "A missing file fails SASL at the start of the server.",
	},
	{
		Name: "kerberos.canonicalizeHostNames", Type: Boolean, Default: "false",
		Since: releases("3.7.0"), Malformed: MeansFalse,
		Breaks: "true needs reverse DNS for every member.",
	},
	{
		Name: "kerberos.minReLoginTimeMs", Type: Long, Unit: "ms", Default: "60000",
		Since: releases("3.5.10", "3.6.4", "3.7.1", "3.8.1"), Malformed: MeansDefault,
		Breaks: "A long pause between logins outlives the ticket.",
	},
	{
		Name: "kerberos.removeHostFromPrincipal", Type: Boolean, Default: "false",
		Malformed: MeansFalse,
		Breaks:    "true treats principals of different hosts as one user.",
	},
	{
		Name: "kerberos.removeRealmFromPrincipal", Type: Boolean, Default: "false",
		Malformed: MeansFalse,
		Breaks:    "true treats principals of different realms as one user.",
	},
	{
		Name: "kinit", Type: Text, Default: "/usr/bin/kinit",
		Breaks: "A wrong path leaves the ticket to expire.",
	},
	{
		Name: "letAnySaslUserDoX", Type: Text, Default: "not set",
		Since: releases("3.5.0"), Owner: Nobody,
		Breaks: "It gives every SASL user the rights of an administrator; remove it.",
	},
	{
		Name: "quorum.auth.enableSasl", Type: Boolean, Default: "false",
		Since: releases("3.4.10", "3.5.4"), Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "Without the login sections the server exits with code 1; the three SASL switches must be rolled out one after the other.",
	},
	{
		Name: "quorum.auth.kerberos.servicePrincipal", Type: Text, Default: "zkquorum/localhost",
		Since: releases("3.4.10", "3.5.4"), Source: ZooCfg, Owner: Operator,
		Breaks: "The hosts that may join are computed once at start, so servers added later are rejected until the others restart.",
	},
	{
		Name: "quorum.auth.learner.saslLoginContext", Type: Text, Default: "QuorumLearner",
		Since: releases("3.4.10", "3.5.4"), Source: ZooCfg, Owner: Operator,
		Breaks: "A login section that does not exist ends the server with exit code 1.",
	},
	{
		Name: "quorum.auth.learnerRequireSasl", Type: Boolean, Default: "false",
		Since: releases("3.4.10", "3.5.4"), Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "true without quorum.auth.enableSasl stops the server.",
	},
	{
		Name: "quorum.auth.server.saslLoginContext", Type: Text, Default: "QuorumServer",
		Since: releases("3.4.10", "3.5.4"), Source: ZooCfg, Owner: Operator,
		Breaks: "A login section that does not exist ends the server with exit code 1.",
	},
	{
		Name: "quorum.auth.serverRequireSasl", Type: Boolean, Default: "false",
		Since: releases("3.4.10", "3.5.4"), Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "true without quorum.auth.learnerRequireSasl stops the server.",
	},
	{
		Name: "requireKerberosConfig", Type: Boolean, Default: "not set",
		Malformed: MeansFalse,
		Breaks:    "true fails SASL where no Kerberos configuration is found.",
	},
	{
		Name: "sasl.serverconfig", Type: Text, Default: "Server",
		Since: releases("3.4.4"), Owner: Operator,
		Breaks: "A login section that does not exist fails the start of the server.",
	},
	{
		Name: "SASLAuthenticationProvider.superPassword", Type: Text, Default: "not set",
		Owner: Operator, Secret: true,
		Breaks: "Anyone who reads the file is super user.",
	},
	{
		Name: "security.auth_to_local", Type: Text, Default: "DEFAULT",
		Breaks: "A rule that does not parse ends the server.",
	},
	{
		Name: "sessionRequireClientSASLAuth", Type: Boolean, Default: "false",
		Since: releases("3.5.9", "3.6.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "true locks out every client without SASL, administrators and operators with a digest login included.",
	},
	{
		Name: "skipACL", Type: Word, Default: "no",
		Allowed: []string{"yes", "no"}, Malformed: Ignored, Owner: Operator,
		Breaks: "yes makes every client an administrator, reconfiguration included.",
	},
	{
		Name: "ssl.authProvider", Type: Text, Default: "x509",
		Since: releases("3.5.5"), Owner: Operator,
		Breaks: "A scheme other than x509 without an authProvider of that name stops a server with a secureClientPort.",
	},
	{
		Name: "superUser", Type: Text, Default: "not set",
		Owner:  Operator,
		Breaks: "A wrong name gives the rights of the super user to nobody, or to somebody else.",
	},
	{
		Name: "superUser.<suffix>", Type: Text, Default: "none",
		Since: releases("3.7.0"), Owner: Operator,
		Breaks: "A wrong name gives the rights of the super user to nobody, or to somebody else.",
	},
	{
		Name: "X509AuthenticationProvider.superUser", Type: Text, Default: "not set",
		Since: releases("3.5.1"), Owner: Operator,
		Breaks: "It must equal the certificate's subject character by character, or there is no super user.",
	},
}
