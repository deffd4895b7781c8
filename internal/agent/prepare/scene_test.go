package prepare

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// scene is everything that a start can find. Each field is one of a few words,
// so that tests can go through all combinations.
type scene struct {
	observer   bool // the member is an observer, and otherwise the voter with id 2
	twoVolumes bool
	data       string // version-2 of the data volume: absent, empty, epochs, kept
	log        string // of the log volume: absent, kept
	ids        string // pairing ids: none, equal, different, data, log
	formation  string // the record: absent, open, closed, unknown (closed without a list), moved (open, by the names of another domain), theirs (open, of another namespace)
	members    string // the record: absent, me, others, older (others, before the list on the volume), cloned (from elsewhere)
	list       string // newest list on the volume: absent, me, others, torn, cloned, cloned others, cloned next
	marker     string // absent, ours, foreign (an empty file), another's (that of another server)
	noted      bool   // this Pod was granted before
	// startedBefore says that this Pod started a server without a grant.
	startedBefore bool
	serving       bool // another server serves
}

const (
	absent = "absent"
	kept   = "kept"
	me     = "me"
	others = "others"
	older  = "older"

	cloned       = "cloned"        // names this server by another host name
	clonedOthers = "cloned others" // names other servers of another namespace
	clonedNext   = "cloned next"   // is right, with a proposed list beside it that is not
)

// elsewhere are server lines by their names in another namespace.
func elsewhere(lines string) string {
	return strings.ReplaceAll(lines, ".zk-servers.ns.svc", ".zk-servers.prod.svc")
}

const (
	self   = "server.2=zk-1.zk-servers.ns.svc:2888:3888:participant;0.0.0.0:2181\n"
	first  = "server.1=zk-0.zk-servers.ns.svc:2888:3888:participant;0.0.0.0:2181\n"
	third  = "server.3=zk-2.zk-servers.ns.svc:2888:3888:participant;0.0.0.0:2181\n"
	fourth = "server.4=zk-3.zk-servers.ns.svc:2888:3888:participant;0.0.0.0:2181\n"

	selfObserving = "server.102=zk-observers-1.zk-servers.ns.svc:2888:3888:observer;0.0.0.0:2181\n"
)

// stage is a scene on real directories.
type stage struct {
	scene
	root string
}

// scratch returns a directory, in memory where that is possible: these tests
// change files some hundred thousand times and sync each change.
func scratch(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "prepare-") //nolint:usetesting // t.TempDir is on a disk
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (s *stage) path(elements ...string) string {
	return filepath.Join(append([]string{s.root}, elements...)...)
}

func (s *stage) logVolume() string {
	if s.twoVolumes {
		return "log"
	}
	return "data"
}

// id is the server id of the member.
func (s *stage) id() int64 {
	if s.observer {
		return 102
	}
	return 2
}

// self is the member's line in a committed configuration.
func (s *stage) self() string {
	if s.observer {
		return selfObserving
	}
	return self
}

func (s *stage) options() Options {
	o := s.voterOptions()
	if s.observer {
		o.PodName, o.IDOffset = "zk-observers-1", 101
	}
	return o
}

func (s *stage) voterOptions() Options {
	return Options{
		PodName: "zk-1", PodUID: "pod-a", IDOffset: 1, HostSuffix: "zk-servers.ns.svc",
		DataDir: s.path("data"), LogDir: s.path(s.logVolume()),
		ConfigDir: s.path("config"), MembersDir: s.path("members"), FormationDir: s.path("formation"),
		SuperuserDir: s.path("superuser"), StateDir: s.path("state"),
		AnyServes: func(context.Context, []zkconfig.Server) bool { return s.serving },
	}
}

