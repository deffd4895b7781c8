package zkfiles

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"io"
	"time"
)

// jute writes fields as servers do.
type jute []byte

func (j jute) int(n int32) jute  { return binary.BigEndian.AppendUint32(j, uint32(n)) }
func (j jute) long(n int64) jute { return binary.BigEndian.AppendUint64(j, uint64(n)) }
func (j jute) bool(b bool) jute {
	if b {
		return append(j, 1)
	}
	return append(j, 0)
}
func (j jute) text(s string) jute { return append(j.int(int32(len(s))), s...) }

// open is the ACL world:anyone with all permissions.
func (j jute) open() jute { return j.int(1).int(31).text("world").text("anyone") }

func createBody(path, data string) jute {
	return jute{}.text(path).text(data).open().bool(false).int(1)
}

var testTime = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// txnBytes is a transaction as it is under the checksum of its record. Each has a
// second of its own.
func txnBytes(zxid Zxid, op OpCode, body []byte) []byte {
	at := testTime.Add(time.Duration(zxid.Counter()) * time.Second)
	head := jute{}.long(0x10000157d4b0000).int(int32(zxid.Counter())).long(int64(zxid)).long(at.UnixMilli()).int(int32(op))
	return append(head, body...)
}

// digested adds a digest.
func digested(bytes []byte) []byte { return jute(bytes).int(2).long(4711) }

// testLog is a log whose transactions create a node each.
func testLog(zxids ...Zxid) []byte {
	log := fileHeader(Log, FileHeader{Version: 2})
	for _, zxid := range zxids {
		log = appendRecord(log, digested(txnBytes(zxid, OpCreate, createBody("/n"+zxid.String(), "data of "+zxid.String()))))
	}
	return log
}

// zxids are a first zxid and those after it in the epoch.
func zxids(first Zxid, n int) []Zxid {
	list := make([]Zxid, n)
	for i := range list {
		list[i] = first + Zxid(i)
	}
	return list
}

func padded(log []byte) []byte { return append(bytes.Clone(log), make([]byte, 8192)...) }

// testTree says how a test's snapshot ends.
type testTree struct {
	max           Zxid // of the nodes
	digest        Zxid // -1 for no section
	lastProcessed Zxid // -1 for no section
}

func (tree testTree) bytes() []byte {
	return tree.end(snapshotOf(
		testNode{"", 0, 0}, testNode{"/zookeeper", 0, 0}, testNode{"/zookeeper/config", 0, 0},
		testNode{"/a", tree.max, 0}, testNode{"/a/b", tree.max, -1 << 63}, testNode{"/a/eph", 0, 0x10000157d4b0000}, testNode{"/ab", 0, 0},
	))
}

// end writes the checksums and the sections between them.
func (tree testTree) end(s jute) jute {
	seal := func() { s = s.long(int64(adler32.Checksum(s))).text("/") }
	seal()
	if tree.digest >= 0 {
		s = s.long(int64(tree.digest)).int(2).long(99)
		seal()
	}
	if tree.lastProcessed >= 0 {
		s = s.long(int64(tree.lastProcessed))
		seal()
	}
	return s
}

type testNode struct {
	path  string
	zxid  Zxid
	owner int64
}

// snapshotOf is a snapshot without its end.
func snapshotOf(nodes ...testNode) jute {
	s := jute(fileHeader(Snapshot, FileHeader{Version: 2, DBID: -1}))
	s = s.int(2).long(0x10000157d4b0000).int(30_000).long(0x10000157d4b0001).int(10_000)
	s = s.int(1).long(1).open()
	for _, node := range nodes {
		s = s.text(node.path).text("data of " + node.path).long(1)
		s = s.long(int64(node.zxid)).long(int64(node.zxid)).long(testTime.UnixMilli()).long(testTime.UnixMilli())
		s = s.int(0).int(2).int(0).long(node.owner).long(int64(node.zxid))
	}
	return s.text("/")
}

// largeTree is a snapshot of nodes with long paths, of a number of bytes each.
func largeTree(nodes, size int) []byte {
	list := []testNode{{}}
	for i := range nodes {
		list = append(list, testNode{path: fmt.Sprintf("/%0*d", size/2, i)})
	}
	return testTree{0, 5, 5}.end(snapshotOf(list...))
}

// idle is the end of a snapshot of 3.9 that nobody changed while it was written.
func idle(zxid Zxid) []byte { return testTree{zxid, zxid, zxid}.bytes() }

func compressed(content []byte) []byte {
	var buffer bytes.Buffer
	w := gzip.NewWriter(&buffer)
	_, _ = w.Write(content) // a buffer takes everything
	_ = w.Close()
	return buffer.Bytes()
}

// decompressed returns the content as far as it can be read.
func decompressed(zipped []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil
	}
	content, _ := io.ReadAll(r)
	return content
}
