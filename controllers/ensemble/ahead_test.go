package ensemble

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// After volumes were put back the record knows of changes that the servers have
// forgotten. It is written anew, told, and nothing that rests on it is done before.
func TestARecordThatIsAheadIsMended(t *testing.T) {
	t.Parallel()
	for name, more := range map[string][]int32{"other voters": {3, 4}, "another version": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStage(t)
			e := w.ensemble(3)
			w.rests(e)
			ahead := w.servers.Membership()
			ahead.Version += 1 << 32
			in := workload.Input{Ensemble: e, ClusterDomain: "cluster.local"}
			ahead.Servers = append(slices.Clone(ahead.Servers), workload.JoiningServers(in, false, more)...)
			w.editRecord("zk-members", map[string]string{member.MembershipKey: ahead.String()})
			w.resize(e, 5)
			w.eventually("the record holds what the servers committed", func() bool {
				var record corev1.ConfigMap
				if !w.get("zk-members", &record) {
					return false
				}
				got, err := zkconfig.ParseMembership(record.Data[member.MembershipKey])
				return err == nil && got.Version < ahead.Version
			})
			w.rests(e)
			if !slices.Contains(w.judge.told, v1alpha1.ReasonRecordAhead) {
				t.Errorf("the repair must be told: %v", w.judge.told)
			}
		})
	}
}
