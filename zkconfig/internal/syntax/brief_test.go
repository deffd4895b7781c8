package syntax_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// TestErrorsAreBrief holds that an error about what a server said is no longer
// for being about a line of three megabytes.
func TestErrorsAreBrief(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a:é", 1<<20)
	for name, text := range map[string]string{
		"a server line": "server.1=" + long,
		"a server's id": "server." + long + "=a:1:2",
		"a host":        "server.1=" + strings.Repeat("é", 1<<20) + ":2888:3888",
		"a role":        "server.1=a:2888:3888:" + strings.Repeat("x", 1<<20),
		"a client part": "server.1=a:2888:3888;" + long,
		"a version":     "version=" + long,
		"another key":   strings.Repeat("k", 1<<20) + "=1",
	} {
		_, err := zkconfig.ParseMembership(text)
		if err == nil || len(err.Error()) > 700 || !utf8.ValidString(err.Error()) {
			t.Errorf("%s: %.1000v", name, err)
		}
	}
	_, err := zkconfig.ParseServer("server.1", long)
	if err == nil || len(err.Error()) > 700 {
		t.Errorf("%.1000v", err)
	}
	if _, err := zkconfig.ParseServer("server.1", "zk-0:2888"); err == nil || !strings.Contains(err.Error(), "server.1=zk-0:2888: ") {
		t.Errorf("a short line is quoted whole: %v", err)
	}
}
