package prepare

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// life is one member over several starts and changes of its ensemble.
type life struct {
	*stage
	t *testing.T
}

func begin(t *testing.T, sc scene) *life {
	t.Helper()
	return &life{build(t, filepath.Join(scratch(t), "member"), sc), t}
}

// put writes a file, as the server or the kubelet would.
func (l *life) put(path, content string) {
	l.t.Helper()
	path = l.path(path)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
		l.t.Fatal(err)
	}
}

// record is what the operator read from the servers.
func (l *life) record(lines, version string) {
	l.put("members/membership", lines+"version="+version+"\n")
}

// follow is what a server does that reaches the leader: it copies the data and
// writes down the configuration that the leader tells it.
func (l *life) follow(lines, version string) {
	l.put("data/version-2/snapshot.100000000", "the leader's data")
	l.put("data/conf/zoo.cfg.dynamic."+version, lines)
}

// newPod is another Pod on the same volumes.
func (l *life) newPod() {
	l.t.Helper()
	if err := errors.Join(os.RemoveAll(l.path("state")), os.Mkdir(l.path("state"), 0o755)); err != nil {
		l.t.Fatal(err)
	}
}

// starts prepares the member and compares the list that its server reads, and
// where it comes from, with what they should be.
func (l *life) starts(when string, source member.Source, want string) {
	l.t.Helper()
	result, err := Run(l.t.Context(), l.options())
	if err != nil {
		l.t.Fatalf("%s: %v", when, err)
	}
	files := look(l.t, l.root)
	list, _ := rendered(l.t, l.stage, files)
	if diff := cmp.Diff(want, list.Lines()); diff != "" {
		l.t.Errorf("%s: it starts with another list (-want +got):\n%s", when, diff)
	}
	if result.List != source || result.Granted || files["data/initialize"] != "" {
		l.t.Errorf("%s: list from %s, granted %v; want one from %s and no grant", when, result.List, result.Granted, source)
	}
	if joins := result.List != member.FromVolume; result.Joiner != joins {
		l.t.Errorf("%s: it says that it joins: %v", when, result.Joiner)
	}
}

// waits prepares the member, which cannot start before something changes.
func (l *life) waits(when string) {
	l.t.Helper()
	if _, err := Run(l.t.Context(), l.options()); err == nil || !errors.As(err, new(*WaitError)) {
		l.t.Errorf("%s: it must wait, got %v", when, err)
	}
}

// asObserver is a server line with its role changed.
func asObserver(t *testing.T, line string) string {
	t.Helper()
	list, err := zkconfig.ParseMembership(line)
	if err != nil {
		t.Fatal(err)
	}
	list.Servers[0].Role = zkconfig.Observer
	return list.Lines()
}

// TestJoiner goes from an ensemble of one to one of three, seen by a member that
// restarts at every point.
func TestJoiner(t *testing.T) {
	t.Parallel()
	sc := founder
	sc.formation = "closed"
	l := begin(t, sc)
	joining := first + asObserver(t, self)
	l.record(first, "100000000")
	l.starts("the first time", member.FromMembers, joining)
	l.starts("again before it reached the leader", member.FromMembers, joining)
	l.follow(first, "100000000")
	l.starts("in sync and not listed", member.FromMembers, joining)
	l.newPod()
	l.starts("in sync and not listed, in a new Pod", member.FromMembers, joining)
	l.follow(first+self+third, "100000007")
	l.starts("listed and not on record yet", member.FromVolume, first+self+third)
	l.record(first+self+third, "100000007")
	l.newPod()
	l.starts("listed and on record", member.FromVolume, first+self+third)
}

// TestJoinerThatMissedItsListing is a member that was listed while it was away:
// the record knows, its volume does not.
func TestJoinerThatMissedItsListing(t *testing.T) {
	t.Parallel()
	sc := founder
	sc.formation = "closed"
	l := begin(t, sc)
	l.follow(first, "100000000")
	l.record(first+self+third, "100000007")
	l.starts("after it was listed", member.FromMembers, first+asObserver(t, self)+third)
	l.follow(first+self+third, "100000007")
	l.starts("after the leader told it", member.FromVolume, first+self+third)
}

// TestRemovedMember is a member that left and still has a Pod.
func TestRemovedMember(t *testing.T) {
	t.Parallel()
	sc := founder
	sc.formation = "closed"
	l := begin(t, sc)
	l.follow(first+self+third, "100000000")
	l.record(first+self+third, "100000000")
	l.starts("as a voter", member.FromVolume, first+self+third)
	l.follow(first, "200000003")
	l.waits("after it was told that it left, and the record does not say so yet")
	l.record(first, "200000003")
	l.starts("after the record says so, too", member.FromMembers, first+asObserver(t, self))
}

// TestStaleVolumes goes from three members to one and back while the volume still
// says that there are three. Two of such servers are a majority of that list: if
// they believed it, they would elect a leader of their own.
func TestStaleVolumes(t *testing.T) {
	t.Parallel()
	sc := founder
	sc.formation = "closed"
	l := begin(t, sc)
	l.follow(first+self+third, "100000000")
	l.record(first, "200000003")
	joining := first + asObserver(t, self)
	for _, when := range []string{"with a stale volume", "once more"} {
		l.newPod()
		l.starts(when, member.FromMembers, joining)
	}
	l.follow(first, "200000003")
	l.starts("after the leader told it", member.FromMembers, joining)
	l.follow(first+self+third, "300000001")
	l.record(first+self+third, "300000001")
	l.starts("as a voter again", member.FromVolume, first+self+third)
}

// TestObserver is a member that joins to observe.
func TestObserver(t *testing.T) {
	t.Parallel()
	sc := founder
	sc.observer, sc.formation = true, "closed"
	l := begin(t, sc)
	voters := first + self + third
	l.record(voters, "100000000")
	l.starts("the first time", member.FromMembers, voters+selfObserving)
	l.follow(voters, "100000000")
	l.starts("in sync and not listed", member.FromMembers, voters+selfObserving)
	l.follow(voters+selfObserving, "100000007")
	l.record(voters+selfObserving, "100000007")
	l.starts("listed", member.FromVolume, voters+selfObserving)
	l.record(voters, "100000009")
	l.starts("after it left", member.FromMembers, voters+selfObserving)
}
