package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/internal/syntax"
)

// KeyChange is one property with two values, and what the change needs.
type KeyChange struct {
	Key string `json:"key"`
	// Old and New are empty where the key is missing, and do not show secrets.
	Old    string         `json:"old,omitempty"`
	New    string         `json:"new,omitempty"`
	Needs  catalogue.Need `json:"needs"`
	Reason string         `json:"reason,omitempty"`
}

// Changes is what differs between two configurations.
type Changes struct {
	// Keys is sorted by key; keys that differ in spelling only are left out.
	Keys []KeyChange `json:"keys,omitempty"`
	// Needs is the most that any key needs. A rolling restart may include a
	// reconfig, which Keys then shows; Never means that the change is refused.
	Needs catalogue.Need `json:"needs"`
	// Reason says why a change is refused.
	Reason string `json:"reason,omitempty"`
}

// Diff compares what two configurations mean to servers of a version.
//
// A key that is spelled differently, or that now says what the default said
// before, needs nothing. A change with which servers of the old and of the new
// configuration could not talk to each other is refused, because a rolling
// restart mixes them; the reason names the step to take first.
func Diff(old, updated Config, version zkconfig.Version) Changes {
	before, after := newReader(old, version), newReader(updated, version)
	changes := Changes{Needs: catalogue.Nothing}
	for _, key := range changedKeys(before, after) {
		changes.add(before.change(after, key))
	}
	for _, change := range changedMembers(before, after) {
		changes.add(change)
	}
	slices.SortFunc(changes.Keys, func(a, b KeyChange) int { return cmp.Compare(a.Key, b.Key) })
	for _, finding := range after.findings {
		if finding.Stops {
			changes.refuse(fmt.Sprintf("the server would not start: %s", finding))
		}
	}
	if reason := cannotMix(&before.settings, &after.settings); reason != "" {
		changes.refuse(reason)
	}
	return changes
}

func (c *Changes) add(change KeyChange) {
	c.Keys = append(c.Keys, change)
	if change.Needs == catalogue.Never {
		c.refuse(change.Key + ": " + change.Reason)
	}
	if change.Needs.Exceeds(c.Needs) {
		c.Needs = change.Needs
	}
}

// refuse keeps the first reason.
func (c *Changes) refuse(reason string) {
	c.Needs = catalogue.Never
	c.Reason = cmp.Or(c.Reason, reason)
}

// changedKeys returns the keys whose meaning differs, server lines aside.
func changedKeys(before, after *reader) []string {
	var keys []string
	for _, r := range []*reader{before, after} {
		for i := range r.static {
			key := r.static[i].Key
			if strings.HasPrefix(key, syntax.ServerPrefix) || slices.Contains(keys, key) {
				continue
			}
			if before.meaning(key) != after.meaning(key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

func (r *reader) change(after *reader, key string) KeyChange {
	change := KeyChange{Key: key, Old: r.shown(key), New: after.shown(key), Needs: catalogue.Restart}
	definition := catalogue.Find(key)
	switch {
	case definition == nil:
		change.Reason = "ZooKeeper does not know the key; whatever reads it does so at the start."
	case definition.Source == catalogue.CommandLine || !definition.KnownIn(r.version):
		change.Needs, change.Reason = catalogue.Nothing, "The server does not read it from zoo.cfg."
	default:
		change.Needs = definition.Change
		if change.Needs != catalogue.Restart {
			change.Reason = definition.Breaks
		}
	}
	return change
}

// shown returns the value of a key for people to read.
func (r *reader) shown(key string) string {
	e, ok := r.get(key)
	switch {
	case !ok:
		return ""
	case e.definition != nil && e.definition.Secret:
		return "(secret)"
	default:
		return e.Value
	}
}

// meaning returns the value that the server works with: the default where the
// key is missing or malformed in the way that falls back to it.
func (r *reader) meaning(key string) string {
	definition := catalogue.Find(key)
	e, ok := r.get(key)
	switch {
	case ok && definition != nil:
		return definition.Meaning(e.Value)
	case ok:
		return "=" + e.Value
	case key == "dataLogDir":
		return definition.Meaning(r.settings.DataDir)
	case definition != nil:
		return definition.Meaning(definition.Default)
	default:
		return ""
	}
}

// changedMembers compares the server lists.
func changedMembers(before, after *reader) []KeyChange {
	if before.unknownMembership() || after.unknownMembership() {
		return nil
	}
	var changes []KeyChange
	ids := map[int64]bool{}
	for _, server := range slices.Concat(before.settings.Membership.Servers, after.settings.Membership.Servers) {
		if ids[server.ID] {
			continue
		}
		ids[server.ID] = true
		old, _ := before.settings.Membership.Server(server.ID)
		updated, _ := after.settings.Membership.Server(server.ID)
		change := KeyChange{Key: server.Key(), Old: memberValue(old), New: memberValue(updated), Needs: catalogue.Reconfig}
		if change.Old == change.New {
			continue
		}
		if !before.settings.ReconfigEnabled || !after.settings.ReconfigEnabled {
			change.Needs, change.Reason = catalogue.Restart, "Without reconfigEnabled=true the list changes by a restart of one server after the other."
		}
		changes = append(changes, change)
	}
	return changes
}

func memberValue(server zkconfig.Server) string {
	if len(server.Addresses) == 0 {
		return ""
	}
	return server.Value()
}

// cannotMix returns why servers of the two configurations cannot run side by
// side, or "". Changes of TLS and SASL between servers take three rolls each.
func cannotMix(before, after *Settings) string {
	if !before.Distributed() && !after.Distributed() {
		return ""
	}
	talks := func(speaker, listener *Settings) bool {
		return speaker.SSLQuorum == listener.SSLQuorum || listener.PortUnification
	}
	if !talks(before, after) || !talks(after, before) {
		return "servers with and without TLS could not talk to each other: first roll out portUnification=true with sslQuorum as it was, " +
			"then sslQuorum, then portUnification=false"
	}
	trusts := func(strict, other *Settings) bool {
		return (!strict.LearnerSASL || other.QuorumSASL) && (!strict.ServerSASL || other.LearnerSASL)
	}
	if !trusts(before, after) || !trusts(after, before) {
		return "servers with and without SASL could not talk to each other: first roll out quorum.auth.enableSasl=true, " +
			"then quorum.auth.learnerRequireSasl=true, then quorum.auth.serverRequireSasl=true; back in the opposite order"
	}
	return ""
}
