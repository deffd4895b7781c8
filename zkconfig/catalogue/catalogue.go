package catalogue

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

// Definition is what is known about one property of the server.
type Definition struct {
	// Name is the key as zoo.cfg spells it. A name that ends in <N> or
	// <suffix>, and server.N, group.G and weight.N, stand for a family of keys.
	Name string `json:"name"`
	// Property is the Java system property that the server reads; empty when
	// it reads the key of zoo.cfg only.
	Property string `json:"property,omitempty"`
	Type     Type   `json:"type"`
	Unit     string `json:"unit,omitempty"`
	// Default is what holds when the key is missing, in words where it is no
	// fixed value.
	Default string `json:"default,omitempty"`
	Bounds  Bounds `json:"bounds,omitzero"`
	// Clamped says that the server corrects a number out of bounds instead of
	// breaking.
	Clamped bool     `json:"clamped,omitempty"`
	Allowed []string `json:"allowed,omitempty"`
	// Since holds the first release of each line that has the property; empty
	// when every line since 3.4 has it.
	Since []zkconfig.Version `json:"since,omitempty"`
	// Removed is the first release without the property; zero while it lives.
	Removed   zkconfig.Version `json:"removed,omitzero"`
	Source    Source           `json:"source"`
	Malformed Malformed        `json:"malformed"`
	Scope     Scope            `json:"scope"`
	Change    Need             `json:"change"`
	Owner     Owner            `json:"owner"`
	// Secret says that the value must not be shown.
	Secret bool `json:"secret,omitempty"`
	// Breaks is one sentence on what a bad value does.
	Breaks string `json:"breaks"`
}

// Type is what a value has to look like.
type Type string

// Types of values.
const (
	Boolean Type = "boolean"
	Integer Type = "integer" // 32 bits
	Long    Type = "long"    // 64 bits
	Decimal Type = "decimal"
	Word    Type = "word" // one of a few
	List    Type = "list" // separated by commas
	Path    Type = "path"
	Class   Type = "class" // a full Java class name
	Text    Type = "text"
)

// Bounds limits a number; a nil end is open.
type Bounds struct {
	Min *int64 `json:"min,omitempty"`
	Max *int64 `json:"max,omitempty"`
}

func atLeast(least int64) Bounds           { return Bounds{Min: &least} }
func between(least, greatest int64) Bounds { return Bounds{Min: &least, Max: &greatest} }

// Source is how a value reaches the server.
type Source string

// A key that ZooKeeper does not name becomes the system property "zookeeper."
// and the key, so nearly every property can be set in zoo.cfg, whatever the
// manual says. The exceptions lack that prefix.
const (
	ZooCfg      Source = "zoo.cfg"                // the server knows the key
	PassThrough Source = "zoo.cfg or -D"          // the key becomes a system property
	CommandLine Source = "-D on the command line" // the key in zoo.cfg does nothing
)

// Malformed is what the server does with a value that is not of the type.
type Malformed string

// Most properties do not stop the server when they are malformed, which is how
// a mistake stays unnoticed.
const (
	Unchecked           Malformed = "unchecked"
	Refused             Malformed = "the server exits with code 2"
	Fails               Malformed = "the server fails later"
	MeansDefault        Malformed = "the default holds silently"
	MeansDefaultDecimal Malformed = "the default holds" // and numbers are always decimal
	MeansFalse          Malformed = "it means false"
	MeansTrue           Malformed = "it means true"
	Ignored             Malformed = "it is ignored"
)

// Scope is the part of the server that a property concerns.
type Scope string

// Parts of a server.
const (
	ScopeQuorum  Scope = "quorum"
	ScopeServer  Scope = "server"
	ScopeClients Scope = "clients"
	ScopeTLS     Scope = "tls"
	ScopeAuth    Scope = "auth"
	ScopeAdmin   Scope = "admin"
	ScopeMetrics Scope = "metrics"
	ScopeJVM     Scope = "jvm"
)

// Owner is who sets a property in an ensemble that the operator looks after.
type Owner string

// Owners of properties.
const (
	User     Owner = "user"
	Operator Owner = "operator"
	Nobody   Owner = "nobody" // it must not be set at all
)

// Need is what it takes to change a property of a running ensemble.
type Need string

