package main

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// run writes, reads and watches until the context ends.
func run(ctx context.Context, out *printer, members []member) error {
	var acked atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return write(ctx, out, members, &acked) })
	group.Go(func() error { return watch(ctx, out, members) })
	for _, m := range members {
		group.Go(func() error { return read(ctx, out, m, &acked) })
	}
	return group.Wait()
}

// every calls a function at a steady pace until the context ends.
func every(ctx context.Context, pace time.Duration, f func() error) error {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := f(); err != nil {
				return err
			}
		}
	}
}
