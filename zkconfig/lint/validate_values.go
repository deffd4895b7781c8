package lint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

// checkValues judges each line of zoo.cfg alone.
func (c checker) checkValues() {
	for i := range c.static {
		e := &c.static[i]
		if c.judged(e.Key) || strings.HasPrefix(e.Key, syntax.ServerPrefix) || e.Key == syntax.VersionKey || syntax.IsHierarchical(e.Key) {
			continue
		}
		if e.definition == nil {
			c.checkUnknown(e)
			continue
		}
		if c.isEffective(e) {
			c.checkValue(e)
		}
	}
}

// checkUnknown judges a key that nothing in the server reads.
func (c checker) checkUnknown(e *entry) {
	if strings.HasPrefix(e.Key, "metricsProvider.") {
		c.checkUnknownMetric(e)
		return
	}
	bare, prefixed := strings.CutPrefix(e.Key, catalogue.PropertyPrefix)
	if prefixed && catalogue.Find(bare) != nil {
		c.wrong(WrongPrefix, e.Key,
			fmt.Sprintf("The server puts the prefix before the key once more and sets %s%s, which nothing reads.", catalogue.PropertyPrefix, e.Key),
			c.instead(bare, fmt.Sprintf("Write %s without the prefix.", bare)))
		return
	}
	nearest := catalogue.Nearest(e.Key)
	if c.checkNoProtection(e, bare, nearest) {
		return
	}
	finding := Finding{
		Rule: UnknownKey, Severity: Warning, File: StaticFile, Line: e.Line, Key: e.Key, Nearest: nearest,
		Message: fmt.Sprintf("ZooKeeper has no such property. It accepts the line, sets the system property %s%s, and nothing reads it.", catalogue.PropertyPrefix, e.Key),
		Fix:     "Remove the line, unless a plugin of yours reads the property.",
	}
	if nearest != "" {
		finding.Severity = Error
		finding.Fix = c.instead(nearest, fmt.Sprintf("Did you mean %s?", nearest))
	}
	c.report(finding)
}

// instead returns how to say what another key means with the one that the server
// knows: otherwise where that one does nothing either, or stands there already.
func (c checker) instead(key, otherwise string) string {
	d := catalogue.Find(key)
	if c.meant == nil {
		c.meant = map[string]bool{}
	}
	switch other, stands := c.get(key); {
	case stands:
		return fmt.Sprintf("Remove the line: %s stands in line %d.", key, other.Line)
	case c.meant[key]:
		return fmt.Sprintf("Remove the line: another one stands for %s already.", key)
	case d.Source == catalogue.CommandLine:
		return fmt.Sprintf("Remove the line and pass -D%s=… to the JVM on every member.", d.Property)
	case d.Owner == catalogue.Nobody || !d.KnownIn(c.version):
		return "Remove the line."
	default:
		c.meant[key] = true
		return otherwise
	}
}

// checkUnknownMetric judges a key that the server hands to the metrics provider.
func (c checker) checkUnknownMetric(e *entry) {
	nearest := catalogue.Nearest(e.Key)
	fix := "Remove the line, unless the provider is yours."
	if nearest != "" {
		fix = fmt.Sprintf("Did you mean %s?", nearest)
	}
	c.report(Finding{
		Rule: UnknownKey, Severity: Warning, File: StaticFile, Line: e.Line, Key: e.Key, Nearest: nearest,
		Message: "No metrics provider of ZooKeeper reads the key.", Fix: fix,
	})
}

