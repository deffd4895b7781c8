package ensemble

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient/zkclienttest"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// servers is the machine whose Pods run the servers of an zkclienttest.Ensemble.
type servers struct {
	*zkclienttest.Ensemble
	reader    client.Reader
	namespace string

	mu        sync.Mutex
	pods      map[int64]*corev1.Pod // whose server runs
	modes     map[int64]zkclienttest.Mode
	passwords map[string]string // by the digest that a server is given
	digests   map[int64]string  // that each server was given
	formed    bool              // the first servers have their membership
	held      bool              // no server finds a leader or saves anything
	refused   bool              // no further server comes up
	gone      string            // none with this image, "" for any
	strangers map[int64]bool    // whose address is that of another Pod
}

// nobody is a member that never runs, so that nobody leads before the first
// servers were told who they are.
const nobody = 250

func newServers(t *testing.T, reader client.Reader, namespace string) *servers {
	t.Helper()
	s := &servers{
		Ensemble: zkclienttest.New(t, 1), reader: reader, namespace: namespace,
		pods: map[int64]*corev1.Pod{}, modes: map[int64]zkclienttest.Mode{},
		passwords: map[string]string{}, digests: map[int64]string{}, strangers: map[int64]bool{},
	}
	s.Stop(1)
	s.forget()
	return s
}

// forget lets the servers be formed anew, as on blank disks.
func (s *servers) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.Membership()
	m.Servers = []zkconfig.Server{{ID: nobody, Role: zkconfig.Participant, ClientPort: zkclienttest.ClientPort, Addresses: []zkconfig.Address{
		{Host: s.Host(nobody), QuorumPort: 2888, ElectionPort: 3888},
	}}}
	s.SetMembership(m)
	s.formed = false
}

// serverID is the id of a Pod's server.
func serverID(pod *corev1.Pod) int64 {
	ordinal, _ := ordinalIn(pod.Name, pod.Name[:strings.LastIndex(pod.Name, "-")+1]+"0")
	if pod.Labels[v1alpha1.LabelComponent] == v1alpha1.ComponentObserver {
		return workload.ObserverID(ordinal)
	}
	return workload.VoterID(ordinal)
}

// badFlag is a JVM flag with which no server comes up.
const badFlag = "-XX:+NoSuchFlag"

// deafFlag is a JVM flag with which a server follows and lets nobody in.
const deafFlag = "-XX:+LetsNobodyIn"

// muteFlag is a JVM flag with which a server that leads does not say so.
const muteFlag = "-XX:+LeadsInSilence"

// hasFlag reports whether the server of a Pod is started with a JVM flag.
func hasFlag(pod *corev1.Pod, flag string) bool {
	return slices.ContainsFunc(pod.Spec.Containers[0].Env, func(v corev1.EnvVar) bool { return strings.Contains(v.Value, flag) })
}

func (s *servers) crashes(pod *corev1.Pod) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	running := s.pods[serverID(pod)]
	isNew := running == nil || running.UID != pod.UID
	if isNew && (s.refused || s.gone != "" && strings.HasSuffix(pod.Spec.Containers[0].Image, s.gone)) {
		return true
	}
	return hasFlag(pod, badFlag)
}

func (s *servers) start(ctx context.Context, pod *corev1.Pod) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := serverID(pod)
	grants, err := s.form(ctx, pod)
	if err != nil {
		return "", err
	}
	if err := s.giveDigest(ctx, id); err != nil {
		return "", err
	}
	image := pod.Spec.Containers[0].Image
	s.SetMemberVersion(id, image[strings.LastIndex(image, ":")+1:])
	s.Start(id)
	s.modes[id] = zkclienttest.Up
	switch {
	case s.held:
		s.mode(id, zkclienttest.Electing)
	case hasFlag(pod, deafFlag):
		s.mode(id, zkclienttest.CutOff)
	}
	s.Lie(id, zkclienttest.Lies{Mute: hasFlag(pod, muteFlag)})
	votes := s.Membership().Voter(id)
	s.SetAgent(id, &member.State{
		ID: id, PodUID: s.uid(id, pod), Phase: member.Running, Granted: grants && votes, Joiner: !votes, Saved: !s.held,
	})
	if !resolves(pod) {
		s.mode(id, zkclienttest.Closed)
		s.SetAgent(id, &member.State{
			ID: id, PodUID: string(pod.UID), Phase: member.Waiting, Waiting: pod.Name + "." + suffixOf(pod) + " resolves to []", Granted: grants,
		})
	}
	s.pods[id] = pod
	return s.Host(id), nil
}

