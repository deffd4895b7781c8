package e2e

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// serverContainer is the container of a member that runs the server.
const serverContainer = "zookeeper"

// Ensemble is one ensemble under test, with everything that is seen of it.
type Ensemble struct {
	Name      string
	Namespace string
	Log       *history.Log

	cluster *Cluster
	spec    v1alpha1.ZooKeeperEnsembleSpec
	// The probe knows as many members from its start, those that are yet to come
	// included.
	knownVoters, knownObservers int32
	watch                       watch
}

// Change changes the spec of an ensemble under test.
type Change func(*v1alpha1.ZooKeeperEnsembleSpec)

// newSpec is the spec of the ensembles under test: three small members on
// small volumes, and otherwise the defaults.
func newSpec(changes ...Change) v1alpha1.ZooKeeperEnsembleSpec {
	memory := resource.MustParse("384Mi")
	spec := v1alpha1.ZooKeeperEnsembleSpec{
		Version:  zookeeperVersion,
		Replicas: 3,
		Storage:  v1alpha1.Storage{Data: v1alpha1.Volume{Size: resource.MustParse("256Mi")}},
		Pod: v1alpha1.PodTemplate{Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m"), corev1.ResourceMemory: memory},
			Limits:   corev1.ResourceList{corev1.ResourceMemory: memory},
		}},
	}
	for _, change := range changes {
		change(&spec)
	}
	return spec
}

// Replicas sets the number of voters.
func Replicas(n int32) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Replicas = n }
}

// Observing sets the number of observers.
func Observing(n int32) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Observers.Replicas = n }
}

// InMode sets the mode.
func InMode(mode v1alpha1.Mode) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Mode = mode }
}

// Updating sets how the members are updated.
func Updating(update v1alpha1.Update) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Update = update }
}

// CPU sets the CPU request of every member, which changes nothing but the Pods.
func CPU(request string) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		s.Pod.Resources.Requests[corev1.ResourceCPU] = resource.MustParse(request)
	}
}

// Version sets the version of the servers.
func Version(version string) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Version = version }
}

// StorageClass sets the class of the data volumes.
func StorageClass(name string) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Storage.Data.StorageClassName = &name }
}

// Retention sets what becomes of volumes that no member needs.
func Retention(retention v1alpha1.Retention) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Storage.Retention = retention }
}

// Config sets properties of zoo.cfg.
func Config(properties map[string]string) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Config = properties }
}

// Flags sets flags of the JVM.
func Flags(flags ...string) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.JVM.Flags = flags }
}

// Image sets the image of the servers, or the default for "".
func Image(image string) Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Image = image }
}

// LogVolume gives the transaction log a volume of its own.
func LogVolume() Change {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		s.Storage.Log = &v1alpha1.Volume{Size: resource.MustParse("256Mi")}
	}
}

// object is the resource as the suite creates it.
func (e *Ensemble) object() *v1alpha1.ZooKeeperEnsemble {
	return &v1alpha1.ZooKeeperEnsemble{
		ObjectMeta: metav1.ObjectMeta{Name: e.Name, Namespace: e.Namespace},
		Spec:       *e.spec.DeepCopy(),
	}
}

// Create creates the resource.
func (e *Ensemble) Create(ctx context.Context) error {
	return e.cluster.Client.Create(ctx, e.object())
}

// Delete deletes the resource.
func (e *Ensemble) Delete(ctx context.Context) error {
	return e.cluster.Client.Delete(ctx, e.object())
}

// Change changes the spec of the resource.
func (e *Ensemble) Change(ctx context.Context, changes ...Change) error {
	live, err := e.Get(ctx)
	if err != nil {
		return err
	}
	before := live.DeepCopy()
	for _, change := range changes {
		change(&live.Spec)
	}
	if err := e.cluster.Client.Patch(ctx, live, client.MergeFrom(before)); err != nil {
		return err
	}
	for _, change := range changes {
		change(&e.spec)
	}
	return nil
}

// Scale asks for another number of voters through the scale subresource, as
// kubectl scale does.
func (e *Ensemble) Scale(ctx context.Context, replicas int32) error {
	scale := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: replicas}}
	err := e.cluster.Client.SubResource("scale").Update(ctx, e.object(), client.WithSubResourceBody(scale))
	if err != nil {
		return fmt.Errorf("scale %s: %w", e.Name, err)
	}
	e.spec.Replicas = replicas
	return nil
}

