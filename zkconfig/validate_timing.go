package zkconfig

import (
	"fmt"
	"math"
	"time"
)

// What people run with success. Outside of it a warning is due, and beyond the
// second value the ensemble fails its users.
const (
	shortTick, longTick  = 200, 10_000
	shortSync            = 2 * time.Second
	longSync, absurdSync = time.Minute, 10 * time.Minute
	shortInit            = 10 * time.Second
	longInit, absurdInit = 10 * time.Minute, time.Hour
	longSession          = time.Hour
	recommendedTick      = "tickTime=2000"
	recommendedInit      = "initLimit=10"
	recommendedSync      = "syncLimit=5"
)

func (c checker) checkTiming() {
	s := &c.settings
	if c.judged("tickTime") {
		return
	}
	if s.TickTime < shortTick || s.TickTime > longTick {
		c.risky(Timing, "tickTime", fmt.Sprintf("A tick of %d ms makes every limit and session timeout unusual.", s.TickTime), "Write "+recommendedTick+".")
	}
	c.checkSyncLimit()
	c.checkInitLimit()
	c.checkSessions()
}

// ticks returns a limit as time, and whether the server can compute it: it
// multiplies 32-bit numbers.
func (c checker) ticks(limit int) (time.Duration, bool) {
	product := int64(limit) * int64(c.settings.TickTime)
	return time.Duration(product) * time.Millisecond, product <= math.MaxInt32
}

func (c checker) product(limit int, time time.Duration) string {
	return fmt.Sprintf("%s of %d ms are %s", ticks(limit), c.settings.TickTime, time)
}

func ticks(n int) string { return plural(n, "tick") }

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// overflow ends a message about a product that 32 bits cannot hold.
const overflow = ", which overflows 32 bits and becomes another time, or a negative one."

func (c checker) checkSyncLimit() {
	const key = "syncLimit"
	if c.settings.SyncLimit <= 0 || c.judged(key) {
		return
	}
	hang, fits := c.ticks(c.settings.SyncLimit)
	switch {
	case !fits:
		c.wrong(Timing, key, c.product(c.settings.SyncLimit, hang)+overflow, "Write "+recommendedSync+".")
	case hang > absurdSync:
		c.wrong(Timing, key, c.product(c.settings.SyncLimit, hang)+": for so long a hung leader stops all writes and a hung follower stays in the quorum.", "Write "+recommendedSync+".")
	case hang > longSync:
		c.risky(Timing, key, c.product(c.settings.SyncLimit, hang)+": for so long a hung leader stops all writes.", "Write "+recommendedSync+".")
	case c.settings.SyncLimit == 1 || hang < shortSync:
		c.risky(Timing, key, c.product(c.settings.SyncLimit, hang)+": one garbage collection or slow disk write costs a member its place in the quorum.", "Write "+recommendedSync+".")
	}
}

func (c checker) checkInitLimit() {
	const key = "initLimit"
	if c.settings.InitLimit <= 0 || c.judged(key) {
		return
	}
	start, fits := c.ticks(c.settings.InitLimit)
	switch {
	case !fits:
		c.wrong(Timing, key, c.product(c.settings.InitLimit, start)+overflow, "Write "+recommendedInit+".")
	case start > absurdInit:
		c.wrong(Timing, key, c.product(c.settings.InitLimit, start)+": for so long a failed start of a leader goes unnoticed.", "Write "+recommendedInit+".")
	case start > longInit:
		c.risky(Timing, key, c.product(c.settings.InitLimit, start)+": for so long a failed start of a leader goes unnoticed.", "Write "+recommendedInit+".")
	case start < shortInit:
		c.risky(Timing, key, c.product(c.settings.InitLimit, start)+": a member with a large snapshot to fetch never gets into the quorum.", "Write "+recommendedInit+".")
	}
	if c.settings.InitLimit < c.settings.SyncLimit && !c.judged("syncLimit") {
		c.risky(Timing, key, fmt.Sprintf("Less time to start (%s) than to stay silent (%s) is the wrong way round.", ticks(c.settings.InitLimit), ticks(c.settings.SyncLimit)),
			"Make initLimit at least as large as syncLimit.")
	}
}

func (c checker) checkSessions() {
	s := &c.settings
	if c.judged("minSessionTimeout") || c.judged("maxSessionTimeout") {
		return
	}
	if c.has("minSessionTimeout") && s.MinSessionTimeout < 2*s.TickTime {
		c.risky(SessionTimeouts, "minSessionTimeout",
			fmt.Sprintf("%d ms is less than two ticks of %d ms; sessions are checked once per tick, and such short ones expire by accident.", s.MinSessionTimeout, s.TickTime),
			fmt.Sprintf("Write minSessionTimeout=%d, or remove the line.", 2*s.TickTime))
	}
	longest := time.Duration(s.MaxSessionTimeout) * time.Millisecond
	if hang, fits := c.ticks(s.SyncLimit); c.has("maxSessionTimeout") && fits && hang <= longSync && longest < hang {
		c.risky(SessionTimeouts, "maxSessionTimeout",
			fmt.Sprintf("The longest session, %s, is shorter than the %s that it takes to notice a hung leader, so every client loses its session then.", longest, hang),
			"Remove the line: the default is 20 ticks.")
	}
	if longest > longSession {
		c.risky(SessionTimeouts, "maxSessionTimeout",
			fmt.Sprintf("A session may last %s without its client; its locks and ephemeral nodes stay as long.", longest),
			"Remove the line: the default is 20 ticks.")
	}
}
