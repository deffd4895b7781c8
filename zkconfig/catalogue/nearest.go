package catalogue

import (
	"math/bits"
	"strings"
	"sync"
)

// documented maps names that the manual uses, and that do nothing in zoo.cfg,
// to the keys that work.
var documented = map[string]string{
	"advancedFlowControlEnabled":  "netty.advancedFlowControl.enabled",
	"connectionDecreaseRatio":     "connection_throttle_decrease_ratio",
	"connectionDropDecrease":      "connection_throttle_drop_decrease",
	"connectionDropIncrease":      "connection_throttle_drop_increase",
	"connectionFreezeTime":        "connection_throttle_freeze_time",
	"connectionMaxTokens":         "connection_throttle_tokens",
	"connectionTokenFillCount":    "connection_throttle_fill_count",
	"connectionTokenFillTime":     "connection_throttle_fill_time",
	"maxConcurrentDiffSyncs":      "leader.maxConcurrentDiffSyncs",
	"maxConcurrentSnapSyncs":      "leader.maxConcurrentSnapSyncs",
	"maxTimeToWaitForEpoch":       "leader.maxTimeToWaitForEpoch",
	"outstandingHandshake.limit":  "netty.server.outstandingHandshake.limit",
	"requestStaleConnectionCheck": "request_stale_connection_check",
	"requestStaleLatencyCheck":    "request_stale_latency_check",
	"requestThrottleDropStale":    "request_throttle_drop_stale",
	"requestThrottleLimit":        "request_throttle_max_requests",
	"requestThrottleStallTime":    "request_throttle_stall_time",
	"throttledOpWaitTime":         "throttled_op_wait_time",
}

// Nearest returns the known key that an unknown one most likely stands for:
// the one the manual should have named, the same letters in another case or
// with other separators, the end of a longer key, or the fewest typing
// mistakes. It returns "" when no key is close.
func Nearest(key string) string {
	key = strings.TrimPrefix(key, PropertyPrefix)
	if Find(key) != nil {
		return key
	}
	if name, ok := documented[key]; ok {
		return name
	}
	wanted := letters(key)
	best, bestDistance := "", 1+len(wanted)/6
	set := letterSet(wanted)
	for _, candidate := range spellings() {
		distance := bestDistance + 1
		if bits.OnesCount64(set^candidate.set) <= 2*bestDistance { // one mistake changes two letters at most
			distance = TypingDistance(wanted, candidate.letters, bestDistance)
		}
		if len(wanted) > 4 && hasPart(candidate.name, key) {
			distance = min(distance, 1)
		}
		if distance < bestDistance || (distance == bestDistance && best == "") {
			best, bestDistance = candidate.name, distance
		}
	}
	return best
}

// spelling is a known name, its letters, and the set of them.
type spelling struct {
	name, letters string
	set           uint64
}

// letterSet holds which letters there are, without their number.
func letterSet(text string) uint64 {
	var set uint64
	for i := range len(text) {
		set |= 1 << (text[i] % 64)
	}
	return set
}

// spellings is made when the first unknown key comes along.
var spellings = sync.OnceValue(func() []spelling {
	all := everything().all
	known := make([]spelling, 0, len(all))
	for _, definition := range all {
		known = append(known, spelling{definition.Name, letters(definition.Name), letterSet(letters(definition.Name))})
	}
	return known
})

// hasPart reports whether key is the end of name, after a dot.
func hasPart(name, key string) bool {
	end := len(name) - len(key)
	return end > 0 && name[end-1] == '.' && strings.EqualFold(name[end:], key)
}

// letters drops case and separators, which people mix up.
func letters(key string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(key))
}

// maxSpelling is more letters than any known name has.
const maxSpelling = 80

// TypingDistance counts the letters to insert, drop, replace or swap with the
// next one to get from a to b; it gives up above limit and returns limit+1.
func TypingDistance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var rows [3][maxSpelling]int
	if len(b) >= maxSpelling {
		return limit + 1
	}
	before, previous, current := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		previous[j] = j
	}
	for i := range len(a) {
		current[0] = i + 1
		closest := current[0]
		for j := range len(b) {
			replaced := previous[j]
			if a[i] != b[j] {
				replaced++
			}
			current[j+1] = min(replaced, previous[j+1]+1, current[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				current[j+1] = min(current[j+1], before[j-1]+1)
			}
			closest = min(closest, current[j+1])
		}
		if closest > limit {
			return limit + 1
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
