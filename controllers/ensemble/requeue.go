package ensemble

import (
	"math/rand/v2"
	"time"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
)

// How long a pass may be followed by none when nothing else wakes the loop.
// Changes of Pods and of the objects that we own wake it at once.
const (
	soon    = 200 * time.Millisecond // a step was taken: look again
	step    = time.Second            // members are about to change
	settled = 10 * time.Second       // nothing is expected to change
)

// alarms is when each decision is looked at again. Every reason is in it, so
// that nothing is ever waited for without an alarm clock.
var alarms = map[plan.Reason]time.Duration{
	plan.Paused:                   settled,
	plan.NameConflict:             settled,
	plan.InvalidSpec:              settled,
	plan.Stopping:                 soon,
	plan.Stopped:                  settled,
	plan.VolumesTerminating:       step,
	plan.FormationStarts:          soon,
	plan.RecordRestored:           soon,
	plan.ObjectsAdopted:           soon,
	plan.FormationCompleted:       soon,
	plan.Forming:                  step,
	plan.PodTerminating:           step,
	plan.MemberDown:               step,
	plan.MembersNotServing:        step,
	plan.ProgressDeadlineExceeded: 2 * step,
	plan.MembershipChanged:        soon,
	plan.MembershipUnread:         step,
	plan.RecordAhead:              step,
	plan.ForeignMember:            2 * step,
	plan.RecordUnreadable:         step,
	plan.MembersUnreachable:       2 * step,
	plan.QuorumLost:               2 * step,
	plan.NoSingleLeader:           step,
	plan.NotCommitting:            step,
	plan.VolumesNotBound:          2 * step,
	plan.ScalingDown:              soon,
	plan.DepartedVolumesLabelled:  soon,
	plan.DepartedPodsRemoved:      soon,
	plan.DeletingDepartedVolumes:  soon,
	plan.ScalingUp:                soon,
	plan.JoinersNotReady:          step,
	plan.PromotingMembers:         soon,
	plan.SuperuserUnknown:         2 * step,
	plan.RevisionUnknown:          step,
	plan.VersionDiffers:           settled,
	plan.UpdatePaused:             settled,
	plan.ApprovalNeeded:           settled,
	plan.Settling:                 step,
	plan.SecondBudget:             settled,
	plan.BudgetExhausted:          step,
	plan.RestartingMember:         step,
	plan.RestartingLeader:         step,
	plan.LeaderHandover:           soon,
	plan.VolumeTooSmall:           step,
	plan.VolumeExpanding:          step,
	plan.VolumeNotExpandable:      settled,
	plan.AsSpecified:              settled,
}

// wakeAfter is when to look again. Settled ensembles are spread by up to a
// tenth, so that many of them are not asked all at once.
func wakeAfter(d plan.Decision) time.Duration {
	after := alarms[d.Reason]
	if after == settled {
		after -= rand.N(settled / 10) //nolint:gosec // It spreads work, it keeps no secret.
	}
	return after
}
