package zkconfig

import "testing"

func TestDecodeNumber(t *testing.T) {
	for _, test := range []struct {
		text  string
		want  int64
		octal bool
		fails bool
	}{
		{text: "10", want: 10},
		{text: "-10", want: -10},
		{text: "+10", want: 10},
		{text: "0", want: 0},
		{text: "010", want: 8, octal: true},
		{text: "-010", want: -8, octal: true},
		{text: "0x10", want: 16},
		{text: "0XfF", want: 255},
		{text: "#10", want: 16},
		{text: "-#10", want: -16},
		{text: "2147483647", want: 1<<31 - 1},
		{text: "2147483648", fails: true},
		{text: "", fails: true},
		{text: "09", fails: true},
		{text: "--1", fails: true},
		{text: "0x-1", fails: true},
		{text: "1_000", fails: true},
		{text: "10k", fails: true},
		{text: " 1", fails: true},
	} {
		got, octal, err := DecodeNumber(test.text, 32)
		if failed := err != nil; failed != test.fails || !failed && (got != test.want || octal != test.octal) {
			t.Errorf("DecodeNumber(%q) = %d, %v, %v; want %+v", test.text, got, octal, err, test)
		}
	}
}

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]Version{"3.9.5": {3, 9, 5}, "3.9": {3, 9, 6}, "3.8": {3, 8, 7}, "3.7": {3, 7, 2}, "3.10.0": {3, 10, 0}, "4.1": {4, 1, 0}} {
		if got, err := ParseVersion(text); err != nil || got != want {
			t.Errorf("ParseVersion(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "3", "3.9.5.1", "3.x", "v3.9", "3.9.5-1", "3.-9", " 3.9"} {
		if got, err := ParseVersion(text); err == nil {
			t.Errorf("ParseVersion(%q) = %v, want an error", text, got)
		}
	}
}
