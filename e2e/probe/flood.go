package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

const (
	// floodPace is for how long a connection of a flood is kept. What counts is how
	// many there are at once: any server can be given more to do than it can.
	floodPace = 10 * time.Second
	// floodDial bounds the wait for a connection.
	floodDial = 2 * time.Second
)

// junk are what a flood sends, each on connections of its own.
var junk = []string{
	"",
	"mntr", "ruok", "srvr", "stat", "m", "envi\r\n",
	"\x00\x00\x00\x2d\x00\x00\x00\x00", // half a request for a session
	"\x00\x00\x00\x2d" + strings.Repeat("\x00", 24) + "\x00\x00\x00\x10" + strings.Repeat("\x00", 17) + "\x7f\xff\xff\xffjunk", // a session, and then junk
	"\x7f\xff\xff\xff", "\xff\xff\xff\xff", "\x00\x00\x00\x00",
	"\xff\xff\xff\xff\xff\xff\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x7f\xff\xff\xff", // a vote of a server with a name of 2 GiB
	"GET /readyz HTTP/1.1\r\nHost: flood\r\n\r\n",
	"GET /state HTTP/1.1\r\nHost: flood\r\n\r\n",
	"GET /readyz HTTP/1.1\r\nHost: fl",
	"GET /" + strings.Repeat("x", 64<<10),
	"POST /state HTTP/1.1\r\nContent-Length: 2147483647\r\n\r\n{",
	strings.Repeat("\x80\x00junk", 1000),
}

// flood keeps a number of connections to each address for a time, and sends junk
// through them. No answer is understood, and no failure ends it. At the end it
// prints what became of the connections.
func flood(ctx context.Context, out io.Writer, seconds, connections string, addresses []string) error {
	length, err := time.ParseDuration(seconds + "s")
	if err != nil {
		return fmt.Errorf("length of the flood: %w", err)
	}
	each, err := strconv.Atoi(connections)
	if err != nil {
		return fmt.Errorf("number of connections: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var all sync.WaitGroup
	tides := make([]tide, len(addresses))
	for i, address := range addresses {
		tides[i].Address = address
		for n := range each {
			all.Go(func() { tides[i].rise(ctx, n) })
		}
	}
	all.Wait()
	for i := range tides {
		if err := json.NewEncoder(out).Encode(tides[i].Tide); err != nil {
			return fmt.Errorf("tell what became of the flood: %w", err)
		}
	}
	return nil
}

// tide is the part of a flood that goes to one address.
type tide struct{ history.Tide }

// rise opens one connection after another, each for a while.
func (t *tide) rise(ctx context.Context, n int) {
	wait := rand.N(floodPace) // they do not all come at once
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = floodPace
		conn, err := (&net.Dialer{Timeout: floodDial}).DialContext(ctx, "tcp", t.Address)
		switch {
		case err != nil && ctx.Err() == nil:
			atomic.AddInt64(&t.Failed, 1)
		case err == nil:
			atomic.AddInt64(&t.Opened, 1)
			bother(ctx, conn, junk[n%len(junk)])
			wait = 0
		}
	}
}

// bother sends junk, reads what comes, and hangs up after a while.
func bother(ctx context.Context, conn net.Conn, junk string) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	over := time.NewTimer(floodPace)
	defer over.Stop()
	_ = conn.SetDeadline(time.Now().Add(floodPace))
	if _, err := io.WriteString(conn, junk); err == nil {
		_, _ = io.Copy(io.Discard, conn)
	}
	select {
	case <-ctx.Done():
	case <-over.C:
	}
}
