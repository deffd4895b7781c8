package zkconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		name string
		text string
		want Properties
	}{
		{"an empty file", "", nil},
		{"only comments and blanks", "# a\n! b\n \t\f\n", nil},
		{"the three separators", "a=1\nb:2\nc 3\n", Properties{{"a", "1", 1}, {"b", "2", 2}, {"c", "3", 3}}},
		{"blanks around a separator", "a \t= 1\n", Properties{{"a", "1", 1}}},
		{"only one separator is taken", "a==1\nb = = 2\n", Properties{{"a", "=1", 1}, {"b", "= 2", 2}}},
		{"blanks at the end stay", "a=1 \n", Properties{{"a", "1 ", 1}}},
		{"a comment needs a line of its own", "a=1 # one\n", Properties{{"a", "1 # one", 1}}},
		{"a key alone", "a\nb=\n", Properties{{"a", "", 1}, {"b", "", 2}}},
		{"a value alone", "=1\n", Properties{{"", "1", 1}}},
		{"all line endings", "a=1\rb=2\r\nc=3\nd=4", Properties{{"a", "1", 1}, {"b", "2", 2}, {"c", "3", 3}, {"d", "4", 4}}},
		{"a continued line", "a=1\\\n   2\nb=3\n", Properties{{"a", "12", 1}, {"b", "3", 3}}},
		{"a comment does not interrupt a continued line", "a=1\\\n# 2\n", Properties{{"a", "1# 2", 1}}},
		{"a comment behind a backslash alone", "\\\n# 2\nb=3\n", Properties{{"b", "3", 3}}},
		{"two backslashes continue nothing", "a=1\\\\\nb=2\n", Properties{{"a", `1\`, 1}, {"b", "2", 2}}},
		{"a backslash at the end of the file", "a=1\\", Properties{{"a", "1", 1}}},
		{"a backslash alone", "\\\n\\\n", nil},
		{"escapes", `a\ b\=c=\t\n\r\f\q\\` + "\n", Properties{{"a b=c", "\t\n\r\fq\\", 1}}},
		{"unicode escapes", `a=\u00e4\ud83d\ude00`, Properties{{"a", "ä😀", 1}}},
		{"bytes are Latin-1", "a=\xe4ä\n", Properties{{"a", "äÃ¤", 1}}},
		{"duplicates are kept", "a=1\na=2\n", Properties{{"a", "1", 1}, {"a", "2", 2}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(- want, + got)\n%s", diff)
			}
		})
	}
}

func TestParseRefusesWhatJavaRefuses(t *testing.T) {
	for _, text := range []string{`a=\u12`, `a=\u12g4`, `\u=1`, `a=\ud83d`, `a=\ud83dx`, `a=\ud83d\u0041`, `a=\ude00`} {
		if got, err := Parse("x=1\n" + text); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Errorf("Parse(%q) = %v, %v; want an error about line 2", text, got, err)
		}
	}
}

func TestRenderIsCanonical(t *testing.T) {
	properties := Properties{
		{"clientPort", "2181", 9},
		{"dataDir", "/data", 3},
		{"a b:c", " =x y ", 4},
		{"#comment", "ä\t😀", 5},
		{"clientPort", "2182", 10},
		{"", `C:\data`, 11},
	}
	const want = "=C:\\\\data\n" +
		"\\#comment=\\u00e4\\t\\ud83d\\ude00\n" +
		"a\\ b\\:c=\\ =x y \n" +
		"clientPort=2182\n" +
		"dataDir=/data\n"
	if diff := cmp.Diff(want, properties.Render()); diff != "" {
		t.Errorf("(- want, + got)\n%s", diff)
	}
	got, err := Parse(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(properties.Canonical(), got); diff != "" {
		t.Errorf("reading it back (- want, + got)\n%s", diff)
	}
}

func TestGetReturnsTheLastLine(t *testing.T) {
	properties := Properties{{"a", "1", 1}, {"a", "2", 2}}
	if got, ok := properties.Get("a"); got != "2" || !ok {
		t.Errorf(`Get("a") = %q, %v; want "2"`, got, ok)
	}
	if got, ok := properties.Get("b"); ok {
		t.Errorf(`Get("b") = %q; want nothing`, got)
	}
}

// FuzzParse checks that whatever parses is rendered to a text that means the
// same, and that rendering it again changes nothing.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"a=1\nb:2\nc 3\n# x\n! y\n", "a=1\\\n  2\n", `a\ b\=c=\t\u00e4\ud83d\ude00\\`, "=\n:\n\\\n", "a=\xff\x00\n", "a=1 \r\r\n\fb",
		"dataDir=/data\nserver.1=[::1]:2888:3888:participant;0.0.0.0:2181\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := Parse(text)
		if err != nil {
			return
		}
		rendered := parsed.Render()
		again, err := Parse(rendered)
		if err != nil {
			t.Fatalf("Parse refuses what Render wrote: %v\n%q", err, rendered)
		}
		if diff := cmp.Diff(parsed.Canonical(), again); len(again)+len(parsed) > 0 && diff != "" {
			t.Fatalf("a value was lost (- want, + got)\n%s\n%q", diff, rendered)
		}
		if got := again.Render(); got != rendered {
			t.Fatalf("rendering is not canonical: %q, then %q", rendered, got)
		}
		for _, property := range parsed {
			if property.Line < 1 || property.Line > 1+strings.Count(text, "\n")+strings.Count(text, "\r") {
				t.Fatalf("%q is said to be in line %d", property.Key, property.Line)
			}
		}
	})
}
