package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

func TestConfigEntry(t *testing.T) {
	const text = `server.1=zk-0.zk-servers.ns.svc.cluster.local:2888:3888:participant;0.0.0.0:2181
server.2=zk-1.zk-servers.ns.svc.cluster.local:2889:3888:participant;0.0.0.0:2181
server.101=zk-observers-0.zk-servers.ns.svc.cluster.local:2888:3888:observer;0.0.0.0:2181
version=200000003`
	want := history.Entry{Kind: history.Committed, Member: "zk-0", Config: &history.Config{
		Version: 0x200000003, Voters: []string{"zk-0", "zk-1"}, Observers: []string{"zk-observers-0"},
	}}
	if diff := cmp.Diff(want, configEntry("zk-0", text)); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	if got := configEntry("zk-0", "server.x=y").Kind; got != history.Trouble {
		t.Errorf("an unreadable configuration: got %s, want %s", got, history.Trouble)
	}
}
