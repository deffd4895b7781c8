package workload

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// FormationMembership is the list of servers that a new ensemble of
// in.Replicas voters starts with.
func FormationMembership(in Input) zkconfig.Membership {
	var list zkconfig.Membership
	for ordinal := range in.Replicas {
		list.Servers = append(list.Servers, server(in, voters(in.Ensemble.Name), ordinal))
	}
	return list
}

// JoiningServers are the lines by which members of one kind, voters or observers,
// enter the committed configuration.
func JoiningServers(in Input, observer bool, ordinals []int32) []zkconfig.Server {
	g := voters(in.Ensemble.Name)
	if observer {
		g = observers(in.Ensemble.Name)
	}
	joining := make([]zkconfig.Server, 0, len(ordinals))
	for _, ordinal := range ordinals {
		joining = append(joining, server(in, g, ordinal))
	}
	return joining
}

func server(in Input, g group, ordinal int32) zkconfig.Server {
	return zkconfig.Server{
		ID: int64(ordinal) + g.idOffset,
		Addresses: []zkconfig.Address{{
			Host:         g.podName(ordinal) + "." + HostSuffix(in),
			QuorumPort:   member.QuorumPort,
			ElectionPort: member.ElectionPort,
		}},
		Role:       g.role,
		ClientHost: "0.0.0.0",
		ClientPort: member.ClientPort,
	}
}

// FormationRecord is the record that permits or forbids blank disks to vote.
// The initial list is empty when the record is made again without knowledge of
// it.
func FormationRecord(e *v1alpha1.ZooKeeperEnsemble, state member.FormationState, initial zkconfig.Membership) *corev1.ConfigMap {
	return record(e, FormationName(e.Name), map[string]string{
		member.FormationStateKey:   string(state),
		member.FormationServersKey: initial.Lines(),
	})
}

// MembersRecord keeps the membership as the servers committed it.
func MembersRecord(e *v1alpha1.ZooKeeperEnsemble, committed zkconfig.Membership) *corev1.ConfigMap {
	return record(e, MembersName(e.Name), map[string]string{member.MembershipKey: committed.String()})
}

// record is an object to create, not to apply: of two operators that find none,
// one must fail.
func record(e *v1alpha1.ZooKeeperEnsemble, name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: objectMeta(e, name), Data: data}
}
