package zkfiles

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCutLog(t *testing.T) {
	t.Parallel()
	all := zxids(0x100000001, 5)
	damaged := testLog(all...)
	damaged[len(testLog(all[:3]...))+30]++
	for i, at := range all[:3] {
		for name, content := range map[string][]byte{"whole": testLog(all...), "padded": padded(testLog(all...)), "damaged behind": padded(damaged)} {
			var cut bytes.Buffer
			if err := CutLog(&cut, bytes.NewReader(content), "log.100000001", at); err != nil {
				t.Errorf("%s at %s: %v", name, at, err)
			}
			if !bytes.Equal(cut.Bytes(), testLog(all[:i+1]...)) {
				t.Errorf("%s at %s: the cut is another log", name, at)
			}
		}
	}
	for at, want := range map[Zxid]string{
		0x100000006: "the log has no transaction 0x100000006; the last before it is 0x100000005: choose the zxid of a transaction",
		0x100000000: "the log has no transaction 0x100000000; the last before it is 0x0",
	} {
		if err := CutLog(io.Discard, bytes.NewReader(testLog(all...)), "log.100000001", at); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("at %s: got %v", at, err)
		}
	}
	if err := CutLog(io.Discard, bytes.NewReader(damaged), "log.100000001", all[4]); problemOf(err) != WrongChecksum {
		t.Errorf("behind the damage: got %v", err)
	}
}

// TestCutLogFailsWithItsWriter passes on what the writer says, after each write.
func TestCutLogFailsWithItsWriter(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	for n := range 4 {
		if err := CutLog(&limited{n, full}, bytes.NewReader(testLog(zxids(1, 3)...)), "log.1", 3); !errors.Is(err, full) {
			t.Errorf("after %d writes: got %v", n, err)
		}
	}
}

type limited struct {
	writes int
	err    error
}

func (l *limited) Write(p []byte) (int, error) {
	if l.writes--; l.writes < 0 {
		return 0, l.err
	}
	return len(p), nil
}

// planCase is the files of a member, a zxid, and what the cut consists of or why
// there is none.
type planCase struct {
	name  string
	at    Zxid
	files map[string][]byte // in addition to those of all cases, or nil for less
	want  []string
	err   []string // parts of the error
}

// planFiles are two epochs. The snapshot 0x100000004 was written while 5, 6 and 7 were
// applied.
func planFiles() map[string][]byte {
	return map[string][]byte{
		"snapshot.0":         idle(0),
		"log.100000001":      padded(testLog(zxids(0x100000001, 5)...)),
		"snapshot.100000004": testTree{0x100000006, 0x100000007, 0x100000007}.bytes(),
		"log.100000006":      padded(testLog(zxids(0x100000006, 4)...)),
		"snapshot.100000009": idle(0x100000009),
		"log.200000001":      testLog(zxids(0x200000001, 3)...),
	}
}

