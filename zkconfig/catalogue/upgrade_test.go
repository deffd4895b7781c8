package catalogue

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/internal/golden"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// TestUpgradeGolden holds the advice for the newest releases of all lines, in
// both directions.
func TestUpgradeGolden(t *testing.T) {
	var got strings.Builder
	for from := 4; from <= 10; from++ {
		for to := 4; to <= 10; to++ {
			a, b := release(fmt.Sprintf("3.%d", from)), release(fmt.Sprintf("3.%d", to))
			advice := Upgrade(a, b)
			fmt.Fprintf(&got, "%s to %s: %s: %s\n", a, b, advice.Verdict, advice.Reason)
			for _, step := range advice.Steps {
				fmt.Fprintf(&got, "  - %s\n", step)
			}
		}
	}
	golden.Compare(t, "testdata/upgrade.golden", got.String())
}

// TestUpgradeBetweenAllVersions checks for any two releases that only
// neighbouring lines mix, and that every answer has a reason.
func TestUpgradeBetweenAllVersions(t *testing.T) {
	var all []zkconfig.Version
	for minor := oldestMinor; minor <= newestMinor; minor++ {
		for patch := range release(fmt.Sprintf("3.%d", minor)).Patch + 2 {
			all = append(all, zkconfig.Version{Major: 3, Minor: minor, Patch: patch})
		}
	}
	for _, from := range all {
		for _, to := range all {
			advice := Upgrade(from, to)
			distance := max(from.Minor-to.Minor, to.Minor-from.Minor)
			if refused := advice.Verdict == Denied; refused != (distance > 1) {
				t.Errorf("%s to %s: %s", from, to, advice.Verdict)
			}
			if advice.Reason == "" || (advice.Verdict == AllowedWithSteps) != (distance == 1) || distance == 1 && len(advice.Steps) < 2 {
				t.Errorf("%s to %s: an answer needs a reason, and a new line needs steps: %+v", from, to, advice)
			}
		}
	}
}

func TestKnownBugs(t *testing.T) {
	for release, want := range map[string]string{
		"3.7.2": "CVE-2024-23944 ZOOKEEPER-4785 ZOOKEEPER-4712 ZOOKEEPER-4846",
		"3.8.4": "CVE-2026-59969 ZOOKEEPER-4785 ZOOKEEPER-4712 ZOOKEEPER-4846",
		"3.8.6": "CVE-2026-59969 ZOOKEEPER-4712",
		"3.9.1": "CVE-2024-23944 CVE-2026-59969 ZOOKEEPER-4785 ZOOKEEPER-4712 ZOOKEEPER-4846",
		"3.9.2": "CVE-2026-59969 ZOOKEEPER-4712 ZOOKEEPER-4846",
		"3.9.3": "CVE-2026-59969 ZOOKEEPER-4846 ZOOKEEPER-4925",
		"3.8.1": "CVE-2024-23944 ZOOKEEPER-4785 ZOOKEEPER-4712 ZOOKEEPER-4846",
		"3.8.7": "ZOOKEEPER-4712",
		"3.9.4": "CVE-2026-59969",
		"3.9.5": "CVE-2026-59969",
		"3.9.6": "",
	} {
		version, err := zkconfig.ParseVersion(release)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, bug := range KnownBugs(version) {
			ids = append(ids, bug.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("KnownBugs(%s) = %q, want %q", release, got, want)
		}
	}
}

func TestGoingBackNamesTheBugsThatReturn(t *testing.T) {
	advice := Upgrade(release("3.9.5"), release("3.9.3"))
	for _, id := range []string{"ZOOKEEPER-4846", "ZOOKEEPER-4925"} {
		if !strings.Contains(advice.Reason, id) {
			t.Errorf("%s returns with 3.9.3, and the reason is only: %s", id, advice.Reason)
		}
	}
}
