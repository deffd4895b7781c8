package e2e

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestPollEndsWithTheConditionOrWithItsLastReason(t *testing.T) {
	calls := 0
	third := func(context.Context) error {
		calls++
		if calls < 3 {
			return errors.New("not yet")
		}
		return nil
	}
	if err := poll(t.Context(), time.Minute, "", third); err != nil || calls != 3 {
		t.Errorf("got %v after %d calls, want success after 3", err, calls)
	}

	never := errors.New("never")
	if err := poll(t.Context(), time.Millisecond, "", func(context.Context) error { return never }); !errors.Is(err, never) {
		t.Errorf("got %v, want the last reason", err)
	}

	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	if err := poll(ctx, time.Minute, "", func(context.Context) error { return never }); !errors.Is(err, never) || !errors.Is(err, stopped) {
		t.Errorf("got %v, want the cause and the last reason", err)
	}
}
