package main

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// printer numbers and times the entries as it writes them, one line each.
type printer struct {
	mu      sync.Mutex
	encoder *json.Encoder
	seq     int64
}

func newPrinter(w io.Writer) *printer {
	return &printer{encoder: json.NewEncoder(w)}
}

func (p *printer) print(e history.Entry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seq++
	e.Seq, e.At = p.seq, time.Now()
	return p.encoder.Encode(e)
}
