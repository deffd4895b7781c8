package zkfiles

import (
	"slices"
	"strconv"
	"strings"
)

// Kind is the content of a file, and the first part of its name.
type Kind string

// The files of version-2 that hold data.
const (
	Log      Kind = "log"
	Snapshot Kind = "snapshot"
)

// Compression is a value of snapshot.compression.method, and the ending of the names
// of snapshots that are compressed with it.
type Compression string

// The methods of compression. Logs are never compressed.
const (
	Uncompressed Compression = ""
	Gzip         Compression = "gz"
	Snappy       Compression = "snappy"
)

// Name is the name of a log or a snapshot.
type Name struct {
	Kind Kind
	// Zxid is that of the first transaction of a log, and the last that was processed
	// when a snapshot was begun.
	Zxid        Zxid
	Compression Compression
}

// String returns the name as a server writes it, such as log.500000007 or
// snapshot.500000007.gz.
func (n Name) String() string {
	text := string(n.Kind) + "." + strconv.FormatUint(uint64(n.Zxid), 16)
	if n.Compression != Uncompressed {
		text += "." + string(n.Compression)
	}
	return text
}

// ParseName reads the name of a file. It accepts exactly the names that servers give:
// log.500000007.tmp is not one of them.
func ParseName(text string) (Name, bool) {
	parts := strings.Split(text, ".")
	if len(parts) < 2 {
		return Name{}, false
	}
	zxid, err := strconv.ParseUint(parts[1], 16, 63)
	name := Name{Kind: Kind(parts[0]), Zxid: Zxid(zxid)}
	if len(parts) == 3 {
		name.Compression = Compression(parts[2])
	}
	known := name.Kind == Log && name.Compression == Uncompressed ||
		name.Kind == Snapshot && slices.Contains([]Compression{Uncompressed, Gzip, Snappy}, name.Compression)
	if err != nil || !known || name.String() != text {
		return Name{}, false
	}
	return name, true
}

// IsStray reports whether a server takes a file for a log or a snapshot although no
// server gives such a name, as with log.500000007.tmp: a server looks at the first two
// parts of a name and at none after them. Such a file must leave version-2 before the
// server starts.
func IsStray(text string) bool {
	if _, ours := ParseName(text); ours {
		return false
	}
	parts := strings.Split(text, ".")
	if len(parts) < 2 || parts[0] != string(Log) && parts[0] != string(Snapshot) {
		return false
	}
	zxid, err := strconv.ParseInt(parts[1], 16, 64)
	return err == nil && zxid >= 0
}
