package prepare

import (
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// TestEveryScene prepares every combination of what a start can find and holds
// the promises of the package comment against what it did.
func TestEveryScene(t *testing.T) {
	t.Parallel()
	for name, all := range map[string]choices{"one volume": oneVolume, "two volumes": pairs, "an observer": observing, "copies": copies} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, scenes := scratch(t), 0
			all.each(func(sc scene) {
				serving := []bool{false}
				if sc.formation == "open" || sc.formation == "moved" {
					serving = []bool{false, true}
				}
				for _, sc.serving = range serving {
					scenes++
					judge(t, root, sc)
				}
			})
			t.Logf("%d scenes", scenes)
		})
	}
}

func judge(t *testing.T, root string, sc scene) {
	t.Helper()
	s := build(t, root, sc)
	before := look(t, root)
	result, err := Run(t.Context(), s.options())
	after := look(t, root)
	fail := failure(t, s, result, err)

	if s.copied() {
		s.judgeCopy(before, after, result, err, fail)
		return
	}
	s.judgeData(before, after, fail)
	s.judgeMarker(after, fail)
	s.judgeGrant(result, err, after, fail)
	s.judgeError(err, fail)
	if err == nil {
		s.judgeList(t, result, after, fail)
	}
	again, err2 := Run(t.Context(), s.options())
	// In the result, the first start alone finds the disk in its old state.
	if !sameOutcome(result, err, again, err2) {
		fail("a second run decides differently")
	}
	if !maps.Equal(after, look(t, root)) {
		fail("a second run changes files")
	}
}

// judgeCopy holds that nothing is started and nothing is changed, whatever else is
// there, and that the member tells whose it found and who it is.
func (s *stage) judgeCopy(before, after map[string]string, result Result, err error, fail func(string)) {
	wait, waits := errors.AsType[*WaitError](err)
	switch {
	case !waits:
		fail("a volume or a record from elsewhere is waited for to be put right")
	case !strings.Contains(wait.Reason, ".zk-servers.prod.svc") || !strings.Contains(wait.Reason, result.Host):
		fail("both names are told: " + wait.Reason)
	case result.ID != s.id() || result.Host == "" || result.Granted:
		fail("what is known is told, and nothing is granted")
	}
	delete(after, "data/myid")
	if strings.HasPrefix(s.list, cloned) && !maps.Equal(before, after) {
		fail("nothing is changed on a volume from elsewhere")
	}
	if after["data/conf/zoo.cfg"] != "" || after[s.logVolume()+"/initialize"] != before[s.logVolume()+"/initialize"] {
		fail("nothing is ready to be started")
	}
}

func failure(t *testing.T, s *stage, result Result, err error) func(string) {
	t.Helper()
	return func(promise string) {
		t.Helper()
		t.Fatalf("broken: %s\nscene:  %v\nresult: %+v\nerror:  %v\nfiles:  %v", promise, s, result, err, look(t, s.root))
	}
}

func sameOutcome(a Result, aErr error, b Result, bErr error) bool {
	return a.Granted == b.Granted && a.Joiner == b.Joiner && a.List == b.List && a.Blank == b.Blank &&
		(aErr == nil) == (bErr == nil) && errors.Is(aErr, ErrNeedsNewPod) == errors.Is(bErr, ErrNeedsNewPod)
}

// judgeData holds that no data is deleted, and that volumes which do not belong
// together leave none in place.
func (s *stage) judgeData(before, after map[string]string, fail func(string)) {
	for path, content := range before {
		if !strings.Contains(path, "/"+dataVersion+"/") {
			continue
		}
		aside := strings.Replace(path, dataVersion, asidePrefix+"1", 1)
		switch {
		case s.together() && after[path] != content:
			fail("data is kept where it is: " + path)
		case !s.together() && after[aside] != content:
			fail("data that does not fit is moved aside: " + path)
		case !s.together() && after[path] != "":
			fail("data that does not fit is not served: " + path)
		}
	}
	if s.twoVolumes && (after["data/"+pairingIDFile] == "" || after["data/"+pairingIDFile] != after["log/"+pairingIDFile]) {
		fail("the volumes are paired afterwards")
	}
}

// mustWait is a promise, said once more and apart from the code.
func (s *stage) mustWait() bool {
	return s.keptData() && s.members == older && (s.list == others || s.list == "torn")
}

// mayBeGranted is the promise, said once more and apart from the code.
func (s *stage) mayBeGranted() bool {
	return !s.observer && s.virgin() && s.opened() && s.members == absent && !s.noted && !s.startedBefore && !s.serving
}

