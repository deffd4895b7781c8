package prepare

import (
	"errors"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// TestWhoseVolumeItIs goes through the names by which a volume can know this
// server, and what a person is told about them.
func TestWhoseVolumeItIs(t *testing.T) {
	t.Parallel()
	const suffix = "zk-servers.stage.svc.cluster.local"
	for _, c := range []struct {
		name, host, want string
	}{
		{"its own", "zk-1." + suffix, ""},
		{"another namespace", "zk-1.zk-servers.prod.svc.cluster.local", "the name and the namespace that the copy was made of"},
		{"another ensemble", "kafka-1.kafka-servers.stage.svc.cluster.local", "the name and the namespace that the copy was made of"},
		{"another member of its own", "zk-3." + suffix, "the name and the namespace that the copy was made of"},
		{"another domain", "zk-1.zk-servers.stage.svc.k8s.example", "set clusterDomain of the operator to k8s.example"},
		{"a domain that begins alike", "zk-1.zk-servers.stage.svc.cluster.local.example", "set clusterDomain of the operator to cluster.local.example"},
		{"the longest name there is", strings.Repeat("a", 62) + "." + strings.Repeat("b", 62) + "." + strings.Repeat("c", 62) + ".svc." + strings.Repeat("d", 59), "volumes that hold nothing"},
		{"the longest domain there is", "zk-1.zk-servers.stage.svc." + strings.Repeat("d.", 113) + "d", "set clusterDomain of the operator to d."},
		{"an address", "10.0.0.7", "the name and the namespace that the copy was made of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sc := founder
			sc.data, sc.formation = kept, absent
			s := build(t, scratch(t), sc)
			l := &life{s, t}
			l.follow("server.1=other:2888:3888;2181\nserver.2="+c.host+":2888:3888;2181\n", "100000000")
			options := s.options()
			options.HostSuffix = suffix
			before := look(t, s.root)
			_, err := Run(t.Context(), options)
			wait, waits := errors.AsType[*WaitError](err)
			if waits != (c.want != "") || !waits && err != nil {
				t.Fatalf("waits: %t, %v", waits, err)
			}
			if !waits {
				return
			}
			if want := "the list on the volume names " + c.host + ", this member is zk-1." + suffix + ": "; !strings.HasPrefix(wait.Reason, want) {
				t.Errorf("%q does not begin with %q", wait.Reason, want)
			}
			if told := member.Plain(wait.Reason); told != wait.Reason {
				t.Errorf("people get to see %q only", told)
			}
			if !strings.Contains(wait.Reason, c.want) {
				t.Errorf("%q does not say %q", wait.Reason, c.want)
			}
			if after := look(t, s.root); len(after) != len(before)+1 || after["data/myid"] != "2\n" {
				t.Errorf("the volume was changed: %v", after)
			}
		})
	}
}

// TestAMovedFormation holds that the first servers find one another by the names
// that they have now, whatever the formation record says.
func TestAMovedFormation(t *testing.T) {
	t.Parallel()
	sc := founder
	sc.formation = "moved"
	s, got, err := prepareScene(t, sc, nil)
	if err != nil || !got.Granted || got.Joiner {
		t.Fatalf("%+v, %v", got, err)
	}
	if list, _ := rendered(t, s, look(t, s.root)); list.Lines() != first+self+third {
		t.Errorf("the list is %s", list.Lines())
	}
}
