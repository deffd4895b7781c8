package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// checkHierarchy looks for the server, and then for the group, without which the
// others can do nothing.
func (c checker) checkHierarchy() {
	h := c.hierarchy
	voters := c.settings.Membership.Voters()
	if h == nil || len(voters) == 0 || c.unreadMembers() || slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Rule == Hierarchical }) {
		return
	}
	if !h.isQuorum(func(int64) bool { return true }) {
		c.hierarchical(Error, h.first.Line, h.first.Key, "Even with every server there is no quorum, and no leader is ever elected.", "List the servers without group and weight lines.")
		return
	}
	if alone := h.decisive(voters); len(alone) > 0 {
		if len(voters) <= 2 {
			return // what is said about so few voters holds
		}
		line, key := h.lineOf(alone[0])
		c.hierarchical(Error, line, key,
			fmt.Sprintf("Without %s alone there is no quorum: %d of %d servers are up and serve nobody.", serverList(alone), len(voters)-1, len(voters)), h.evenly(voters))
		return
	}
	if groups := h.decisiveGroups(); len(groups) > 0 {
		c.hierarchical(Warning, h.first.Line, h.first.Key,
			fmt.Sprintf("When %s is lost as a whole the others have no quorum.", strings.Join(groups, " or ")), "Spread the servers over three groups, or list them without group and weight lines.")
	}
}

func (c checker) hierarchical(severity Severity, line int, key, message, fix string) {
	c.report(Finding{Rule: Hierarchical, Severity: severity, File: c.hierarchy.file, Line: line, Key: key, Message: message, Fix: fix})
}

// decisive returns the servers without each of which there is no quorum.
func (h *hierarchy) decisive(voters []zkconfig.Server) []int64 {
	var ids []int64
	for _, voter := range voters {
		if !h.isQuorum(func(id int64) bool { return id != voter.ID }) {
			ids = append(ids, voter.ID)
		}
	}
	return ids
}

// decisiveGroups returns the groups without each of which there is no quorum,
// when there is more than one group.
func (h *hierarchy) decisiveGroups() []string {
	if h.lines < 2 {
		return nil
	}
	var keys []string
	for _, group := range h.groups {
		if slices.Contains(keys, group.key) || h.isQuorum(func(id int64) bool { return h.groups[id].key != group.key }) {
			continue
		}
		keys = append(keys, group.key)
	}
	slices.Sort(keys)
	return keys
}

// evenly says how no server decides alone.
func (h *hierarchy) evenly(voters []zkconfig.Server) string {
	unweighted := *h
	unweighted.weights = nil
	if len(h.weights) > 0 && len(unweighted.decisive(voters)) == 0 && (h.lines < 2 || len(unweighted.decisiveGroups()) == 0) {
		return "Remove the weight lines."
	}
	return "List the servers without group and weight lines."
}

// lineOf returns the line that makes a server count as much as it does.
func (h *hierarchy) lineOf(id int64) (line int, key string) {
	if weight, ok := h.weights[id]; ok {
		return weight.line, weight.key
	}
	return h.groups[id].line, h.groups[id].key
}

func serverList(ids []int64) string {
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		names = append(names, zkconfig.Server{ID: id}.Key())
	}
	return strings.Join(names, " or ")
}