func (s *stage) judgeMarker(after map[string]string, fail func(string)) {
	_, marked := after[s.logVolume()+"/initialize"]
	standing := s.virgin() && s.marker == "ours"
	switch {
	case marked && s.held():
		fail("a marker is never left on a disk with a past")
	case marked && !standing && !s.mayBeGranted():
		fail("a marker needs a grant")
	case !marked && standing:
		fail("a grant that was not used stays valid")
	case !marked && s.mayBeGranted():
		fail("a server that founds the ensemble is granted")
	case marked && after["state/granted"] == "":
		fail("a grant is noted in the Pod")
	}
}

func (s *stage) judgeGrant(result Result, err error, after map[string]string, fail func(string)) {
	_, marked := after[s.logVolume()+"/initialize"]
	used := s.keptData() && (s.noted || s.opened() && !s.observer)
	if err == nil && result.Granted != (marked || used) {
		fail("granted says that the disk may vote in the formation")
	}
	if result.Blank == s.keptData() {
		fail("blank says that nothing can be served")
	}
}

func (s *stage) judgeError(err error, fail func(string)) {
	_, waits := errors.AsType[*WaitError](err)
	ambiguous := !s.observer && s.virgin() && (s.noted || s.startedBefore) && s.marker != "ours" && s.opened() &&
		s.members == absent && !s.serving
	switch {
	case errors.Is(err, ErrNeedsNewPod) != ambiguous:
		fail("a new Pod is asked for if, and only if, it would be granted anew")
	case err != nil && !waits && !ambiguous:
		fail("nothing else is an error")
	case waits != s.mustWait() && s.members != absent:
		fail("a server waits for a record if, and only if, it is older than a list on the volume that does not name the server")
	case waits && s.members != absent: // as it must
	case waits && (s.opened() || s.formation == "closed"):
		fail("there is a list to start with")
	case waits && s.keptData() && s.list == me:
		fail("the volume has a list")
	}
}

func (s *stage) judgeList(t *testing.T, result Result, after map[string]string, fail func(string)) {
	t.Helper()
	list, dynamic := rendered(t, s, after)
	us, listed := list.Server(s.id())
	_, marked := after[s.logVolume()+"/initialize"]
	votes := listed && us.Role == zkconfig.Participant
	for _, server := range list.Servers {
		if _, suffix, _ := strings.Cut(server.Addresses[0].Host, "."); suffix != "zk-servers.ns.svc" {
			fail("a server never knows another ensemble: " + server.String())
		}
	}
	switch {
	case !listed:
		fail("a server is in its own list")
	case votes && !s.keptData() && !marked:
		fail("a blank disk votes only with a marker")
	case s.observer && votes:
		fail("an observer never votes")
	case !s.observer && votes == result.Joiner, s.observer && dynamic == result.Joiner:
		fail("joiner says that the server starts as an observer that is not known to be one")
	case len(list.Voters()) == 0:
		fail("a list has voters")
	}
	trusted := s.keptData() && s.list == me && s.members != others
	switch {
	case dynamic != trusted:
		fail("the list on the volume is used if, and only if, it names this server, and the record does or is older")
	case (result.List == member.FromVolume) != dynamic:
		fail("the source is told")
	case !trusted && s.members != absent && (votes || names(list, 3) != (s.members != me) || !names(list, 4)):
		fail("the members record is joined as an observer")
	case !trusted && s.members == absent && s.list != absent && votes:
		fail("a disk on which a configuration was committed does not vote in the first list")
	case !trusted && s.members == absent && s.list == absent && s.keptData() && !votes && !s.observer:
		fail("a founder that restarts votes")
	}
}

// rendered reads the list that the server would read.
func rendered(t *testing.T, s *stage, after map[string]string) (list zkconfig.Membership, dynamic bool) {
	t.Helper()
	properties, err := zkconfig.Parse(after["data/conf/zoo.cfg"])
	if err != nil {
		t.Fatal(err)
	}
	if digest, _ := properties.Get(superDigest); digest != "super:digest" {
		t.Fatalf("the super-user is missing: %v", properties)
	}
	var lines strings.Builder
	for _, property := range properties {
		if strings.HasPrefix(property.Key, "server.") {
			lines.WriteString(property.Key + "=" + property.Value + "\n")
		}
	}
	if file, ok := properties.Get("dynamicConfigFile"); ok {
		if lines.Len() > 0 {
			t.Fatalf("two lists: %v", properties)
		}
		path, err := filepath.Rel(s.root, file)
		if err != nil {
			t.Fatal(err)
		}
		lines.WriteString(after[path])
		dynamic = true
	}
	list, err = zkconfig.ParseMembership(lines.String())
	if err != nil {
		t.Fatal(err)
	}
	return list, dynamic
}
