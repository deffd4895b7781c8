//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// Settings of the random changes: for how long they are drawn, from which seed,
// and how long no write may be acknowledged meanwhile.
var (
	randomMinutes = setting("E2E_RANDOM_MINUTES", "4", strconv.Atoi)
	randomSeed    = setting("E2E_RANDOM_SEED", strconv.FormatInt(time.Now().Unix(), 10), strconv.Atoi)
	randomGap     = setting("E2E_RANDOM_GAP", calm.String(), time.ParseDuration)
)

// setting reads a variable of the environment.
func setting[T any](name, otherwise string, parse func(string) (T, error)) T {
	value, err := parse(cmp.Or(os.Getenv(name), otherwise))
	if err != nil {
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	return value
}

// randomTimeout is how long two changes at once may take, with five voters and
// two observers.
const randomTimeout = 8 * time.Minute

var _ = Describe("Random planned changes", Ordered, Serial, full, func() {
	zk := Running("random", Version(between)).Knowing(5, 2)

	It("lose nothing and stop nobody", Label("C9", "random"), func(ctx SpecContext) {
		run, from := newRandomRun(zk), time.Now()
		end := zk.Contend(ctx)
		run.change(ctx, run.planner.version())
		for until := time.Now().Add(time.Duration(randomMinutes) * time.Minute); time.Now().Before(until); {
			run.change(ctx, run.planner.next(false))
		}
		expectLinearizable(end())
		Expect(zk.Since(from).LongestGap).To(BeNumerically("<", randomGap), "longest time without a write of all")
	}, NodeTimeout(time.Duration(randomMinutes)*time.Minute+3*randomTimeout))
})

// randomRun makes planned changes and keeps a log of them.
type randomRun struct {
	zk      *Ensemble
	planner *planner
	log     *os.File
}

// newRandomRun begins a log, which is readable while the run is under way.
func newRandomRun(zk *Ensemble) *randomRun {
	GinkgoHelper()
	dir := artifactDir(CurrentSpecReport())
	must(os.MkdirAll(dir, 0o755))
	run := &randomRun{
		zk:      zk,
		planner: &planner{zk: zk, chance: rand.New(rand.NewPCG(uint64(randomSeed), 0))},
		log:     got(os.Create(filepath.Join(dir, "changes.txt"))),
	}
	DeferCleanup(func() {
		must(run.log.Close())
		AddReportEntry("changes", string(got(os.ReadFile(run.log.Name()))), ReportEntryVisibilityAlways)
	})
	run.write("E2E_RANDOM_SEED=%d E2E_RANDOM_MINUTES=%d E2E_RANDOM_GAP=%s", randomSeed, randomMinutes, randomGap)
	return run
}

func (r *randomRun) write(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	tell("%s", line)
	_ = got(fmt.Fprintln(r.log, line))
}

// change makes a change, sometimes another one while the first is under way, and
// waits until all is well again. Nobody may have been without an answer for long.
func (r *randomRun) change(ctx context.Context, first plannedChange) {
	GinkgoHelper()
	from, what, outcome := time.Now(), first.what, "NOT DONE"
	defer func() {
		now, since := time.Now(), r.zk.Since(from)
		r.write("%s to %s  longest gap %6s, leader changes %d, replaced %v: %s: %s", from.UTC().Format(time.TimeOnly), now.UTC().Format(time.TimeOnly),
			since.LongestGap.Round(10*time.Millisecond), since.LeaderChanges, r.zk.Replaced(from), what, outcome)
	}()
	must(first.make(ctx))
	if !first.alone && r.planner.chance.IntN(5) < 2 {
		pause := time.Duration(1+r.planner.chance.IntN(15)) * time.Second
		Hold(ctx, pause, "writes go on", r.zk.writesLately)
		second := r.planner.next(true)
		what += fmt.Sprintf(", and after %s %s", pause, second.what)
		must(second.make(ctx))
	}
	Await(ctx, randomTimeout, "every member is of the newest revision", r.zk.upToDate)
	r.zk.AwaitHealthy(ctx, randomTimeout)
	Expect(r.zk.Since(from).LongestGap).To(BeNumerically("<", randomGap), "longest time without a write during: %s", what)
	// The API server does not keep its log for as long as a run may take.
	must(r.zk.readAuditLog(ctx))
	outcome = "done"
}