// isEffective reports whether the server of this version reads the key at
// all, and says so when it does not.
func (c checker) isEffective(e *entry) bool {
	d := e.definition
	switch {
	case d.Source == catalogue.CommandLine:
		c.wrong(NoEffect, e.Key,
			fmt.Sprintf("The server reads the system property %s, which zoo.cfg cannot set; the line has no effect.", d.Property),
			fmt.Sprintf("Pass -D%s=… to the JVM on every member.", d.Property))
	case d.RemovedIn(c.version):
		c.risky(RemovedKey, e.Key, fmt.Sprintf("ZooKeeper %s does not read it any more; it is gone since %s.", c.version, d.Removed), "Remove the line.")
	case !d.KnownIn(c.version):
		c.wrong(NotYet, e.Key,
			fmt.Sprintf("ZooKeeper %s does not know the property and ignores the line; it came with %s.", c.version, sinceText(d.Since)),
			"Remove the line, or upgrade.")
	default:
		return true
	}
	return false
}

func sinceText(releases []zkconfig.Version) string {
	texts := make([]string, 0, len(releases))
	for _, release := range releases {
		texts = append(texts, release.String())
	}
	return strings.Join(texts, " and ")
}

func (c checker) checkValue(e *entry) {
	d := e.definition
	if d.Owner == catalogue.Nobody {
		c.wrong(TestingOnly, e.Key, d.Breaks, "Remove the line.")
		return
	}
	if d.Secret && e.Value != "" {
		c.risky(PlaintextSecret, e.Key, "The secret stands in plain text in zoo.cfg, and the admin server shows it to everyone who reaches it.", secretFix(d, c.version))
	}
	if c.hasInlineComment(e) || c.hasQuotes(e) {
		return
	}
	switch d.Type {
	case catalogue.Boolean:
		c.checkBoolean(e)
	case catalogue.Integer, catalogue.Long, catalogue.Decimal:
		c.checkNumber(e)
	case catalogue.Word:
		c.checkWord(e)
	case catalogue.Path:
		c.checkPath(e)
	case catalogue.List:
		c.checkList(e)
	case catalogue.Class:
		c.checkClass(e)
	case catalogue.Text:
		// any text will do
	}
}

func secretFix(d *catalogue.Definition, v zkconfig.Version) string {
	pathKey := d.Name + "Path"
	if definition := catalogue.Find(pathKey); definition != nil && definition.KnownIn(v) {
		return fmt.Sprintf("Put it into a file and name that with %s.", pathKey)
	}
	return "Keep zoo.cfg readable for the server only, and the admin server off or on the loopback address."
}

// hasInlineComment reports a comment behind a value that the server does not
// refuse anyway.
func (c checker) hasInlineComment(e *entry) bool {
	before, _, found := strings.Cut(strings.ReplaceAll(e.Value, "\t", " "), " #")
	if !found || e.definition.Secret {
		return false
	}
	c.wrong(InlineComment, e.Key,
		fmt.Sprintf("The comment is part of the value %s: a # starts a comment only at the beginning of a line.", quoted(e)),
		fmt.Sprintf("Write %s=%s and put the comment on a line of its own.", e.Key, meantClass(e.definition, strings.TrimSpace(before))))
	return true
}

// hasQuotes reports quotes around a value that the server does not refuse anyway.
func (c checker) hasQuotes(e *entry) bool {
	bare, quotes := unquoted(e.Value)
	if !quotes || e.definition.Secret {
		return false
	}
	c.wrong(QuotedValue, e.Key, fmt.Sprintf("The quotes are part of the value %s.", e.Value), fmt.Sprintf("Write %s=%s, without quotes.", e.Key, meantClass(e.definition, bare)))
	return true
}

func (c checker) checkBoolean(e *entry) {
	if strings.EqualFold(e.Value, "true") || strings.EqualFold(e.Value, "false") {
		if e.definition.Malformed == catalogue.MeansTrue && e.Value != "true" && e.Value != "false" {
			c.wrong(MalformedValue, e.Key, fmt.Sprintf("Only the lower-case word false counts; %s means true.", quoted(e)), "Write false.")
		}
		return
	}
	meaning := "false"
	if e.definition.Malformed == catalogue.MeansTrue {
		meaning = "true"
	}
	c.wrong(MalformedValue, e.Key, fmt.Sprintf("%s is neither true nor false and silently means %s.", quoted(e), meaning), "Write true or false.")
}

