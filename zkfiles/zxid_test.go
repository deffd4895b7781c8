package zkfiles

import (
	"slices"
	"strings"
	"testing"
)

func TestZxid(t *testing.T) {
	t.Parallel()
	zxid, err := ParseZxid("0x500000007")
	if err != nil || zxid.Epoch() != 5 || zxid.Counter() != 7 || zxid.String() != "0x500000007" {
		t.Errorf("got %s, epoch %d, counter %d, %v", zxid, zxid.Epoch(), zxid.Counter(), err)
	}
	for _, text := range []string{"", "500000007", "0x", "0x-5", "0x+5", "0x8000000000000000", "0xg", "0x5_0", "0X5", " 0x5"} {
		if _, err := ParseZxid(text); err == nil || !strings.Contains(err.Error(), "write it in hexadecimal with 0x") {
			t.Errorf("%q: got the error %v", text, err)
		}
	}
}

func TestIsFollowedBy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		zxid, next Zxid
		want       bool
	}{
		{0, 1, true},
		{0, 0x100000001, true},
		{0x100000001, 0x100000002, true},
		{0x100000001, 0x100000003, false},
		{0x100000001, 0x100000001, false},
		{0x100000002, 0x100000001, false},
		{0x100000007, 0x200000001, true},
		{0x100000007, 0x300000001, true}, // an election without a transaction
		{0x100000007, 0x200000002, false},
		{0x200000007, 0x100000001, false},
		{0x100000000, 0x100000001, true},
	} {
		if got := test.zxid.IsFollowedBy(test.next); got != test.want {
			t.Errorf("%s is followed by %s: got %v", test.zxid, test.next, got)
		}
	}
}

// TestNames holds the names that are read, and those that only a server would read.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		name  Name // the zero value for none
		stray bool
	}{
		{"log.500000007", Name{Log, 0x500000007, ""}, false},
		{"log.1", Name{Log, 1, ""}, false},
		{"snapshot.0", Name{Snapshot, 0, ""}, false},
		{"snapshot.500000007", Name{Snapshot, 0x500000007, ""}, false},
		{"snapshot.500000007.gz", Name{Snapshot, 0x500000007, Gzip}, false},
		{"snapshot.500000007.snappy", Name{Snapshot, 0x500000007, Snappy}, false},
		{"log.500000007.tmp", Name{}, true},
		{"log.500000007.torn", Name{}, true},
		{"log.500000007.gz", Name{}, true},
		{"log.500000007.", Name{}, true},
		{"log.0500000007", Name{}, true},
		{"log.5000000AB", Name{}, true},
		{"log.+5", Name{}, true},
		{"snapshot.500000007.tmp", Name{}, true},
		{"snapshot.500000007.GZ", Name{}, true},
		{"snapshot.500000007.gz.part", Name{}, true},
		{"log.-5", Name{}, false},
		{"log", Name{}, false},
		{"log.", Name{}, false},
		{"log..5", Name{}, false},
		{"log.tmp", Name{}, false},
		{"log.8000000000000000", Name{}, false}, // a server cannot read the number either
		{"logs.5", Name{}, false},
		{".log.5", Name{}, false},
		{"acceptedEpoch", Name{}, false},
		{"currentEpoch.tmp", Name{}, false},
	} {
		name, ours := ParseName(test.text)
		if name != test.name || ours != (test.name != Name{}) || IsStray(test.text) != test.stray {
			t.Errorf("%s: got %+v %v, stray %v", test.text, name, ours, IsStray(test.text))
		}
	}
}

// TestOrderOfNames sorts by zxid, where the names as texts have another order.
func TestOrderOfNames(t *testing.T) {
	t.Parallel()
	want := []string{"log.9", "log.10", "log.ffffffff", "log.100000001", "log.a00000001", "log.1000000000001"}
	files := make([]File, 0, len(want))
	for _, text := range slices.Sorted(slices.Values(want)) {
		name, ours := ParseName(text)
		if !ours {
			t.Fatal(text)
		}
		files = append(files, File{Name: name})
	}
	slices.SortFunc(files, byZxid)
	for i, file := range files {
		if file.String() != want[i] {
			t.Errorf("place %d: got %s, want %s", i, file, want[i])
		}
	}
}

func FuzzName(f *testing.F) {
	for _, text := range []string{"log.500000007", "snapshot.0.gz", "log.5.tmp", "log.+5"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, ours := ParseName(text)
		if ours && name.String() != text {
			t.Errorf("%q was read as %s", text, name)
		}
		if ours && IsStray(text) {
			t.Errorf("%q is ours and a stray", text)
		}
	})
}
