package lint

import (
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
)

// Validate reads a configuration as the server of that version does and
// returns what is wrong with it, in the order of the files.
//
// What is not given is not judged: without the membership file nothing is said
// about the members, and without myid nothing about the own server line.
//
// A file that is a template, or of another encoding, has that one finding: what
// its lines mean is not known before.
func Validate(config Config, version zkconfig.Version) []Finding {
	if finding, found := wholeFile(config); found {
		return []Finding{finding}
	}
	if marked, found := byteOrderMark(config, version); found {
		return append([]Finding{marked}, Validate(withoutMark(config), version)...)
	}
	c := newChecker(config, version)
	c.checkValues()
	c.checkTiming()
	c.checkClients()
	c.checkStorage()
	c.checkMembers()
	c.checkHierarchy()
	c.checkFeatures()
	c.checkTLS()
	c.checkAccess()
	c.checkAbsent()
	c.dropMisspelled()
	sortFindings(c.findings)
	return c.findings
}

// dropMisspelled drops what is said about missing keys that stand in the file
// under another name: the misspelled line is the cause, and stops the server if
// the missing key does.
func (c checker) dropMisspelled() {
	if len(c.meant) == 0 {
		return
	}
	stops := map[string]bool{}
	c.findings = slices.DeleteFunc(c.findings, func(f Finding) bool {
		misspelled := f.Line == 0 && f.File == StaticFile && c.meant[f.Key]
		if misspelled {
			stops[f.Key] = f.Stops
		}
		return misspelled
	})
	for i := range c.findings {
		f := &c.findings[i]
		f.Stops = f.Stops || stops[f.Nearest] || f.Rule == WrongPrefix && stops[strings.TrimPrefix(f.Key, catalogue.PropertyPrefix)]
	}
}

// checker adds findings to those that the reader made.
type checker struct {
	*reader
}

func newChecker(config Config, version zkconfig.Version) checker {
	return checker{newReader(config, version)}
}

// wrong reports an error about a key of zoo.cfg, set or missing.
func (c checker) wrong(rule Rule, key, message, fix string) {
	c.report(Finding{Rule: rule, Severity: Error, File: StaticFile, Line: c.line(key), Key: key, Message: message, Fix: fix})
}

// risky reports a warning about a key of zoo.cfg, set or missing.
func (c checker) risky(rule Rule, key, message, fix string) {
	c.warn(rule, StaticFile, c.line(key), key, message, fix)
}

// value returns the trimmed value of a system property that zoo.cfg or the
// command line sets, "" when neither does.
func (c checker) value(key string) string {
	value, _ := c.system(key)
	return value
}

// on reports whether a passed-on boolean is set to true.
func (c checker) on(key string) bool {
	value := c.value(key)
	return len(value) == 4 && strings.EqualFold(value, "true")
}

// off reports whether a passed-on boolean that is true by default is not.
func (c checker) off(key string) bool {
	value, ok := c.system(key)
	return ok && !strings.EqualFold(value, "true")
}

// knows reports whether the version has a property.
func (c checker) knows(key string) bool {
	definition := catalogue.Find(key)
	return definition != nil && definition.KnownIn(c.version)
}
