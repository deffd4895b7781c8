package ensemble

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
)

// world is a namespace with a stand-in for a cluster and servers on sockets. In
// a stage every turn of the stand-in and of the operators is the test's; else
// they run by themselves.
type world struct {
	*testing.T
	client.Client // uncached, as an administrator
	namespace     string
	servers       *servers
	kubelet       *kubelet
	agentImage    string      // of the operators that are started from now on
	clusterDomain string      // likewise
	logger        logr.Logger // of the operators of a stage

	chapter   string // what is being told, for a failed test
	turns     int    // for how long the test has waited, in turns
	judge     *judge
	operators []*operator // of a stage
}

// newWorld is a world in which everything runs by itself.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := emptyWorld(t)
	w.kubelet.run(t)
	return w
}

func emptyWorld(t *testing.T) *world {
	t.Helper()
	c, err := client.New(apiServer, client.Options{Scheme: testScheme})
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := c.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	w := &world{
		T: t, Client: c, namespace: namespace.Name, servers: newServers(t, c, namespace.Name),
		agentImage: "agent:1", clusterDomain: "cluster.local", logger: logr.Discard(),
	}
	w.kubelet = newKubelet(t, w.namespace, w.servers)
	w.judge = &judge{w: w}
	w.settleStrangers()
	return w
}

// operator runs an operator in this world and returns a function that stops it.
// The client through which it writes may be wrapped.
func (w *world) operator(wrap ...func(client.Client) client.Client) (stop func()) {
	w.Helper()
	mgr, err := ctrl.NewManager(apiServer, ctrl.Options{
		Scheme:     testScheme,
		Metrics:    server.Options{BindAddress: "0"},
		Cache:      cache.Options{DefaultNamespaces: map[string]cache.Config{w.namespace: {}}},
		Controller: config.Controller{SkipNameValidation: new(true)},
		Client: client.Options{
			FieldOwner: v1alpha1.FieldOwner,
			Cache:      &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}},
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	c := mgr.GetClient()
	for _, f := range wrap {
		c = f(c)
	}
	r := &Reconciler{
		Client: c, Live: mgr.GetAPIReader(), Members: &zkclient.Client{},
		Recorder: mgr.GetEventRecorder(v1alpha1.FieldOwner),
		Settings: w.settings(),
	}
	if err := r.SetupWithManager(mgr); err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := mgr.Start(ctx); err != nil {
			w.Errorf("operator: %v", err)
		}
	}()
	stop = func() { cancel(); <-done }
	w.Cleanup(stop)
	return stop
}

func (w *world) settings() Settings {
	return Settings{AgentImage: w.agentImage, ClusterDomain: w.clusterDomain, Namespace: "operators", Release: "first"}
}

// storyDeadline is the patience of a story; each waits for conditions and not
// for time.
const storyDeadline = 60 * time.Second

// idle is the time between two turns of a stage, in which the cache learns of the
// one before.
const idle = 5 * time.Millisecond

// eventually lets the world go on until the condition holds.
func (w *world) eventually(what string, holds func() bool) {
	w.Helper()
	deadline := time.After(storyDeadline)
	for w.turns = 0; !holds(); w.turns++ {
		w.turn()
		select {
		case <-deadline:
			w.Fatalf("waited %v in vain until %s\n%s", storyDeadline, what, w.dump())
		case <-time.After(idle):
		}
	}
}

// get reads an object of the world's namespace and says whether it exists.
func (w *world) get(name string, into client.Object) bool {
	w.Helper()
	err := w.Get(w.Context(), client.ObjectKey{Namespace: w.namespace, Name: name}, into)
	if client.IgnoreNotFound(err) != nil {
		w.Fatal(err)
	}
	return err == nil
}

// list reads all objects of a kind in the world's namespace.
func (w *world) list(into client.ObjectList) {
	w.Helper()
	if err := w.List(w.Context(), into, client.InNamespace(w.namespace)); err != nil {
		w.Fatal(err)
	}
}

