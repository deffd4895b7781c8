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

// Levels say how deep a run goes.
var gate = Label("gate")
