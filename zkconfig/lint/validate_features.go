package lint

import (
	"slices"
	"strings"
)

func (c checker) checkFeatures() {
	s := &c.settings
	if s.LocalSessionsUpgrading && !s.LocalSessions {
		c.wrong(LocalSessionsRule, "localSessionsUpgradingEnabled", "There are no local sessions to upgrade.", "Add localSessionsEnabled=true, or remove the line.")
	}
	if s.LocalSessions && !s.LocalSessionsUpgrading {
		c.risky(LocalSessionsRule, "localSessionsEnabled", "A local session cannot create ephemeral nodes, and locks and leader elections of clients fail.", "Add localSessionsUpgradingEnabled=true.")
	}
	if s.ReconfigEnabled && s.StandaloneEnabled && c.has("reconfigEnabled") {
		c.risky(Reconfiguration, "standaloneEnabled", "While standaloneEnabled is true, the default, an ensemble can neither start from nor shrink to one voter, and one that runs standalone cannot be reconfigured.", "Write standaloneEnabled=false.")
	}
	if s.MultiAddress && !slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Rule == MultiAddresses }) && !strings.EqualFold(c.config.JVM["zookeeper.multiAddress.enabled"], "true") {
		c.wrong(MultiAddresses, "multiAddress.enabled", "The key in zoo.cfg is not enough: the parser of server lines looks at the system property only.", "Pass -Dzookeeper.multiAddress.enabled=true to the JVM on every member.")
	}
	c.checkFourLetterWords()
}

func (c checker) checkFourLetterWords() {
	const key = "4lw.commands.whitelist"
	e, ok := c.get(key)
	if !ok || c.judged(key) {
		return
	}
	var unknown []string
	for word := range strings.SplitSeq(e.Value, ",") {
		word = strings.TrimSpace(word)
		if word != "" && !slices.Contains(e.definition.Allowed, word) {
			unknown = append(unknown, word)
		}
	}
	if len(unknown) == 0 {
		return
	}
	fix := "Remove the words, or write * for all."
	if isSeparated := func(r rune) bool { return r == ';' || r == ' ' || r == '|' }; strings.ContainsFunc(unknown[0], isSeparated) {
		fix = "Write " + key + "=" + strings.Join(strings.FieldsFunc(e.Value, func(r rune) bool { return isSeparated(r) || r == ',' }), ",")
	}
	c.wrong(FourLetterWords, key, "No command is called "+strings.Join(unknown, " or ")+", and the server silently allows less than the line asks for; words are separated by commas.", fix)
}
