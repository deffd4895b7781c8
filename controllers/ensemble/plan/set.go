package plan

import (
	"iter"
	"math/bits"
)

// Set is a set of ordinals from 0 to 63, more than a group can have.
type Set uint64

// SetOf returns the set of the given ordinals.
func SetOf(ordinals ...int32) Set {
	var s Set
	for _, ordinal := range ordinals {
		s = s.With(ordinal)
	}
	return s
}

// UpTo is the set of the ordinals below n.
func UpTo(n int32) Set { return ^from(n) }

// from is the set of the ordinals from n on.
func from(n int32) Set { return ^Set(0) << max(n, 0) }

// With returns the set with an ordinal added. Ordinals that no set can hold are
// left out.
func (s Set) With(ordinal int32) Set {
	if ordinal < 0 {
		return s
	}
	return s | 1<<ordinal
}

// Has reports whether an ordinal is in the set.
func (s Set) Has(ordinal int32) bool { return ordinal >= 0 && s>>ordinal&1 == 1 }

// Len is the number of ordinals in the set.
func (s Set) Len() int { return bits.OnesCount64(uint64(s)) }

// Span is the highest ordinal in the set plus one, 0 for the empty set.
func (s Set) Span() int32 { return int32(bits.Len64(uint64(s))) }

// first is the lowest ordinal in the set, which is not empty.
func (s Set) first() int32 { return int32(bits.TrailingZeros64(uint64(s))) }

// All yields the ordinals in ascending order.
func (s Set) All() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for rest := s; rest != 0; rest &= rest - 1 {
			if !yield(int32(bits.TrailingZeros64(uint64(rest)))) {
				return
			}
		}
	}
}
