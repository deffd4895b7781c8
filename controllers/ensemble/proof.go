package ensemble

import (
	"cmp"
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

// late reports whether a pass has asked for so long that it asks for nothing more. A
// question that has begun is not cut short: what a slow ensemble cannot do in one pass
// it does in the next, of which the first questions are answered already.
func (r *Reconciler) late(seen *observed) bool {
	return time.Since(seen.asked) > cmp.Or(r.Questions, questions)
}

// questions is for how long a pass goes on asking.
const questions = 6 * time.Second

// decide decides on what was seen, and proves what the decision asks for.
func (r *Reconciler) decide(ctx context.Context, seen *observed) plan.Decision {
	f := &seen.facts
	for {
		decision := plan.Next(f)
		if decision.Kind != plan.Prove {
			return decision
		}
		if r.late(seen) {
			f.Unproved |= decision.Members // nothing is known against them, nor for them
			continue
		}
		proved := r.through(ctx, seen, decision.Members)
		f.Proved, f.Unproved = f.Proved|proved, f.Unproved|decision.Members&^proved
		if f.Unproved != 0 {
			r.proofs.forget(seen.ensemble.UID)
			f.Commits = f.Proved != 0
		}
	}
}

// commits proves that the serving voters commit, unless that is proved already.
// The session goes through the member that came back last; where that fails, or takes
// long, through all others, since one voter that lets nobody in is no quorum that
// commits nothing.
func (r *Reconciler) commits(ctx context.Context, seen *observed, leader *observedMember) bool {
	uid, serving := seen.ensemble.UID, seen.serving()
	if len(serving) == 0 {
		return false
	}
	quorum := quorumOf(seen, leader, serving)
	if r.proofs.holds(uid, quorum, seen.elected(leader)) {
		return true
	}
	began := time.Now()
	latest := slices.MaxFunc(serving, func(a, b *observedMember) int { return a.started().Compare(b.started()) })
	first := make(chan plan.Set, 1)
	go func() { first <- r.through(ctx, seen, plan.SetOf(latest.Ordinal)) }()
	var proved plan.Set
	asked, answered := plan.SetOf(latest.Ordinal), true
	select {
	case proved = <-first:
	case <-time.After(hesitation):
		answered = false
	}
	if proved == 0 {
		for _, m := range serving {
			asked = asked.With(m.Ordinal)
		}
		proved = r.through(ctx, seen, asked&^plan.SetOf(latest.Ordinal))
	}
	if !answered {
		proved |= <-first
	}
	return r.noteProof(seen, proof{quorum, began}, asked, proved)
}

// hesitation is how long a first voter may take before the others are asked as well.
const hesitation = 2 * time.Second

// noteProof notes through which of the voters that were asked a session was committed,
// and reports whether the quorum commits.
func (r *Reconciler) noteProof(seen *observed, p proof, asked, proved plan.Set) bool {
	f := &seen.facts
	f.Proved, f.Unproved = f.Proved|proved, f.Unproved|asked&^proved
	if f.Unproved == 0 {
		r.proofs.proved.Store(seen.ensemble.UID, p)
	} else {
		r.proofs.forget(seen.ensemble.UID)
	}
	return f.Proved != 0
}

// through opens a new session through each of some voters, all at once, and returns
// those through which it was committed.
func (r *Reconciler) through(ctx context.Context, seen *observed, voters plan.Set) plan.Set {
	var asking sync.WaitGroup
	var mu sync.Mutex
	var proved plan.Set
	for ordinal := range voters.All() {
		asking.Go(func() {
			m := seen.member(plan.Servers, ordinal)
			if m == nil || m.pod == nil || r.Members.ProveCommit(ctx, m.target().ClientAddr) != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			proved = proved.With(ordinal)
		})
	}
	asking.Wait()
	return proved
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
