package ensemble

import (
	"context"
	"errors"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/plan"
	"github.com/zkensemble/zookeeper-operator/internal/zkclient"
)

// +kubebuilder:rbac:groups=zkensemble.dev,resources=zookeeperensembles,verbs=get;list;watch
// +kubebuilder:rbac:groups=zkensemble.dev,resources=zookeeperensembles/status,verbs=get;patch
// +kubebuilder:rbac:groups=zkensemble.dev,resources=zookeeperensembles/finalizers,verbs=update
// +kubebuilder:rbac:groups=apps,resources=statefulsets,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups="",resources=services,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=policy,resources=poddisruptionbudgets,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;create;patch
// +kubebuilder:rbac:groups="",resources=pods,verbs=get;list;watch;delete
// +kubebuilder:rbac:groups="",resources=pods/eviction,verbs=create
// +kubebuilder:rbac:groups="",resources=persistentvolumeclaims,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",resources=events,verbs=list

// passDeadline bounds one pass, members that do not answer included.
const passDeadline = 30 * time.Second

// Reconciler keeps ensembles. Its fields are set once, before it is started.
type Reconciler struct {
	// Client reads from the cache and writes to the API server.
	client.Client
	// Live reads from the API server itself, for decisions that a stale cache
	// must not take.
	Live client.Reader
	// Members asks the ZooKeeper servers.
	Members *zkclient.Client
	// Recorder writes the events.
	Recorder events.EventRecorder
	// Settings are the operator's own.
	Settings Settings
	// Questions is for how long one pass may ask the servers before it begins no
	// further question. Default 6 s.
	Questions time.Duration

	proofs     proofs
	hearings   hearings
	rehearsals rehearsals
	zones      zones
	reported   reported
	inVain     inVain
	outages    outages
	lies       lies
	rests      rests
	witnesses  witnesses
	keepers    keepers
	stances    stances
}

// Settings are what the operator's flags and environment say.
type Settings struct {
	AgentImage    string // image that carries the agent, normally the operator's own
	ClusterDomain string // DNS domain of the cluster, such as cluster.local
	Namespace     string // namespace in which the operator runs
	Release       string // what the installation is called there
	TakeOver      bool   // take over every ensemble that another operator keeps
}

// Reconcile makes one pass over an ensemble.
func (r *Reconciler) Reconcile(ctx context.Context, e *v1alpha1.ZooKeeperEnsemble) (ctrl.Result, error) {
	seen, decision, wait, err := r.begin(ctx, e)
	if seen == nil {
		return ctrl.Result{RequeueAfter: wait}, err
	}
	return r.carryOut(ctx, seen, decision)
}

// begin observes an ensemble and decides. Where there is nothing to carry out, it
// returns no observation and when to look again.
func (r *Reconciler) begin(
	ctx context.Context, e *v1alpha1.ZooKeeperEnsemble,
) (seen *observed, d plan.Decision, wait time.Duration, err error) {
	if e.DeletionTimestamp != nil {
		return nil, d, 0, nil // its objects go with it; its volumes stay
	}
	if r.reported.stale(e) {
		return nil, d, soon, nil // the cache has yet to see what was reported last
	}
	wait, unclaimed, err := r.keep(ctx, e)
	if wait > 0 {
		return nil, d, wait, nil
	}
	if err == nil {
		seen, err = r.observe(ctx, e)
	}
	if err != nil {
		return nil, d, 0, errors.Join(err, r.reportBlind(ctx, e, err))
	}
	seen.unclaimed = unclaimed
	return seen, r.decide(ctx, seen), 0, nil
}

// carryOut acts on a decision and reports what came of it, both on what was observed
// before, which stays as it is.
func (r *Reconciler) carryOut(ctx context.Context, seen *observed, decision plan.Decision) (ctrl.Result, error) {
	done := r.act(ctx, seen, decision)
	done.noteLeft(seen.unclaimed)
	if decision.Kind == plan.Done && done.changed() {
		decision = plan.Decision{Reason: plan.RevisionUnknown} // what was as specified is so no longer
	}
	if err := r.report(ctx, seen, decision, done); err != nil {
		return ctrl.Result{}, err
	}
	rest := r.rests.after(seen.ensemble.UID, decision, time.Now())
	switch refused := refusedIn(done.err()); {
	case refused != nil && isWaiting(refused):
		rest = max(rest, settled)
	case refused != nil && rest <= settled:
		return ctrl.Result{}, refused
	}
	return ctrl.Result{RequeueAfter: rest}, nil
}

// lookAgain says of an error that it needs no back-off: somebody else was
// faster, the arbiter of disruptions refused, or the outcome is unknown.
func lookAgain(err error) bool {
	for _, again := range []error{
		errChanged, errNoSuperuser, zkclient.ErrUnknownOutcome, zkclient.ErrNoSession, zkclient.ErrBadVersion,
		zkclient.ErrReconfigInProgress, zkclient.ErrNewConfigNoQuorum,
	} {
		if errors.Is(err, again) {
			return true
		}
	}
	return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err) ||
		apierrors.IsTooManyRequests(err)
}

// SetupWithManager registers the reconciler and everything that wakes it. What
// fails is tried again no later than a settled ensemble is looked at: the members
// are asked in the same pass, whatever is refused in it.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	wake := handler.EnqueueRequestsFromMapFunc(ensembleOf)
	return ctrl.NewControllerManagedBy(mgr).
		Named("zookeeperensemble").
		For(&v1alpha1.ZooKeeperEnsemble{}, builder.WithPredicates(predicate.Funcs{UpdateFunc: r.reported.isNews})).
		Owns(&appsv1.StatefulSet{}).
		Owns(&corev1.Service{}).
		Owns(&corev1.ConfigMap{}).
		Owns(&policyv1.PodDisruptionBudget{}).
		Owns(&networkingv1.NetworkPolicy{}).
		Watches(&corev1.Pod{}, wake).
		Watches(&corev1.PersistentVolumeClaim{}, wake).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: 8,
			ReconciliationTimeout:   passDeadline,
			NewQueue:                newQueue,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](soon, settled),
		}).
		Complete(reconcile.AsReconciler(mgr.GetClient(), r))
}

// ensembleOf finds the ensemble of an object that a StatefulSet owns, by label.
func ensembleOf(_ context.Context, o client.Object) []reconcile.Request {
	name, ok := o.GetLabels()[v1alpha1.LabelEnsemble]
	if !ok {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: name}}}
}
