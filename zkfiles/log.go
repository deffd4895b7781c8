package zkfiles

import (
	"encoding/binary"
	"errors"
	"hash/adler32"
	"io"
	"path"
	"time"
)

// End is how a log ended.
type End string

// The ends of logs. A server treats all of them alike.
const (
	// Unread: the log was not read to its end.
	Unread End = ""
	// Whole: the file ends with its last record, as a log that was cut does.
	Whole End = "Whole"
	// Padded: zeros follow the last record, because servers preallocate.
	Padded End = "Padded"
	// Torn: the last record is not whole, as after a crash. It was never
	// acknowledged by this server.
	Torn End = "Torn"
)

// LogReader reads a transaction log, record by record.
type LogReader struct {
	in     *input
	header FileHeader
	txn    Txn
	last   Zxid
	whole  int64 // where the last whole record ends
	end    End
	err    error // that of the last Next
	record []byte
}

// NewLogReader reads the header of a log. The name is that for errors, and where it is
// one of ZooKeeper's the first record must have its zxid.
func NewLogReader(r io.Reader, file string) (*LogReader, error) {
	l := &LogReader{in: newInput(r, file)}
	var err error
	l.header, err = l.in.header(Log)
	l.whole = headerSize
	return l, err
}

// Header returns the header of the file.
func (l *LogReader) Header() FileHeader { return l.header }

// Offset returns where the last whole record ends.
func (l *LogReader) Offset() int64 { return l.whole }

// End returns how the log ended, once Next has returned io.EOF.
func (l *LogReader) End() End { return l.end }

// Next returns the next transaction, which holds until the call after. It returns
// io.EOF at the end, and a record that is whole but wrong is an [*Error].
func (l *LogReader) Next() (*Txn, error) {
	if l.err == nil {
		l.err = l.next()
	}
	if l.err != nil {
		return nil, l.err
	}
	return &l.txn, nil
}

// next reads a record: the checksum in 8 bytes, the length in 4, the bytes, and B.
func (l *LogReader) next() error {
	const head = 12
	bytes, read, err := l.in.fill(l.record, head)
	switch {
	case err != nil:
		return err
	case read == 0:
		return l.ends(Whole)
	case allZero(bytes):
		return l.ends(Padded)
	case read < head:
		return l.ends(Torn)
	}
	sum, length := binary.BigEndian.Uint64(bytes), int32(binary.BigEndian.Uint32(bytes[8:]))
	switch {
	case length == 0:
		return l.ends(Torn)
	case length < 0 || length > MaxRecord:
		return l.fail(WrongLength, "the length of the record is %d, and no more than %d is possible", length, MaxRecord)
	}
	l.record, read, err = l.in.fill(l.record, int(length)+1)
	switch {
	case err != nil:
		return err
	case read <= int(length) || l.record[length] != 'B':
		return l.ends(Torn)
	}
	return l.accept(l.record[:length], sum)
}

// accept takes a record that is whole.
func (l *LogReader) accept(bytes []byte, sum uint64) error {
	if actual := uint64(adler32.Checksum(bytes)); actual != sum {
		return l.fail(WrongChecksum, "the checksum of the record is %#x, and its bytes have %#x; a server that reads it does not start", sum, actual)
	}
	header, ok := parseTxnHeader(bytes)
	name, named := ParseName(path.Base(l.in.file))
	switch {
	case !ok:
		return l.fail(WrongContent, "the record has %d bytes, and a transaction has %d or more", len(bytes), txnHeaderSize)
	case header.Zxid <= l.last:
		return l.fail(WrongOrder, "%s comes after %s", header.Zxid, l.last)
	case l.last == 0 && named && header.Zxid != name.Zxid:
		return l.fail(WrongOrder, "the first transaction is %s, and a server looks for it by the name of the file", header.Zxid)
	}
	l.txn = Txn{TxnHeader: header, File: l.in.file, Offset: l.whole, Bytes: bytes}
	l.last, l.whole = header.Zxid, l.in.offset
	return nil
}

func (l *LogReader) ends(end End) error {
	l.end = end
	return io.EOF
}

// fail returns an error at the record that was begun.
func (l *LogReader) fail(problem Problem, format string, arguments ...any) error {
	fix := fixMember
	if l.last > 0 {
		fix += "; the transactions up to " + l.last.String() + " are whole and can be cut off"
	}
	at := &input{file: l.in.file, offset: l.whole}
	return at.fail(problem, fix, format, arguments...)
}

// CheckRest reads from the end of the log to the end of the file, and reports bytes
// that are not zero. A server never reads them.
func (l *LogReader) CheckRest() error {
	if !errors.Is(l.err, io.EOF) {
		return l.err
	}
	for {
		offset := l.in.offset
		bytes, read, err := l.in.fill(l.record, 1<<16)
		if err != nil || read == 0 {
			return err
		}
		if !allZero(bytes) {
			at := &input{file: l.in.file, offset: offset}
			return at.fail(TrailingBytes, "compare the log with that of another member, which has what this one lost",
				"the log ends at offset %d for a server, and the bytes from here on are not zero", l.whole)
		}
	}
}

func allZero(bytes []byte) bool {
	for _, b := range bytes {
		if b != 0 {
			return false
		}
	}
	return true
}

// LogInfo is what a log holds.
type LogInfo struct {
	Header      FileHeader
	Txns        int
	First, Last Zxid // 0 for none
	// LastTime is that of the last transaction.
	LastTime time.Time
	// Holes are where transactions are missing, the first of them only if there are many.
	Holes []Hole
	End   End
	// Offset is where the last whole record ends.
	Offset int64
}

// Hole is where transactions are missing between two that are neighbours in a log.
type Hole struct{ After, Before Zxid }

// maxHoles bounds what is kept of a log that has nothing but holes.
const maxHoles = 100

// CheckLog reads a log to the end of the file and checks everything in it. With an
// error it returns what came before the problem.
func CheckLog(r io.Reader, file string) (LogInfo, error) {
	log, err := NewLogReader(r, file)
	if err != nil {
		return LogInfo{}, err
	}
	info := LogInfo{Header: log.Header()}
	for {
		txn, err := log.Next()
		info.End, info.Offset = log.End(), log.Offset()
		if errors.Is(err, io.EOF) {
			return info, log.CheckRest()
		}
		if err == nil {
			_, _, err = txn.Changes()
		}
		if err != nil {
			return info, err
		}
		switch {
		case info.Txns == 0:
			info.First = txn.Zxid
		case !info.Last.IsFollowedBy(txn.Zxid) && len(info.Holes) < maxHoles:
			info.Holes = append(info.Holes, Hole{info.Last, txn.Zxid})
		}
		info.Last, info.LastTime = txn.Zxid, txn.Time
		info.Txns++
	}
}
