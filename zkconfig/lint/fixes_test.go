package lint

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// proseFixes are the rules whose fix is a decision that no program can make: a
// host, a directory, a member, a class.
var proseFixes = []Rule{
	Template, Encoding, ServerLine, ServerID, SharedAddress, LocalAddress, VoterCount, MultiAddresses, DynamicMembership,
	PortCollision, UnknownClass, TLSWithoutStore, PlaintextSecret, NoEffect, NoClientPort, AddressWithoutPort, LostBackslash, Directories,
	DuplicateKey, Hierarchical, SessionTimeouts,
}

// proseBeginnings begin fixes that leave a value to people.
var proseBeginnings = []string{
	"Write a plain number", "Write a host name", "Write a positive number", "Write a decimal number", "Write the lines of three servers.", "Set ssl.", "Register its class", "Use a number",
}

var (
	settingInFix = regexp.MustCompile(`([A-Za-z0-9][A-Za-z0-9.-]*)=(\S*[^ ,.…])`)
	meantInFix   = regexp.MustCompile(`Did you mean ([^?]+)\?|Write (\S+) without the prefix`)
)

// TestFixesAreClean applies the fix of each finding of each file, and checks
// that the finding is gone and no other one has come. Fixes in prose must be of
// the rules that are listed for that.
func TestFixesAreClean(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/validate/*.cfg")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	applied := 0
	for _, file := range files {
		config, version := readValidateCase(t, file)
		before := Validate(config, version)
		for _, finding := range before {
			static, ok := applyFix(config.Static, finding)
			if !ok {
				if !slices.Contains(proseFixes, finding.Rule) && !slices.ContainsFunc(proseBeginnings, func(p string) bool { return strings.HasPrefix(finding.Fix, p) }) {
					t.Errorf("%s: the fix cannot be applied: %s", file, describe(finding))
				}
				continue
			}
			applied++
			fixed := config
			fixed.Static = static
			for _, after := range Validate(fixed, version) {
				if isNew := !slices.ContainsFunc(before, func(f Finding) bool { return f.Key == after.Key && f.Rule == after.Rule }); isNew {
					t.Errorf("%s: the fix of\n%s\nleads to\n%s", file, describe(finding), describe(after))
				}
				if after.Rule == finding.Rule && after.Key == finding.Key && after.Message == finding.Message {
					t.Errorf("%s: the fix of\n%s\nchanges nothing", file, describe(finding))
				}
			}
		}
	}
	if applied < 60 {
		t.Errorf("only %d fixes were applied: the texts no longer say what to write", applied)
	}
}

// applyFix does what the text of a fix says, where it can be read.
func applyFix(static zkconfig.Properties, f Finding) (zkconfig.Properties, bool) {
	static = slices.Clone(static)
	remove := func(key string) {
		static = slices.DeleteFunc(static, func(p zkconfig.Property) bool { return strings.TrimFunc(p.Key, zkconfig.IsJavaBlank) == key })
	}
	if f.Rule == Hierarchical && f.Fix == "Remove the weight lines." {
		return slices.DeleteFunc(static, func(p zkconfig.Property) bool { return strings.HasPrefix(p.Key, "weight") }), true
	}
	if f.File != StaticFile || slices.Contains(proseFixes, f.Rule) || strings.Contains(f.Fix, "=<") {
		return nil, false
	}
	if strings.HasPrefix(f.Fix, "Remove the line") || strings.HasPrefix(f.Fix, "Remove the words") {
		remove(f.Key)
		return static, true
	}
	if strings.HasPrefix(f.Fix, "Replace the line") {
		remove(f.Key)
	}
	if meant := meantInFix.FindStringSubmatch(f.Fix); meant != nil {
		for i := range static {
			if static[i].Key == f.Key {
				static[i].Key = meant[1] + meant[2]
			}
		}
		return static, true
	}
	settings := settingInFix.FindAllStringSubmatch(f.Fix, -1)
	if words, found := strings.CutPrefix(f.Fix, "Write "); found && len(settings) == 0 {
		word, _, _ := strings.Cut(strings.TrimSuffix(words, "."), " ")
		if word == "true" || word == "false" || word == "yes" || word == "no" || word == "need" || word == "participant" {
			settings = [][]string{{"", f.Key, word}}
		}
	}
	if f.Rule == OctalNumber {
		settings = [][]string{{"", f.Key, "100"}}
	}
	if least, found := strings.CutPrefix(f.Fix, "Write at least "); found {
		settings = [][]string{{"", f.Key, strings.TrimSuffix(least, ".")}}
	}
	for i, setting := range settings {
		if i > 0 && strings.Contains(f.Fix, " or "+setting[1]+"=") {
			break // one of the two ways is enough
		}
		remove(setting[1])
		static = append(static, zkconfig.Property{Key: setting[1], Value: setting[2], Line: 1000 + i})
	}
	return static, len(settings) > 0
}

// TestValidateIsLinear judges what somebody appended to a thousand times, and
// what has as many keys, in less time than a quadratic reader needs by far.
//
// It runs alone and counts the time of the processor, which other programs do
// not stretch.
func TestValidateIsLinear(t *testing.T) {
	const lines = 100_000
	for name, line := range map[string]func(i int) string{
		"the same key": func(int) string { return "snapCount=100000" },
		"unknown keys": func(i int) string {
			return "key" + zkconfig.FormatMyID(int64(i))[:len(zkconfig.FormatMyID(int64(i)))-1] + "=x"
		},
		"servers": func(i int) string {
			return zkconfig.Server{ID: int64(i), Role: zkconfig.Participant, Addresses: []zkconfig.Address{{Host: "host", QuorumPort: i % 60000, ElectionPort: 65000}}}.String()
		},
		"local servers": func(i int) string {
			return zkconfig.Server{ID: int64(i), Role: zkconfig.Observer, Addresses: []zkconfig.Address{{Host: "localhost", QuorumPort: 1, ElectionPort: 2 + i%60000}}}.String()
		},
		"weights": func(i int) string {
			return "weight." + zkconfig.FormatMyID(int64(i))[:len(zkconfig.FormatMyID(int64(i)))-1] + "=1"
		},
		"promising keys": func(i int) string {
			return "secure.auth" + zkconfig.FormatMyID(int64(i))[:len(zkconfig.FormatMyID(int64(i)))-1] + "=x"
		},
	} {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			for i := range lines {
				text.WriteString(line(i))
				text.WriteByte('\n')
			}
			properties, err := zkconfig.Parse(text.String())
			if err != nil {
				t.Fatal(err)
			}
			started := processorTime(t)
			Validate(Config{Static: properties}, zkconfig.Version{Major: 3, Minor: 9, Patch: 5})
			if took := processorTime(t) - started; took > 5*time.Second {
				t.Errorf("%d lines take %s", lines, took)
			} else {
				t.Logf("%s: %s", name, took)
			}
		})
	}
}

// processorTime is what this process has used so far.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
