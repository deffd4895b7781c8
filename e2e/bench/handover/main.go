// Command handover measures what clients notice when the leader of a real
// ZooKeeper ensemble is restarted, in two ways:
//
//   - plain: the leader's JVM is killed and started again;
//   - handover: a reconfiguration changes the leader's quorum port, which moves
//     the leadership; once the old leader follows in sync with its vote, its JVM is
//     killed and started again.
//
// Three servers run as plain processes, with the operator's own defaults, a tree
// of a given size, a writer with one connection for each server, and a CPU load
// beside them, which rests while the restarted server loads its tree. The two ways take turns on one ensemble, so that both have the
// same noise. Every run is printed, as a row of a Markdown table.
//
// Nothing of the operator takes part: this measures the servers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/bench/load"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// options is what the command line says.
type options struct {
	java, jars, logging, folder string
	treeMB, pairs, heapMiB      int
	busy                        int
	threshold                   time.Duration
	set                         overrides
}

// overrides are properties in the order of the command line.
type overrides zkconfig.Properties

// String shows them as they are given.
func (o *overrides) String() string {
	var all []string
	for _, p := range *o {
		all = append(all, p.Key+"="+p.Value)
	}
	return strings.Join(all, ", ")
}

// Set adds one.
func (o *overrides) Set(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("want key=value")
	}
	*o = append(*o, zkconfig.Property{Key: key, Value: value})
	return nil
}

// burnWord as the first argument turns the program into its own CPU load.
const burnWord = "burn"

func main() {
	if len(os.Args) == 3 && os.Args[1] == burnWord {
		loops, err := strconv.Atoi(os.Args[2])
		if err != nil {
			log.Fatal(err)
		}
		burn(os.Stdin, loops)
		return
	}
	o := options{}
	flag.StringVar(&o.java, "java", "java", "the `program` that runs the servers")
	flag.StringVar(&o.jars, "jars", "", "`folder` with the server and its libraries")
	flag.StringVar(&o.logging, "logging", "hack/zookeeper/conf/logback.xml", "the servers' logback `file`")
	flag.StringVar(&o.folder, "folder", "", "where the servers' logs stay; a temporary `folder` by default")
	flag.IntVar(&o.treeMB, "tree", 1, "size of the data in `MB`")
	flag.IntVar(&o.pairs, "pairs", 20, "`number` of runs of each way")
	flag.IntVar(&o.heapMiB, "heap", 614, "heap of a server in `MiB`; 614 is the operator's default, 60 % of 1 GiB")
	flag.IntVar(&o.busy, "busy", 2, "`number` of busy loops beside the servers")
	flag.DurationVar(&o.threshold, "threshold", 100*time.Millisecond, "shorter gaps between two acknowledged writes do not count")
	flag.Var(&o.set, "set", "a `key=value` of zoo.cfg to use instead of the operator's; may be repeated")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM) //nolint:forbidigo // The root of all contexts.
	err := measureAll(ctx, os.Stdout, &o)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// measureAll makes the ensemble, takes all measurements and removes it.
func measureAll(ctx context.Context, out io.Writer, o *options) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e, err := newEnsemble(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.remove()) }()
	if err := e.startAll(ctx); err != nil {
		return err
	}
	defer e.killAll()
	size, err := e.grow(ctx, o.treeMB)
	if err != nil {
		return fmt.Errorf("build the tree: %w", err)
	}
	burner, err := startBurner(ctx, o.busy)
	if err != nil {
		return err
	}
	b := &bench{ensemble: e, options: o, burner: burner, meter: load.NewMeter(o.threshold)}
	return b.run(ctx, out, size)
}
