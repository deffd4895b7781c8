package zkfiles

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
)

// MaxRecord bounds a transaction, a path, and the data of a node. It is 64 times the
// default of jute.maxbuffer, which bounds what a server accepts.
const MaxRecord = 64 << 20

// step is the memory that is taken before as many bytes have arrived.
const step = 1 << 20

// input reads from a file: it counts, sums and bounds.
type input struct {
	file   string
	r      *bufio.Reader
	offset int64
	sum    hash.Hash32 // of all bytes so far; nil for none
}

func newInput(r io.Reader, file string) *input {
	return &input{file: file, r: bufio.NewReaderSize(r, 1<<16)}
}

// fail returns an error at the offset.
func (in *input) fail(problem Problem, fix, format string, arguments ...any) error {
	return &Error{File: in.file, Offset: in.offset, Problem: problem, Detail: fmt.Sprintf(format, arguments...), Fix: fix}
}

// fill reads n bytes into a buffer, which it returns with the number of bytes that
// there were. It takes memory as bytes arrive, not because a length promises them.
// The error is never that of an end.
func (in *input) fill(buffer []byte, n int) ([]byte, int, error) {
	buffer = buffer[:0]
	for len(buffer) < n {
		have := len(buffer)
		more := min(n-have, max(step, cap(buffer)-have))
		buffer = slices.Grow(buffer, more)[:have+more]
		read, err := io.ReadFull(in.r, buffer[have:])
		in.offset += int64(read)
		if in.sum != nil {
			_, _ = in.sum.Write(buffer[have : have+read]) // never fails
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return buffer[:have+read], have + read, nil
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%s: offset %d: %w", in.file, in.offset, err)
		}
	}
	return buffer, n, nil
}

// must reads n bytes, which must be there.
func (in *input) must(buffer []byte, n int, what string) ([]byte, error) {
	start := in.offset
	buffer, read, err := in.fill(buffer, n)
	if err == nil && read < n {
		in.offset = start
		err = in.fail(Truncated, fixCopy, "the file ends within %s", what)
	}
	return buffer, err
}

// number reads an int.
func (in *input) number(what string) (int32, error) {
	var space [4]byte
	bytes, err := in.must(space[:], 4, what)
	if err != nil {
		return 0, err
	}
	return int32(binary.BigEndian.Uint32(bytes)), nil
}

// count reads the number of entries of a table. Nothing is taken on its word.
func (in *input) count(what string) (int32, error) {
	start := in.offset
	n, err := in.number(what)
	if err == nil && n < 0 {
		in.offset = start
		err = in.fail(WrongLength, fixSnapshot, "%s is %d", what, n)
	}
	return n, err
}

// buffer reads a length and as many bytes. A length of -1 means none.
func (in *input) buffer(buffer []byte, what string) ([]byte, error) {
	start := in.offset
	n, err := in.number("the length of " + what)
	switch {
	case err != nil:
		return nil, err
	case n == -1:
		return nil, nil
	case n < 0 || n > MaxRecord:
		in.offset = start
		return nil, in.fail(WrongLength, fixSnapshot, "the length of %s is %d, and no more than %d is possible", what, n, MaxRecord)
	}
	return in.must(buffer, int(n), what)
}

// FileHeader is the header of a log or a snapshot.
type FileHeader struct {
	Version int32
	DBID    int64
}

const headerSize = 16

// magic is what files of a kind begin with.
var magic = map[Kind]string{Log: "ZKLG", Snapshot: "ZKSN"}

// header reads the header of a file of a kind.
func (in *input) header(kind Kind) (FileHeader, error) {
	bytes, read, err := in.fill(nil, headerSize)
	if err != nil {
		return FileHeader{}, err
	}
	at := func(offset int64) *input { return &input{file: in.file, offset: offset} }
	switch {
	case read == 0:
		return FileHeader{}, at(0).fail(Empty, fixEmpty, "the file is empty: it was just begun, or its content was lost")
	case read < headerSize:
		return FileHeader{}, at(0).fail(Truncated, fixMove, "the file ends within its header and holds nothing")
	case string(bytes[:4]) != magic[kind]:
		return FileHeader{}, at(0).fail(WrongFormat, fixMove, "a %s begins with %s, and this file with %q", kind, magic[kind], bytes[:4])
	}
	header := FileHeader{int32(binary.BigEndian.Uint32(bytes[4:])), int64(binary.BigEndian.Uint64(bytes[8:]))}
	if header.Version != 2 {
		return header, at(4).fail(WrongFormat, "read it with the tools of its own release",
			"the format of the file is %d, and servers of 3.7 to 3.9 write 2", header.Version)
	}
	return header, nil
}
