package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/onsi/ginkgo/v2"

	"github.com/zkensemble/zookeeper-operator/e2e/linear"
)

// orderPatience is how long the order of the operations on one znode may be
// looked for.
const orderPatience = time.Minute

// Contend lets clients work on the same znodes through all members that the
// probe knows, until the function that it returns is called, which returns all
// operations. They are also written to a file beside the history, whatever
// becomes of the spec.
func (e *Ensemble) Contend(ctx context.Context) (end func() []linear.Op) {
	ginkgo.GinkgoHelper()
	dir := artifactDir(ginkgo.CurrentSpecReport())
	must(os.MkdirAll(dir, 0o755))
	path := filepath.Join(dir, "operations.jsonl")
	file := got(os.Create(path))
	stdin, stop := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		command := append([]string{probePath, "contend"}, e.addresses(e.Known())...)
		err := e.cluster.ExecTo(ctx, e.Namespace, probePod, probePod, stdin, file, command...)
		ended <- errors.Join(err, file.Close())
	}()
	ginkgo.DeferCleanup(stop.Close)
	return func() []linear.Op {
		ginkgo.GinkgoHelper()
		must(stop.Close())
		select {
		case err := <-ended:
			must(err)
		case <-time.After(execTimeout):
			ginkgo.Fail("the clients did not end")
		}
		return got(readOperations(path))
	}
}

func readOperations(path string) ([]linear.Op, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var ops []linear.Op
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var o linear.Op
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return nil, fmt.Errorf("operation %q: %w", lines.Text(), err)
		}
		ops = append(ops, o)
	}
	return ops, lines.Err()
}

// expectLinearizable checks that a single server without failures could have
// given all answers, and that enough was asked of it for that to mean something.
func expectLinearizable(ops []linear.Op) {
	ginkgo.GinkgoHelper()
	report := linear.Check(ops, orderPatience)
	ginkgo.AddReportEntry("contest", report.String(), ginkgo.ReportEntryVisibilityAlways)
	must(report.Err())
	done := map[linear.Kind]int{}
	for _, o := range ops {
		if o.Result == linear.Done {
			done[o.Kind]++
		}
	}
	for _, kind := range []linear.Kind{linear.Create, linear.Set, linear.Delete, linear.Read} {
		if done[kind] < 100 {
			ginkgo.Fail(fmt.Sprintf("only %d operations %s were done: too few to show anything", done[kind], kind))
		}
	}
}
