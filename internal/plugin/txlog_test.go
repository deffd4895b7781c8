package plugin

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/internal/golden"
	"github.com/zkensemble/zookeeper-operator/zkfiles"
)

// serverFiles are those that a server of 3.9.5 wrote.
const serverFiles = "../../zkfiles/testdata/3.9.5"

// copyOfFiles is a version-2 that a test may damage.
func copyOfFiles(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "version-2")
	if err := os.CopyFS(folder, os.DirFS(serverFiles)); err != nil {
		t.Fatal(err)
	}
	return folder
}

// logsOf are the logs of a folder.
func logsOf(t *testing.T, folder string) []zkfiles.File {
	t.Helper()
	files, err := zkfiles.ReadFolder(os.DirFS(folder))
	if err != nil || len(files.Logs) < 2 {
		t.Fatalf("%d logs, %v", len(files.Logs), err)
	}
	return files.Logs
}

func TestTxlogLists(t *testing.T) {
	got := runWith("", "txlog", serverFiles)
	if got.code != 0 || got.err != "" {
		t.Errorf("exit status %d, %s", got.code, got.err)
	}
	golden.Compare(t, "testdata/txlog.txt", got.out)
	for _, secret := range []string{"some data of a node", "digest"} {
		if strings.Contains(got.out, secret) {
			t.Errorf("%q is printed", secret)
		}
	}
}

func TestTxlogChecks(t *testing.T) {
	got := runWith("", "txlog", "--check", serverFiles)
	if got.code != 0 || got.err != "" {
		t.Errorf("exit status %d, %s", got.code, got.err)
	}
	golden.Compare(t, "testdata/txlog-check.txt", got.out)
	whole := runWith("", "txlog", "--check", "-o", "json", serverFiles)
	for line := range strings.Lines(whole.out) {
		var file struct {
			File string
			OK   bool
		}
		if err := json.Unmarshal([]byte(line), &file); err != nil || !file.OK {
			t.Errorf("%v: %s", err, line)
		}
	}
}

// TestTxlogSelects reads the JSON output, in which every line has its path and zxid.
func TestTxlogSelects(t *testing.T) {
	type line struct {
		Zxid, Path, Type, Operation string
		Bytes                       *int
	}
	read := func(arguments ...string) []line {
		t.Helper()
		got := runWith("", append([]string{"txlog", serverFiles, "-o", "json"}, arguments...)...)
		if got.code != 0 {
			t.Fatalf("%v: exit status %d, %s", arguments, got.code, got.err)
		}
		var lines []line
		for text := range strings.Lines(got.out) {
			var l line
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			lines = append(lines, l)
		}
		return lines
	}
	all := read()
	number := func(l line) zkfiles.Zxid {
		zxid, err := zkfiles.ParseZxid(l.Zxid)
		if err != nil {
			t.Fatal(err)
		}
		return zxid
	}
	for _, test := range []struct {
		arguments []string
		keep      func(line) bool
	}{
		{[]string{"--path", "/second"}, func(l line) bool { return l.Path == "/second" || strings.HasPrefix(l.Path, "/second/") }},
		{[]string{"--path", "/second/"}, func(l line) bool { return l.Path == "/second" || strings.HasPrefix(l.Path, "/second/") }},
		{[]string{"--path", "/seco"}, func(line) bool { return false }},
		{[]string{"--path", "/"}, func(line) bool { return true }},
		{[]string{"--after", "0x100000005"}, func(l line) bool { return number(l) > 0x100000005 }},
		{[]string{"--upto", "0x100000005"}, func(l line) bool { return number(l) <= 0x100000005 }},
		{[]string{"--after", "0x1ffffffff", "--path", "/second"}, func(l line) bool { return number(l) > 0x1ffffffff && strings.HasPrefix(l.Path, "/second") }},
	} {
		want := slices.Collect(func(yield func(line) bool) {
			for _, l := range all {
				if test.keep(l) && !yield(l) {
					return
				}
			}
		})
		if diff := cmp.Diff(want, read(test.arguments...)); diff != "" {
			t.Errorf("%v (- want, + got)\n%s", test.arguments, diff)
		}
	}
	if !slices.ContainsFunc(all, func(l line) bool { return l.Type == "multi" && l.Operation == "create" && l.Bytes != nil }) {
		t.Errorf("no multi with a create among %d lines", len(all))
	}
}

