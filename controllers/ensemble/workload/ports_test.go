package workload_test

import (
	"testing"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// The API tells everybody the ports by which operator and agent know a member.
func TestThePortsOfTheAPIAreTheMembers(t *testing.T) {
	t.Parallel()
	for name, ports := range map[string][2]int32{
		"client":   {v1alpha1.ClientPort, member.ClientPort},
		"quorum":   {v1alpha1.QuorumPort, member.QuorumPort},
		"election": {v1alpha1.ElectionPort, member.ElectionPort},
		"agent":    {v1alpha1.AgentPort, member.AgentPort},
	} {
		if ports[0] != ports[1] {
			t.Errorf("%s port: %d in the API, %d in the member", name, ports[0], ports[1])
		}
	}
}
