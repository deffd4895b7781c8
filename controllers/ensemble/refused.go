package ensemble

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// refusals are what was refused of the writes of a pass, each told for itself.
type refusals []error

// Error tells all of them in one line.
func (all refusals) Error() string {
	words := make([]string, 0, len(all))
	for _, err := range all {
		words = append(words, err.Error())
	}
	return strings.Join(words, "; ")
}

// Unwrap returns each of them.
func (all refusals) Unwrap() []error { return all }

// together makes one error of several, and none of none.
func together(errs ...error) error {
	var all refusals
	for _, err := range errs {
		var several refusals
		switch {
		case errors.As(err, &several):
			all = append(all, several...)
		case err != nil:
			all = append(all, err)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// refusedIn is what remains of an error without everything that only has to be
// looked at again, nil where nothing does.
func refusedIn(err error) error {
	var all, remains refusals
	if !errors.As(err, &all) {
		all = refusals{err}
	}
	for _, err := range all {
		again := errors.Is(err, errNamespaceGoing) && errors.Is(remains, errNamespaceGoing)
		if err != nil && !lookAgain(err) && !again {
			remains = append(remains, err)
		}
	}
	return together(remains...)
}

// refusedFor names the object that a write was about: the API server's own words
// do not always.
func refusedFor(kind, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case namespaceGoes(err):
		return errNamespaceGoing // whatever it was
	default:
		return fmt.Errorf("%s %s: %w", kind, name, err)
	}
}

// kindName is the kind of an object, as people call it.
func kindName(o runtime.Object) string { return reflect.TypeOf(o).Elem().Name() }

// called is the kind and name of an object that is to be applied.
func called(desired runtime.ApplyConfiguration) (kind, name string) {
	named, ok := desired.(interface {
		GetKind() *string
		GetName() *string
	})
	if !ok {
		return fmt.Sprintf("%T", desired), ""
	}
	return *named.GetKind(), *named.GetName()
}
