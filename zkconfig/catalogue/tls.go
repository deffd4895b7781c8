package catalogue

// tlsProperties are the properties of encryption.
var tlsProperties = []Definition{
	{
		Name: "client.certReload", Type: Boolean, Default: "false",
		Since: releases("3.7.2", "3.8.5", "3.9.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "Certificates in a Kubernetes Secret volume are not reloaded: the volume swaps a link, and the server watches the file.",
	},
	{
		Name: "client.portUnification", Type: Boolean, Default: "false",
		Since: releases("3.5.7"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "true keeps plaintext open on the TLS port; it needs Netty.",
	},
	{
		Name: "fips-mode", Type: Boolean, Default: "true from 3.9, false before",
		Since: releases("3.8.2", "3.9.0"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "true, the default from 3.9, leaves out the host name check between servers and, in newer patches, DIGEST-MD5 logins; set it explicitly before an upgrade.",
	},
	{
		Name: "jdk.tls.rejectClientInitiatedRenegotiation", Type: Boolean, Default: "true",
		Since: releases("3.5.5"), Source: CommandLine, Property: "jdk.tls.rejectClientInitiatedRenegotiation", Malformed: MeansFalse,
		Breaks: "false lets clients burn the server's time with new handshakes.",
	},
	{
		Name: "netty.server.earlyDropSecureConnectionHandshakes", Type: Boolean, Default: "false",
		Since: releases("3.7.1", "3.8.0"), Malformed: MeansFalse,
		Breaks: "false does the whole TLS handshake of clients that the server cannot serve.",
	},
	{
		Name: "netty.server.outstandingHandshake.limit", Type: Integer, Default: "-1",
		Since: releases("3.6.0"), Malformed: MeansDefault,
		Breaks: "Too low refuses clients when many reconnect at once; it has an effect with TLS only.",
	},
	{
		Name: "portUnification", Type: Boolean, Default: "false",
		Since: releases("3.5.5"), Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "Left at true, the quorum still accepts plaintext peers, and a silent connection holds up the accept loop.",
	},
	{
		Name: "secureClientPort", Type: Integer, Default: "not set", Bounds: between(1, 65535),
		Since: releases("3.5.1"), Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "Without the Netty connection factory the server exits with code 1; without a key store every handshake fails later.",
	},
	{
		Name: "secureClientPortAddress", Type: Text, Default: "0.0.0.0",
		Since: releases("3.5.1"), Source: ZooCfg, Owner: Operator,
		Breaks: "Without secureClientPort the server exits with code 2.",
	},
	{
		Name: "ssl.allowReverseDnsLookup", Type: Boolean, Default: "false",
		Since: releases("3.8.6", "3.9.5"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "false needs certificates that hold IP addresses.",
	},
	{
		Name: "ssl.ciphersuites", Type: List, Default: "a list built into the server",
		Since:  releases("3.5.5"),
		Breaks: "Blanks after a comma become part of the name, and an unknown suite fails every handshake.",
	},
	{
		Name: "ssl.clientAuth", Type: Word, Default: "need",
		Allowed: []string{"none", "want", "need"}, Since: releases("3.5.5"), Owner: Operator,
		Breaks: "none and want let anyone connect without a certificate; an unknown word fails every handshake.",
	},
	{
		Name: "ssl.clientHostnameVerification", Type: Boolean, Default: "false",
		Since: releases("3.9.4"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "true needs certificates that name the connecting host; false accepts any host.",
	},
	{
		Name: "ssl.context.supplier.class", Type: Class, Default: "not set",
		Since:  releases("3.6.0"),
		Breaks: "A class that cannot be loaded fails every handshake.",
	},
	{
		Name: "ssl.crl", Type: Boolean, Default: "false",
		Since: releases("3.5.5"), Malformed: MeansFalse,
		Breaks: "true without reachable revocation lists fails handshakes.",
	},
	{
		Name: "ssl.enabledProtocols", Type: List, Default: "the value of ssl.protocol",
		Since:  releases("3.5.5"),
		Breaks: "Blanks after a comma become part of the name, and that protocol is refused.",
	},
	{
		Name: "ssl.handshakeDetectionTimeoutMillis", Type: Integer, Unit: "ms", Default: "5000", Bounds: atLeast(1),
		Since: releases("3.5.5"), Malformed: MeansDefault,
		Breaks: "A silent connection holds up the accept loop for this long.",
	},
	{
		Name: "ssl.hostnameVerification", Type: Boolean, Default: "true",
		Since: releases("3.5.5"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "false accepts any certificate of a trusted authority from any host.",
	},
	{
		Name: "ssl.keyStore.location", Type: Path, Default: "not set",
		Since: releases("3.5.5"), Owner: Operator,
		Breaks: "Without a key store the server starts, and every handshake fails; the file's extension tells its type.",
	},
	{
		Name: "ssl.keyStore.password", Type: Text, Default: "empty",
		Since: releases("3.5.5"), Owner: Operator, Secret: true,
		Breaks: "The admin server shows it to everyone; keep it in a file named by passwordPath.",
	},
	{
		Name: "ssl.keyStore.passwordPath", Type: Path, Default: "not set",
		Since: releases("3.8.0"), Owner: Operator,
		Breaks: "Before 3.8 it is ignored; it wins over the password.",
	},
	{
		Name: "ssl.keyStore.type", Type: Word, Default: "from the file name",
		Allowed: []string{"JKS", "PEM", "PKCS12", "BCFKS"}, Since: releases("3.5.5"), Owner: Operator,
		Breaks: "Without it only the extensions .jks, .pem, .p12 and .bcfks are understood, and others fail.",
	},
	{
		Name: "ssl.ocsp", Type: Boolean, Default: "false",
		Since: releases("3.5.5"), Malformed: MeansFalse,
		Breaks: "true without a reachable responder fails handshakes.",
	},
	{
		Name: "ssl.protocol", Type: Text, Default: "TLSv1.2; from 3.9.2 TLSv1.3 where Java supports it",
		Since:  releases("3.5.5"),
		Breaks: "A protocol that the Java runtime lacks fails every handshake.",
	},
	{
		Name: "ssl.quorum.allowReverseDnsLookup", Type: Boolean, Default: "true",
		Since: releases("3.8.6", "3.9.5"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "false needs certificates that hold IP addresses.",
	},
	{
		Name: "ssl.quorum.ciphersuites", Type: List, Default: "a list built into the server",
		Since:  releases("3.5.5"),
		Breaks: "Blanks after a comma become part of the name, and an unknown suite fails every handshake.",
	},
	{
		Name: "ssl.quorum.clientAuth", Type: Word, Default: "need",
		Allowed: []string{"none", "want", "need"}, Since: releases("3.5.5"), Owner: Operator,
		Breaks: "none and want let anyone connect without a certificate; an unknown word fails every handshake.",
	},
	{
		Name: "ssl.quorum.clientHostnameVerification", Type: Boolean, Default: "true",
		Since: releases("3.9.4"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "true needs certificates that name the connecting host; false accepts any host.",
	},
	{
		Name: "ssl.quorum.context.supplier.class", Type: Class, Default: "not set",
		Since:  releases("3.6.0"),
		Breaks: "A class that cannot be loaded fails every handshake.",
	},
	{
		Name: "ssl.quorum.crl", Type: Boolean, Default: "false",
		Since: releases("3.5.5"), Malformed: MeansFalse,
		Breaks: "true without reachable revocation lists fails handshakes.",
	},
	{
		Name: "ssl.quorum.enabledProtocols", Type: List, Default: "the value of ssl.quorum.protocol",
		Since:  releases("3.5.5"),
		Breaks: "Blanks after a comma become part of the name, and that protocol is refused.",
	},
	{
		Name: "ssl.quorum.handshakeDetectionTimeoutMillis", Type: Integer, Unit: "ms", Default: "5000", Bounds: atLeast(1),
		Since: releases("3.5.5"), Malformed: MeansDefault,
		Breaks: "A silent connection holds up the accept loop for this long.",
	},
	{
		Name: "ssl.quorum.hostnameVerification", Type: Boolean, Default: "true",
		Since: releases("3.5.5"), Malformed: MeansFalse, Owner: Operator,
		Breaks: "false accepts any certificate of a trusted authority from any host.",
	},
	{
		Name: "ssl.quorum.keyStore.location", Type: Path, Default: "not set",
		Since: releases("3.5.5"), Owner: Operator,
		Breaks: "Without a key store the server starts, and every handshake fails; the file's extension tells its type.",
	},
	{
		Name: "ssl.quorum.keyStore.password", Type: Text, Default: "empty",
		Since: releases("3.5.5"), Owner: Operator, Secret: true,
		Breaks: "The admin server shows it to everyone; keep it in a file named by passwordPath.",
	},
	{
		Name: "ssl.quorum.keyStore.passwordPath", Type: Path, Default: "not set",
		Since: releases("3.8.0"), Owner: Operator,
		Breaks: "Before 3.8 it is ignored; it wins over the password.",
	},
	{
		Name: "ssl.quorum.keyStore.type", Type: Word, Default: "from the file name",
		Allowed: []string{"JKS", "PEM", "PKCS12", "BCFKS"}, Since: releases("3.5.5"), Owner: Operator,
		Breaks: "Without it only the extensions .jks, .pem, .p12 and .bcfks are understood, and others fail.",
	},
	{
		Name: "ssl.quorum.ocsp", Type: Boolean, Default: "false",
		Since: releases("3.5.5"), Malformed: MeansFalse,
		Breaks: "true without a reachable responder fails handshakes.",
	},
	{
		Name: "ssl.quorum.protocol", Type: Text, Default: "TLSv1.2; from 3.9.2 TLSv1.3 where Java supports it",
		Since:  releases("3.5.5"),
		Breaks: "A protocol that the Java runtime lacks fails every handshake.",
	},
	{
		Name: "ssl.quorum.trustStore.location", Type: Path, Default: "not set",
		Since: releases("3.5.5"), Owner: Operator,
		Breaks: "Without a trust store no peer's certificate is accepted.",
	},
	{
		Name: "ssl.quorum.trustStore.password", Type: Text, Default: "empty",
		Since: releases("3.5.5"), Owner: Operator, Secret: true,
		Breaks: "The admin server shows it to everyone; keep it in a file named by passwordPath.",
	},
	{
		Name: "ssl.quorum.trustStore.passwordPath", Type: Path, Default: "not set",
		Since: releases("3.8.0"), Owner: Operator,
		Breaks: "Before 3.8 it is ignored; it wins over the password.",
	},
	{
		Name: "ssl.quorum.trustStore.type", Type: Word, Default: "from the file name",
		Allowed: []string{"JKS", "PEM", "PKCS12", "BCFKS"}, Since: releases("3.5.5"), Owner: Operator,
		Breaks: "Without it only the extensions .jks, .pem, .p12 and .bcfks are understood, and others fail.",
	},
	{
		Name: "ssl.sslProvider", Type: Word, Default: "JDK",
		Allowed: []string{"JDK", "OPENSSL", "OPENSSL_REFCNT"}, Since: releases("3.9.0"),
		Breaks: "OPENSSL needs native libraries of Netty, and without them every handshake fails.",
	},
	{
		Name: "ssl.trustStore.location", Type: Path, Default: "not set",
		Since: releases("3.5.5"), Owner: Operator,
		Breaks: "Without a trust store no peer's certificate is accepted.",
	},
	{
		Name: "ssl.trustStore.password", Type: Text, Default: "empty",
		Since: releases("3.5.5"), Owner: Operator, Secret: true,
		Breaks: "The admin server shows it to everyone; keep it in a file named by passwordPath.",
	},
	{
		Name: "ssl.trustStore.passwordPath", Type: Path, Default: "not set",
		Since: releases("3.8.0"), Owner: Operator,
		Breaks: "Before 3.8 it is ignored; it wins over the password.",
	},
	{
		Name: "ssl.trustStore.type", Type: Word, Default: "from the file name",
		Allowed: []string{"JKS", "PEM", "PKCS12", "BCFKS"}, Since: releases("3.5.5"), Owner: Operator,
		Breaks: "Without it only the extensions .jks, .pem, .p12 and .bcfks are understood, and others fail.",
	},
	{
		Name: "sslQuorum", Type: Boolean, Default: "false",
		Since: releases("3.5.5"), Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "Switched in one step instead of three, members with and without TLS cannot talk to each other; missing stores are noticed only at the first handshake.",
	},
	{
		Name: "sslQuorumReloadCertFiles", Type: Boolean, Default: "false",
		Since: releases("3.5.5"), Source: ZooCfg, Malformed: Refused, Owner: Operator,
		Breaks: "Certificates in a Kubernetes Secret volume are not reloaded: the volume swaps a link, and the server watches the file.",
	},
}