var planCases = []planCase{
	{name: "before the first snapshot with changes", at: 0x100000003, want: []string{"snapshot.0", "log.100000001"}},
	{name: "at the name of a fuzzy snapshot", at: 0x100000004, want: []string{"snapshot.0", "log.100000001"}},
	{name: "within a fuzzy snapshot", at: 0x100000006, want: []string{"snapshot.0", "log.100000001", "log.100000006"}},
	{name: "at the end of a fuzzy snapshot, which may hold half of the next", at: 0x100000007, want: []string{"snapshot.0", "log.100000001", "log.100000006"}},
	{name: "after the end of a fuzzy snapshot", at: 0x100000008, want: []string{"snapshot.100000004", "log.100000001", "log.100000006"}},
	{name: "at a snapshot that transactions follow", at: 0x100000009, want: []string{"snapshot.100000004", "log.100000001", "log.100000006"}},
	{name: "after a snapshot", at: 0x200000001, want: []string{"snapshot.100000009", "log.200000001"}},
	{name: "at the end", at: 0x200000003, want: []string{"snapshot.100000009", "log.200000001"}},
	{
		name: "at a snapshot that nothing follows", at: 0x100000009, files: map[string][]byte{"log.200000001": nil},
		want: []string{"snapshot.100000009"},
	},
	{
		name: "at a snapshot that a torn record follows", at: 0x100000009, files: map[string][]byte{"log.200000001": testLog(0x200000001)[:60]},
		want: []string{"snapshot.100000004", "log.100000001", "log.100000006"},
	},
	{
		name: "at a snapshot that an empty log follows", at: 0x100000009, files: map[string][]byte{"log.200000001": {}},
		want: []string{"snapshot.100000004", "log.100000001", "log.100000006"},
	},
	{
		name: "damage behind the end", at: 0x200000001, files: map[string][]byte{"log.200000001": append(testLog(0x200000001), jute{}.long(1).int(1).text("xB")...)},
		want: []string{"snapshot.100000009", "log.200000001"},
	},
	{
		name: "damage before a newer snapshot", at: 0x200000001, files: map[string][]byte{"log.100000001": testLog(0x100000001)[:3]},
		want: []string{"snapshot.100000009", "log.200000001"},
	},
	{
		name: "a newer snapshot that is damaged", at: 0x200000001, files: map[string][]byte{"snapshot.100000009": idle(0)[:200]},
		want: []string{"snapshot.100000004", "log.100000001", "log.100000006", "log.200000001"},
	},
	{
		name: "a compressed snapshot", at: 0x200000001, files: map[string][]byte{"snapshot.100000009": nil, "snapshot.100000009.gz": compressed(idle(0x100000009))},
		want: []string{"snapshot.100000009.gz", "log.200000001"},
	},
	{
		name: "a temporary file", at: 0x200000003, files: map[string][]byte{"log.200000002.tmp": testLog(0x200000002), "snapshot.200000002.tmp": idle(0x200000002)},
		want: []string{"snapshot.100000009", "log.200000001"},
	},
	{
		name: "a snapshot that does not say where it ends", at: 0x200000001, files: map[string][]byte{"snapshot.100000009": testTree{0x100000009, 0x100000002, -1}.bytes()},
		want: []string{"snapshot.100000004", "log.100000001", "log.100000006", "log.200000001"},
	},
	{
		name: "no snapshot that is old enough", at: 0x100000007, files: map[string][]byte{"snapshot.0": nil},
		err: []string{"no snapshot and logs lead to 0x100000007: snapshot.100000004: it ends at 0x100000007 and may hold half of the transaction after that"},
	},
	{
		name: "within a fuzzy snapshot, and none before", at: 0x100000005, files: map[string][]byte{"snapshot.0": nil},
		err: []string{"snapshot.100000004: it holds transactions up to 0x100000007"},
	},
	{name: "before everything", at: 0x1, files: map[string][]byte{"snapshot.0": nil}, err: []string{"no snapshot is older than 0x1: take one from a backup"}},
	{
		name: "after the end", at: 0x200000004,
		err: []string{"snapshot.100000009: the logs end at 0x200000003", "snapshot.100000004: the logs end at 0x200000003", "snapshot.0: the logs end"},
	},
	{name: "no such transaction", at: 0x10000000a, err: []string{"snapshot.100000009: there is no transaction 0x10000000a: 0x200000001 comes after 0x100000009"}},
	{
		name: "a log that was purged", at: 0x100000008, files: map[string][]byte{"log.100000001": nil},
		err: []string{"snapshot.100000004: log.100000006: offset 16: transactions are missing between 0x100000004 and 0x100000006"},
	},
	{
		name: "transactions that the leader's snapshot skipped", at: 0x200000003, files: map[string][]byte{"snapshot.100000009": nil, "snapshot.200000000": testTree{0x100000020, -1, -1}.bytes()},
		err: []string{
			"snapshot.200000000: it does not say where it ends",
			"snapshot.100000004: the member went from 0x100000009 to 0x200000001 by way of snapshot.200000000, so that transactions may be missing",
		},
	},
	{
		name: "an empty log in between", at: 0x200000001, files: map[string][]byte{"log.10000000a": {}, "snapshot.100000009": nil},
		err: []string{"log.10000000a: offset 0: the file is empty"},
	},
}

