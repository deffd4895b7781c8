//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// losses are the ways in which a member with two volumes can lose its disk.
var losses = []TableEntry{
	Entry("the data volume", NodeTimeout(6*time.Minute), DataVolume),
	Entry("the log volume", NodeTimeout(6*time.Minute), LogVolumeOfData),
	Entry("both volumes", NodeTimeout(6*time.Minute), DataVolume, LogVolumeOfData),
}

var _ = Describe("A member that lost its disk", Ordered, gate, func() {
	zk := Running("wiped", LogVolume())

	DescribeTable("comes back by itself as a voter in sync", Label("B3", "disk-loss"), func(ctx SpecContext, lost ...Volume) {
		victim := zk.Follower()
		if len(lost) > 1 {
			victim = zk.Leader()
		}
		before := got(zk.Pod(ctx, victim))
		over := zk.Disturb("lose volumes", victim)
		must(zk.LoseVolumes(ctx, victim, lost...))
		zk.AwaitNewPod(ctx, before, time.Minute)
		zk.AwaitHealthy(ctx, healTimeout)
		over()

		leader := zk.View()[zk.Member(zk.Leader())]
		Expect(leader.QuorumSize).To(Equal(3), "voters")
		Expect(leader.Synced-leader.SyncedNonVoter).To(Equal(2), "voters that follow in sync")
	}, losses)
})

var _ = Describe("An ensemble that lost two of three disks", Ordered, gate, func() {
	zk := Running("twice", LogVolume())

	DescribeTable("forms no quorum of blanks, says what is wrong, and heals when one disk is back",
		Label("B2", "disk-loss"), func(ctx SpecContext, lost ...Volume) {
			victims := []int{zk.Leader(), zk.Follower()}
			survivor := 3 - victims[0] - victims[1]
			over := zk.Disturb("lose two disks", victims...)
			disk, kept := zk.loseDisks(ctx, victims, lost)

			Await(ctx, time.Minute, "the survivor waits", zk.alone(survivor))
			good := got(zk.files(ctx, survivor, DataVolume, LogVolumeOfData))
			Expect(good).NotTo(BeEmpty(), "the survivor has data")
			Await(ctx, time.Minute, "the status says what is wrong", zk.explains(victims))
			Hold(ctx, 30*time.Second, "there is no quorum, and nothing is overwritten", func(ctx context.Context) error {
				return errors.Join(zk.noLeader(), zk.unused(ctx, survivor), zk.keeps(ctx, survivor, good))
			})
			for victim, files := range kept {
				must(zk.keeps(ctx, victim, files))
			}

			before := got(zk.Pod(ctx, victims[0]))
			must(zk.RestoreDisk(ctx, victims[0], disk))
			zk.AwaitNewPod(ctx, before, time.Minute)
			zk.AwaitHealthy(ctx, healTimeout)
			over()
		}, losses)
})

// loseDisks takes volumes of two members away at once and waits until both run
// on blank ones. It returns a copy of the first member's disk, and what is on
// the volumes that each kept.
func (e *Ensemble) loseDisks(ctx context.Context, victims []int, lost []Volume) (disk []byte, kept map[int][]string) {
	GinkgoHelper()
	kept = map[int][]string{}
	var before []*corev1.Pod
	for _, victim := range victims {
		must(e.Signal(ctx, victim, "STOP"))
	}
	disk = got(e.CopyDisk(ctx, victims[0]))
	for _, victim := range victims {
		before = append(before, got(e.Pod(ctx, victim)))
		for _, volume := range []Volume{DataVolume, LogVolumeOfData} {
			if !slices.Contains(lost, volume) {
				kept[victim] = got(e.files(ctx, victim, volume))
			}
		}
	}
	for _, victim := range victims {
		must(e.LoseVolumes(ctx, victim, lost...))
	}
	for _, pod := range before {
		e.AwaitNewPod(ctx, pod, time.Minute)
	}
	return disk, kept
}

// files lists the checksums of all snapshots and transaction logs on volumes of
// a member, wherever on the volume they are.
func (e *Ensemble) files(ctx context.Context, ordinal int, volumes ...Volume) ([]string, error) {
	var paths []string
	for _, volume := range volumes {
		paths = append(paths, volume.path())
	}
	out, err := e.Run(ctx, ordinal, "find "+strings.Join(paths, " ")+
		` -type f \( -name 'snapshot.*' -o -name 'log.*' \) -exec sha256sum {} + | cut -d' ' -f1 | sort`)
	return strings.Fields(out), err
}

// keeps finds nothing when a member still has files of the given checksums.
func (e *Ensemble) keeps(ctx context.Context, ordinal int, want []string) error {
	have, err := e.files(ctx, ordinal, DataVolume, LogVolumeOfData)
	if err != nil {
		return err
	}
	for _, sum := range want {
		if !slices.Contains(have, sum) {
			return fmt.Errorf("%s lost or changed a snapshot or log: had %v, has %v", e.Member(ordinal), want, have)
		}
	}
	return nil
}

func (e *Ensemble) noLeader() error {
	for name, member := range e.View() {
		if member.State.Serves() {
			return fmt.Errorf("%s is %s", name, member.State)
		}
	}
	return nil
}

// explains finds nothing once the resource says that it is not available, that
// disks are blank, and whose.
func (e *Ensemble) explains(ordinals []int) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := e.says(ctx, v1alpha1.ConditionAvailable, "False"); err != nil {
			return err
		}
		live, err := e.Get(ctx)
		if err != nil {
			return err
		}
		message := live.Status.Activity + "\n" + meta.FindStatusCondition(live.Status.Conditions, v1alpha1.ConditionAvailable).Message
		if !strings.Contains(message, "blank") {
			return fmt.Errorf("that disks are blank is not mentioned: %s", message)
		}
		for _, ordinal := range ordinals {
			if !strings.Contains(message, e.Member(ordinal)) {
				return fmt.Errorf("%s is not mentioned: %s", e.Member(ordinal), message)
			}
		}
		return nil
	}
}
