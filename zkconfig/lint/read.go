package lint

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

// Read reads a configuration as the server of that version does. The findings
// are the mistakes that stop the server, each with Stops set, and those in
// server lines that it tolerates; [Validate] returns these and all others.
func Read(config Config, version zkconfig.Version) (Settings, []Finding) {
	r := newReader(config, version)
	return r.settings, r.findings
}

// reader collects what the server would hold and what would stop it.
type reader struct {
	config  Config
	version zkconfig.Version
	static  []entry
	// index holds the place of each key in static.
	index    map[string]int
	settings Settings
	findings []Finding
	// wrongKeys holds the keys that already have an error, true where it stops the
	// server.
	wrongKeys map[string]bool
	// meant holds the keys that an unknown one of the file most likely stands for.
	meant map[string]bool
	// members holds where each server of the membership was read.
	members []memberLine
	// ownClass says that zoo.cfg names a class that does not come with ZooKeeper.
	ownClass bool
	// hierarchy holds groups and weights; nil without any.
	hierarchy *hierarchy
}

// entry is an effective line of zoo.cfg: trimmed, not overridden by a later
// one. The definition is nil for unknown keys.
type entry struct {
	zkconfig.Property
	definition *catalogue.Definition
	// earlier are the lines that this one overrides, and differs says that one of
	// them holds another value.
	earlier []int
	differs bool
}

type memberLine struct {
	server zkconfig.Server
	file   File
	line   int
}

func newReader(config Config, version zkconfig.Version) *reader {
	r := &reader{config: config, version: version, settings: defaultSettings()}
	if value, ok := config.JVM["zookeeper.multiAddress.enabled"]; ok {
		r.settings.MultiAddress = strings.EqualFold(value, "true")
	}
	r.static, r.index = make([]entry, 0, len(config.Static)), make(map[string]int, len(config.Static))
	for _, property := range config.Static {
		r.addStatic(property)
	}
	r.reportRepeated()
	for i := range r.static {
		e := &r.static[i]
		r.ownClass = r.ownClass || e.definition != nil && e.definition.Type == catalogue.Class && !slices.Contains(shippedClasses, e.Value)
		r.readStatic(e)
	}
	r.resolve()
	r.readMembership()
	r.readMyID()
	r.matchOwnLine()
	r.requireLimits()
	return r
}

// addStatic lets a later line win over an earlier one with the same key.
func (r *reader) addStatic(property zkconfig.Property) {
	property.Key = strings.TrimFunc(property.Key, zkconfig.IsJavaBlank)
	if !strings.HasPrefix(property.Key, syntax.ServerPrefix) && !syntax.IsHierarchical(property.Key) {
		property.Value = strings.TrimFunc(property.Value, zkconfig.IsJavaBlank)
	}
	if i, repeated := r.index[property.Key]; repeated {
		e := &r.static[i]
		e.differs = e.differs || e.Value != property.Value
		e.earlier = append(e.earlier, e.Line)
		e.Property = property
		return
	}
	r.index[property.Key] = len(r.static)
	r.static = append(r.static, entry{Property: property, definition: catalogue.Find(property.Key)})
}

func (r *reader) readStatic(e *entry) {
	if metric, ok := strings.CutPrefix(e.Key, "metricsProvider."); ok && metric != "className" {
		r.settings.Metrics = append(r.settings.Metrics, zkconfig.Property{Key: metric, Value: e.Value, Line: e.Line})
		return
	}
	set, explicit := explicitKeys[e.Key]
	if !explicit || !e.definition.KnownIn(r.version) {
		r.passOn(e)
		return
	}
	problem := set(&r.settings, e.Value)
	switch {
	case problem == "":
	case e.definition.Type == catalogue.Boolean && r.isLenient(e.Key):
		r.report(Finding{
			Rule: MalformedValue, Severity: Error, File: StaticFile, Line: e.Line, Key: e.Key,
			Message: fmt.Sprintf("%s is neither true nor false and silently means false.", quoted(e)), Fix: repair(e),
		})
	default:
		r.stop(MalformedValue, StaticFile, e.Line, e.Key,
			fmt.Sprintf("%s %s, and the server exits with code 2.", quoted(e), problem), repair(e))
	}
}

// isLenient reports whether the version takes every word for a boolean: all but
// two keys are read strictly only since 3.7.
func (r *reader) isLenient(key string) bool {
	return r.version.Before(zkconfig.Version{Major: 3, Minor: 7}) && key != "standaloneEnabled" && key != "reconfigEnabled"
}

