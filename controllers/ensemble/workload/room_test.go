package workload

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

// errorAbout is the error about a key, empty if there is none.
func errorAbout(properties map[string]string, key string) string {
	for _, finding := range configFindings(properties) {
		if finding.Severity == lint.Error && finding.Key == key {
			return finding.String()
		}
	}
	return ""
}

// TestRoomIsLeft finds for each limit the nearest value that works: it is what the
// message names, it is accepted, and the one beside it is not.
func TestRoomIsLeft(t *testing.T) {
	for _, c := range []struct {
		key, bad, best, worse string
		others                map[string]string
	}{
		{key: "maxClientCnxns", bad: "1", best: "10", worse: "9"},
		{key: "maxCnxns", bad: "20", best: "70", worse: "69"},
		{key: "maxCnxns", bad: "100", best: "210", worse: "209", others: map[string]string{"maxClientCnxns": "200"}},
		{key: "maxCnxns", bad: "1", best: "20", worse: "19", others: map[string]string{"maxClientCnxns": "10"}},
		{key: "clientPortListenBacklog", bad: "1", best: "50", worse: "49"},
		{key: "nio.sessionlessCnxnTimeout", bad: "1", best: "1000", worse: "999"},
		{key: "maxSessionTimeout", bad: "10", best: "2000", worse: "1999", others: map[string]string{"minSessionTimeout": "1"}},
		{key: "tickTime", bad: "1", best: "100", worse: "99"},
		{key: "flushDelay", bad: "60000", best: "1000", worse: "1001"},
		{key: "throttled_op_wait_time", bad: "1", best: "1000", worse: "999"},
		{key: "largeRequestMaxBytes", bad: "1", best: "1048576", worse: "1048575", others: map[string]string{"largeRequestThreshold": "1"}},
		{key: "connection_throttle_tokens", bad: "2", best: "3", worse: "2", others: map[string]string{"connection_throttle_weight_enabled": "true"}},
		{key: "connection_throttle_fill_count", bad: "0", best: "1", worse: "-1", others: map[string]string{"connection_throttle_tokens": "100"}},
		{key: "connection_throttle_fill_time", bad: "0", best: "1", worse: "1001", others: map[string]string{"connection_throttle_tokens": "100"}},
	} {
		t.Run(c.key+"="+c.bad, func(t *testing.T) {
			with := func(value string) map[string]string {
				properties := map[string]string{c.key: value}
				maps.Copy(properties, c.others)
				return properties
			}
			if got := errorAbout(with(c.bad), c.key); !strings.Contains(got, "The nearest value that works is "+c.best+".") {
				t.Errorf("%s is answered with %q, which does not name %s", c.bad, got, c.best)
			}
			if got := errorAbout(with(c.worse), c.key); got == "" {
				t.Errorf("%s is accepted", c.worse)
			}
			if got := errorAbout(with(c.best), c.key); got != "" {
				t.Errorf("%s is refused: %s", c.best, got)
			}
		})
	}
}

// TestEveryLimitIsInTheTable keeps the rules and the table above together, and
// the rules to properties that there are.
func TestEveryLimitIsInTheTable(t *testing.T) {
	for _, narrow := range narrows {
		if definition, known := catalogue.Lookup(narrow.key); !known || definition.Owner != catalogue.User {
			t.Errorf("%s is no property of a user", narrow.key)
		}
		if narrow.bad(numbersWithout) {
			t.Errorf("%s has no room in an ensemble that sets nothing", narrow.key)
		}
	}
}

// TestUnlimitedLeavesRoom checks the values that lift a limit.
func TestUnlimitedLeavesRoom(t *testing.T) {
	for key, values := range map[string][]string{
		"maxClientCnxns": {"0", "-1", "60"}, "maxCnxns": {"0", "100000"}, "clientPortListenBacklog": {"-1", "0"}, "throttled_op_wait_time": {"0"},
	} {
		for _, value := range values {
			if got := errorAbout(map[string]string{key: value}, key); got != "" {
				t.Errorf("%s=%s is refused: %s", key, value, got)
			}
		}
	}
	if got := errorAbout(map[string]string{"maxCnxns": "1000", "maxClientCnxns": "0"}, "maxCnxns"); !strings.Contains(got, "leaves no room") {
		t.Errorf("a total that one address may use up is answered with %q", got)
	}
	if findings := configFindings(map[string]string{"maxCnxns": "1000"}); !slices.ContainsFunc(findings, func(f lint.Finding) bool {
		return f.Rule == lint.NoRoom && f.Severity == lint.Warning
	}) {
		t.Errorf("nobody is warned of a total that clients can use up: %v", findings)
	}
}

