package controllers

import (
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/agentstate"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/ensembletest"
)

// founders is how many servers the ensembles of these tests have at most.
const founders = 3

// servers is the machine whose Pods run the servers of an ensembletest.Ensemble.
type servers struct {
	*ensembletest.Ensemble
	mu      sync.Mutex
	running map[int64]*corev1.Pod
	held    bool // no server finds a leader or saves anything
	refused bool // no further server comes up
}

func newServers(t *testing.T) *servers {
	t.Helper()
	s := &servers{Ensemble: ensembletest.New(t, founders), running: map[int64]*corev1.Pod{}}
	for id := range int64(founders) {
		s.Stop(id + 1)
	}
	return s
}

func idOf(pod *corev1.Pod) int64 {
	ordinal, _ := ordinalIn(pod.Name, pod.Name[:strings.LastIndex(pod.Name, "-")+1]+"0")
	return int64(ordinal) + 1
}

// badFlag is a JVM flag with which no server comes up.
const badFlag = "-XX:+NoSuchFlag"

func (s *servers) crashes(pod *corev1.Pod) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if running := s.running[idOf(pod)]; s.refused && (running == nil || running.UID != pod.UID) {
		return true
	}
	for _, v := range pod.Spec.Containers[0].Env {
		if strings.Contains(v.Value, badFlag) {
			return true
		}
	}
	return false
}

func (s *servers) start(pod *corev1.Pod) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := idOf(pod)
	s.Start(id)
	if s.held {
		s.Set(id, ensembletest.Electing)
	}
	s.SetAgent(id, &agentstate.State{
		ID: id, PodUID: string(pod.UID), Phase: agentstate.Running, Granted: true, Saved: !s.held, List: agentstate.FromFormation,
	})
	s.running[id] = pod
	return s.Host(id)
}

// refuse keeps every further Pod's server from coming up.
func (s *servers) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = true
}

// hold keeps all servers from finding a leader, or lets them.
func (s *servers) hold(held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = held
	for id := range s.running {
		state := *s.Agent(id)
		state.Saved = !held
		s.SetAgent(id, &state)
		if held {
			s.Set(id, ensembletest.Electing)
		} else {
			s.Set(id, ensembletest.Up)
		}
	}
}

func (s *servers) stop(pod *corev1.Pod) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Stop(idOf(pod))
	delete(s.running, idOf(pod))
}

func (s *servers) ready(*corev1.Pod) bool {
	return s.Leader() != 0
}
