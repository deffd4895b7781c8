//go:build e2e

package e2e

import (
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestPromises(t *testing.T) {
	RegisterFailHandler(Fail)
	suite, reporter := GinkgoConfiguration()
	suite.Timeout = max(suite.Timeout, time.Hour)
	RunSpecs(t, "Promises", suite, reporter)
}

var _ = SynchronizedBeforeSuite(func(ctx SpecContext) []byte {
	c := got(Connect())
	operators := got(c.operatorPods(ctx))
	Expect(operators).NotTo(BeEmpty(), "the operator runs in namespace "+operatorNamespace)
	must(c.RemoveLeftovers(ctx))
	return []byte(got(BuildProbe(ctx, GinkgoT().TempDir())))
}, func(binary []byte) {
	cluster = got(Connect())
	probeBinary = string(binary)
}, NodeTimeout(5*time.Minute))

// Levels say how deep a run goes: gate is for every change, full for what takes
// long or takes nodes and the operator away.
var gate, full = Label("gate"), Label("full")

// calm bounds the time without an acknowledged write in a change that must not
// cost the quorum, on a machine that others use as well.
const calm = 20 * time.Second
