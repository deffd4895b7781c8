package ensemble

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// proofs remembers of which quorums it was proved that they commit. A leader
// that cannot commit answers like one that can (ZOOKEEPER-4708), so the proof
// is a new session, which is a write. It is good until the next election, also
// one that the same leader wins, and the next change of the voters that serve or
// of the membership: a settled ensemble has no session of ours. Forgetting it, as
// a restarted operator does, costs one more proof.
//
// No member is taken on what is remembered here: see [plan.Prove].
type proofs struct{ proved sync.Map } // UID of the ensemble → proof

// proof is that a quorum commits.
type proof struct {
	quorum string
	began  time.Time // before its session
}

// decide decides on what was seen, and proves what the decision asks for.
func (r *Reconciler) decide(ctx context.Context, seen *observed) plan.Decision {
	f := &seen.facts
	for {
		decision := plan.Next(f)
		if decision.Kind != plan.Prove {
			return decision
		}
		r.prove(ctx, seen, decision.Members)
		if f.Unproved != 0 {
			r.proofs.forget(seen.ensemble.UID)
			f.Commits = f.Proved != 0
		}
	}
}

// commits proves that the serving voters commit, unless that is proved already.
// The session goes through the member that came back last; where that fails,
// through all others, since one voter that lets nobody in is no quorum that
// commits nothing.
func (r *Reconciler) commits(ctx context.Context, seen *observed, leader *observedMember) bool {
	f, uid, serving := &seen.facts, seen.ensemble.UID, seen.serving()
	if len(serving) == 0 {
		return false
	}
	quorum := quorumOf(seen, leader, serving)
	if r.proofs.holds(uid, quorum, seen.elected(leader)) {
		return true
	}
	began := time.Now()
	latest := slices.MaxFunc(serving, func(a, b *observedMember) int { return a.started().Compare(b.started()) })
	r.prove(ctx, seen, plan.SetOf(latest.Ordinal))
	if f.Unproved == 0 {
		r.proofs.proved.Store(uid, proof{quorum, began})
		return true
	}
	r.proofs.forget(uid)
	var others plan.Set
	for _, m := range serving {
		others = others.With(m.Ordinal)
	}
	r.prove(ctx, seen, others&^f.Unproved)
	return f.Proved != 0
}

// prove opens a new session through each of some voters, all at once, and notes
// through which of them it was committed.
func (r *Reconciler) prove(ctx context.Context, seen *observed, voters plan.Set) {
	var asking sync.WaitGroup
	var mu sync.Mutex
	for ordinal := range voters.All() {
		asking.Go(func() {
			m := seen.member(plan.Servers, ordinal)
			committed := m != nil && m.pod != nil && r.Members.ProveCommit(ctx, m.target().ClientAddr) == nil
			mu.Lock()
			defer mu.Unlock()
			if committed {
				seen.facts.Proved = seen.facts.Proved.With(ordinal)
			} else {
				seen.facts.Unproved = seen.facts.Unproved.With(ordinal)
			}
		})
	}
	asking.Wait()
}

// holds reports whether it was proved of a quorum that it commits, by a session
// that began after the leader was elected. Both of our clocks must say so: one
// stands still while this machine is suspended, the other can be set back.
func (p *proofs) holds(uid types.UID, quorum string, elected time.Time) bool {
	known, _ := p.proved.Load(uid)
	last, ok := known.(proof)
	return ok && last.quorum == quorum && !elected.After(last.began) && !elected.Round(0).After(last.began.Round(0))
}

func (p *proofs) forget(uid types.UID) { p.proved.Delete(uid) }

// elected is the latest time at which the leader can have been elected. It says
// for how long it has led, at some moment until its answer was here, so its clock
// need not be ours.
func (seen *observed) elected(leader *observedMember) time.Time {
	return seen.asked.Add(leader.report.Duration - leader.report.LeaderUptime)
}

// quorumOf names a recorded membership, a leader and the voters that serve, each
// in one life of its container.
func quorumOf(seen *observed, leader *observedMember, serving []*observedMember) string {
	return fmt.Sprintf("%d leads, %s", leader.id, whoServes(seen, serving))
}

// unproved reports whether nothing was committed through a member.
func (seen *observed) unproved(m *observedMember) bool {
	return m.Group == plan.Servers && seen.facts.Unproved.Has(m.Ordinal)
}
