// Command rollbench measures what clients notice of a rolling restart of a
// three-member ensemble, in two ways on one cluster:
//
//   - plain: a StatefulSet as in the Kubernetes tutorial on ZooKeeper, with its
//     default rolling update;
//   - ours: a ZooKeeperEnsemble.
//
// It runs in a Pod of that cluster (manifests/rollbench.yaml) beside both
// ensembles, which hold a tree of the same size. The same annotation of the Pod
// template starts every roll, as kubectl rollout restart does, and leadership
// is brought to the same ordinal before each. The two ways take turns, so that
// both have the same noise. Every run is printed as a row of a Markdown table;
// the exit code tells whether the claims hold.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// options is what the command line says.
type options struct {
	rolls     int
	leader    int
	treeMB    int
	threshold time.Duration
	only      string
}

func main() {
	o := options{}
	flag.IntVar(&o.rolls, "rolls", 5, "`number` of rolls of each ensemble")
	flag.IntVar(&o.leader, "leader", members-1, "`ordinal` that leads before each roll")
	flag.IntVar(&o.treeMB, "tree", 110, "size of the tree in `MB`")
	flag.DurationVar(&o.threshold, "threshold", 250*time.Millisecond, "shorter gaps between two acknowledged writes are no time without writes")
	flag.StringVar(&o.only, "only", "", "roll the ensemble of this `name` only, and claim nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM) //nolint:forbidigo // The root of all contexts.
	err := run(ctx, &o)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, o *options) error {
	config, err := rest.InClusterConfig()
	if err != nil {
		return fmt.Errorf("this runs in a Pod: %w", err)
	}
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	var ensembles []*ensemble
	for _, name := range []string{plain, ours} {
		if o.only == "" || o.only == name {
			ensembles = append(ensembles, newEnsemble(kube, os.Getenv("POD_NAMESPACE"), name))
		}
	}
	for _, e := range ensembles {
		if err := e.grow(ctx, o.treeMB); err != nil {
			return fmt.Errorf("%s: build the tree: %w", e.name, err)
		}
	}
	rolls, err := measureAll(ctx, os.Stdout, o, ensembles)
	if err != nil {
		return err
	}
	printSummary(os.Stdout, rolls)
	printGaps(os.Stdout, rolls)
	if o.only != "" {
		return nil
	}
	return claim(os.Stdout, rolls)
}

// measureAll prints each roll when it is over.
func measureAll(ctx context.Context, out *os.File, o *options, ensembles []*ensemble) ([]roll, error) {
	printHeader(out, o)
	var rolls []roll
	for n := range o.rolls {
		for _, e := range ensembles {
			r, err := e.measure(ctx, o, n+1)
			if err != nil {
				return nil, fmt.Errorf("roll %d of %s: %w", n+1, e.name, err)
			}
			rolls = append(rolls, r)
			printRoll(out, r)
		}
	}
	return rolls, nil
}