// Needs, from the cheapest to the one that cannot be met.
const (
	Nothing  Need = "nothing"
	Reconfig Need = "reconfig"
	Restart  Need = "rolling restart"
	Never    Need = "never in place"
)

// Exceeds reports whether a need is harder to meet than another one.
func (n Need) Exceeds(other Need) bool {
	ranks := []Need{Nothing, Reconfig, Restart, Never}
	return slices.Index(ranks, n) > slices.Index(ranks, other)
}

// releases are those of a table, which holds versions that there are.
func releases(texts ...string) []zkconfig.Version {
	versions := make([]zkconfig.Version, 0, len(texts))
	for _, text := range texts {
		versions = append(versions, release(text))
	}
	return versions
}

func release(text string) zkconfig.Version {
	version, err := zkconfig.ParseVersion(text)
	if err != nil {
		panic(err)
	}
	return version
}

// KnownIn reports whether the server of that version reads the property.
func (d *Definition) KnownIn(v zkconfig.Version) bool {
	return v.HasSince(d.Since) && !d.RemovedIn(v)
}

// ParseNumber reads a number as the server reads this property, and tells whether
// it was octal.
func (d *Definition) ParseNumber(value string) (number int64, octal bool, err error) {
	bits := 32
	if d.Type == Long {
		bits = 64
	}
	if d.Malformed == MeansDefault {
		return zkconfig.DecodeNumber(value, bits)
	}
	number, err = strconv.ParseInt(value, 10, bits)
	return number, false, err
}

// RemovedIn reports whether the property was dropped before or with v.
func (d *Definition) RemovedIn(v zkconfig.Version) bool {
	return d.Removed != zkconfig.Version{} && !v.Before(d.Removed)
}

// everything holds every definition, completed and by name.
var everything = sync.OnceValue(func() index {
	all := index{byName: map[string]*Definition{}}
	for _, part := range []struct {
		scope       Scope
		definitions []Definition
	}{
		{ScopeQuorum, quorumProperties},
		{ScopeServer, serverProperties},
		{ScopeClients, clientProperties},
		{ScopeTLS, tlsProperties},
		{ScopeAuth, authProperties},
		{ScopeAdmin, adminProperties},
		{ScopeMetrics, metricsProperties},
		{ScopeJVM, jvmProperties},
	} {
		for i := range part.definitions {
			definition := &part.definitions[i]
			definition.Scope = part.scope
			definition.complete()
			all.all = append(all.all, definition)
			all.byName[definition.Name] = definition
		}
	}
	return all
})

type index struct {
	all    []*Definition
	byName map[string]*Definition
}

// complete fills in what the tables leave out because it is the rule.
func (d *Definition) complete() {
	if d.Source == "" {
		d.Source = PassThrough
	}
	if d.Source == PassThrough && d.Property == "" {
		d.Property = PropertyPrefix + d.Name
	}
	if d.Malformed == "" {
		d.Malformed = Unchecked
	}
	if d.Change == "" {
		d.Change = Restart
	}
	if d.Owner == "" {
		d.Owner = User
	}
}

// PropertyPrefix is what the server puts before keys that it does not know.
const PropertyPrefix = "zookeeper."

// All returns every definition, sorted by name.
func All() []Definition {
	all := everything().all
	definitions := make([]Definition, 0, len(all))
	for _, definition := range all {
		definitions = append(definitions, *definition)
	}
	slices.SortFunc(definitions, func(a, b Definition) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return definitions
}

// Lookup returns the definition of a key of zoo.cfg. The keys of a family, such
// as server.1, share one.
func Lookup(key string) (Definition, bool) {
	definition := Find(key)
	if definition == nil {
		return Definition{}, false
	}
	return *definition, true
}

// families maps the beginning of a key to the name of its family.
var families = []struct{ prefix, name string }{
	{syntax.ServerPrefix, "server.N"},
	{"group", "group.G"},
	{"weight", "weight.N"},
	{"authProvider.", "authProvider.<N>"},
	{"superUser.", "superUser.<suffix>"},
}

// Find is [Lookup] without a copy: nobody may change what it returns, nil where no
// server knows the key.
func Find(key string) *Definition {
	byName := everything().byName
	if definition, ok := byName[key]; ok {
		return definition
	}
	for _, family := range families {
		if strings.HasPrefix(key, family.prefix) && len(key) > len(family.prefix) {
			return byName[family.name]
		}
	}
	return nil
}
