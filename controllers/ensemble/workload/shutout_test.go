package workload

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/realserver"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

// extreme is one value at the end of what a property can be.
type extreme struct{ key, value string }

// extremesOf are the values of a property that go as far as its type does.
func extremesOf(d *catalogue.Definition) []string {
	switch d.Type {
	case catalogue.Boolean:
		return []string{"true", "false"}
	case catalogue.Word:
		return d.Allowed
	case catalogue.Integer:
		return []string{"0", "1", "-1"}
	case catalogue.Long:
		return []string{"0", "1", "-1"}
	case catalogue.Decimal:
		return []string{"0", "1", "-1"}
	case catalogue.List, catalogue.Path, catalogue.Text:
		return []string{"x"}
	case catalogue.Class:
		// One that is not there ends the server, and everybody sees that.
	}
	return nil
}

// TestNothingAcceptedShutsTheOperatorOut starts a real server with every extreme
// value that a user of ZooKeeperEnsemble may set: whatever is accepted, the
// server answers the agent and gives the operator a session. It runs where
// ZK_REAL_STARTS=1 is set, as hack/e2e.sh does.
func TestNothingAcceptedShutsTheOperatorOut(t *testing.T) {
	t.Parallel()
	if os.Getenv("ZK_REAL_STARTS") == "" {
		t.Skip("starts real servers: set ZK_REAL_STARTS=1")
	}
	jars := realserver.Jars(t, newest)
	for batch := range slices.Chunk(acceptedExtremes(t), 10) {
		if culprits := shutOutBy(t, jars, batch); len(culprits) > 0 {
			t.Errorf("accepted, and nobody can ask the server: %v", culprits)
		}
	}
}

// acceptedExtremes are the extremes that are accepted one by one, those of one
// property far from each other.
func acceptedExtremes(t *testing.T) []extreme {
	t.Helper()
	version, err := zkconfig.ParseVersion(newest)
	if err != nil {
		t.Fatal(err)
	}
	var rounds [3][]extreme
	for _, d := range catalogue.All() {
		for i, value := range extremesOf(&d) {
			if strings.ContainsAny(d.Name, "<") || !d.KnownIn(version) || !acceptable(extreme{d.Name, value}) {
				continue
			}
			rounds[i%len(rounds)] = append(rounds[i%len(rounds)], extreme{d.Name, value})
		}
	}
	return slices.Concat(rounds[:]...)
}

func acceptable(batch ...extreme) bool {
	return !slices.ContainsFunc(configFindings(propertiesOf(batch)), func(f lint.Finding) bool { return f.Severity == lint.Error })
}

func propertiesOf(batch []extreme) map[string]string {
	properties := map[string]string{}
	for _, e := range batch {
		properties[e.key] = e.value
	}
	return properties
}

// shutOutBy finds which of several values keep a server from answering. It tries
// them together, and halves of them where that fails.
func shutOutBy(t *testing.T, jars string, batch []extreme) []extreme {
	t.Helper()
	if acceptable(batch...) {
		answers := false
		t.Run(fmt.Sprint(batch), func(t *testing.T) { answers = answersEverybody(t, jars, batch) })
		if answers || t.Context().Err() != nil {
			return nil
		}
		if len(batch) == 1 {
			return batch
		}
	}
	if len(batch) < 2 {
		return nil
	}
	half := len(batch) / 2
	return slices.Concat(shutOutBy(t, jars, batch[:half]), shutOutBy(t, jars, batch[half:]))
}

// answersEverybody starts an ensemble of one as the operator configures it, and
// reports whether it tells the agent that it leads, and gives a session.
func answersEverybody(t *testing.T, jars string, batch []extreme) bool {
	t.Helper()
	folder, p := t.TempDir(), realserver.FreePorts(t)
	merged := map[string]string{}
	for _, property := range Defaults() {
		merged[property.Key] = property.Value
	}
	maps.Copy(merged, propertiesOf(batch))
	maps.Copy(merged, map[string]string{
		"dataDir": filepath.Join(folder, "data"), "dataLogDir": filepath.Join(folder, "log"), "db.autocreate": "true",
		"server.1": fmt.Sprintf("127.0.0.1:%d:%d;127.0.0.1:%d", p.Quorum, p.Election, p.Client),
	})
	server := realserver.Launch(t, jars, folder, zkconfig.PropertiesOf(merged).Render(), 1)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if leads(ctx, p.Client) && realserver.HasSession(ctx, p.Client) {
			return true
		}
		select {
		case <-server.Done:
			t.Logf("the server ended: %s", server.Tail())
			return false
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	t.Logf("the server does not answer: %s", server.Tail())
	return false
}

// leads asks for the state as the agent does.
func leads(ctx context.Context, port int) bool {
	connection, err := realserver.Dial(ctx, port)
	if err != nil {
		return false
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("mntr")); err != nil {
		return false
	}
	told := map[string]string{}
	for lines := bufio.NewScanner(connection); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), "\t")
		told[key] = value
	}
	return told["zk_server_state"] == "leader" && told["zk_synced_followers"] == "0" && told["zk_quorum_size"] == "1"
}