// TestTxlogExitStatus damages files in many ways.
func TestTxlogExitStatus(t *testing.T) {
	change := func(name string, at int) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			t.Helper()
			content, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			content[at]++
			if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			t.Helper()
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := logsOf(t, serverFiles)[0].String()
	for _, test := range []struct {
		name      string
		damage    func(*testing.T, string) // nil for none
		arguments []string                 // FOLDER stands for version-2
		code      int
		err       string // part of the error output
	}{
		{"a data directory", nil, []string{"FOLDER/.."}, 0, ""},
		{"one log", nil, []string{"FOLDER/" + first}, 0, ""},
		{"one log, checked", nil, []string{"--check", "FOLDER/" + first}, 0, ""},
		{"one snapshot, checked", nil, []string{"--check", "FOLDER/snapshot.0"}, 0, ""},
		{"two folders", nil, []string{"--check", "FOLDER", "FOLDER"}, 0, ""},
		{"a wrong checksum", change(first, 60), []string{"FOLDER"}, 1, "FOLDER/" + first + ": error: offset 16: the checksum of the record is"},
		{"a wrong checksum, checked", change(first, 60), []string{"--check", "FOLDER"}, 1, "    fix: empty the volume of this member"},
		{"a wrong snapshot", change("snapshot.0", 40), []string{"--check", "FOLDER/snapshot.0"}, 1, "FOLDER/snapshot.0: error: offset "},
		{"no snapshot for the log", remove("snapshot.0"), []string{"--cut", "0x100000003", "--to", "TO", "FOLDER"}, 2, "no snapshot is older than 0x100000003"},
		{"a snapshot without transactions", nil, []string{"FOLDER/snapshot.0"}, 2, "error: snapshot.0 is a snapshot and has no transactions: use --check\n"},
		{"no such folder", nil, []string{"FOLDER/none"}, 2, "error: stat FOLDER/none: no such file or directory\n"},
		{"no logs", nil, []string{"EMPTY"}, 2, "error: no logs are there"},
		{"another name", nil, []string{"FOLDER/listing.txt"}, 2, "FOLDER/listing.txt is not named like log.500000007 or snapshot.500000007: give it back the name that it had\n"},
		{"no zxid", nil, []string{"FOLDER", "--after", "5"}, 2, `error: the zxid "5" is not like 0x500000007: write it in hexadecimal with 0x, as srvr does`},
		{"no zxid to cut at", nil, []string{"FOLDER", "--cut", "5", "--to", "TO"}, 2, `error: the zxid "5" is not like 0x500000007`},
		{"a zxid that is not there", nil, []string{"FOLDER", "--cut", "0x900000000", "--to", "TO"}, 2, "error: no snapshot and logs lead to 0x900000000: "},
		{"a cut without a place", nil, []string{"FOLDER", "--cut", "0x100000003"}, 2, "[cut to]"},
		{"a cut of one file", nil, []string{"FOLDER/" + first, "--cut", "0x100000003", "--to", "TO"}, 2, "error: --cut takes one folder, or that of the snapshots and that of the logs\n"},
		{"a cut that exists", nil, []string{"FOLDER", "--cut", "0x100000003", "--to", "FOLDER"}, 2, "error: --to names a folder that is not there yet: "},
		{"an unknown format", nil, []string{"FOLDER", "-o", "xml"}, 2, `error: unknown output format "xml": use text or json`},
		{"nothing", nil, nil, 2, "error: requires at least 1 arg(s), only received 0\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := copyOfFiles(t)
			if test.damage != nil {
				test.damage(t, folder)
			}
			places := strings.NewReplacer("FOLDER", folder, "EMPTY", t.TempDir(), "TO", filepath.Join(t.TempDir(), "to"))
			arguments := []string{"txlog"}
			for _, argument := range test.arguments {
				arguments = append(arguments, places.Replace(argument))
			}
			got := runWith("", arguments...)
			if got.code != test.code || !strings.Contains(got.err, places.Replace(test.err)) || (got.err == "") != (test.err == "") {
				t.Errorf("got %+v, want %d and %q", got, test.code, places.Replace(test.err))
			}
		})
	}
}

