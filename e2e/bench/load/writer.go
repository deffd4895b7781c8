package load

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// WritePace is how often a writer writes, unless an answer takes longer.
const WritePace = 10 * time.Millisecond

// Writer makes numbered records, one after the other, through one session. A
// record whose write failed is given up, and the next number is tried.
type Writer struct {
	conn   *zk.Conn
	folder string
	meter  *Meter

	mu           sync.Mutex
	acknowledged []int64
}

// NewWriter makes the folder of the writer's records, below parents that exist.
func NewWriter(conn *zk.Conn, folder string, meter *Meter) (*Writer, error) {
	if _, err := conn.Create(folder, nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
		return nil, fmt.Errorf("create %s: %w", folder, err)
	}
	return &Writer{conn: conn, folder: folder, meter: meter}, nil
}

// Write writes until the context ends.
func (w *Writer) Write(ctx context.Context) {
	ticker := time.NewTicker(WritePace)
	defer ticker.Stop()
	for n := int64(1); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		_, err := w.conn.Create(w.record(n), nil, 0, zk.WorldACL(zk.PermAll))
		switch {
		case err == nil:
			w.meter.Acknowledged()
			w.mu.Lock()
			w.acknowledged = append(w.acknowledged, n)
			w.mu.Unlock()
		case ctx.Err() != nil:
			return
		default:
			w.meter.Failed()
		}
	}
}

func (w *Writer) record(n int64) string { return w.folder + "/" + strconv.FormatInt(n, 10) }

// Check reads through another session which records are there, after what was
// committed before the call, and fails when one is missing that was
// acknowledged. The session must have written before: so its server has caught
// up. It returns how many were acknowledged.
func (w *Writer) Check(through *zk.Conn) (acknowledged int, err error) {
	w.mu.Lock()
	wanted := slices.Clone(w.acknowledged)
	w.mu.Unlock()
	names, _, err := through.Children(w.folder)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", w.folder, err)
	}
	there := make(map[string]bool, len(names))
	for _, name := range names {
		there[name] = true
	}
	missing := slices.DeleteFunc(slices.Clone(wanted), func(n int64) bool { return there[strconv.FormatInt(n, 10)] })
	if len(missing) > 0 {
		return len(wanted), fmt.Errorf("%s: %d of %d acknowledged records are missing, the first is %d",
			w.folder, len(missing), len(wanted), missing[0])
	}
	return len(wanted), nil
}
