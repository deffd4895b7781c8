package zkfiles

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readLog reads a log to its end, with copies of the records.
func readLog(content []byte, file string) ([]Txn, End, error) {
	log, err := NewLogReader(bytes.NewReader(content), file)
	if err != nil {
		return nil, Unread, err
	}
	var txns []Txn
	for {
		txn, err := log.Next()
		if errors.Is(err, io.EOF) {
			return txns, log.End(), nil
		}
		if err != nil {
			return txns, log.End(), err
		}
		kept := *txn
		kept.Bytes = bytes.Clone(txn.Bytes)
		txns = append(txns, kept)
	}
}

func problemOf(err error) Problem {
	if problem, ok := errors.AsType[*Error](err); ok {
		return problem.Problem
	}
	return ""
}

func TestLog(t *testing.T) {
	t.Parallel()
	log := testLog(0x100000001, 0x100000002)
	for _, test := range []struct {
		name    string
		content []byte
		end     End
	}{
		{"without padding", log, Whole},
		{"with padding", padded(log), Padded},
		{"with padding that is shorter than a record's head", append(bytes.Clone(log), 0, 0, 0), Padded},
		{"with a torn record", append(bytes.Clone(log), 0, 0, 0, 0, 7), Torn},
		{"with a checksum and zeros after it", append(bytes.Clone(log), 0, 0, 0, 0, 7, 7, 7, 7, 0, 0, 0, 0, 0), Torn},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			txns, end, err := readLog(test.content, "log.100000001")
			if err != nil || end != test.end || len(txns) != 2 {
				t.Fatalf("got %d transactions, %s, %v", len(txns), end, err)
			}
			want := TxnHeader{Session: 0x10000157d4b0000, Cxid: 2, Zxid: 0x100000002, Time: testTime.Add(2e9), Type: OpCreate}
			if diff := cmp.Diff(want, txns[1].TxnHeader); diff != "" {
				t.Errorf("(- want, + got)\n%s", diff)
			}
			if second := int64(len(testLog(0x100000001))); txns[0].Offset != headerSize || txns[1].Offset != second {
				t.Errorf("the records are at %d and %d, want %d and %d", txns[0].Offset, txns[1].Offset, headerSize, second)
			}
		})
	}
}

// TestLogCutOffAnywhere cuts a log off after each byte, with nothing or with the
// zeros of the padding behind: what is returned is always the records that are whole.
func TestLogCutOffAnywhere(t *testing.T) {
	t.Parallel()
	log := testLog(0x100000001, 0x100000002, 0x100000003)
	all, _, err := readLog(log, "log.100000001")
	if err != nil {
		t.Fatal(err)
	}
	for n := range log {
		whole := 0
		for i := range all {
			if i+1 < len(all) && all[i+1].Offset <= int64(n) {
				whole = i + 1
			}
		}
		for _, padding := range []int{0, len(log) - n, 4096} {
			content := append(bytes.Clone(log[:n]), make([]byte, padding)...)
			txns, end, err := readLog(content, "log.100000001")
			if n < headerSize {
				if err == nil && padding == 0 || len(txns) > 0 {
					t.Errorf("%d bytes: got %d transactions and %v from part of a header", n, len(txns), err)
				}
				continue
			}
			if err != nil || end == Unread || !slices.EqualFunc(txns, all[:whole], sameTxn) {
				t.Errorf("%d bytes and %d zeros: got %d transactions, %q, %v; %d are whole", n, padding, len(txns), end, err, whole)
			}
		}
	}
}

func sameTxn(a, b Txn) bool {
	return a.TxnHeader == b.TxnHeader && a.Offset == b.Offset && bytes.Equal(a.Bytes, b.Bytes)
}

// TestLogWithAnyByteWrong changes each byte: no record is returned that was not
// written, and none after the one that is wrong.
func TestLogWithAnyByteWrong(t *testing.T) {
	t.Parallel()
	log := testLog(0x100000001, 0x100000002, 0x100000003)
	all, _, err := readLog(log, "log.100000001")
	if err != nil {
		t.Fatal(err)
	}
	for at := headerSize; at < len(log); at++ {
		for _, change := range []byte{1, 0x80, 0xff} {
			content := bytes.Clone(log)
			content[at] ^= change
			txns, end, err := readLog(content, "log.100000001")
			if len(txns) >= len(all) || !slices.EqualFunc(txns, all[:len(txns)], sameTxn) {
				t.Errorf("byte %d: got %d transactions", at, len(txns))
			}
			if len(txns) > 0 && txns[len(txns)-1].Offset > int64(at) {
				t.Errorf("byte %d: got the transaction at %d", at, txns[len(txns)-1].Offset)
			}
			if err == nil && end != Torn {
				t.Errorf("byte %d: the end is %q", at, end)
			}
		}
	}
}

