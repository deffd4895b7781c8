package prepare

import (
	"errors"
	"os"
	"strings"
	"testing"
)

var errCrash = errors.New("the machine died")

// TestEveryCrashPoint dies before each single change of each scene. What is left
// must break no promise, and starting again, in the same Pod or in a new one,
// must lead to where the scene leads without a crash.
func TestEveryCrashPoint(t *testing.T) {
	t.Parallel()
	records := choices{
		data: []string{absent, "epochs", kept}, ids: []string{"none"},
		formation: []string{"open", "closed"}, members: []string{absent, me}, list: []string{absent, me},
		marker: []string{absent, "ours", "foreign"},
	}
	pairing := choices{
		data: []string{absent, kept}, ids: pairs.ids,
		formation: []string{"open", "closed"}, members: []string{absent}, list: []string{absent, me},
		marker: []string{absent, "ours"},
	}
	for name, all := range map[string]choices{"one volume": records, "two volumes": pairing} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, crashes := scratch(t), 0
			all.each(func(sc scene) { crashes += crashEverywhere(t, root, sc) })
			t.Logf("%d crashes", crashes)
		})
	}
}

func crashEverywhere(t *testing.T, root string, sc scene) (crashes int) {
	t.Helper()
	s := build(t, root, sc)
	before := look(t, root)
	want, wantErr := Run(t.Context(), s.options())
	for ; ; crashes++ {
		s = build(t, root, sc)
		crashed, change := crash(t, s, crashes)
		if !crashed {
			return crashes
		}
		s.judgeCrash(t, before, change)
		s.restart(t, change, want, wantErr)
	}
}

// crash ends the run before its nth change. A write that is cut off leaves
// half of something behind.
func crash(t *testing.T, s *stage, n int) (crashed bool, change string) {
	t.Helper()
	changes := 0
	_, err := run(t.Context(), s.options(), disk{before: func(next string) error {
		if changes == n {
			change = next
			if path, isWrite := strings.CutPrefix(next, "write "); isWrite {
				return errors.Join(errCrash, os.WriteFile(path, []byte("half of some"), 0o600))
			}
			return errCrash
		}
		changes++
		return nil
	}})
	return errors.Is(err, errCrash), change
}

// judgeCrash holds what must never be, not even for a moment.
func (s *stage) judgeCrash(t *testing.T, before map[string]string, change string) {
	t.Helper()
	files := look(t, s.root)
	fail := func(promise string) {
		t.Helper()
		t.Fatalf("broken: %s\nscene: %v\ndied before: %s\nfiles: %v", promise, s, change, files)
	}
	for path, content := range before {
		aside := strings.Replace(path, dataVersion, asidePrefix+"1", 1)
		if strings.Contains(path, "/"+dataVersion+"/") && files[path] != content && files[aside] != content {
			fail("no data is lost: " + path)
		}
	}
	_, marked := files[s.logVolume()+"/initialize"]
	if marked && s.marker == absent && (!s.mayBeGranted() || files["state/granted"] == "") {
		fail("a marker needs a grant, and the note of it comes first")
	}
	id := files["data/"+pairingIDFile]
	if s.twoVolumes && !s.together() && id != "" && id == files["log/"+pairingIDFile] &&
		(files["data/version-2/snapshot.0"] != "" || files["log/version-2/log.100000001"] != "") &&
		s.ids != "equal" {
		fail("volumes are paired only after what does not fit is out of the way")
	}
}

// restart runs again after a crash.
func (s *stage) restart(t *testing.T, change string, want Result, wantErr error) {
	t.Helper()
	got, err := Run(t.Context(), s.options())
	// Dead between note and marker: the Pod cannot tell whether a server ate it.
	if errors.Is(err, ErrNeedsNewPod) && wantErr == nil && want.Granted && want.Blank {
		if err := os.RemoveAll(s.path("state")); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(s.path("state"), 0o755); err != nil {
			t.Fatal(err)
		}
		got, err = Run(t.Context(), s.options())
	}
	if !sameOutcome(want, wantErr, got, err) {
		t.Fatalf("a crash leads elsewhere\nscene: %v\ndied before: %s\nwant: %+v, %v\ngot:  %+v, %v",
			s, change, want, wantErr, got, err)
	}
	fail := failure(t, s, got, err)
	after := look(t, s.root)
	s.judgeMarker(after, fail)
	if err == nil {
		s.judgeList(t, got, after, fail)
	}
	for path := range after {
		if strings.HasSuffix(path, ".tmp") {
			fail("a crash leaves no temporary file for ever: " + path)
		}
	}
}
