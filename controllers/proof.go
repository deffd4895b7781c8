package controllers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble"
)

// proofs remembers of which quorums it was proved that they commit. A leader
// that cannot commit answers like one that can (ZOOKEEPER-4708), so the proof
// is a new session, which is a write. It is asked for once for each leader and
// set of serving voters, and again after each change of the membership: a settled
// ensemble has no session of ours. Forgetting it, as a restarted operator does,
// costs one more proof.
type proofs struct{ proved sync.Map } // UID of the ensemble → quorum

// commits proves that the serving voters commit, unless that is proved already.
// The session goes through the member that came back last.
func (p *proofs) commits(ctx context.Context, members *ensemble.Client, seen *observed) bool {
	serving := seen.serving()
	if len(serving) == 0 {
		return false
	}
	uid, quorum := seen.ensemble.UID, quorumOf(seen, serving)
	if proved, ok := p.proved.Load(uid); ok && proved == quorum {
		return true
	}
	latest := slices.MaxFunc(serving, func(a, b *member) int {
		return a.started().Compare(b.started())
	})
	if err := members.ProveCommit(ctx, latest.target().ClientAddr); err != nil {
		p.proved.Delete(uid)
		return false
	}
	p.proved.Store(uid, quorum)
	return true
}

// quorumOf names a recorded membership, a leader and the voters that serve, each
// in one life of its container.
func quorumOf(seen *observed, serving []*member) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%x", seen.recorded.Version)
	if leader := seen.leader(); leader != nil {
		fmt.Fprintf(&b, " %d leads", leader.id)
	}
	for _, m := range serving {
		fmt.Fprintf(&b, " %d/%s/%d", m.id, m.pod.UID, m.started().UnixNano())
	}
	return b.String()
}
