package zkconfig

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is a ZooKeeper release.
type Version struct{ Major, Minor, Patch int }

// newestPatches names the newest release of each line of ZooKeeper 3 that this
// package has facts about, by its minor number.
var newestPatches = map[int]int{5: 10, 6: 4, 7: 2, 8: 7, 9: 6}

// ParseVersion reads a version such as 3.9.5. Without a patch, as in 3.9, it
// means the newest release of that line that this package knows.
func ParseVersion(text string) (Version, error) {
	parts := strings.Split(text, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return Version{}, fmt.Errorf("the version %q is not like 3.9.5 or 3.9", text)
	}
	var numbers [3]int
	for i, part := range parts {
		number, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return Version{}, fmt.Errorf("the version %q is not like 3.9.5 or 3.9", text)
		}
		numbers[i] = int(number)
	}
	version := Version{numbers[0], numbers[1], numbers[2]}
	if len(parts) == 2 && version.Major == 3 {
		version.Patch = newestPatches[version.Minor]
	}
	return version, nil
}

// String returns the version as it is written, such as 3.9.5.
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// MarshalText makes versions readable in JSON.
func (v Version) MarshalText() ([]byte, error) {
	return []byte(v.String()), nil
}

// Compare returns -1, 0 or 1 as v is older than, equal to or newer than other.
func (v Version) Compare(other Version) int {
	return cmp.Or(
		cmp.Compare(v.Major, other.Major),
		cmp.Compare(v.Minor, other.Minor),
		cmp.Compare(v.Patch, other.Patch),
	)
}

// Before reports whether v is older than other.
func (v Version) Before(other Version) bool { return v.Compare(other) < 0 }

// HasSince reports whether what arrived in the given releases is part of v. A
// change that was brought into several lines names one release for each, in
// ascending order, and every line after the last has it.
func (v Version) HasSince(releases []Version) bool {
	if len(releases) == 0 {
		return true
	}
	for _, release := range releases {
		if release.Major == v.Major && release.Minor == v.Minor {
			return !v.Before(release)
		}
	}
	return releases[len(releases)-1].Before(v)
}
