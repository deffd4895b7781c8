package lint

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// hierarchy holds the groups and weights of a server list. With any of them a
// quorum is more than half of the weight in more than half of the groups.
type hierarchy struct {
	groups  map[int64]groupLine // by the server that is in it
	weights map[int64]weightLine
	// lines counts the group lines, which the server does not tell apart by id.
	lines int
	first zkconfig.Property // the first line, where findings about all of them go
	file  File
	// refused says that a line could not be read, so that what is missing is not
	// known.
	refused bool
}

type groupLine struct {
	key  string
	line int
}

type weightLine struct {
	weight int64
	key    string
	line   int
}

// weight returns how much a server counts: 1, unless its line says otherwise.
func (h *hierarchy) weight(id int64) int64 {
	if w, ok := h.weights[id]; ok {
		return w.weight
	}
	return 1
}

// isQuorum reports whether the servers that are up can elect and commit. The
// divisions are those of the server.
func (h *hierarchy) isQuorum(up func(id int64) bool) bool {
	total, present := map[string]int64{}, map[string]int64{}
	for id, group := range h.groups {
		total[group.key] += h.weight(id)
		if up(id) {
			present[group.key] += h.weight(id)
		}
	}
	counted, won := h.lines, 0
	for key, weight := range total {
		if weight == 0 {
			counted--
		}
		if present[key] > weight/2 {
			won++
		}
	}
	return won > counted/2
}

// readHierarchical reads a group or weight line, whose values are not trimmed.
func (r *reader) readHierarchical(property zkconfig.Property, file File) {
	if e, ok := r.get("oraclePath"); ok && e.definition.KnownIn(r.version) {
		r.report(Finding{
			Rule: Hierarchical, Severity: Error, File: file, Line: property.Line, Key: property.Key,
			Message: "With oraclePath the server does not read groups and weights.", Fix: "Remove the line, or oraclePath.",
		})
		return
	}
	if r.hierarchy == nil {
		r.hierarchy = &hierarchy{groups: map[int64]groupLine{}, weights: map[int64]weightLine{}, first: property, file: file}
	}
	h := r.hierarchy
	refuse := func(message, fix string) {
		h.refused = true
		r.stop(Hierarchical, file, property.Line, property.Key, message+", and the server exits with code 2.", fix)
	}
	id, err := numberOfKey(property.Key)
	if err != nil {
		refuse("Every key that begins with group or weight belongs to a hierarchical quorum and ends in a number", "Write group.1=1:2:3 or weight.1=1, or remove the line.")
		return
	}
	if strings.HasPrefix(property.Key, "weight") {
		weight, err := strconv.ParseInt(property.Value, 10, 64)
		if err != nil {
			refuse(fmt.Sprintf("The weight %q is no number", property.Value), "Write a whole number, without blanks behind it.")
			return
		}
		h.weights[id] = weightLine{weight: weight, key: property.Key, line: property.Line}
		return
	}
	h.lines++
	members := strings.TrimRight(property.Value, ":")
	if members == "" && property.Value != "" {
		return // Java cuts nothing but colons into nothing at all
	}
	for text := range strings.SplitSeq(members, ":") {
		member, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			refuse(fmt.Sprintf("%q is no server id", text), "Write the ids of the servers with colons between them, without blanks.")
			return
		}
		if other, twice := h.groups[member]; twice {
			refuse(fmt.Sprintf("Server %d is in %s too", member, other.key), "List every server in one group.")
			return
		}
		h.groups[member] = groupLine{key: property.Key, line: property.Line}
	}
}

// numberOfKey returns what follows the first dot, as the server reads it.
func numberOfKey(key string) (int64, error) {
	return strconv.ParseInt(key[strings.IndexByte(key, '.')+1:], 10, 64)
}

// finishHierarchy stops where the groups do not fit the server list.
func (r *reader) finishHierarchy() {
	h := r.hierarchy
	if h == nil || h.refused {
		return
	}
	voters := map[int64]bool{}
	for _, server := range r.settings.Membership.Servers {
		voters[server.ID] = server.Role == zkconfig.Participant
		if _, grouped := h.groups[server.ID]; !grouped && server.Role == zkconfig.Participant {
			r.stop(Hierarchical, h.file, h.first.Line, h.first.Key,
				fmt.Sprintf("%s is in no group, and the server exits with code 2.", server.Key()), "List every voter in one group.")
			return
		}
	}
	for _, id := range slices.Sorted(maps.Keys(h.groups)) {
		if _, weighted := h.weights[id]; !voters[id] && !weighted {
			r.stop(Hierarchical, h.file, h.groups[id].line, h.groups[id].key,
				fmt.Sprintf("Server %d is no voter of the list, and the server exits with code 1 over the weight that it does not have.", id), "List the voters only.")
			return
		}
	}
}