func TestLogProblems(t *testing.T) {
	t.Parallel()
	log := testLog(0x100000001, 0x100000002, 0x100000003)
	wrong := bytes.Clone(log)
	second := len(testLog(0x100000001))
	wrong[second+60]++
	record := func(bytes []byte) []byte { return appendRecord(testLog(0x100000001), bytes) }
	length := func(n int32) []byte {
		return append(testLog(0x100000001), jute{}.long(1).int(n).text("some bytes")...)
	}
	for _, test := range []struct {
		name, file string
		content    []byte
		want       string // the error
	}{
		{"a wrong checksum in the middle", "log.100000001", padded(wrong), fmt.Sprintf("log.100000001: offset %d: "+
			"the checksum of the record is 0xe3bb1144, and its bytes have 0xe3ff1145; a server that reads it does not start: ", second) +
			fixMember + "; the transactions up to 0x100000001 are whole and can be cut off"},
		{"nothing", "log.100000001", nil, "log.100000001: offset 0: the file is empty: it was just begun, or its content was lost: " + fixEmpty},
		{"half a header", "log.100000001", log[:9], "log.100000001: offset 0: the file ends within its header and holds nothing: " + fixMove},
		{"a snapshot", "log.100000001", idle(5), `log.100000001: offset 0: a log begins with ZKLG, and this file with "ZKSN": ` + fixMove},
		{"another format", "log.1", fileHeader(Log, FileHeader{Version: 3}), "log.1: offset 4: the format of the file is 3, and servers of 3.7 to 3.9 write 2: read it with the tools of its own release"},
		{"a length that is too large", "log.100000001", length(MaxRecord + 1), "the length of the record is 67108865, and no more than 67108864 is possible"},
		{"a length below zero", "log.100000001", length(-2), "the length of the record is -2, "},
		{"the length of no buffer", "log.100000001", length(-1), "the length of the record is -1, "},
		{"a short transaction", "log.100000001", record(make([]byte, 31)), "the record has 31 bytes, and a transaction has 32 or more"},
		{"a zxid twice", "log.100000001", testLog(0x100000001, 0x100000001), "0x100000001 comes after 0x100000001"},
		{"a zxid that goes back", "log.100000002", testLog(0x100000002, 0x100000001), "0x100000001 comes after 0x100000002"},
		{"a zxid below zero", "log.100000001", testLog(0x100000001, -1), "0xffffffffffffffff comes after 0x100000001"},
		{"another name", "log.100000007", log, "log.100000007: offset 16: the first transaction is 0x100000001, and a server looks for it by the name of the file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := readLog(test.content, test.file)
			if err == nil || !strings.Contains(err.Error(), test.want) || problemOf(err) == "" {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestLogErrorsOfTheDisk passes on what is no problem of the content.
func TestLogErrorsOfTheDisk(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	for n := range 300 {
		content := io.MultiReader(bytes.NewReader(testLog(zxids(0x100000001, 3)...)[:n]), &failing{broken})
		if _, err := CheckLog(content, "log.100000001"); !errors.Is(err, broken) || problemOf(err) != "" {
			t.Fatalf("after %d bytes: got %v", n, err)
		}
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// TestLengthsTakeNoMemory believes a length only as far as bytes arrive.
func TestLengthsTakeNoMemory(t *testing.T) {
	log := append(testLog(0x100000001), jute{}.long(1).int(MaxRecord).text("some bytes")...)
	tree := idle(5)
	sessions := append(bytes.Clone(tree[:headerSize]), jute{}.int(1<<31-1).text("some bytes")...)
	data := append(bytes.Clone(tree[:headerSize]), jute{}.int(0).int(0).text("").int(MaxRecord).text("some bytes")...)
	body := txnBytes(1, OpMulti, jute{}.int(1<<20))
	for name, read := range map[string]func(){
		"log":              func() { _, _ = CheckLog(bytes.NewReader(log), "log.100000001") },
		"sessions":         func() { _, _ = ReadSnapshot(bytes.NewReader(sessions), "snapshot.5", Visitor{}) },
		"data of a node":   func() { _, _ = ReadSnapshot(bytes.NewReader(data), "snapshot.5", Visitor{}) },
		"parts of a multi": func() { _, _, _ = (&Txn{TxnHeader: TxnHeader{Type: OpMulti}, Bytes: body}).Changes() },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		read()
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 4*step {
			t.Errorf("%s: %d bytes of memory were taken", name, taken)
		}
	}
}

func TestCheckLog(t *testing.T) {
	t.Parallel()
	log := testLog(0x100000001, 0x100000002, 0x100000005, 0x200000001)
	info, err := CheckLog(bytes.NewReader(padded(log)), "log.100000001")
	want := LogInfo{
		Header: FileHeader{Version: 2}, Txns: 4, First: 0x100000001, Last: 0x200000001, LastTime: testTime.Add(1e9),
		Holes: []Hole{{0x100000002, 0x100000005}}, End: Padded, Offset: int64(len(log)),
	}
	if diff := cmp.Diff(want, info); diff != "" || err != nil {
		t.Errorf("%v (- want, + got)\n%s", err, diff)
	}
}

// TestCheckLogReadsBehindTheEnd finds records that a server would never read.
func TestCheckLogReadsBehindTheEnd(t *testing.T) {
	t.Parallel()
	log := testLog(zxids(0x100000001, 5)...)
	zeroed := bytes.Clone(log)
	second, third := len(testLog(zxids(0x100000001, 1)...)), len(testLog(zxids(0x100000001, 2)...))
	clear(zeroed[second:third])
	torn := bytes.Clone(log)
	torn[third-1] = 0 // the B
	for name, content := range map[string][]byte{"zeros in the middle": zeroed, "a record without its end": torn} {
		info, err := CheckLog(bytes.NewReader(padded(content)), "log.100000001")
		want := fmt.Sprintf("the log ends at offset %d for a server, and the bytes from here on are not zero", second)
		if problemOf(err) != TrailingBytes || !strings.Contains(err.Error(), want) || info.Last != 0x100000001 {
			t.Errorf("%s: got %s, %v", name, info.Last, err)
		}
	}
	for _, n := range []int{1, third - second - 1} {
		if _, err := CheckLog(bytes.NewReader(padded(log[:second+n])), "log.100000001"); err != nil {
			t.Errorf("a torn record of %d bytes: %v", n, err)
		}
	}
}

// FuzzLog reads anything. What was read can be written and read again, and is cut
// off anywhere.
func FuzzLog(f *testing.F) {
	log := testLog(0x100000001, 0x100000002)
	f.Add(log)
	f.Add(padded(log))
	f.Add(append(bytes.Clone(log), 0, 0, 0, 0, 7))
	f.Add(appendRecord(bytes.Clone(log), txnBytes(0x100000003, OpMulti, jute{}.int(1).int(2).text("\x00\x00\x00\x02/a"))))
	f.Fuzz(func(t *testing.T, content []byte) {
		info, checkErr := CheckLog(bytes.NewReader(content), "log")
		txns, end, err := readLog(content, "log")
		if checkErr == nil && (err != nil || info.Txns != len(txns)) {
			t.Fatalf("%d transactions are right, and reading ends after %d with %v", info.Txns, len(txns), err)
		}
		if len(txns) == 0 {
			return
		}
		written := fileHeader(Log, FileHeader{Version: 2})
		for _, txn := range txns {
			written = appendRecord(written, txn.Bytes)
		}
		again, _, _ := readLog(written, "log")
		if !slices.EqualFunc(txns, again, sameTxn) {
			t.Fatalf("%d transactions, and %d when they are read again (%s, %v)", len(txns), len(again), end, err)
		}
		middle := txns[len(txns)/2]
		var cut bytes.Buffer
		if err := CutLog(&cut, bytes.NewReader(content), "log", middle.Zxid); err != nil {
			t.Fatal(err)
		}
		if kept, end, err := readLog(cut.Bytes(), "log"); err != nil || end != Whole || !slices.EqualFunc(txns[:len(txns)/2+1], kept, sameTxn) {
			t.Fatalf("the cut at %s has %d transactions, %s, %v", middle.Zxid, len(kept), end, err)
		}
	})
}

func BenchmarkLog(b *testing.B) {
	log := padded(testLog(zxids(0x100000001, 10_000)...))
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(log)))
		b.ReportAllocs()
		for b.Loop() {
			reader, err := NewLogReader(bytes.NewReader(log), "log.100000001")
			for err == nil {
				_, err = reader.Next()
			}
			if !errors.Is(err, io.EOF) {
				b.Fatal(err)
			}
		}
	})
	b.Run("check", func(b *testing.B) {
		b.SetBytes(int64(len(log)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := CheckLog(bytes.NewReader(log), "log.100000001"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cut", func(b *testing.B) {
		b.SetBytes(int64(len(log)))
		b.ReportAllocs()
		for b.Loop() {
			if err := CutLog(io.Discard, bytes.NewReader(log), "log.100000001", 0x100000001+9_999); err != nil {
				b.Fatal(err)
			}
		}
	})
}
