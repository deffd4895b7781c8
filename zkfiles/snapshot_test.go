package zkfiles

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSnapshot(t *testing.T) {
	t.Parallel()
	content := testTree{max: 0x100000005, digest: 0x100000007, lastProcessed: 0x100000008}.bytes()
	want := SnapshotInfo{
		Header: FileHeader{Version: 2, DBID: -1}, Sessions: 2, ACLs: 1, Nodes: 7, Ephemerals: 1, MaxZxid: 0x100000005,
		Digest: &ZxidDigest{0x100000007, 2, 99}, LastProcessed: new(Zxid(0x100000008)), Seals: 3,
	}
	for file, content := range map[string][]byte{"snapshot.100000005": content, "snapshot.100000005.gz": compressed(content)} {
		var visited []string
		visit := func(format string, arguments ...any) error {
			visited = append(visited, fmt.Sprintf(format, arguments...))
			return nil
		}
		info, err := ReadSnapshot(bytes.NewReader(content), file, Visitor{
			Session: func(id Session, timeout time.Duration) error { return visit("session %s %s", id, timeout) },
			ACL:     func(key int64, list []ACL) error { return visit("ACL %d %v", key, list) },
			Node:    func(n *Node) error { return visit("node %q %s %s %s", n.Path, n.Data, n.Mzxid, n.EphemeralOwner) },
		})
		if diff := cmp.Diff(want, info); diff != "" || err != nil {
			t.Errorf("%s: %v (- want, + got)\n%s", file, err, diff)
		}
		wantVisited := []string{
			"session 0x10000157d4b0000 30s", "session 0x10000157d4b0001 10s", "ACL 1 [{31 world anyone}]",
			`node "" data of  0x0 0x0`, `node "/zookeeper" data of /zookeeper 0x0 0x0`, `node "/zookeeper/config" data of /zookeeper/config 0x0 0x0`,
			`node "/a" data of /a 0x100000005 0x0`, `node "/a/b" data of /a/b 0x100000005 0x8000000000000000`,
			`node "/a/eph" data of /a/eph 0x0 0x10000157d4b0000`, `node "/ab" data of /ab 0x0 0x0`,
		}
		if diff := cmp.Diff(wantVisited, visited); diff != "" {
			t.Errorf("%s: (- want, + got)\n%s", file, diff)
		}
	}
}

func TestSnapshotStat(t *testing.T) {
	t.Parallel()
	fixed := jute{}.long(1).long(2).long(3).long(4).int(5).int(6).int(7).long(8).long(9)
	want := Stat{1, 2, time.UnixMilli(3).UTC(), time.UnixMilli(4).UTC(), 5, 6, 7, 8, 9}
	if diff := cmp.Diff(want, parseStat(fixed)); diff != "" {
		t.Errorf("(- want, + got)\n%s", diff)
	}
}

// TestVisitorsEndTheReading returns the very error of a visitor.
func TestVisitorsEndTheReading(t *testing.T) {
	t.Parallel()
	enough := errors.New("enough")
	for i, v := range []Visitor{
		{Session: func(Session, time.Duration) error { return enough }},
		{ACL: func(int64, []ACL) error { return enough }},
		{Node: func(*Node) error { return enough }},
	} {
		if _, err := ReadSnapshot(bytes.NewReader(idle(5)), "snapshot.5", v); !errors.Is(err, enough) {
			t.Errorf("visitor %d: got %v", i, err)
		}
	}
}

