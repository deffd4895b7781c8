package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// namespaceLabel marks the namespaces of the suite.
const namespaceLabel = "zkensemble.dev/e2e"

const (
	beginTimeout = 4 * time.Minute // start the probe and the ensemble
	endTimeout   = 4 * time.Minute // become healthy again, be read and judged
	healTimeout  = 90 * time.Second
)

// cluster is the cluster under test, set before the first spec.
var cluster *Cluster

// watch is what is under way while an ensemble is under test.
type watch struct {
	cancel   context.CancelFunc
	done     sync.WaitGroup
	auditLog auditReader
	judged   time.Time // everything before has been judged
	faults   []string  // disturbances that are not over
	restarts map[string]int32
	writes   int // write requests of the operator on record
	failed   bool
	// operatorGoes is set in a spec that takes the operator away.
	operatorGoes bool
	// stalls is the reason for which the ensemble is stalled at the end of a
	// spec that nothing can heal, instead of being Ready.
	stalls string
}

// Watched declares an ensemble under test for an ordered container. A probe
// and a recorder watch it from the first spec of the container to the last,
// and their history is judged at the end of each spec. The specs create the
// resource themselves.
func Watched(name string, changes ...Change) *Ensemble {
	e := &Ensemble{Name: name, spec: newSpec(changes...), Log: &history.Log{}}
	ginkgo.BeforeAll(e.begin, ginkgo.NodeTimeout(beginTimeout))
	ginkgo.BeforeEach(e.beginSpec)
	ginkgo.JustAfterEach(e.settle, ginkgo.NodeTimeout(endTimeout))
	ginkgo.AfterEach(e.judge, ginkgo.NodeTimeout(endTimeout))
	ginkgo.AfterAll(e.end)
	return e
}

// Running declares an ensemble as Watched does, and creates it before the
// first spec.
func Running(name string, changes ...Change) *Ensemble {
	e := Watched(name, changes...)
	ginkgo.BeforeAll(func(ctx ginkgo.SpecContext) {
		began := time.Now()
		must(e.Create(ctx))
		e.AwaitHealthy(ctx, beginTimeout)
		ginkgo.AddReportEntry("created and Ready", time.Since(began).Round(time.Second/10).String())
	}, ginkgo.NodeTimeout(beginTimeout))
	return e
}

// must fails the spec on an error.
func must(err error) {
	ginkgo.GinkgoHelper()
	if err != nil {
		ginkgo.Fail(err.Error())
	}
}

// got is must for a function that also returns a value.
func got[T any](value T, err error) T {
	ginkgo.GinkgoHelper()
	must(err)
	return value
}

// begin makes a namespace that enforces the restricted standard, and starts
// to watch.
func (e *Ensemble) begin(ctx ginkgo.SpecContext) {
	e.cluster = cluster
	e.Namespace = got(e.cluster.createNamespace(ctx, e.Name))
	tell("ensemble %s in namespace %s", e.Name, e.Namespace)
	must(e.watch.auditLog.begin(ctx, e.cluster))
	must(e.startProbe(ctx))

	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e.watch.cancel = cancel
	e.watch.judged = time.Now()
	e.watch.done.Go(func() { e.followProbe(running) })
	e.watch.done.Go(func() { (&recorder{ensemble: e}).record(running) })
}

func (e *Ensemble) beginSpec(ctx ginkgo.SpecContext) {
	e.Log.Add(history.Entry{Kind: history.Begin, Text: ginkgo.CurrentSpecReport().LeafNodeText})
	e.watch.restarts = e.cluster.operatorRestarts(ctx)
	e.watch.operatorGoes, e.watch.stalls = false, ""
}

// Disturb records that the test takes members away, and returns what records
// that they are back. It is to be called only once they serve again.
func (e *Ensemble) Disturb(what string, ordinals ...int) (over func()) {
	var names []string
	for _, ordinal := range ordinals {
		names = append(names, e.Member(ordinal))
	}
	return e.disturb(what, names)
}

// DisturbOperator records that the test takes the operator away or cuts it off,
// and returns what records that it works again: meanwhile nobody keeps the
// status true.
func (e *Ensemble) DisturbOperator(what string) (over func()) {
	e.watch.operatorGoes = true
	return e.disturb(what, []string{history.Operator})
}

func (e *Ensemble) disturb(what string, names []string) (over func()) {
	what = fmt.Sprintf("%s #%d", what, len(e.watch.faults)+1)
	e.watch.faults = append(e.watch.faults, what)
	e.Log.Add(history.Entry{Kind: history.Fault, Text: what, Members: names})
	tell("disturb %s: %s", strings.Join(names, ", "), what)
	return func() { e.Log.Add(history.Entry{Kind: history.Healed, Text: what}) }
}

