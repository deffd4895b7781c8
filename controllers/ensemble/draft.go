package ensemble

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// draft is what is sent to the API server of an object: a copy of what the object
// should be, completed by what holds for this one write. The answer is read into it,
// and what was observed stays as it is.
type draft struct {
	desired  runtime.ApplyConfiguration
	only     func(version string, id types.UID) // lets it be applied to this object only
	annotate func(key, value string)
}

// configuration is an apply configuration of any kind.
type configuration[E, T any] interface {
	*E
	runtime.ApplyConfiguration
	WithResourceVersion(version string) T
	WithUID(id types.UID) T
	WithAnnotations(annotations map[string]string) T
}

// draftOf makes a draft of a configuration that nobody else refers to.
func draftOf[E any, T configuration[E, T]](desired T) *draft {
	return &draft{
		desired: desired,
		only: func(version string, id types.UID) {
			if desired.WithResourceVersion(version); id != "" {
				desired.WithUID(id)
			}
		},
		annotate: func(key, value string) { desired.WithAnnotations(map[string]string{key: value}) },
	}
}

// copyOf copies a configuration, which is nothing but what is written of it.
func copyOf[E any, T configuration[E, T]](of T) (T, error) {
	text, err := json.Marshal(of)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", of, err)
	}
	copied := T(new(E))
	if err := json.Unmarshal(text, copied); err != nil {
		return nil, fmt.Errorf("decode %T: %w", of, err)
	}
	return copied, nil
}
