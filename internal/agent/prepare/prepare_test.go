package prepare

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/internal/member"
)

var founder = scene{data: absent, log: absent, ids: "none", formation: "open", members: absent, list: absent, marker: absent}

// prepareScene builds a scene, changes it, and runs.
func prepareScene(t *testing.T, sc scene, change map[string]string) (*stage, Result, error) {
	t.Helper()
	s := build(t, filepath.Join(scratch(t), "member"), sc)
	for path, content := range change {
		if err := os.MkdirAll(filepath.Dir(s.path(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.path(path), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	result, err := Run(t.Context(), s.options())
	return s, result, err
}

func TestFirstStart(t *testing.T) {
	t.Parallel()
	s, got, err := prepareScene(t, founder, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Result{
		ID: 2, Host: "zk-1.zk-servers.ns.svc", ConfigFile: s.path("data/conf/zoo.cfg"),
		Blank: true, Granted: true, List: member.FromFormation,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	files := look(t, s.root)
	wantConfig := `DigestAuthenticationProvider.superDigest=super:digest
server.1=zk-0.zk-servers.ns.svc:2888:3888:participant;0.0.0.0:2181
server.2=zk-1.zk-servers.ns.svc:2888:3888:participant;0.0.0.0:2181
server.3=zk-2.zk-servers.ns.svc:2888:3888:participant;0.0.0.0:2181
tickTime=2000
`
	if diff := cmp.Diff(wantConfig, files["data/conf/zoo.cfg"]); diff != "" {
		t.Error(diff)
	}
	if strings.TrimSpace(files["data/myid"]) != "2" {
		t.Errorf("myid is %q", files["data/myid"])
	}
}

// TestSecretIsClosedToOthers holds the modes: the server rewrites zoo.cfg with a
// mode of its own, so the directory must be closed too.
func TestSecretIsClosedToOthers(t *testing.T) {
	t.Parallel()
	s, _, err := prepareScene(t, founder, nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{"data/conf": 0o700, "data/conf/zoo.cfg": 0o600} {
		info, err := os.Stat(s.path(path))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode().Perm(), err, want)
		}
	}
}

func TestWrongVolume(t *testing.T) {
	t.Parallel()
	for name, myid := range map[string]string{"of another server": "3\n", "unreadable": "three\n", "empty": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, err := prepareScene(t, founder, map[string]string{"data/myid": myid})
			if err == nil || !strings.Contains(err.Error(), s.path("data/myid")) {
				t.Errorf("got %v", err)
			}
			if files := look(t, s.root); files["data/myid"] != myid || files["data/initialize"] != "" {
				t.Errorf("the volume was touched: %v", files)
			}
		})
	}
}

func TestPodNameWithoutOrdinal(t *testing.T) {
	t.Parallel()
	s := build(t, scratch(t), founder)
	for _, name := range []string{"", "zk", "zk-", "zk-x", "zk-99999999999"} {
		o := s.options()
		o.PodName = name
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}

// TestWaits holds what a member waits for, and that it says so.
func TestWaits(t *testing.T) {
	t.Parallel()
	keptAlone := founder
	keptAlone.data, keptAlone.list = kept, "torn"
	for _, c := range []struct {
		name   string
		scene  scene
		change map[string]string
		want   string
	}{
		{"nothing is recorded", scene{data: absent, log: absent, formation: "unknown", members: absent, list: absent}, nil, "disk is blank"},
		{"nothing is recorded and the list is strange", scene{data: kept, log: absent, formation: absent, members: absent, list: others}, nil, "names this server"},
		{"the members record is garbage", founder, map[string]string{"members/membership": "<html>"}, "members record cannot be read"},
		{"the members record is empty", founder, map[string]string{"members/membership": ""}, "names no voter"},
		{"the members record holds something else", founder, map[string]string{"members/else": "x"}, "members record cannot be read"},
		{"the formation record is garbage", founder, map[string]string{"formation/servers": "server.x"}, "formation record cannot be read"},
		{"the only voter is blank", founder, map[string]string{"formation/state": "closed", "formation/servers": self}, "bring the data back"},
		{"the only voter has a torn list", keptAlone, map[string]string{"members/membership": self + "version=200000000\n"}, "can be trusted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, result, err := prepareScene(t, c.scene, c.change)
			if wait, ok := errors.AsType[*WaitError](err); !ok || !strings.Contains(wait.Reason, c.want) {
				t.Errorf("got %v, want to wait because %q", err, c.want)
			}
			if result.ID != 2 || result.Blank != (c.scene.data == absent) {
				t.Errorf("what is known is told: %+v", result)
			}
			if files := look(t, s.root); files["data/conf/zoo.cfg"] != "" || files["data/initialize"] != "" {
				t.Errorf("nothing can be started yet: %v", files)
			}
		})
	}
}

func TestMissingConfigurationIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := build(t, scratch(t), founder)
	if err := os.Remove(s.path("config/zoo.cfg")); err != nil {
		t.Fatal(err)
	}
	_, err := Run(t.Context(), s.options())
	if _, ok := errors.AsType[*WaitError](err); !ok {
		t.Errorf("got %v", err)
	}
}

// TestGrantNeedsAPlaceInTheList holds that a member which is not a founder does
// not become one, whatever else is true.
func TestGrantNeedsAPlaceInTheList(t *testing.T) {
	t.Parallel()
	observer := strings.Replace(self, "participant", "observer", 1)
	for name, servers := range map[string]string{"not listed": first + third, "an observer": first + observer + third} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, got, err := prepareScene(t, founder, map[string]string{"formation/servers": servers})
			if err != nil || got.Granted || !got.Joiner {
				t.Errorf("%+v, %v", got, err)
			}
			if files := look(t, s.root); !strings.Contains(files["data/conf/zoo.cfg"], observer) {
				t.Error(files["data/conf/zoo.cfg"])
			}
		})
	}
}