// settle lets every spec end with a healthy ensemble, and reads every record
// through every member.
func (e *Ensemble) settle(ctx ginkgo.SpecContext) {
	if e.watch.cancel == nil {
		return
	}
	if ginkgo.CurrentSpecReport().Failed() {
		if err := e.audit(ctx); err != nil {
			tell("after the failure: %v", err)
		}
		return
	}
	if e.watch.stalls != "" {
		Await(ctx, healTimeout, e.Name+" is stalled", func(ctx context.Context) error {
			return e.saysWhy(ctx, v1alpha1.ConditionStalled, "True", e.watch.stalls)
		})
	} else {
		e.AwaitHealthy(ctx, healTimeout)
	}
	must(e.audit(ctx))
}

// Retire ends the watch in the middle of the last spec of a container, after
// the judgement on everything until now: what follows takes the data away.
func (e *Ensemble) Retire(ctx ginkgo.SpecContext) {
	ginkgo.GinkgoHelper()
	e.settle(ctx)
	e.judge(ctx)
	e.unwatch()
}

func (e *Ensemble) unwatch() {
	if e.watch.cancel == nil {
		return
	}
	e.watch.cancel()
	e.watch.done.Wait()
	e.watch.cancel = nil
}

// judge ends a spec: it fails on every promise that the history shows broken.
func (e *Ensemble) judge(ctx ginkgo.SpecContext) {
	report := ginkgo.CurrentSpecReport()
	e.watch.failed = e.watch.failed || report.Failed()
	if e.watch.cancel == nil {
		return
	}
	if report.Failed() {
		for _, what := range e.watch.faults {
			e.Log.Add(history.Entry{Kind: history.Healed, Text: what})
		}
	} else {
		e.Log.Add(history.Entry{Kind: history.End, Text: report.LeafNodeText})
	}
	auditErr := e.readAuditLog(ctx)

	from, now := e.watch.judged, time.Now()
	e.watch.judged = now
	entries := e.Log.Entries()
	var broken []string
	for _, v := range history.Judge(entries, now) {
		if !v.At.Before(from) {
			broken = append(broken, v.String())
		}
	}
	broken = append(broken, e.operatorGone(ctx)...)
	ginkgo.AddReportEntry("history", history.Summarise(entries, from, now).String(),
		ginkgo.ReportEntryVisibilityAlways)
	dir := artifactDir(report)
	must(writeHistory(dir, history.Between(entries, from, now)))
	if report.Failed() || len(broken) > 0 {
		e.watch.failed = true
		e.dump(ctx, dir)
		tell("everything that could be dumped is in %s", dir)
	}
	if len(broken) > 0 {
		ginkgo.Fail("the history shows broken promises:\n" + strings.Join(broken, "\n"))
	}
	must(auditErr)
	if e.watch.writes == 0 {
		ginkgo.Fail("the audit log holds no write request of the operator at all, so its silence proves nothing")
	}
}

// readAuditLog adds the operator's write requests until now to the history.
func (e *Ensemble) readAuditLog(ctx context.Context) error {
	writes, err := e.watch.auditLog.read(ctx, e.cluster, e.Namespace)
	e.watch.writes += len(writes)
	for _, write := range writes {
		e.Log.Add(write)
	}
	return err
}

// operatorGone lists the operator's Pods that went or were restarted in a spec
// that did not mean it.
func (e *Ensemble) operatorGone(ctx context.Context) []string {
	ginkgo.GinkgoHelper()
	if e.watch.operatorGoes {
		return nil
	}
	var out []string
	restarted := e.cluster.operatorRestarts(ctx)
	for pod, before := range e.watch.restarts {
		if now, there := restarted[pod]; !there || now != before {
			out = append(out, fmt.Sprintf("the operator's Pod %s went or was restarted", pod))
		}
	}
	return out
}

// end stops to watch and takes everything away.
func (e *Ensemble) end(ctx ginkgo.SpecContext) {
	e.unwatch()
	if e.watch.failed && keep {
		tell("namespace %s is kept", e.Namespace)
		return
	}
	must(e.cluster.Kube.CoreV1().Namespaces().Delete(ctx, e.Namespace, metav1.DeleteOptions{}))
}

// artifactDir is the folder for what one spec leaves behind.
func artifactDir(report ginkgo.SpecReport) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, report.FullText())
	return filepath.Join(artifacts, name)
}

func writeHistory(dir string, entries []history.Entry) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(dir, "history.jsonl"))
	if err != nil {
		return err
	}
	if err := history.Write(file, entries); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
