package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onsi/ginkgo/v2"
)

// pollPace is how often a condition is looked at.
const pollPace = 500 * time.Millisecond

// Await waits until check finds nothing left to wait for, and fails the spec
// when that takes too long. What check is still waiting for is told whenever it
// changes.
func Await(ctx context.Context, within time.Duration, what string, check func(context.Context) error) {
	ginkgo.GinkgoHelper()
	began := time.Now()
	if err := poll(ctx, within, what, check); err != nil {
		ginkgo.Fail(fmt.Sprintf("not within %s: %s\nstill: %v", within, what, err))
	}
	tell("%s (%s)", what, time.Since(began).Round(100*time.Millisecond))
}

// Hold checks that something stays as it is for a time.
func Hold(ctx context.Context, length time.Duration, what string, check func(context.Context) error) {
	ginkgo.GinkgoHelper()
	began := time.Now()
	broken := func(ctx context.Context) error {
		if check(ctx) == nil {
			return errHolds
		}
		return nil
	}
	if err := poll(ctx, length, "", broken); err == nil {
		ginkgo.Fail(fmt.Sprintf("held for %s only, not %s: %s\nbroken: %v",
			time.Since(began).Round(time.Second/10), length, what, check(ctx)))
	}
	tell("%s, for %s", what, length)
}

var errHolds = errors.New("it holds")

// poll returns nil as soon as check does, and its last error when time is up.
func poll(ctx context.Context, within time.Duration, what string, check func(context.Context) error) error {
	deadline := time.After(within)
	ticker := time.NewTicker(pollPace)
	defer ticker.Stop()
	said := ""
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		if now := err.Error(); what != "" && now != said {
			tell("waiting: %s: %s", what, now)
			said = now
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-deadline:
			return err
		case <-ticker.C:
		}
	}
}

// tell prints a line of progress with its time.
func tell(format string, args ...any) {
	ginkgo.GinkgoWriter.Printf("%s  %s\n", time.Now().UTC().Format("15:04:05.0"), fmt.Sprintf(format, args...))
}