// form has the first servers start with the list of the formation record, and
// says whether it is open to a server.
func (s *servers) form(ctx context.Context, pod *corev1.Pod) (bool, error) {
	id := serverID(pod)
	var record corev1.ConfigMap
	err := s.reader.Get(ctx, client.ObjectKey{Namespace: s.namespace, Name: workload.FormationName("zk")}, &record)
	if err != nil || record.Data[member.FormationStateKey] != string(member.FormationOpen) {
		return false, client.IgnoreNotFound(err)
	}
	founders, err := zkconfig.ParseMembership(record.Data[member.FormationServersKey])
	if err != nil {
		return false, err
	}
	for i := range founders.Servers {
		host := &founders.Servers[i].Addresses[0].Host
		name, _, _ := strings.Cut(*host, ".")
		*host = name + "." + suffixOf(pod)
	}
	if !s.formed && resolves(pod) {
		s.formed = true
		s.SetMembership(founders)
	}
	return founders.Voter(id), nil
}

// suffixOf is what follows the name of a Pod in the host name of its server.
func suffixOf(pod *corev1.Pod) string {
	for _, argument := range pod.Spec.Containers[0].Command {
		if suffix, ok := strings.CutPrefix(argument, "--host-suffix="); ok {
			return suffix
		}
	}
	return ""
}

// resolves reports whether the name servers know the name of a Pod's server, for
// which its agent waits before it starts the server.
func resolves(pod *corev1.Pod) bool { return strings.HasSuffix(suffixOf(pod), ".cluster.local") }

// giveDigest gives a server the digest of the super user that its Pod starts with.
func (s *servers) giveDigest(ctx context.Context, id int64) error {
	var secret corev1.Secret
	err := s.reader.Get(ctx, client.ObjectKey{Namespace: s.namespace, Name: workload.SuperuserName("zk")}, &secret)
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	password, digest := string(secret.Data[workload.SuperuserPasswordKey]), string(secret.Data[member.Digest])
	if (workload.Superuser{Password: password}).Digest() == digest {
		s.passwords[digest] = password
	}
	s.digests[id] = digest
	return nil
}

// enforce has the servers let in whom the leader knows.
func (s *servers) enforce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.SetPassword(s.passwords[s.digests[s.Leader()]])
}

func (s *servers) stop(pod *corev1.Pod) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Stop(serverID(pod))
	delete(s.pods, serverID(pod))
}

func (s *servers) address(pod *corev1.Pod) string { return s.Host(serverID(pod)) }

func (s *servers) ready(pod *corev1.Pod) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := serverID(pod)
	return s.Leader() != 0 && s.pods[id] != nil && (s.modes[id] == zkclienttest.Up || s.modes[id] == zkclienttest.CutOff)
}

// serves reports whether the server of a member serves in sync, and whether it
// is that of this very Pod.
func (s *servers) serves(id int64, pod types.UID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Leader() != 0 && s.up(id) && s.pods[id].UID == pod
}

// absent are the voters that do not serve in sync.
func (s *servers) absent() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var absent []int64
	for _, voter := range s.Membership().Voters() {
		if !s.up(voter.ID) {
			absent = append(absent, voter.ID)
		}
	}
	return absent
}

func (s *servers) up(id int64) bool { return s.pods[id] != nil && s.modes[id] == zkclienttest.Up }

// runs reports whether the server of a member runs, whatever becomes of it.
func (s *servers) runs(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pods[id] != nil
}

func (s *servers) isUp(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.up(id)
}

// become changes what becomes of a member's server.
func (s *servers) become(id int64, mode zkclienttest.Mode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode(id, mode)
}

func (s *servers) mode(id int64, mode zkclienttest.Mode) {
	s.modes[id] = mode
	s.Set(id, mode)
}

// withdraw takes an image out of the registry: who runs it runs on, and no further Pod
// can. None is "".
func (s *servers) withdraw(image string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = image
}

// refuse keeps every further Pod's server from coming up, or lets them again.
func (s *servers) refuse(refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = refused
}

// detain keeps every server that starts from now on from finding a leader, or lets
// the next ones.
func (s *servers) detain(detained bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = detained
}

// hold keeps all servers from finding a leader, or lets them.
func (s *servers) hold(held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = held
	for id := range s.pods {
		state := *s.Agent(id)
		state.Saved = !held
		s.SetAgent(id, &state)
		if held {
			s.mode(id, zkclienttest.Electing)
		} else {
			s.mode(id, zkclienttest.Up)
		}
	}
}

// uid is the Pod that answers at a member's address.
func (s *servers) uid(id int64, pod *corev1.Pod) string {
	if s.strangers[id] {
		return "another"
	}
	return string(pod.UID)
}

// estrange has another Pod answer at a member's address, or the member's own again.
func (s *servers) estrange(id int64, strange bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.strangers[id] = strange
	if pod := s.pods[id]; pod != nil {
		state := *s.Agent(id)
		state.PodUID = s.uid(id, pod)
		s.SetAgent(id, &state)
	}
}

// claim has a member's agent tell of a configuration that nobody committed.
func (s *servers) claim(id int64, version uint64) {
	state := *s.Agent(id)
	state.ConfigVersion = strconv.FormatUint(version, 16)
	s.SetAgent(id, &state)
}

// image is that of the Pod whose server runs with an id, "" where none does.
func (s *servers) image(id int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if pod := s.pods[id]; pod != nil {
		return pod.Spec.Containers[0].Image
	}
	return ""
}
