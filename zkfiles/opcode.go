package zkfiles

import "fmt"

// OpCode is the type of a transaction.
type OpCode int32

// The types that are in logs.
const (
	OpCreate          OpCode = 1
	OpDelete          OpCode = 2
	OpSetData         OpCode = 5
	OpSetACL          OpCode = 7
	OpCheck           OpCode = 13 // in a multi only
	OpMulti           OpCode = 14
	OpCreate2         OpCode = 15
	OpReconfig        OpCode = 16
	OpCreateContainer OpCode = 19
	OpDeleteContainer OpCode = 20
	OpCreateTTL       OpCode = 21
	OpCreateSession   OpCode = -10
	OpCloseSession    OpCode = -11
	OpError           OpCode = -1
)

var opNames = map[OpCode]string{
	OpCreate: "create", OpDelete: "delete", OpSetData: "setData", OpSetACL: "setACL", OpCheck: "check", OpMulti: "multi",
	OpCreate2: "create2", OpReconfig: "reconfig", OpCreateContainer: "createContainer", OpDeleteContainer: "deleteContainer",
	OpCreateTTL: "createTTL", OpCreateSession: "createSession", OpCloseSession: "closeSession", OpError: "error",
}

// String returns the name of the type as ZooKeeper's tools print it.
func (o OpCode) String() string {
	if name, known := opNames[o]; known {
		return name
	}
	return fmt.Sprintf("unknown %d", int32(o))
}

// MarshalText makes types readable in JSON.
func (o OpCode) MarshalText() ([]byte, error) { return []byte(o.String()), nil }
