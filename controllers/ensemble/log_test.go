package ensemble

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-logr/logr/funcr"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
)

// The log of a roll of three members is a story that a person reads: who was
// restarted, and what was waited for meanwhile.
func TestTheLogOfARollIsAStory(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	var lines []string
	w.logger = funcr.New(func(_, args string) { lines = append(lines, args) }, funcr.Options{})
	e := w.ensemble(3)
	w.rests(e)
	leader := fmt.Sprintf("zk-%d", w.servers.Leader()-1)
	lines = nil
	w.flags(e)
	w.rests(e)
	story := strings.Join(lines, "\n")
	var restarted []string
	for _, step := range regexp.MustCompile(`"step"="RestartMember" .*"pod"="([^"]*)"`).FindAllStringSubmatch(story, -1) {
		restarted = append(restarted, step[1])
	}
	followers := slices.DeleteFunc([]string{"zk-2", "zk-1", "zk-0"}, func(pod string) bool { return pod == leader })
	if !slices.Equal(restarted, append(followers, leader)) {
		t.Errorf("the log tells of other restarts, or in another order: %v", restarted)
	}
	if last := lines[len(lines)-1]; !strings.Contains(last, `"ready"="True"`) {
		t.Errorf("the last line does not tell that the ensemble is Ready: %s", last)
	}
	if len(slices.Compact(slices.Clone(lines))) != len(lines) {
		t.Error("a line is told twice in a row")
	}
	if most := 15; len(lines) > most {
		t.Errorf("%d lines, more than the %d that a person reads", len(lines), most)
	}
	if t.Failed() {
		t.Log(story)
	}
}

// A settled ensemble, and one that waits for what lasts, writes no line per pass.
func TestTheLogOfAWaitIsSilent(t *testing.T) {
	t.Parallel()
	w := newStage(t)
	told := 0
	w.logger = funcr.New(func(_, _ string) { told++ }, funcr.Options{})
	e := w.ensemble(3)
	w.rests(e)
	settled := told
	for range 20 {
		w.turn()
	}
	if told != settled {
		t.Errorf("a settled ensemble wrote %d lines", told-settled)
	}
	w.servers.become(2, zkclienttest.Electing)
	w.eventually("the loss of a member is told", func() bool { return told > settled })
	w.untilWaits(e, v1alpha1.ReasonMembersNotServing)
	settled = told
	for range 20 {
		w.turn()
	}
	if told != settled {
		t.Errorf("a wait wrote %d lines", told-settled)
	}
}
