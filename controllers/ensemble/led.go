package ensemble

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// askFollowers asks those that serve what is committed, where there is no one member
// that leads and can be asked. An answer takes a session, so it proves that somebody
// leads and commits. That says that clients are served, and lets no step be taken.
//
// Where one of them knows of another configuration than that on record, whoever they
// follow may be none of the ensemble's. Only a foreign voter in the answer is news
// then, because one of the members is about to lead otherwise, and can be asked.
func (r *Reconciler) askFollowers(ctx context.Context, seen *observed) {
	uid := seen.ensemble.UID
	asked, doubt := seen.following()
	switch {
	case len(asked) == 0:
		return
	case !doubt || r.lies.by(uid, followers):
		if mayServeUnseen(seen.facts.QuorumMissing()) && !r.hearings.recall(seen, asked) {
			r.hear(ctx, seen, asked)
		}
		return
	}
	committed := r.hear(ctx, seen, asked)
	if !seen.heard {
		r.lies.note(uid, followers, unanswered)
		return
	}
	if known, _ := seen.membershipOf(committed); known.ForeignVoters == 0 {
		r.lies.note(uid, followers, unheard)
		return
	}
	seen.noteCommitted(committed)
	seen.facts.Commits, seen.facts.Doubted = true, true
}

// following are the members that serve, that which came back last first, and whether
// they may follow a server that is none of the ensemble's.
func (seen *observed) following() (following []*observedMember, doubt bool) {
	leads := seen.any(func(m *observedMember) bool { return m.Health == plan.Leading })
	for i := range seen.members {
		if m := &seen.members[i]; m.Health.Serves() {
			following = append(following, m)
			doubt = doubt || !leads && (seen.facts.Record == nil || claimsAnother(seen, m))
		}
	}
	slices.SortStableFunc(following, func(a, b *observedMember) int { return b.started().Compare(a.started()) })
	return following, doubt
}

// hear asks the first of some members what is committed, and all others where that one
// lets nobody in. It notes whether anybody answered.
func (r *Reconciler) hear(ctx context.Context, seen *observed, asked []*observedMember) zkconfig.Membership {
	began := time.Now()
	committed := r.newest(ctx, asked[:1])
	if len(committed.Servers) == 0 {
		committed = r.newest(ctx, asked[1:])
	}
	seen.heard = len(committed.Servers) > 0
	r.hearings.note(seen, asked, began)
	return committed
}

// newest is the newest configuration that some members say is committed, all asked at
// once. It is empty when none of them answers.
func (r *Reconciler) newest(ctx context.Context, members []*observedMember) zkconfig.Membership {
	answers := make([]zkconfig.Membership, len(members))
	var asking sync.WaitGroup
	for i, m := range members {
		asking.Go(func() {
			if answer, err := r.Members.Membership(ctx, m.target().ClientAddr); err == nil {
				answers[i] = answer
			}
		})
	}
	asking.Wait()
	var newest zkconfig.Membership
	for _, answer := range answers {
		if answer.Version > newest.Version {
			newest = answer
		}
	}
	return newest
}

// foreignLeader says which server leads where no member does: one of the voters that do
// not say themselves that they follow, or that they serve nobody.
func (seen *observed) foreignLeader() string {
	if !seen.facts.ForeignLeads() {
		return ""
	}
	may := slices.DeleteFunc(seen.committed.Voters(), func(s zkconfig.Server) bool {
		foreign := slices.ContainsFunc(seen.strangers, func(o zkconfig.Server) bool { return o.ID == s.ID })
		return !foreign && seen.any(func(m *observedMember) bool { return m.id == s.ID && (m.report.Serving || m.report.NotServing) })
	})
	if len(may) == 1 {
		return fmt.Sprintf("; server %d leads", may[0].ID)
	}
	return "; one of the servers " + idList(may) + " leads"
}
