package ensemble

import (
	"encoding/binary"
	"go/parser"
	"go/token"
	"hash"
	"hash/fnv"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// The files that say what a report says import neither a client nor a context: a
// report is made of what was observed, decided and done, and asks nobody.
func TestAReportAsksNobody(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"status.go", "activity.go", "tolerance.go", "outcome.go", "why.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains([]string{"context", "net", "sigs.k8s.io/controller-runtime/pkg/client"}, path) {
				t.Errorf("%s imports %s", file, path)
			}
		}
	}
}

// fingerprints are hashes of all that an observation holds and points to, by field.
func fingerprints(seen *observed) map[string]uint64 {
	of := map[string]uint64{}
	for _, part := range []reflect.Value{reflect.ValueOf(seen).Elem(), reflect.ValueOf(seen.facts)} {
		for i := range part.NumField() {
			sum := fingerprint{fnv.New64a(), map[uintptr]bool{}}
			sum.add(part.Field(i))
			of[part.Type().Name()+"."+part.Type().Field(i).Name] = sum.hash.Sum64()
		}
	}
	return of
}

// fingerprint hashes values, and what they point to once.
type fingerprint struct {
	hash hash.Hash64
	seen map[uintptr]bool
}

func (f *fingerprint) add(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		f.follow(v)
	case reflect.Struct:
		f.addFields(v)
	case reflect.Slice, reflect.Array:
		if v.Type() == reflect.TypeFor[[]byte]() {
			f.text(string(v.Bytes()))
			return
		}
		f.number(uint64(v.Len()))
		for i := range v.Len() {
			f.add(v.Index(i))
		}
	case reflect.Map:
		f.addMap(v)
	case reflect.String:
		f.text(v.String())
	case reflect.Bool:
		f.text(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		f.number(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		f.number(v.Uint())
	case reflect.Float32, reflect.Float64:
		f.text(strconv.FormatFloat(v.Float(), 'g', -1, 64))
	default: // functions and channels hold nothing that is observed
	}
}

func (f *fingerprint) follow(v reflect.Value) {
	if v.IsNil() {
		f.text("nil")
		return
	}
	if v.Kind() == reflect.Pointer {
		if f.seen[v.Pointer()] || v.Type() == reflect.TypeFor[*time.Location]() {
			return
		}
		f.seen[v.Pointer()] = true
	}
	f.text(v.Elem().Type().String())
	f.add(v.Elem())
}

// addFields adds a struct, but for what a quantity keeps of how it was written last.
func (f *fingerprint) addFields(v reflect.Value) {
	for i := range v.NumField() {
		if v.Type() != reflect.TypeFor[resource.Quantity]() || v.Type().Field(i).Name != "s" {
			f.add(v.Field(i))
		}
	}
}

// addMap adds a map by its keys, which are strings in everything that is observed.
func (f *fingerprint) addMap(v reflect.Value) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	f.number(uint64(len(keys)))
	for _, key := range keys {
		f.add(key)
		f.add(v.MapIndex(key))
	}
}

func (f *fingerprint) text(s string) {
	f.number(uint64(len(s)))
	_, _ = f.hash.Write([]byte(s))
}

func (f *fingerprint) number(n uint64) {
	_, _ = f.hash.Write(binary.BigEndian.AppendUint64(nil, n))
}
