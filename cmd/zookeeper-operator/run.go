package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
)

// run works until ctx ends.
func run(ctx context.Context, o options) error {
	if err := o.check(); err != nil {
		return err
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(config, managerOptions(o))
	if err != nil {
		return err
	}
	if err := setup(mgr, o); err != nil {
		return fmt.Errorf("setting up: %w", err)
	}
	return mgr.Start(ctx)
}

func setup(mgr ctrl.Manager, o options) error {
	reconciler := &ensemble.Reconciler{
		Client:   mgr.GetClient(),
		Live:     mgr.GetAPIReader(),
		Members:  &zkclient.Client{},
		Recorder: mgr.GetEventRecorder(v1alpha1.FieldOwner),
		Settings: ensemble.Settings{
			AgentImage:    o.agentImage,
			ClusterDomain: o.clusterDomain,
			Namespace:     o.namespace,
			Release:       o.release,
			TakeOver:      o.takeOver,
		},
	}
	if err := reconciler.SetupWithManager(mgr); err != nil {
		return err
	}
	if err := metrics.Registry.Register(ensemble.Collector{Reader: mgr.GetClient()}); err != nil {
		return err
	}
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	return mgr.AddReadyzCheck("ping", healthz.Ping)
}

func managerOptions(o options) ctrl.Options {
	return ctrl.Options{
		Scheme:                        scheme(),
		Metrics:                       server.Options{BindAddress: o.metricsAddress},
		HealthProbeBindAddress:        o.probeAddress,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              o.release + ".zkensemble.dev",
		LeaderElectionNamespace:       o.namespace,
		LeaderElectionReleaseOnCancel: true,
		Cache:                         cacheOptions(o),
		Client: client.Options{
			FieldOwner: v1alpha1.FieldOwner,
			// The operator may not list Secrets, so they are never cached.
			Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}},
		},
	}
}

// cacheOptions keep only our own objects in memory, however large the cluster;
// and all disruption budgets, which are few, because one that is not ours but
// selects our Pods matters too.
func cacheOptions(o options) cache.Options {
	ours := cache.ByObject{Label: labels.SelectorFromSet(workload.ManagedLabels())}
	options := cache.Options{ByObject: map[client.Object]cache.ByObject{
		&appsv1.StatefulSet{}:           ours,
		&corev1.Service{}:               ours,
		&corev1.ConfigMap{}:             ours,
		&corev1.Pod{}:                   ours,
		&corev1.PersistentVolumeClaim{}: ours,
		&networkingv1.NetworkPolicy{}:   ours,
	}}
	if namespaces := o.namespaces(); len(namespaces) > 0 {
		options.DefaultNamespaces = map[string]cache.Config{}
		for _, namespace := range namespaces {
			options.DefaultNamespaces[namespace] = cache.Config{}
		}
	}
	return options
}

func scheme() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(s); err != nil {
			panic(err) // the types that are compiled in cannot contradict one another
		}
	}
	return s
}