// passOn keeps what becomes a system property. Membership lines beside a
// membership file stop the server instead.
func (r *reader) passOn(e *entry) {
	isMembership := strings.HasPrefix(e.Key, syntax.ServerPrefix) || syntax.IsHierarchical(e.Key)
	if isMembership && r.has("dynamicConfigFile") {
		r.stop(DynamicMembership, StaticFile, e.Line, e.Key,
			"The line stands in zoo.cfg although dynamicConfigFile is set, and the server exits with code 2.",
			"Move the line into the file that dynamicConfigFile names, or remove dynamicConfigFile.")
		return
	}
	property := e.Property
	property.Value = strings.TrimFunc(property.Value, zkconfig.IsJavaBlank)
	if r.settings.SystemProperties == nil {
		r.settings.SystemProperties = make(zkconfig.Properties, 0, len(r.static))
	}
	r.settings.SystemProperties = append(r.settings.SystemProperties, property)
}

// system returns a system property as the server sees it after the parse:
// zoo.cfg overrides -D.
func (r *reader) system(key string) (string, bool) {
	if value, ok := r.settings.SystemProperties.Get(key); ok {
		return value, true
	}
	if len(r.config.JVM) == 0 {
		return "", false
	}
	value, ok := r.config.JVM[catalogue.PropertyPrefix+key]
	return value, ok
}

// get returns the effective line of a key in zoo.cfg.
func (r *reader) get(key string) (*entry, bool) {
	i, ok := r.index[key]
	if !ok {
		return nil, false
	}
	return &r.static[i], true
}

func (r *reader) readMyID() {
	if r.config.MyID == nil {
		return
	}
	id, err := zkconfig.ParseMyID(*r.config.MyID)
	if err != nil {
		r.stop(ServerID, MyIDFile, 1, "", capitalized(err.Error())+", and the server exits with code 2.",
			"Write the number alone, as in: echo 1 > myid")
		return
	}
	r.settings.ServerID = id
	if id == unsetID && r.settings.Distributed() && !r.unknownMembership() {
		r.stop(ServerID, MyIDFile, 1, "", "The id -1 counts as a missing myid, and the server exits with code 2.", "Number the servers from 1.")
	}
}

// unsetID is what the server takes for no id.
const unsetID = -1

// unknownMembership reports whether the membership is in a file that was not
// given.
func (r *reader) unknownMembership() bool {
	return r.settings.DynamicConfig != "" && r.config.Dynamic == nil
}

func (r *reader) has(key string) bool {
	_, ok := r.get(key)
	return ok
}

// line returns where a key stands, 0 when it does not.
func (r *reader) line(key string) int {
	if e, ok := r.get(key); ok {
		return e.Line
	}
	return 0
}

// judged reports whether a key already has an error, so that a second finding
// would only repeat it.
func (r *reader) judged(key string) bool {
	_, judged := r.wrongKeys[key]
	return judged
}

// stopped reports whether a key already has an error that stops the server.
func (r *reader) stopped(key string) bool { return r.wrongKeys[key] }

func (r *reader) report(f Finding) {
	r.findings = append(r.findings, f)
	if f.Severity == Error {
		if r.wrongKeys == nil {
			r.wrongKeys = map[string]bool{}
		}
		r.wrongKeys[f.Key] = r.wrongKeys[f.Key] || f.Stops
	}
}

func (r *reader) stop(rule Rule, file File, line int, key, message, fix string) {
	r.report(Finding{Rule: rule, Severity: Error, File: file, Line: line, Key: key, Message: message, Fix: fix, Stops: true})
}

func (r *reader) warn(rule Rule, file File, line int, key, message, fix string) {
	r.report(Finding{Rule: rule, Severity: Warning, File: file, Line: line, Key: key, Message: message, Fix: fix})
}

// quoted shows a value in a message, unless it is a secret.
func quoted(e *entry) string {
	if e.definition != nil && e.definition.Secret {
		return "The value"
	}
	return strconv.Quote(e.Value)
}

// repair says what to write instead of a malformed value.
func repair(e *entry) string {
	if bare, quotes := unquoted(e.Value); quotes {
		return fmt.Sprintf("Write %s=%s, without quotes.", e.Key, bare)
	}
	if before, _, found := strings.Cut(e.Value, "#"); found {
		return fmt.Sprintf("A comment needs a line of its own: %s=%s", e.Key, strings.TrimSpace(before))
	}
	switch e.definition.Type {
	case catalogue.Boolean:
		return "Write true or false."
	case catalogue.Integer, catalogue.Long:
		if e.definition.Unit != "" {
			return fmt.Sprintf("Write a plain number of %s, without a unit.", e.definition.Unit)
		}
		return "Write a plain number."
	case catalogue.Decimal:
		return "Write a decimal number."
	case catalogue.Word:
		return "Write " + strings.Join(e.definition.Allowed, " or ") + "."
	default:
		return ""
	}
}

func capitalized(s string) string {
	return strings.ToUpper(s[:1]) + s[1:]
}

func isTolerated(err error) bool {
	var t syntax.Tolerated
	return errors.As(err, &t)
}
