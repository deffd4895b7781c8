package ensemble

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// askFollowers asks those that follow what is committed, where no member leads and
// one of them knows of another configuration than that on record: whoever they
// follow may be none of the ensemble's. An answer proves that somebody leads and
// commits. Only a foreign voter in it is news, because one of the members is about
// to lead otherwise, and can be asked then.
//
// The first question goes to the member that came back last; where that lets nobody
// in, all others are asked.
func (r *Reconciler) askFollowers(ctx context.Context, seen *observed) {
	uid := seen.ensemble.UID
	if r.lies.by(uid, followers) || seen.any(func(m *observedMember) bool { return m.Health == plan.Leading }) {
		return
	}
	var asked []*observedMember
	doubt := false
	for i := range seen.members {
		if m := &seen.members[i]; m.Health.Serves() {
			asked = append(asked, m)
			doubt = doubt || seen.facts.Record == nil || claimsAnother(seen, m)
		}
	}
	if !doubt {
		return
	}
	slices.SortStableFunc(asked, func(a, b *observedMember) int { return b.started().Compare(a.started()) })
	committed := r.newest(ctx, asked[:1])
	if len(committed.Servers) == 0 {
		committed = r.newest(ctx, asked[1:])
	}
	if len(committed.Servers) == 0 {
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
