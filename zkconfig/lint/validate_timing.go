package lint

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
	goodTick             = 2000
	goodInit, goodSync   = 10, 5            // ticks
	goodTime             = 20 * time.Second // where these are too short or too long
)

func (c checker) checkTiming() {
	s := &c.settings
	if c.judged("tickTime") {
		return
	}
	if s.TickTime < shortTick || s.TickTime > longTick {
		c.risky(Timing, "tickTime", fmt.Sprintf("A tick of %d ms makes every limit and session timeout unusual.", s.TickTime), c.tickFix())
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

// syncFix names a syncLimit, and an initLimit that is no smaller.
func (c checker) syncFix() string {
	good := c.goodLimit(goodSync, shortSync, longSync)
	if c.settings.InitLimit > 0 && c.settings.InitLimit < good {
		return fmt.Sprintf("Write syncLimit=%d and initLimit=%d.", good, c.goodLimit(max(goodInit, good), shortInit, longInit))
	}
	return fmt.Sprintf("Write syncLimit=%d.", good)
}

func (c checker) initFix() string {
	return fmt.Sprintf("Write initLimit=%d.", c.goodLimit(max(goodInit, c.settings.SyncLimit), shortInit, longInit))
}

// goodLimit returns a limit that is good with the tick that the file has.
func (c checker) goodLimit(good int, short, long time.Duration) int {
	if t, fits := c.ticks(good); !fits || t < short || t > long {
		return max(2, int(goodTime/(time.Duration(max(1, c.settings.TickTime))*time.Millisecond)))
	}
	return good
}

// tickFix names a tick, and the limits that would be bad with it.
func (c checker) tickFix() string {
	lines := fmt.Sprintf("tickTime=%d", goodTick)
	in := func(limit int) time.Duration { return time.Duration(limit) * goodTick * time.Millisecond }
	if t := in(c.settings.SyncLimit); c.settings.SyncLimit > 0 && (t < shortSync || t > longSync || c.settings.SyncLimit == 1) {
		lines += fmt.Sprintf(", syncLimit=%d", goodSync)
	}
	if t := in(c.settings.InitLimit); c.settings.InitLimit > 0 && (t < shortInit || t > longInit || c.settings.InitLimit < c.settings.SyncLimit) {
		lines += fmt.Sprintf(", initLimit=%d", max(goodInit, c.settings.SyncLimit))
	}
	return "Write " + lines + "."
}

func (c checker) checkSyncLimit() {
	const key = "syncLimit"
	if c.settings.SyncLimit <= 0 || c.judged(key) {
		return
	}
	hang, fits := c.ticks(c.settings.SyncLimit)
	switch {
	case !fits:
		c.wrong(Timing, key, c.product(c.settings.SyncLimit, hang)+overflow, c.syncFix())
	case hang > absurdSync:
		c.wrong(Timing, key, c.product(c.settings.SyncLimit, hang)+": for so long a hung leader stops all writes and a hung follower stays in the quorum.", c.syncFix())
	case hang > longSync:
		c.risky(Timing, key, c.product(c.settings.SyncLimit, hang)+": for so long a hung leader stops all writes.", c.syncFix())
	case c.settings.SyncLimit == 1 || hang < shortSync:
		c.risky(Timing, key, c.product(c.settings.SyncLimit, hang)+": one garbage collection or slow disk write costs a member its place in the quorum.", c.syncFix())
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
		c.wrong(Timing, key, c.product(c.settings.InitLimit, start)+overflow, c.initFix())
	case start > absurdInit:
		c.wrong(Timing, key, c.product(c.settings.InitLimit, start)+": for so long a failed start of a leader goes unnoticed.", c.initFix())
	case start > longInit:
		c.risky(Timing, key, c.product(c.settings.InitLimit, start)+": for so long a failed start of a leader goes unnoticed.", c.initFix())
	case start < shortInit:
		c.risky(Timing, key, c.product(c.settings.InitLimit, start)+": a member with a large snapshot to fetch never gets into the quorum.", c.initFix())
	case c.settings.InitLimit < c.settings.SyncLimit && !c.judged("syncLimit"):
		c.risky(Timing, key, fmt.Sprintf("Less time to start (%s) than to stay silent (%s) is the wrong way round.", ticks(c.settings.InitLimit), ticks(c.settings.SyncLimit)),
			c.initFix())
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
