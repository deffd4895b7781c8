package catalogue

import (
	"slices"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

func TestCatalogueIsWellFormed(t *testing.T) {
	definitions := All()
	if len(definitions) < 250 {
		t.Errorf("only %d properties are left", len(definitions))
	}
	names := map[string]bool{}
	for _, d := range definitions {
		if names[d.Name] {
			t.Errorf("%s is defined twice", d.Name)
		}
		names[d.Name] = true
		if !strings.HasSuffix(d.Breaks, ".") || len(d.Breaks) < 20 {
			t.Errorf("%s: what a bad value breaks is no sentence: %q", d.Name, d.Breaks)
		}
		if d.Type == Word && len(d.Allowed) == 0 {
			t.Errorf("%s: a word needs a list of allowed words", d.Name)
		}
		if d.Source == CommandLine && d.Property == PropertyPrefix+d.Name {
			t.Errorf("%s: zoo.cfg can set a property with that prefix", d.Name)
		}
		if !slices.IsSortedFunc(d.Since, zkconfig.Version.Compare) {
			t.Errorf("%s: the releases %v are not in ascending order", d.Name, d.Since)
		}
	}
	for wrong, right := range documented {
		if names[wrong] || !names[right] {
			t.Errorf("%s is to be replaced by %s, of which the first must not exist and the second must", wrong, right)
		}
	}
}

// TestDefaultsAreWellFormed checks that the defaults which are values, and not
// words for people, have the type and the bounds that they are for.
func TestDefaultsAreWellFormed(t *testing.T) {
	for _, d := range All() {
		number, _, err := d.ParseNumber(d.Default)
		if d.Type != Integer && d.Type != Long || err != nil {
			continue
		}
		if d.Bounds.Min != nil && number < *d.Bounds.Min || d.Bounds.Max != nil && number > *d.Bounds.Max {
			t.Errorf("%s: the default %d is out of bounds", d.Name, number)
		}
	}
}

func TestLookupKnowsFamilies(t *testing.T) {
	for key, want := range map[string]string{
		"tickTime": "tickTime", "server.1": "server.N", "server.x": "server.N", "group.1": "group.G", "groupies": "group.G", "weight.3": "weight.N",
		"authProvider.1": "authProvider.<N>", "authProvider.sasl": "authProvider.<N>", "superUser": "superUser", "superUser.ops": "superUser.<suffix>",
		"server.": "", "authProvider": "", "ticktime": "", "": "", "zookeeper.snapCount": "",
	} {
		if got, ok := Lookup(key); got.Name != want || ok != (want != "") {
			t.Errorf("Lookup(%q) = %q, %v; want %q", key, got.Name, ok, want)
		}
	}
}

func TestKnownIn(t *testing.T) {
	since := releases("3.7.2", "3.8.5", "3.9.0")
	for release, want := range map[string]bool{
		"3.5.10": false, "3.7.1": false, "3.7.2": true, "3.8.4": false, "3.8.5": true, "3.9.0": true, "3.9": true, "3.10.0": true, "4.0.0": true,
	} {
		version, err := zkconfig.ParseVersion(release)
		if err != nil {
			t.Fatal(err)
		}
		if got := (&Definition{Since: since}).KnownIn(version); got != want {
			t.Errorf("%s has what came with %v: got %v, want %v", release, since, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	for key, want := range map[string]string{
		"autopurge.purgeInteval":          "autopurge.purgeInterval",
		"syncLimt":                        "syncLimit",
		"maxClientCnxn":                   "maxClientCnxns",
		"maxClientConnections":            "",
		"ticktime":                        "tickTime",
		"tick_time":                       "tickTime",
		"initlimt":                        "initLimit",
		"purgeInterval":                   "autopurge.purgeInterval",
		"snapRetainCount":                 "autopurge.snapRetainCount",
		"autopurge_snap_retain_count":     "autopurge.snapRetainCount",
		"zookeeper.snapCount":             "snapCount",
		"zookeeper.4lw.comands.whitelist": "4lw.commands.whitelist",
		"4lw.commands.whitelists":         "4lw.commands.whitelist",
		"standalone.enabled":              "standaloneEnabled",
		"ssl.quorum.keystore.location":    "ssl.quorum.keyStore.location",
		"keyStore.location":               "ssl.keyStore.location",
		"requestThrottleLimit":            "request_throttle_max_requests",
		"connectionMaxTokens":             "connection_throttle_tokens",
		"dataDri":                         "dataDir",
		"my.own.setting":                  "",
		"foo":                             "",
		"x":                               "",
		"":                                "",
		strings.Repeat("long", 100):       "",
	} {
		if got := Nearest(key); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", key, got, want)
		}
	}
}

// TestNearestFindsEverySlip drops, doubles and swaps letters of each name.
func TestNearestFindsEverySlip(t *testing.T) {
	for _, d := range All() {
		if len(d.Name) < 8 || strings.Contains(d.Name, "<") {
			continue
		}
		for i := 1; i < len(d.Name)-1; i += 4 {
			for _, slip := range []string{
				d.Name[:i] + d.Name[i+1:],
				d.Name[:i] + d.Name[i:i+1] + d.Name[i:],
				d.Name[:i] + d.Name[i+1:i+2] + d.Name[i:i+1] + d.Name[i+2:],
			} {
				if Find(slip) == nil && Nearest(slip) == "" {
					t.Errorf("%q does not remind of %s", slip, d.Name)
				}
			}
		}
	}
}
