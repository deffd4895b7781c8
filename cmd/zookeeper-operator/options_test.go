package main

import (
	"strings"
	"testing"
)

// good are options with which the operator works.
func good() options {
	o := defaults()
	o.agentImage, o.namespace = "registry.example/operator:1", "zookeeper-operator-system"
	return o
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*options)
		says   string // "" when nothing is wrong
	}{
		{"nothing", func(*options) {}, ""},
		{"a release as long as any", func(o *options) { o.release = strings.Repeat("a", longestRelease) }, ""},
		{"no image of the agent", func(o *options) { o.agentImage = "" }, "--agent-image"},
		{"no namespace", func(o *options) { o.namespace = "" }, "POD_NAMESPACE"},
		{"a namespace that is none", func(o *options) { o.namespace = "a/b" }, "POD_NAMESPACE"},
		{"no release", func(o *options) { o.release = "" }, "--release"},
		{"a release that is no name", func(o *options) { o.release = "team a/zk" }, "--release"},
		{"a release that is too long", func(o *options) { o.release = strings.Repeat("a", longestRelease+1) }, "--release"},
		{"no domain", func(o *options) { o.clusterDomain = "" }, "--cluster-domain"},
	} {
		o := good()
		c.change(&o)
		err := o.check()
		if said := err != nil && strings.Contains(err.Error(), c.says); said != (c.says != "") {
			t.Errorf("%s: %v, want an error about %q", c.name, err, c.says)
		}
	}
}

// Two installations in one namespace each have a leader.
func TestEveryInstallationHasALease(t *testing.T) {
	t.Parallel()
	one, other := good(), good()
	other.release = "another"
	if a, b := managerOptions(one).LeaderElectionID, managerOptions(other).LeaderElectionID; a == b || a != "zookeeper-operator.zkensemble.dev" {
		t.Errorf("the leases are %s and %s", a, b)
	}
}
