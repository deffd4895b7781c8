package zkfiles

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// testFolder is a version-2 in memory.
func testFolder(files map[string][]byte) fs.FS {
	folder := fstest.MapFS{}
	for name, content := range files {
		folder[name] = &fstest.MapFile{Data: content}
	}
	return folder
}

func namesOf(files []File) []string {
	names := make([]string, 0, len(files))
	for _, file := range files {
		names = append(names, file.String())
	}
	return names
}

func TestReadFolder(t *testing.T) {
	t.Parallel()
	folder, err := ReadFolder(testFolder(map[string][]byte{
		"log.ffffffff": {1}, "log.100000001": {1, 2}, "log.9": {}, "log.100000001.tmp": {}, "log.x": {}, "log.3/inner": {},
		"snapshot.0": {}, "snapshot.100000001.gz": {}, "snapshot.a": {}, "snapshot.b.bak": {}, "currentEpoch": {}, "acceptedEpoch.tmp": {},
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"log.9", "log.ffffffff", "log.100000001"}, {"snapshot.0", "snapshot.a", "snapshot.100000001.gz"}, {"log.100000001.tmp", "snapshot.b.bak"},
	}
	if diff := cmp.Diff(want, [][]string{namesOf(folder.Logs), namesOf(folder.Snapshots), folder.Strays}); diff != "" {
		t.Errorf("(- want, + got)\n%s", diff)
	}
	if folder.Logs[2].Size != 2 {
		t.Errorf("the size is %d", folder.Logs[2].Size)
	}
}

// TestTransactions reads the logs of a folder as a server replays them.
func TestTransactions(t *testing.T) {
	t.Parallel()
	first, second := testLog(0xffffffff), testLog(0x100000001, 0x100000002)
	for _, test := range []struct {
		name  string
		files map[string][]byte
		want  []Zxid
		err   string
	}{
		{"in the order of zxids", map[string][]byte{"log.100000001": padded(second), "log.ffffffff": padded(first)}, []Zxid{0xffffffff, 0x100000001, 0x100000002}, ""},
		{"a temporary file", map[string][]byte{"log.ffffffff": first, "log.100000001.tmp": second}, []Zxid{0xffffffff}, ""},
		{"a torn log before another", map[string][]byte{"log.ffffffff": padded(first[:len(first)-1]), "log.100000001": second}, []Zxid{0x100000001, 0x100000002}, ""},
		{"an empty log at the end", map[string][]byte{"log.ffffffff": first, "log.100000001": nil}, []Zxid{0xffffffff}, ""},
		{"an empty log before another", map[string][]byte{"log.ffffffff": nil, "log.100000001": second}, nil, "log.ffffffff: offset 0: the file is empty"},
		{"a header alone", map[string][]byte{"log.ffffffff": first[:headerSize], "log.100000001": second}, []Zxid{0x100000001, 0x100000002}, ""},
		{"half a header at the end", map[string][]byte{"log.ffffffff": first, "log.100000001": second[:3]}, []Zxid{0xffffffff}, "log.100000001: offset 0: the file ends within its header"},
		{
			"a log twice",
			map[string][]byte{"log.100000001": second, "log.100000002": testLog(0x100000002, 0x100000003)},
			[]Zxid{0x100000001, 0x100000002},
			"log.100000002: offset 16: 0x100000002 comes after 0x100000002 of the log before",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fsys := testFolder(test.files)
			folder, err := ReadFolder(fsys)
			if err != nil {
				t.Fatal(err)
			}
			slices.Reverse(folder.Logs)
			var got []Zxid
			text := ""
			for txn, err := range Transactions(fsys, folder.Logs) {
				if err != nil {
					text = err.Error()
					break
				}
				got = append(got, txn.Zxid)
			}
			if !slices.Equal(got, test.want) || !strings.HasPrefix(text, test.err) || (text == "") != (test.err == "") {
				t.Errorf("got %v and %q", got, text)
			}
		})
	}
}

// TestCheckFolder holds each problem of files that are right by themselves.
func TestCheckFolder(t *testing.T) {
	t.Parallel()
	whole := map[string][]byte{
		"snapshot.0": idle(0), "log.100000001": padded(testLog(zxids(0x100000001, 5)...)),
		"snapshot.100000003": testTree{0x100000005, 0x100000005, 0x100000005}.bytes(), "log.200000001": testLog(0x200000001),
	}
	damaged := testLog(0x200000001)
	damaged[40]++
	for _, test := range []struct {
		name  string
		files map[string][]byte // in addition, or nil for less
		want  []string          // the beginnings
	}{
		{"nothing wrong", nil, nil},
		{"an empty log at the end", map[string][]byte{"log.200000002": {}}, []string{"log.200000002: offset 0: the file is empty"}},
		{"an empty log in the middle", map[string][]byte{"log.100000001": {}}, []string{"log.100000001: offset 0: the file is empty"}},
		{
			"a stray",
			map[string][]byte{"log.200000001.tmp": {}, "snapshot.5.part": {}},
			[]string{"snapshot.5.part: offset 0: the server takes this file for a snapshot", "log.200000001.tmp: offset 0: the server takes this file for a log"},
		},
		{"a damaged log", map[string][]byte{"log.200000001": damaged}, []string{"log.200000001: offset 16: the checksum of the record"}},
		{"a damaged snapshot", map[string][]byte{"snapshot.100000003": {1, 2, 3}}, []string{"snapshot.100000003: offset 0: the file ends within its header"}},
		{
			"no snapshot",
			map[string][]byte{"snapshot.0": nil, "snapshot.100000003": nil},
			[]string{"snapshot.*: offset 0: there are logs and no snapshot that can be read; the server does not start"},
		},
		{
			"a snapshot that its log does not cover",
			map[string][]byte{"snapshot.200000001": testTree{0x200000001, 0x200000004, -1}.bytes()},
			[]string{"snapshot.200000001: offset 0: the snapshot was written under changes up to 0x200000004, and the logs end at 0x200000001"},
		},
		{"a snapshot of the leader after the logs", map[string][]byte{"snapshot.200000009": idle(0x200000009)}, nil},
		{
			"a hole in a log",
			map[string][]byte{"log.200000001": testLog(0x200000001, 0x200000004)},
			[]string{"log.200000001: offset 0: transactions are missing between 0x200000001 and 0x200000004"},
		},
		{
			"a hole between logs",
			map[string][]byte{"log.200000001": nil, "log.200000002": testLog(0x200000002)},
			[]string{"log.200000002: offset 0: transactions are missing between 0x100000005 and 0x200000002"},
		},
		{
			"a hole of a member that was synchronised",
			map[string][]byte{"log.200000001": testLog(0x200000001, 0x200000009), "snapshot.200000007": idle(0x200000007)},
			nil,
		},
		{
			"a log twice",
			map[string][]byte{"log.100000004": testLog(0x100000004, 0x100000005)},
			[]string{"log.100000004: offset 0: it begins with 0x100000004, and the log before ends with 0x100000005"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := maps.Clone(whole)
			for name, content := range test.files {
				files[name] = content
				if content == nil {
					delete(files, name)
				}
			}
			fsys := testFolder(files)
			check, err := CheckFolder(fsys, fsys)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, checked := range check.Files {
				if checked.Problem != nil {
					got = append(got, checked.Problem.Error())
				}
			}
			for _, problem := range check.Problems {
				got = append(got, problem.Error())
			}
			if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}