func TestPlanCut(t *testing.T) {
	t.Parallel()
	for _, test := range planCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := planFiles()
			maps.Copy(files, test.files)
			maps.DeleteFunc(files, func(_ string, content []byte) bool { return content == nil })
			fsys := testFolder(files)
			cut, err := PlanCut(fsys, fsys, test.at)
			if len(test.err) > 0 {
				for _, part := range test.err {
					if err == nil || !strings.Contains(err.Error(), part) {
						t.Errorf("got  %v\nwant %s", err, part)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, append([]string{cut.Base.String()}, namesOf(cut.Logs)...)); diff != "" {
				t.Errorf("(- want, + got)\n%s", diff)
			}
			checkCut(t, cut, files)
		})
	}
}

// checkCut writes a cut: its snapshot is that of the source, its logs end at the zxid,
// and a cut of the cut is the same.
func checkCut(t *testing.T, cut *Cut, source map[string][]byte) {
	t.Helper()
	written := map[string][]byte{}
	write := func(cut *Cut, to map[string][]byte) {
		err := cut.Write(func(name string) (io.WriteCloser, error) { return &memoryFile{name: name, files: to}, nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	write(cut, written)
	if base := cut.Base.String(); !bytes.Equal(written[base], source[base]) {
		t.Errorf("%s is another one", base)
	}
	fsys := testFolder(written)
	folder, err := ReadFolder(fsys)
	if err != nil {
		t.Fatal(err)
	}
	last := cut.Base.Zxid
	for txn, err := range Transactions(fsys, folder.Logs) {
		if err != nil {
			t.Fatal(err)
		}
		last = txn.Zxid
	}
	if last != cut.At {
		t.Errorf("the cut ends at %s, want %s", last, cut.At)
	}
	again, err := PlanCut(fsys, fsys, cut.At)
	if err != nil {
		t.Fatal(err)
	}
	rewritten := map[string][]byte{}
	write(again, rewritten)
	if !maps.EqualFunc(written, rewritten, bytes.Equal) {
		t.Errorf("the cut of the cut has %v, and the cut %v", slices.Sorted(maps.Keys(rewritten)), slices.Sorted(maps.Keys(written)))
	}
}

// memoryFile is there once it is closed.
type memoryFile struct {
	bytes.Buffer
	name  string
	files map[string][]byte
}

func (f *memoryFile) Close() error {
	f.files[f.name] = f.Bytes()
	return nil
}

// TestWriteChecksAgain damages files between the plan and the copy.
func TestWriteChecksAgain(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"snapshot.100000004", "log.100000001", "log.100000006"} {
		files := planFiles()
		cut, err := PlanCut(testFolder(files), testFolder(files), 0x100000008)
		if err != nil {
			t.Fatal(err)
		}
		files[name][50]++
		err = cut.Write(func(string) (io.WriteCloser, error) { return &memoryFile{files: map[string][]byte{}}, nil })
		if problemOf(err) != WrongChecksum {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestWriteFailsWithItsFiles passes on what the files of the copy say.
func TestWriteFailsWithItsFiles(t *testing.T) {
	t.Parallel()
	fsys := testFolder(planFiles())
	cut, err := PlanCut(fsys, fsys, 0x100000008)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	for n := range 3 {
		created := 0
		err := cut.Write(func(string) (io.WriteCloser, error) {
			if created++; created > n {
				return nil, full
			}
			return &memoryFile{files: map[string][]byte{}}, nil
		})
		if !errors.Is(err, full) {
			t.Errorf("file %d cannot be created: got %v", n, err)
		}
		closed := 0
		err = cut.Write(func(string) (io.WriteCloser, error) { return &unclosable{n: &closed, last: n, err: full}, nil })
		if !errors.Is(err, full) {
			t.Errorf("file %d cannot be closed: got %v", n, err)
		}
	}
}

type unclosable struct {
	bytes.Buffer
	n    *int
	last int
	err  error
}

func (u *unclosable) Close() error {
	if *u.n++; *u.n > u.last {
		return u.err
	}
	return nil
}