// seen reads an object as the cache knows it, which is enough to wait for it.
func (w *world) seen(name string, into client.Object) bool {
	w.Helper()
	err := watched.Get(w.Context(), client.ObjectKey{Namespace: w.namespace, Name: name}, into)
	if client.IgnoreNotFound(err) != nil {
		w.Fatal(err)
	}
	return err == nil
}

// reason returns the reason of a condition when it has the given status and is
// about the specification that the test knows, or "".
func (w *world) reason(e *v1alpha1.ZooKeeperEnsemble, condition string, status metav1.ConditionStatus) string {
	w.Helper()
	generation := e.Generation
	if !w.seen(e.Name, e) || e.Generation < generation || e.Status.ObservedGeneration != e.Generation {
		e.Generation = max(e.Generation, generation) // a cache that lags behind is no news
		return ""
	}
	c := meta.FindStatusCondition(e.Status.Conditions, condition)
	if c == nil || c.Status != status {
		return ""
	}
	return c.Reason
}

// pods are those that exist.
func (w *world) pods() map[string]*corev1.Pod {
	w.Helper()
	var list corev1.PodList
	w.list(&list)
	pods := map[string]*corev1.Pod{}
	for i := range list.Items {
		pods[list.Items[i].Name] = &list.Items[i]
	}
	return pods
}

// dump tells what the API server and the servers hold, for a failed test.
func (w *world) dump() string {
	var b strings.Builder
	fmt.Fprintf(&b, "in the chapter %q, after %d turns; the cache is behind with %v\n", w.chapter, w.turns, w.behind())
	var list v1alpha1.ZooKeeperEnsembleList
	_ = w.List(w.Context(), &list, client.InNamespace(w.namespace))
	for _, e := range list.Items {
		fmt.Fprintf(&b, "%s: generation %d, observed %d: %s\n", e.Name, e.Generation, e.Status.ObservedGeneration, e.Status.Activity)
		for _, c := range e.Status.Conditions {
			fmt.Fprintf(&b, "  %s=%s %s: %s\n", c.Type, c.Status, c.Reason, c.Message)
		}
		for _, m := range e.Status.Members {
			fmt.Fprintf(&b, "  %+v\n", m)
		}
	}
	var pods corev1.PodList
	_ = w.List(w.Context(), &pods, client.InNamespace(w.namespace))
	for _, p := range pods.Items {
		fmt.Fprintf(&b, "pod %s %s %s %s going %v %v\n", p.Name, p.UID, p.Status.Phase, p.Status.PodIP, p.DeletionTimestamp,
			p.Labels[appsv1.ControllerRevisionHashLabelKey])
	}
	var sets appsv1.StatefulSetList
	_ = w.List(w.Context(), &sets, client.InNamespace(w.namespace))
	for _, s := range sets.Items {
		fmt.Fprintf(&b, "statefulset %s %s: %d replicas, generation %d, seen %d, revision %s\n", s.Name, s.UID, *s.Spec.Replicas,
			s.Generation, s.Status.ObservedGeneration, s.Status.UpdateRevision)
	}
	var claims corev1.PersistentVolumeClaimList
	_ = w.List(w.Context(), &claims, client.InNamespace(w.namespace))
	for _, c := range claims.Items {
		fmt.Fprintf(&b, "claim %s %s departed %q going %v\n", c.Name, c.Status.Phase, c.Labels[v1alpha1.LabelDeparted], c.DeletionTimestamp)
	}
	fmt.Fprintf(&b, "servers, led by %d:\n%s\n", w.servers.Leader(), w.servers.Membership().String())
	for _, o := range w.operators {
		fmt.Fprintf(&b, "operator: %d writes: %s; last error: %v\n", len(o.faults.done), strings.Join(o.faults.done, ", "), o.last)
	}
	return b.String()
}
