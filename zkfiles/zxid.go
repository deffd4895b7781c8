package zkfiles

import (
	"fmt"
	"strconv"
	"strings"
)

// Zxid numbers a transaction: the epoch of the leader that proposed it, and a counter
// within the epoch. Zxids are ordered as numbers, so every transaction of an epoch
// comes after all transactions of the epochs before. No transaction has the zxid 0.
type Zxid int64

// ParseZxid reads a zxid as ZooKeeper writes it, such as 0x500000007.
func ParseZxid(text string) (Zxid, error) {
	digits, found := strings.CutPrefix(text, "0x")
	number, err := strconv.ParseUint(digits, 16, 63)
	if !found || err != nil {
		return 0, fmt.Errorf("the zxid %q is not like 0x500000007: write it in hexadecimal with 0x, as srvr does", text)
	}
	return Zxid(number), nil
}

// Epoch counts the leaders of the ensemble.
func (z Zxid) Epoch() uint32 { return uint32(uint64(z) >> 32) }

// Counter is the place of the transaction among those of its epoch. The first is 1.
func (z Zxid) Counter() uint32 { return uint32(z) }

// String returns the zxid as ZooKeeper writes it, such as 0x500000007.
func (z Zxid) String() string { return "0x" + strconv.FormatUint(uint64(z), 16) }

// MarshalText makes zxids readable in JSON.
func (z Zxid) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// IsFollowedBy reports whether no transaction can be missing between two neighbours
// of a log. Within an epoch the counter has no holes, for errors are logged too. From
// one epoch to the next the zxids alone prove nothing: the next epoch begins with the
// counter 1, wherever the one before ended.
func (z Zxid) IsFollowedBy(next Zxid) bool {
	return next == z+1 || next.Epoch() > z.Epoch() && next.Counter() == 1
}
