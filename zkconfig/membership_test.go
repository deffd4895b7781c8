package zkconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const committed = "server.1=a:2888:3888:participant;0.0.0.0:2181\n" +
	"server.2=b:2888:3888:participant;0.0.0.0:2181\n" +
	"server.10=c:2888:3888:observer;0.0.0.0:2181\n" +
	"version=10000001a\n"

func TestMembership(t *testing.T) {
	shuffled := "version=10000001A\n\nserver.10=c:2888:3888:observer;2181\nserver.2=b:2888:3888;2181\nserver.1=a:2888:3888;2181\n"
	m, err := ParseMembership(shuffled)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(committed, m.String()); diff != "" {
		t.Errorf("String (- want, + got)\n%s", diff)
	}
	if want, _, _ := strings.Cut(committed, "version"); m.Lines() != want {
		t.Errorf("Lines() = %q, want %q", m.Lines(), want)
	}
	again, err := ParseMembership(m.String())
	if diff := cmp.Diff(m, again); err != nil || diff != "" {
		t.Errorf("reading it back: %v\n%s", err, diff)
	}
	if voters, observers := m.Voters(), m.Observers(); len(voters) != 2 || len(observers) != 1 || observers[0].ID != 10 {
		t.Errorf("voters %v, observers %v", voters, observers)
	}
	if server, ok := m.Server(2); !ok || server.Addresses[0].Host != "b" {
		t.Errorf("Server(2) = %v, %v", server, ok)
	}
	if _, ok := m.Server(3); ok || m.Voter(3) || m.Voter(10) || !m.Voter(1) {
		t.Error("1 and 2 vote, 10 observes, 3 is not listed")
	}
}

func TestParseMembershipRefuses(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"groups", "server.1=a:1:2\ngroup.1=1\n", "line 2: group.1: groups and weights make a hierarchical quorum, which is not a majority of servers; list the servers without group and weight lines"},
		{"weights", "weight.1=1\n", "line 1: weight.1: groups and weights make a hierarchical quorum, which is not a majority of servers; list the servers without group and weight lines"},
		{"another key", "clientPort=1\n", "line 1: clientPort does not belong into a server list"},
		{"one id twice", "server.1=a:1:2\nserver.01=b:1:2\n", "server.1 appears twice"},
		{"a version that is no number", "version=xyz\n", `line 1: the version "xyz" is not a hexadecimal number`},
		{"a negative version", "version=-1\n", `line 1: the version "-1" is not a hexadecimal number`},
		{"a broken line", "server.1=a\n", `line 1: server.1=a: "a" is not host:quorumPort:electionPort or host:quorumPort:electionPort:role`},
		{"no properties file", `a=\u1`, `line 1: malformed \uxxxx escape: it needs four hexadecimal digits`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseMembership(test.text)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestNewestDynamicFile(t *testing.T) {
	for _, test := range []struct {
		name    string
		names   []string
		want    string
		version uint64
	}{
		{"nothing", nil, "", 0},
		{"other files", []string{"zoo.cfg", "zoo.cfg.bak", "zoo.cfg.dynamic", "zoo.cfg.dynamic.next", "zoo.cfg.dynamic.", "x.zoo.cfg.dynamic.1", "zoo.cfg.dynamic.xyz"}, "", 0},
		{"numbers, not letters, decide", []string{"zoo.cfg.dynamic.9", "zoo.cfg.dynamic.10", "zoo.cfg.dynamic.a"}, "zoo.cfg.dynamic.10", 0x10},
		{"version 0 counts", []string{"zoo.cfg.dynamic.0"}, "zoo.cfg.dynamic.0", 0},
		{"never the proposal", []string{"zoo.cfg.dynamic.100000000", "zoo.cfg.dynamic.next"}, "zoo.cfg.dynamic.100000000", 0x100000000},
	} {
		t.Run(test.name, func(t *testing.T) {
			name, version, ok := NewestDynamicFile(test.names)
			if name != test.want || version != test.version || ok != (test.want != "") {
				t.Errorf("got %q, %x, %v; want %q, %x", name, version, ok, test.want, test.version)
			}
		})
	}
}

func TestMyID(t *testing.T) {
	for text, want := range map[string]int64{"1\n": 1, "1": 1, "1\r\n": 1, "255\n": 255, "-1\n": -1, "01\n": 1, "2\n3\n": 2, FormatMyID(7): 7} {
		if got, err := ParseMyID(text); err != nil || got != want {
			t.Errorf("ParseMyID(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "\n", " 1\n", "1 \n", "one\n", "1.0\n", "0x1\n", "9223372036854775808\n"} {
		if got, err := ParseMyID(text); err == nil {
			t.Errorf("ParseMyID(%q) = %d, want an error", text, got)
		}
	}
}

// FuzzParseMembership checks that whatever parses survives its canonical form.
func FuzzParseMembership(f *testing.F) {
	f.Add(committed)
	f.Add("server.1=[::1]:1:2;1\nversion=0\n")
	f.Add("server.1=\\u0061:1:2\ngroup.1=1\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMembership(text)
		if err != nil {
			return
		}
		again, err := ParseMembership(m.String())
		if err != nil {
			t.Fatalf("%q became %q: %v", text, m.String(), err)
		}
		if diff := cmp.Diff(m, again); diff != "" {
			t.Fatalf("%q became %q (- want, + got)\n%s", text, m.String(), diff)
		}
	})
}