// TestWhatBlindsIsRefused tries everything of which it is known that the leader
// does not start or does not answer with it, or that nobody who has a digest gets
// in.
func TestWhatBlindsIsRefused(t *testing.T) {
	for key, value := range map[string]string{
		"leaderServes": "no", "sessionRequireClientSASLAuth": "true", "enforce.auth.enabled": "true", "enforce.auth.schemes": "sasl",
		"4lw.commands.whitelist": "ruok", "DigestAuthenticationProvider.enabled": "false", "DigestAuthenticationProvider.digestAlg": "SHA-256",
		"DigestAuthenticationProvider.superDigest": "super:x", "metricsProvider.className": "org.apache.zookeeper.metrics.impl.NullMetricsProvider",
		"clientPort": "2182", "clientPortAddress": "127.0.0.1", "serverCnxnFactory": "org.apache.zookeeper.server.NettyServerCnxnFactory",
		"localSessionsEnabled": "true", "reconfigEnabled": "false", "standaloneEnabled": "true", "quorum.auth.enableSasl": "true",
		"leader.maxConcurrentSnapSyncs": "0", "leader.maxConcurrentDiffSyncs": "0", "pathStats.slotCapacity": "0",
		"commitProcessor.maxCommitBatchSize": "0", "snapSizeLimitInKb": "0", "connection_throttle_tokens": "-1",
	} {
		if errorAbout(map[string]string{key: value}, key) == "" {
			t.Errorf("%s=%s is accepted", key, value)
		}
	}
}

// TestOwnedPropertiesSayWhy goes over the whole catalogue: what nobody may set is
// refused with a reason and a way out.
func TestOwnedPropertiesSayWhy(t *testing.T) {
	for _, d := range catalogue.All() {
		if d.Owner != catalogue.Operator {
			continue
		}
		got := errorAbout(map[string]string{d.Name: d.Default}, d.Name)
		if FieldOf(d) == "" && !strings.Contains(got, d.Breaks) || !strings.Contains(got, "Fix: ") {
			t.Errorf("%s is refused with %q", d.Name, got)
		}
	}
}

// FuzzUserConfig lets users write what they like: what is accepted is read by the
// server as it is written, and changes nothing that the operator sets.
func FuzzUserConfig(f *testing.F) {
	f.Add("tickTime", "3000", "snapCount", "1000")
	f.Add(" tickTime ", "abc", "\u00a0skipACL", "yes")
	f.Add("a\nskipACL=yes", "1", "snapCount", "1\nskipACL=yes")
	f.Add("skipACL\t", "yes", "authProvider.1", "x\\")
	f.Fuzz(func(t *testing.T, key1, value1, key2, value2 string) {
		properties := map[string]string{key1: value1, key2: value2}
		for _, finding := range configFindings(properties) {
			if finding.Severity == lint.Error {
				delete(properties, finding.Key)
			}
		}
		config := Effective(ensembleWith(properties))
		read, err := zkconfig.Parse(config.Static.Render())
		if err != nil {
			t.Fatalf("%q is not read back: %v", properties, err)
		}
		lines := map[string]int{}
		for _, property := range read {
			lines[strings.TrimFunc(property.Key, zkconfig.IsJavaBlank)]++
		}
		for key, n := range lines {
			if n != 1 {
				t.Errorf("%q: chance decides between %s values of %q", properties, strconv.Itoa(n), key)
			}
		}
		for _, d := range catalogue.All() {
			want, _ := Effective(ensembleWith(nil)).Static.Get(d.Name)
			if got, _ := read.Get(d.Name); d.Owner == catalogue.Operator && got != want {
				t.Errorf("%q: %s is %q and not %q", properties, d.Name, got, want)
			}
		}
	})
}