// TestTxlogReportsHoles takes a log away between two.
func TestTxlogReportsHoles(t *testing.T) {
	folder := t.TempDir()
	logs := logsOf(t, serverFiles)
	at := logs[0].Zxid
	for i, cut := range []zkfiles.Zxid{at, at + 5} {
		content, err := os.ReadFile(filepath.Join(serverFiles, logs[0].String()))
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			content = append(content[:16:16], content[offsetOf(t, logs[0], cut):]...)
		} else {
			content = content[:offsetOf(t, logs[0], at+1)]
		}
		if err := os.WriteFile(filepath.Join(folder, zkfiles.Name{Kind: zkfiles.Log, Zxid: cut}.String()), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := fmt.Sprintf("warning: transactions are missing between %s and %s\n", at, at+5)
	if got := runWith("", "txlog", folder); got.code != 1 || !strings.HasSuffix(got.err, want) || !strings.Contains(got.out, (at+5).String()) {
		t.Errorf("got %+v, want %q", got, want)
	}
	if got := runWith("", "txlog", "--check", folder); got.code != 1 || !strings.Contains(got.err, fmt.Sprintf("transactions are missing between %s and %s", at, at+5)) {
		t.Errorf("got %+v", got)
	}
}

// offsetOf returns where a transaction of a log begins.
func offsetOf(t *testing.T, log zkfiles.File, zxid zkfiles.Zxid) int64 {
	t.Helper()
	for txn, err := range zkfiles.Transactions(os.DirFS(serverFiles), []zkfiles.File{log}) {
		if err != nil {
			t.Fatal(err)
		}
		if txn.Zxid == zxid {
			return txn.Offset
		}
	}
	t.Fatalf("%s has no %s", log.Name, zxid)
	return 0
}

// TestTxlogCuts makes a folder that ends at a zxid, whatever there is of the original.
func TestTxlogCuts(t *testing.T) {
	for _, folders := range [][]string{{serverFiles}, {serverFiles, serverFiles}} {
		to := filepath.Join(t.TempDir(), "restored")
		got := runWith("", append([]string{"txlog", "--cut", "0x100000005", "--to", to}, folders...)...)
		want := filepath.Join(to, "version-2") + ": snapshot.0 and 1 log, the state of 0x100000005\n"
		if diff := cmp.Diff(result{out: want}, got, cmp.AllowUnexported(result{})); diff != "" {
			t.Fatalf("(- want, + got)\n%s", diff)
		}
		entries, err := os.ReadDir(to)
		if err != nil || len(entries) != 1 {
			t.Errorf("%v, %v", entries, err)
		}
		before, after := runWith("", "txlog", serverFiles, "--upto", "0x100000005"), runWith("", "txlog", to)
		if before.out != after.out || after.out == "" {
			t.Errorf("the cut has\n%s\nand the original\n%s", after.out, before.out)
		}
	}
}

// TestTxlogListsWhatASessionTakesAlong has a line for each ephemeral node of a session
// that ends, so that --path finds it.
func TestTxlogListsWhatASessionTakesAlong(t *testing.T) {
	txn := &zkfiles.Txn{TxnHeader: zkfiles.TxnHeader{Zxid: 0x500000007, Session: 0x10000157d4b0000, Type: zkfiles.OpCloseSession}}
	lines := txlogLines(txn, []zkfiles.Change{{Type: zkfiles.OpCloseSession, Deleted: []string{"/locks/a", "/members/b"}}})
	var out strings.Builder
	for _, line := range lines {
		if line.touches("/locks") {
			if err := line.write(&out, "text"); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := "0x500000007         0001-01-01T00:00:00.000Z  0x10000157d4b0000   closeSession:delete /locks/a\n"
	if out.String() != want || len(lines) != 3 {
		t.Errorf("%d lines, got\n%swant\n%s", len(lines), out.String(), want)
	}
}

// TestTxlogPrintsPathsSafely quotes what would move a terminal's cursor.
func TestTxlogPrintsPathsSafely(t *testing.T) {
	for path, want := range map[string]string{"/a/b": "/a/b", "/ü": "/ü", "/a\x1b[2J": `"/a\x1b[2J"`, "/a\n0x5": `"/a\n0x5"`} {
		if got := printable(path); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
