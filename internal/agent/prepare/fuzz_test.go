package prepare

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// FuzzMounts prepares a member whose records and Secret somebody has edited by hand,
// with a blank disk and with one that holds data. Nothing that is written there may
// end the agent, let a blank disk vote while the record is not open, or become a
// property that is not checked.
func FuzzMounts(f *testing.F) {
	f.Add("open", first+self+third, "", "super:digest", false)
	f.Add(" open\n", first+self+third, "", "super:digest", true)
	f.Add("closed", first+self+third, first+self+third+"version=200000000\n", "super:digest\nskipACL=yes", true)
	f.Add("OPEN", "server.2=\n", "server.2=zk-1.zk-servers.ns.svc:2888:3888:observer;0.0.0.0:2181\nversion=1", "", false)
	f.Add("open", self+self, "version=", "\\u000askipACL=yes", false)
	f.Add("open\x00", elsewhere(first+self), elsewhere(first+self)+"version=1", "\x00", true)
	f.Add("open", "# nothing\n", "group.1=1:2:3\nweight.1=1\n"+first+"version=ffffffffffffffff\n", "super:\xff", true)
	f.Fuzz(func(t *testing.T, state, servers, members, digest string, hasData bool) {
		sc := scene{data: absent, log: absent, ids: "none", formation: absent, members: absent, list: absent, marker: absent}
		if hasData {
			sc.data = kept
		}
		s := build(t, t.TempDir(), sc)
		for path, content := range map[string]string{
			"formation/state": state, "formation/servers": servers, "members/membership": members, "superuser/digest": digest,
		} {
			if content == "" {
				continue // no key, no file
			}
			if err := os.WriteFile(s.path(path), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if digest == "" {
			if err := os.Remove(s.path("superuser/digest")); err != nil {
				t.Fatal(err)
			}
		}
		result, err := Run(t.Context(), s.options())
		fail := failure(t, s, result, err)
		open := strings.TrimSpace(state) == string(member.FormationOpen)
		if result.Granted && (!open || result.Blank && members != "") {
			fail("nobody is granted a vote while the record is not open, nor a blank disk beside a members record")
		}
		if _, waits := errors.AsType[*WaitError](err); err != nil && !waits {
			fail("what somebody wrote into a record is waited for to be put right")
		}
		if err == nil {
			s.judgeRendered(t, digest, result, fail)
		}
	})
}

// judgeRendered holds that zoo.cfg has the checked properties, the digest and a server
// list, and nothing else.
func (s *stage) judgeRendered(t *testing.T, digest string, result Result, fail func(string)) {
	t.Helper()
	properties, err := zkconfig.Parse(look(t, s.root)["data/conf/zoo.cfg"])
	if err != nil {
		fail("what is rendered can be read: " + err.Error())
	}
	var keys []string
	votes := false
	for _, p := range properties {
		switch {
		case p.Key == superDigest && p.Value != string([]rune(strings.TrimSpace(digest))):
			fail("the digest is what the Secret holds")
		case strings.HasPrefix(p.Key, "server."):
			server, err := zkconfig.ParseServer(p.Key, p.Value)
			if err != nil {
				fail("the server list can be read: " + err.Error())
			}
			votes = votes || server.ID == s.id() && server.Role != zkconfig.Observer
			continue
		}
		keys = append(keys, p.Key)
	}
	slices.Sort(keys)
	want := []string{superDigest, "tickTime"}
	if strings.TrimSpace(digest) == "" {
		want = want[1:]
	}
	if !slices.Equal(keys, want) {
		fail("the properties are those that were checked: " + strings.Join(keys, ", "))
	}
	if votes && (result.Joiner || result.Blank && !result.Granted) {
		fail("whoever joins, or is blank and has no grant, does not vote")
	}
}