// build makes the directories of a scene anew.
func build(t *testing.T, root string, sc scene) *stage {
	t.Helper()
	s := &stage{scene: sc, root: root}
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"data", "log", "config", "members", "formation", "superuser", "state"} {
		if err := os.MkdirAll(s.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for path, content := range s.files() {
		if err := os.MkdirAll(filepath.Dir(s.path(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.path(path), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if s.data == "empty" {
		if err := os.MkdirAll(s.path("data", dataVersion), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *stage) files() map[string]string {
	files := map[string]string{"config/zoo.cfg": "tickTime=2000\n", "superuser/digest": "super:digest"}
	maps.Copy(files, s.volumeFiles())
	maps.Copy(files, map[string]map[string]string{
		"open":    {"formation/state": "open", "formation/servers": first + self + third},
		"closed":  {"formation/state": "closed", "formation/servers": first + self + third},
		"unknown": {"formation/state": "closed", "formation/servers": ""},
		"moved":   {"formation/state": "open", "formation/servers": strings.ReplaceAll(first+self+third, ".svc", ".svc.wrong")},
		"theirs":  {"formation/state": "open", "formation/servers": elsewhere(first + self + third)},
	}[s.formation])
	maps.Copy(files, map[string]map[string]string{
		me:     {"members/membership": first + s.self() + fourth + "version=200000000\n"},
		others: {"members/membership": first + third + fourth + "version=200000000\n"},
		older:  {"members/membership": first + third + fourth + "version=fff\n"},
		cloned: {"members/membership": elsewhere(first+s.self()+third) + "version=200000000\n"},
	}[s.members])
	if s.noted {
		files["state/granted"] = "pod-a\n"
	}
	if s.startedBefore {
		files["state/started"] = "pod-a\n"
	}
	return files
}

func (s *stage) volumeFiles() map[string]string {
	files := map[string]string{}
	if s.data == "epochs" || s.data == kept {
		files["data/version-2/currentEpoch"] = "1"
		files["data/version-2/acceptedEpoch"] = "1"
	}
	if s.data == kept {
		files["data/version-2/snapshot.0"] = "a snapshot"
	}
	if s.log == kept {
		files[s.logVolume()+"/version-2/log.100000001"] = "transactions"
	}
	maps.Copy(files, map[string]map[string]string{
		"equal":     {"data/" + pairingIDFile: "a\n", "log/" + pairingIDFile: "a\n"},
		"different": {"data/" + pairingIDFile: "a\n", "log/" + pairingIDFile: "b\n"},
		"data":      {"data/" + pairingIDFile: "a\n"},
		"log":       {"log/" + pairingIDFile: "a\n"},
	}[s.ids])
	maps.Copy(files, map[string]map[string]string{
		me:           {"data/conf/zoo.cfg.dynamic.100000000": first + s.self() + third},
		others:       {"data/conf/zoo.cfg.dynamic.ff": first + s.self(), "data/conf/zoo.cfg.dynamic.100000000": first + third},
		cloned:       {"data/conf/zoo.cfg.dynamic.100000000": elsewhere(first + s.self() + third)},
		clonedOthers: {"data/conf/zoo.cfg.dynamic.100000000": elsewhere(first + third)},
		clonedNext: {
			"data/conf/zoo.cfg.dynamic.100000000": first + s.self() + third,
			"data/conf/zoo.cfg.dynamic.next":      elsewhere(first+s.self()+third) + "version=200000000\n",
		},
		"torn": {"data/conf/zoo.cfg.dynamic.ff": first + s.self(), "data/conf/zoo.cfg.dynamic.100000000": first + "server.2=zk-1.zk"},
	}[s.list])
	maps.Copy(files, map[string]map[string]string{
		"ours":    {s.logVolume() + "/initialize": ourMarker},
		"foreign": {s.logVolume() + "/initialize": ""},
		anothers:  {s.logVolume() + "/initialize": "The formation record was open: server.3 may start blank.\n"},
	}[s.marker])
	return files
}

const anothers = "another's"

const ourMarker = "The formation record was open: server.2 may start blank.\n"

// held reports whether either volume held anything of an earlier life.
func (s *stage) held() bool {
	return s.data == "epochs" || s.data == kept || s.log == kept
}

// together reports whether the volumes belong to one another.
func (s *stage) together() bool {
	return !s.twoVolumes || s.ids == "equal" && (s.data == kept || s.log != kept)
}

// keptData reports whether a server would find data in place and may use it.
func (s *stage) keptData() bool { return s.together() && (s.data == kept || s.log == kept) }

// virgin reports whether nothing ever was on the volumes.
func (s *stage) virgin() bool { return !s.held() && s.list == absent }

// copied reports whether something comes from elsewhere that names servers.
func (s *stage) copied() bool {
	return s.members == cloned || s.formation == "theirs" || strings.HasPrefix(s.list, cloned)
}

// opened reports whether the formation record is open. By what names it knows the
// servers does not matter.
func (s *stage) opened() bool { return s.formation == "open" || s.formation == "moved" }

// choices are the words that a test combines.
type choices struct {
	observer bool

	data, ids, formation, members, list, marker []string
}

// oneVolume is every combination that matters with one volume.
var oneVolume = choices{
	data:      []string{absent, "empty", "epochs", kept},
	ids:       []string{"none"},
	formation: []string{absent, "open", "closed", "unknown"},
	members:   []string{absent, me, others, older},
	list:      []string{absent, me, others, "torn"},
	marker:    []string{absent, "ours", "foreign", anothers},
}

// copies is what a member can find on volumes, and in records, that come from
// elsewhere, each beside what is its own.
var copies = choices{
	data:      []string{absent, kept},
	ids:       []string{"none"},
	formation: []string{absent, "open", "closed", "moved", "theirs"},
	members:   []string{absent, me, others, cloned},
	list:      []string{absent, me, cloned, clonedOthers, clonedNext},
	marker:    []string{absent, "ours"},
}

// observing is what an observer can find. It never is a founder.
var observing = choices{
	observer: true,
	data:     oneVolume.data, ids: oneVolume.ids, formation: oneVolume.formation,
	members: oneVolume.members, list: oneVolume.list,
	marker: []string{absent, "foreign"},
}

// pairs adds every state of the pairing. What is decided from the records does
// not depend on the number of volumes, so fewer of these are combined with it.
var pairs = choices{
	data:      []string{absent, "empty", "epochs", kept},
	ids:       []string{"none", "equal", "different", "data", "log"},
	formation: []string{"open", "closed"},
	members:   []string{absent, me},
	list:      []string{absent, me, cloned},
	marker:    []string{absent, "ours", "foreign", anothers},
}

// each goes through all scenes.
func (c choices) each(do func(scene)) {
	two := len(c.ids) > 1
	for _, data := range c.data {
		for _, log := range []string{absent, kept} {
			for _, ids := range c.ids {
				c.eachRecord(scene{observer: c.observer, twoVolumes: two, data: data, log: log, ids: ids}, do)
			}
		}
	}
}

func (c choices) eachRecord(s scene, do func(scene)) {
	for _, s.formation = range c.formation {
		for _, s.members = range c.members {
			for _, s.list = range c.list {
				for _, s.marker = range c.marker {
					for _, note := range []string{absent, "granted", "started"} {
						s.noted, s.startedBefore = note == "granted", note == "started"
						do(s)
					}
				}
			}
		}
	}
}

// look reads all files under a directory.
func look(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, root+"/")] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (s *stage) String() string { return fmt.Sprintf("%+v", s.scene) }