// TestSnapshotEnd says up to which transaction a snapshot named 0x200000003 holds
// changes.
func TestSnapshotEnd(t *testing.T) {
	t.Parallel()
	const name = 0x200000003
	for _, test := range []struct {
		what  string
		name  Zxid
		tree  testTree
		end   Zxid
		known bool
	}{
		{"3.9, idle", name, testTree{name, name, name}, name, true},
		{"3.9, under writes", name, testTree{name + 5, name + 7, name + 8}, name + 8, true},
		{"3.9, with a digest of an earlier epoch", name, testTree{name, 0x100000009, name}, name, true},
		{"3.9, without digests", name, testTree{name, -1, name + 2}, name + 2, true},
		{"3.8, idle", name, testTree{name, name, -1}, name, true},
		{"3.8, under writes", name, testTree{name + 5, name + 7, -1}, name + 7, true},
		{"3.8, with a digest of an earlier epoch", name, testTree{name, 0x100000009, -1}, name, false},
		{"3.8, with an empty digest", name, testTree{name, 0, -1}, name, false},
		{"without digests", name, testTree{name, -1, -1}, name, false},
		{"without digests, with nodes after its name", name, testTree{name + 5, -1, -1}, name + 5, false},
		{"a new server of 3.8", 0, testTree{0, 0, -1}, 0, true},
		{"a new server without digests", 0, testTree{0, -1, -1}, 0, true},
		{"a new server of 3.8, under its first writes", 0, testTree{0x100000002, 0, -1}, 0x100000002, false},
	} {
		info, err := ReadSnapshot(bytes.NewReader(test.tree.bytes()), "snapshot", Visitor{})
		if err != nil {
			t.Fatal(err)
		}
		if end, known := info.End(test.name); end != test.end || known != test.known {
			t.Errorf("%s: got %s, known: %v; want %s, %v", test.what, end, known, test.end, test.known)
		}
	}
}

// TestSnapshotCutOffAnywhere accepts a part of a snapshot only where a server of
// another version, or with other properties, could have ended it.
func TestSnapshotCutOffAnywhere(t *testing.T) {
	t.Parallel()
	content := idle(5)
	ends := map[int]int{len(content): 3, len(content) - lastProcessedSection: 2, len(content) - lastProcessedSection - digestSection: 1}
	for n := range len(content) + 1 {
		info, err := ReadSnapshot(bytes.NewReader(content[:n]), "snapshot.5", Visitor{})
		if seals := ends[n]; (err == nil) != (seals > 0) || err == nil && info.Seals != seals {
			t.Errorf("%d of %d bytes: got %d checksums, %v", n, len(content), info.Seals, err)
		} else if err != nil && problemOf(err) == "" {
			t.Errorf("%d of %d bytes: %v says no problem", n, len(content), err)
		}
	}
	zipped := compressed(content)
	for n := range zipped {
		if _, err := ReadSnapshot(bytes.NewReader(zipped[:n]), "snapshot.5.gz", Visitor{}); problemOf(err) == "" {
			t.Errorf("%d of %d compressed bytes: got %v", n, len(zipped), err)
		}
	}
}

// TestSnapshotWithAnyByteWrong changes each byte.
func TestSnapshotWithAnyByteWrong(t *testing.T) {
	t.Parallel()
	for file, content := range map[string][]byte{"snapshot.5": idle(5), "snapshot.5.gz": compressed(idle(5))} {
		for at := range content {
			wrong := bytes.Clone(content)
			wrong[at] ^= 0x40
			info, err := ReadSnapshot(bytes.NewReader(wrong), file, Visitor{})
			if err == nil && info.Seals == 3 && strings.HasSuffix(file, ".gz") && bytes.Equal(decompressed(wrong), idle(5)) {
				continue // the same content, compressed in another way
			}
			if problemOf(err) == "" {
				t.Errorf("%s with byte %d wrong: got %v", file, at, err)
			}
		}
	}
}