// Knowing lets the probe know more members than there are at first: it asks
// for all of them, and its writer connects to any.
func (e *Ensemble) Knowing(voters, observers int32) *Ensemble {
	e.knownVoters, e.knownObservers = voters, observers
	return e
}

// Get reads the resource.
func (e *Ensemble) Get(ctx context.Context) (*v1alpha1.ZooKeeperEnsemble, error) {
	live := &v1alpha1.ZooKeeperEnsemble{}
	return live, e.cluster.Client.Get(ctx, client.ObjectKey{Namespace: e.Namespace, Name: e.Name}, live)
}

// Member is the name of a member's Pod.
func (e *Ensemble) Member(ordinal int) string { return fmt.Sprintf("%s-%d", e.Name, ordinal) }

// Observer is the name of an observer's Pod.
func (e *Ensemble) Observer(ordinal int) string {
	return fmt.Sprintf("%s-observers-%d", e.Name, ordinal)
}

// Ordinals are the ordinals of all voters.
func (e *Ensemble) Ordinals() []int {
	ordinals := make([]int, e.spec.Replicas)
	for i := range ordinals {
		ordinals[i] = i
	}
	return ordinals
}

// Members are the names of all Pods that the spec asks for.
func (e *Ensemble) Members() []string { return e.names(e.spec.Replicas, e.spec.Observers.Replicas) }

// Known are the names of all Pods that the probe asks for.
func (e *Ensemble) Known() []string {
	return e.names(max(e.knownVoters, e.spec.Replicas), max(e.knownObservers, e.spec.Observers.Replicas))
}

func (e *Ensemble) names(voters, observers int32) []string {
	names := make([]string, 0, voters+observers)
	for ordinal := range int(voters) {
		names = append(names, e.Member(ordinal))
	}
	for ordinal := range int(observers) {
		names = append(names, e.Observer(ordinal))
	}
	return names
}

// Host is a voter's own host name.
func (e *Ensemble) Host(ordinal int) string { return e.hostOf(e.Member(ordinal)) }

func (e *Ensemble) hostOf(pod string) string {
	return fmt.Sprintf("%s.%s-servers.%s.svc.%s", pod, e.Name, e.Namespace, clusterDomain)
}

// clientOf is the address of the client port of a member, by the name of its
// Pod.
func (e *Ensemble) clientOf(pod string) string {
	// The final dot keeps the resolver from trying search domains.
	return e.hostOf(pod) + ".:" + strconv.Itoa(int(v1alpha1.ClientPort))
}

// Pod reads a member's Pod.
func (e *Ensemble) Pod(ctx context.Context, ordinal int) (*corev1.Pod, error) {
	return e.podNamed(ctx, e.Member(ordinal))
}

func (e *Ensemble) podNamed(ctx context.Context, name string) (*corev1.Pod, error) {
	pod := &corev1.Pod{}
	return pod, e.cluster.Client.Get(ctx, client.ObjectKey{Namespace: e.Namespace, Name: name}, pod)
}

// Run runs a shell command in a member's server container and returns what it
// prints, without white space around it.
func (e *Ensemble) Run(ctx context.Context, ordinal int, script string) (string, error) {
	out, err := e.cluster.Exec(ctx, e.Namespace, e.Member(ordinal), serverContainer, nil, "sh", "-c", script)
	return strings.TrimSpace(string(out)), err
}

// View is what the members answered last.
func (e *Ensemble) View() history.View {
	seen, _ := e.Log.Last(history.Saw)
	return seen.View
}

// Leader is the ordinal of the leader, or -1 when no majority follows one.
func (e *Ensemble) Leader() int {
	name, ok := e.View().Leader()
	if !ok {
		return -1
	}
	return e.ordinal(name)
}

// Follower is the ordinal of the lowest member that follows, or -1.
func (e *Ensemble) Follower() int {
	followers := e.Followers()
	if len(followers) == 0 {
		return -1
	}
	return followers[0]
}

// Followers are the ordinals of all members that follow.
func (e *Ensemble) Followers() []int {
	var out []int
	view := e.View()
	for _, ordinal := range e.Ordinals() {
		if view[e.Member(ordinal)].State == history.Following {
			out = append(out, ordinal)
		}
	}
	return out
}

func (e *Ensemble) ordinal(name string) int {
	ordinal, err := strconv.Atoi(strings.TrimPrefix(name, e.Name+"-"))
	if err != nil {
		return -1
	}
	return ordinal
}