func TestUnknownWordIsClosed(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"", "OPEN", "opened", "true"} {
		if _, got, err := prepareScene(t, founder, map[string]string{"formation/state": word}); err != nil || got.Granted {
			t.Errorf("%q: %+v, %v", word, got, err)
		}
	}
}

// TestLostDiskOfFounder goes through the life of a founder whose disk is lost
// while the record is still open: in a new Pod on a new disk nothing tells it
// from a founder, except that the others serve.
func TestLostDiskOfFounder(t *testing.T) {
	t.Parallel()
	lost := founder
	lost.serving = true
	_, got, err := prepareScene(t, lost, nil)
	if err != nil || got.Granted || !got.Joiner {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestGrantSurvivesThePod is the first specification that starts no server: the
// record is closed because a majority is granted, and every Pod is replaced.
func TestGrantSurvivesThePod(t *testing.T) {
	t.Parallel()
	s, _, err := prepareScene(t, founder, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(s.path("state")), os.Mkdir(s.path("state"), 0o755),
		os.WriteFile(s.path("formation/state"), []byte("closed"), 0o644)); err != nil {
		t.Fatal(err)
	}
	got, err := Run(t.Context(), s.options())
	if err != nil || !got.Granted || got.Joiner {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestPruning(t *testing.T) {
	t.Parallel()
	sc := founder
	sc.data, sc.formation = kept, "closed"
	lists := map[string]string{}
	for _, version := range []string{"ff", "100000000", "100000002", "100000010", "20000000a"} {
		lists["data/conf/zoo.cfg.dynamic."+version] = first + self + third
	}
	lists["data/conf/zoo.cfg.dynamic.next"] = first + self + third + "version=300000000\n"
	lists["data/conf/zoo.cfg.bak"] = "tickTime=1\n"
	s, got, err := prepareScene(t, sc, lists)
	if err != nil || got.List != member.FromVolume {
		t.Fatalf("%+v, %v", got, err)
	}
	files := look(t, s.path("data/conf"))
	want := []string{
		"zoo.cfg", "zoo.cfg.bak", "zoo.cfg.dynamic.100000002", "zoo.cfg.dynamic.100000010",
		"zoo.cfg.dynamic.20000000a", "zoo.cfg.dynamic.next",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(files))); diff != "" {
		t.Error(diff)
	}
	if want := "dynamicConfigFile=" + s.path("data/conf/zoo.cfg.dynamic.20000000a"); !strings.Contains(files["zoo.cfg"], want) {
		t.Error(files["zoo.cfg"])
	}
}

// TestMovedAsideTwice holds that what was moved aside before stays.
func TestMovedAsideTwice(t *testing.T) {
	t.Parallel()
	sc := founder
	sc.twoVolumes, sc.data, sc.ids, sc.members = true, kept, "different", me
	s, got, err := prepareScene(t, sc, map[string]string{"data/version-2.unpaired-1/snapshot.0": "older"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{s.path("data/version-2.unpaired-1"), s.path("data/version-2.unpaired-2")}, got.MovedAside); diff != "" {
		t.Error(diff)
	}
	files := look(t, s.root)
	if files["data/version-2.unpaired-1/snapshot.0"] != "older" || files["data/version-2.unpaired-2/snapshot.0"] != "a snapshot" {
		t.Errorf("%v", files)
	}
}

// TestMovedAsideIsAPast holds that a disk from which everything was moved aside
// is not taken for a new one, although the record is open.
func TestMovedAsideIsAPast(t *testing.T) {
	t.Parallel()
	_, got, err := prepareScene(t, founder, map[string]string{"data/version-2.unpaired-1/snapshot.0": "older"})
	if err != nil || got.Granted || !got.Joiner {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestOwnLineIsKept holds that a joiner keeps the ports that the ensemble knows.
func TestOwnLineIsKept(t *testing.T) {
	t.Parallel()
	sc := founder
	sc.members = me
	moved := "server.2=zk-1.zk-servers.ns.svc:2889:3888:participant;0.0.0.0:2181\n"
	s, got, err := prepareScene(t, sc, map[string]string{"members/membership": first + moved + third + "version=5\n"})
	if err != nil || !got.Joiner {
		t.Fatalf("%+v, %v", got, err)
	}
	want := strings.Replace(moved, "participant", "observer", 1)
	if files := look(t, s.root); !strings.Contains(files["data/conf/zoo.cfg"], want) {
		t.Error(files["data/conf/zoo.cfg"])
	}
}

// TestMountTurnsAtOnce holds that both keys of a record come from one version of
// it, the one that the kubelet's link names.
func TestMountTurnsAtOnce(t *testing.T) {
	t.Parallel()
	s := build(t, scratch(t), founder)
	version := s.path("formation", "..2026")
	if err := errors.Join(os.Mkdir(version, 0o755),
		os.WriteFile(filepath.Join(version, "state"), []byte("closed"), 0o644),
		os.WriteFile(filepath.Join(version, "servers"), []byte(first+self), 0o644),
		os.Symlink("..2026", s.path("formation", "..data"))); err != nil {
		t.Fatal(err)
	}
	got, err := Run(t.Context(), s.options())
	if err != nil || got.Granted || !got.Joiner {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestConfigVersion(t *testing.T) {
	t.Parallel()
	s := build(t, scratch(t), founder)
	for _, c := range []struct{ file, want string }{
		{"", ""},
		{"zoo.cfg", ""},
		{"zoo.cfg.dynamic.next", ""},
		{"zoo.cfg.dynamic.ff", "ff"},
		{"zoo.cfg.dynamic.100000000", "100000000"},
		{"zoo.cfg.dynamic.20000000a.tmp", "100000000"},
		{"zoo.cfg.dynamic.100000001", "100000001"},
		{"zoo.cfg.dynamic.f0", "100000001"},
	} {
		if c.file != "" {
			path := s.path("data/conf", c.file)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		if got := ConfigVersion(s.path("data")); got != c.want {
			t.Errorf("with %q the version is %q, want %q", c.file, got, c.want)
		}
	}
}

func TestSaved(t *testing.T) {
	t.Parallel()
	s := build(t, scratch(t), founder)
	data := s.path("data")
	if Saved(data) {
		t.Error("an empty volume has no snapshot")
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(data, dataVersion), 0o755),
		os.WriteFile(filepath.Join(data, dataVersion, "snapshot.0"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	if Saved(data) {
		t.Error("an empty file is no snapshot")
	}
	if err := os.WriteFile(filepath.Join(data, dataVersion, "snapshot.0"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if !Saved(data) {
		t.Error("a snapshot is there")
	}
}

// TestWipedUnderARunningPod is the trace by which a disk that has acknowledged
// writes would get a second vote: a Pod starts on data, the record is closed,
// its mount still says open, and the volume is wiped before a restart.
func TestWipedUnderARunningPod(t *testing.T) {
	t.Parallel()
	withData := founder
	withData.data, withData.log = kept, kept
	s, result, err := prepareScene(t, withData, nil)
	if err != nil || result.Blank {
		t.Fatalf("a founder with data starts: %+v, %v", result, err)
	}
	for _, path := range []string{"data", "log"} {
		if err := os.RemoveAll(s.path(path)); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(s.path(path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if result, err = Run(t.Context(), s.options()); !errors.Is(err, ErrNeedsNewPod) || result.Granted {
		t.Errorf("a disk that is wiped under a running Pod is never granted: %+v, %v", result, err)
	}
}
