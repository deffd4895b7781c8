package zkfiles

import "fmt"

// Problem is a kind of error.
type Problem string

// The problems of files.
const (
	// Empty: the file has no bytes.
	Empty Problem = "Empty"
	// Truncated: the file ends before its content does.
	Truncated Problem = "Truncated"
	// WrongFormat: the file is none of ZooKeeper's, or not of a format that is read here.
	WrongFormat Problem = "WrongFormat"
	// WrongLength: a length is negative, or larger than any that a server writes.
	WrongLength Problem = "WrongLength"
	// WrongChecksum: the bytes are not those that the server wrote.
	WrongChecksum Problem = "WrongChecksum"
	// WrongOrder: a zxid is not above the one before, or not the one in the name.
	WrongOrder Problem = "WrongOrder"
	// WrongContent: the checksum is right, and the bytes under it are no transaction,
	// or no tree.
	WrongContent Problem = "WrongContent"
	// TrailingBytes: bytes that no server reads follow the end.
	TrailingBytes Problem = "TrailingBytes"
	// Incomplete: transactions are missing.
	Incomplete Problem = "Incomplete"
)

// Error is a problem of a file.
type Error struct {
	File    string
	Offset  int64 // in the uncompressed content
	Problem Problem
	Detail  string
	Fix     string
}

// Error names the file, the offset, the problem and the fix.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: offset %d: %s: %s", e.File, e.Offset, e.Detail, e.Fix)
}

// The fixes that several problems share.
const (
	fixMember   = "empty the volume of this member, which then copies the data from the leader, or take the file from a backup"
	fixCopy     = "copy the file again, or take that of another member"
	fixSnapshot = "the server starts from the snapshot before, as long as the logs after that one are there"
	fixEmpty    = "if the storage lost files, empty the volume of this member; else remove the file while the server is stopped"
	fixMove     = "move it out of version-2 while the server is stopped"
)
