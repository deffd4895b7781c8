package linear

import (
	"fmt"
	"time"
)

// Kind is what an operation does to its znode.
type Kind string

// Kinds of operations.
const (
	Create Kind = "create"
	Set    Kind = "set"
	Delete Kind = "delete"
	// Read is a read that is ordered among the writes: its session has written
	// since its call, so the server that answered had applied everything that was
	// committed before.
	Read Kind = "read"
)

// Result is how an operation ended.
type Result string

// Results of operations.
const (
	Done       Result = "done"
	Exists     Result = "exists"     // there is one already
	Absent     Result = "absent"     // there is none
	BadVersion Result = "badVersion" // it has another version than was asked for
	Unknown    Result = "unknown"    // no answer came
)

// AnyVersion is asked for by a change that no version holds up.
const AnyVersion = -1

// Op is one operation of one client on one znode. Times are on the one clock of
// all clients.
type Op struct {
	Client   int           `json:"client"`
	Key      string        `json:"key"` // path of the znode
	Kind     Kind          `json:"kind"`
	Value    string        `json:"value,omitempty"` // that is written, or was read
	Asked    int32         `json:"asked"`           // version that a Set or Delete asks for
	Version  int32         `json:"version"`         // that a Set made, or a Read found
	Result   Result        `json:"result"`
	Called   time.Duration `json:"called"`
	Returned time.Duration `json:"returned"`
}

// String tells the operation in one line.
func (o Op) String() string {
	what := string(o.Kind)
	switch o.Kind {
	case Create:
		what += " " + o.Value
	case Set:
		what += fmt.Sprintf(" %s at version %d", o.Value, o.Asked)
	case Delete:
		what += fmt.Sprintf(" at version %d", o.Asked)
	case Read:
	}
	result := string(o.Result)
	switch {
	case o.Result == Done && o.Kind == Read:
		result = fmt.Sprintf("%s at version %d", o.Value, o.Version)
	case o.Result == Done && o.Kind == Set:
		result = fmt.Sprintf("version %d", o.Version)
	}
	return fmt.Sprintf("%12.6f to %12.6f  client %d: %s: %s", o.Called.Seconds(), o.Returned.Seconds(), o.Client, what, result)
}
