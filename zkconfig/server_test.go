package zkconfig

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseServer(t *testing.T) {
	host := func(name string) []Address { return []Address{{name, 2888, 3888}} }
	for _, test := range []struct {
		name       string
		key, value string
		want       Server
		canonical  string
	}{
		{"a plain line", "server.1", "a:2888:3888", Server{ID: 1, Addresses: host("a"), Role: Participant}, "server.1=a:2888:3888:participant"},
		{"a role in capitals", "server.2", "a:2888:3888:OBSERVER ", Server{ID: 2, Addresses: host("a"), Role: Observer}, "server.2=a:2888:3888:observer"},
		{"a client port", "server.1", "a:2888:3888;2181", Server{1, host("a"), Participant, "0.0.0.0", 2181}, "server.1=a:2888:3888:participant;0.0.0.0:2181"},
		{"a client address", "server.1", "a:2888:3888:participant;b:2181", Server{1, host("a"), Participant, "b", 2181}, "server.1=a:2888:3888:participant;b:2181"},
		{"IPv6", "server.1", "[0:0::1]:2888:3888;[::]:2181", Server{1, host("::1"), Participant, "::", 2181}, "server.1=[::1]:2888:3888:participant;[::]:2181"},
		{"zeros in front", "server.007", "a:02888:+3888", Server{ID: 7, Addresses: host("a"), Role: Participant}, "server.7=a:2888:3888:participant"},
		{"a negative id", "server.-1", "a:2888:3888", Server{ID: -1, Addresses: host("a"), Role: Participant}, "server.-1=a:2888:3888:participant"},
		{"colons at the end", "server.1", "a:2888:3888::", Server{ID: 1, Addresses: host("a"), Role: Participant}, "server.1=a:2888:3888:participant"},
		{
			"several addresses, one role", "server.1", "b:1:2|a:3:4:observer|;2181",
			Server{1, []Address{{"a", 3, 4}, {"b", 1, 2}}, Observer, "0.0.0.0", 2181},
			"server.1=a:3:4|b:1:2:observer;0.0.0.0:2181",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseServer(test.key, test.value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(- want, + got)\n%s", diff)
			}
			if got.String() != test.canonical {
				t.Errorf("String() = %q, want %q", got, test.canonical)
			}
			again, err := ParseServer(got.Key(), got.Value())
			if diff := cmp.Diff(got, again); err != nil || diff != "" {
				t.Errorf("reading the canonical line back: %v\n%s", err, diff)
			}
		})
	}
}

func TestParseServerRefuses(t *testing.T) {
	for _, test := range []struct{ name, key, value, want string }{
		{"another key", "clientPort", "a:1:2", `clientPort=a:1:2: the key of a server line is "server." and its id`},
		{"no id", "server.", "a:1:2", `server.=a:1:2: the id "" is not a number`},
		{"one port", "server.1", "a:1", `server.1=a:1: "a:1" is not host:quorumPort:electionPort or host:quorumPort:electionPort:role`},
		{"too many fields", "server.1", "a:1:2:observer:3", `server.1=a:1:2:observer:3: "a:1:2:observer:3" is not host:quorumPort:electionPort or host:quorumPort:electionPort:role`},
		{"a port that is no number", "server.1", "a:x:2", `server.1=a:x:2: the quorum port "x" is not a number`},
		{"a blank behind a port", "server.1", "a:1:2 ", `server.1=a:1:2 : the election port "2 " is not a number`},
		{"a port that is too large", "server.1", "a:1:65536", `server.1=a:1:65536: the election port 65536 is not between 1 and 65535`},
		{"port 0", "server.1", "a:0:1", `server.1=a:0:1: port 0 means a random port, which the other servers cannot know`},
		{"equal ports", "server.1", "a:1:1", `server.1=a:1:1: quorum and election port are both 1; they must differ`},
		{"another role", "server.1", "a:1:2:leader", `server.1=a:1:2:leader: the role "leader" is neither participant nor observer`},
		{"two roles", "server.1", "a:1:2:observer|b:1:2:participant", `server.1=a:1:2:observer|b:1:2:participant: all addresses of a server must have the same role`},
		{"one host twice", "server.1", "a:1:2|a:3:4", `server.1=a:1:2|a:3:4: two addresses are on one host, and the server mixes up their ports`},
		{"no host", "server.1", ":1:2", `server.1=:1:2: the host is empty, which means the loopback address`},
		{"half an IPv4 address", "server.1", "10.1:1:2", `server.1=10.1:1:2: the host looks like an IPv4 address and is none`},
		{"an open bracket", "server.1", "[::1:1:2", `server.1=[::1:1:2: "[::1:1:2" opens a bracket and does not close it`},
		{"no port behind a bracket", "server.1", "[::1]", `server.1=[::1]: "[::1]" needs a port after the bracket`},
		{"no colon behind a bracket", "server.1", "[::1]x1:2", `server.1=[::1]x1:2: "[::1]x1:2" has something else than a colon after the bracket`},
		{"an empty client part", "server.1", "a:1:2;", `server.1=a:1:2;: nothing follows the ';', so the server has no client port`},
		{"client port 0", "server.1", "a:1:2;0", `server.1=a:1:2;0: client port 0 means a random port`},
		{"a client part of three", "server.1", "a:1:2;b:1:2", `server.1=a:1:2;b:1:2: the client part "b:1:2" is not port or host:port`},
		{"a client host without port", "server.1", "a:1:2;b", `server.1=a:1:2;b: the client port "b" is not a number`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseServer(test.key, test.value)
			if err == nil {
				t.Fatalf("got %v, want an error", got)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(- want, + got)\n%s", diff)
			}
		})
	}
}

// FuzzParseServer checks that the canonical line of whatever parses means the
// same.
func FuzzParseServer(f *testing.F) {
	for _, seed := range []string{"a:2888:3888", "[::1]:1:2:observer;[::]:2181", "b:1:2|a:3:4:participant;2181", "a:1:2 ", ":::;", "a:1:2;x:1;", "1.2.3:1:2"} {
		f.Add("server.1", seed)
	}
	f.Add("server.-09", "a:1:2")
	f.Fuzz(func(t *testing.T, key, value string) {
		server, err := ParseServer(key, value)
		if err != nil {
			return
		}
		again, err := ParseServer(server.Key(), server.Value())
		if err != nil {
			t.Fatalf("%q became %q: %v", value, server.Value(), err)
		}
		if diff := cmp.Diff(server, again); diff != "" {
			t.Fatalf("%q became %q (- want, + got)\n%s", value, server.Value(), diff)
		}
	})
}