func TestSnapshotProblems(t *testing.T) {
	t.Parallel()
	head := fileHeader(Snapshot, FileHeader{Version: 2, DBID: -1})
	stat := string(make([]byte, 8+statSize))
	tree := func(rest jute) []byte { return append(bytes.Clone(head), append(jute{}.int(0).int(0), rest...)...) }
	node := func(j jute, path string) jute { return append(j.text(path).text(""), stat...) }
	sealed := idle(5)[:len(idle(5))-lastProcessedSection-digestSection]
	old := testTree{5, 5, -1}.bytes()
	old[len(old)-digestSection+11] = 1
	for _, test := range []struct {
		name, file string
		content    []byte
		want       string
	}{
		{"a log", "snapshot.5", testLog(1), `a snapshot begins with ZKSN, and this file with "ZKLG"`},
		{"nothing", "snapshot.5", nil, "the file is empty"},
		{"snappy", "snapshot.5.snappy", nil, "snapshot.5.snappy: offset 0: snapshots that are compressed with snappy cannot be read here: " +
			"set snapshot.compression.method=gz, or leave it out, and restart the server, which then writes a snapshot that can be read"},
		{"gz in the name only", "snapshot.5.gz", idle(5), "the name ends with gz and the content is not gzip"},
		{"gz in the content only", "snapshot.5", compressed(idle(5)), "a snapshot begins with ZKSN"},
		{"nothing, compressed", "snapshot.5.gz", compressed(nil), "the file is empty"},
		{"sessions below zero", "snapshot.5", append(bytes.Clone(head), jute{}.int(-1)...), "the number of sessions is -1"},
		{"ACLs below zero", "snapshot.5", append(bytes.Clone(head), jute{}.int(0).int(-1)...), "the number of ACLs is -1"},
		{"an ACL without end", "snapshot.5", append(bytes.Clone(head), jute{}.int(0).int(1).long(1).int(maxACL+1)...), "an ACL has 65537 entries"},
		{"a path that is too long", "snapshot.5", tree(jute{}.int(MaxRecord + 1)), "the length of a path is 67108865"},
		{"no root", "snapshot.5", tree(jute{}.text("/")), "the tree has no root"},
		{"another root", "snapshot.5", tree(node(jute{}, "/a")), `the node "/a" is not among the children of the node before, "", or above it`},
		{"a second root", "snapshot.5", tree(node(node(jute{}, ""), "")), `the node "" is not among`},
		{"a missing parent", "snapshot.5", tree(node(node(node(jute{}, ""), "/ab"), "/a/b")), `the node "/a/b" is not among the children of the node before, "/ab"`},
		{"a parent that is behind", "snapshot.5", tree(node(node(node(node(jute{}, ""), "/a"), "/b"), "/a/c")), `the node "/a/c" is not among`},
		{"an old digest", "snapshot.5", old, "the digest has version 1, and servers of 3.7 to 3.9 write 2"},
		{"half a digest", "snapshot.5", idle(5)[:len(sealed)+12], "12 bytes follow the first checksum, and a server writes 0, 21, 33 or 54: wait until the server has finished it"},
		{"bytes at the end", "snapshot.5", append(idle(5), 0), "more than 54 bytes follow the first checksum"},
		{"another path behind the checksum", "snapshot.5", append(bytes.Clone(sealed[:len(sealed)-1]), 'x'), "the checksum is not followed by the path /"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := ReadSnapshot(bytes.NewReader(test.content), test.file, Visitor{})
			if problemOf(err) == "" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// FuzzSnapshot reads anything, also with checksums that are right.
func FuzzSnapshot(f *testing.F) {
	content := idle(5)
	f.Add(content, false)
	f.Add(content[:len(content)-lastProcessedSection], false)
	f.Add(compressed(content), true)
	f.Fuzz(func(t *testing.T, content []byte, zipped bool) {
		file := "snapshot.5"
		if zipped {
			file += ".gz"
		}
		nodes := 0
		info, err := ReadSnapshot(bytes.NewReader(content), file, Visitor{Node: func(*Node) error { nodes++; return nil }})
		if nodes != info.Nodes || err == nil && (info.Seals < 1 || info.Nodes < 1) {
			t.Errorf("%d nodes, %+v, %v", nodes, info, err)
		}
	})
}

func BenchmarkSnapshot(b *testing.B) {
	content := largeTree(20_000, 1000)
	for name, content := range map[string][]byte{"snapshot.5": content, "snapshot.5.gz": compressed(content)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(largeTree(20_000, 1000))))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ReadSnapshot(bytes.NewReader(content), name, Visitor{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			if err := copySnapshot(io.Discard, bytes.NewReader(content), "snapshot.5"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