func (c checker) checkNumber(e *entry) {
	d := e.definition
	if d.Type == catalogue.Decimal {
		if _, err := strconv.ParseFloat(e.Value, 64); err != nil {
			c.malformedNumber(e)
		}
		return
	}
	number, octal, err := d.ParseNumber(e.Value)
	switch {
	case err != nil:
		c.malformedNumber(e)
	case octal:
		c.wrong(OctalNumber, e.Key, fmt.Sprintf("The leading zero makes %s octal, that is %d.", e.Value, number), "Remove the leading zero.")
	default:
		c.checkBounds(e, number)
	}
}

func (c checker) malformedNumber(e *entry) {
	d := e.definition
	if d.Malformed == catalogue.Fails {
		c.wrong(MalformedValue, e.Key, fmt.Sprintf("%s is no number; the server takes the line and fails later.", quoted(e)), repair(e))
		return
	}
	c.wrong(MalformedValue, e.Key, fmt.Sprintf("%s is no number, and the server silently uses the default, %s.", quoted(e), d.Default), repair(e))
}

func (c checker) checkBounds(e *entry, number int64) {
	d := e.definition
	var limit string
	switch {
	case d.Bounds.Min != nil && number < *d.Bounds.Min:
		limit = fmt.Sprintf("below the smallest value, %d", *d.Bounds.Min)
	case d.Bounds.Max != nil && number > *d.Bounds.Max:
		limit = fmt.Sprintf("above the largest value, %d", *d.Bounds.Max)
	default:
		return
	}
	message := fmt.Sprintf("%d is %s. %s", number, limit, d.Breaks)
	fix := "Remove the line to use the default, " + d.Default + "."
	if d.Clamped {
		c.risky(OutOfBounds, e.Key, message, fix)
		return
	}
	c.wrong(OutOfBounds, e.Key, message, fix)
}

func (c checker) checkWord(e *entry) {
	d := e.definition
	if slices.Contains(d.Allowed, e.Value) || e.Value == "" {
		return
	}
	exact := d.Malformed == catalogue.Ignored
	if !exact && slices.ContainsFunc(d.Allowed, func(word string) bool { return strings.EqualFold(word, e.Value) }) {
		return
	}
	others := slices.DeleteFunc(slices.Clone(d.Allowed), func(word string) bool { return word == d.Default })
	words := strings.Join(d.Allowed, " or ")
	fix := "Write " + strings.Join(append([]string{d.Default}, others...), " or ") + "."
	if len(others) == len(d.Allowed) {
		fix = "Write " + words + "."
	}
	message := fmt.Sprintf("%s is not one of the allowed words. %s", quoted(e), d.Breaks)
	if exact {
		message = fmt.Sprintf("%s is ignored and means %s, the default: the server knows the words %s only, in lower case.", quoted(e), d.Default, words)
	}
	c.wrong(OutOfBounds, e.Key, message, fix)
}

func (c checker) checkPath(e *entry) {
	isDrive := len(e.Value) > 2 && e.Value[1] == ':' && e.Value[2] != '\\' && e.Value[2] != '/'
	if isDrive || strings.ContainsFunc(e.Value, func(r rune) bool { return r < ' ' }) {
		c.wrong(LostBackslash, e.Key, fmt.Sprintf("Backslashes are escapes, and the path reads %s.", quoted(e)), "Write / or two backslashes instead of each one.")
	}
}

// listsWithoutTrimming are cut at commas and not trimmed by the server.
func isUntrimmedList(key string) bool {
	return strings.HasSuffix(key, ".enabledProtocols") || strings.HasSuffix(key, ".ciphersuites")
}

func (c checker) checkList(e *entry) {
	if isUntrimmedList(e.Key) && strings.Contains(e.Value, " ") {
		c.wrong(MalformedValue, e.Key, "Blanks become part of the names in the list, and names with blanks are refused at every handshake.",
			fmt.Sprintf("Write %s=%s", e.Key, strings.ReplaceAll(e.Value, " ", "")))
	}
}
