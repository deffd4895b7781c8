package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// configPath is the znode of the committed configuration.
const configPath = "/zookeeper/config"

// followConfig tells the configuration that a member has committed, and every
// change of it at once.
func followConfig(ctx context.Context, out *printer, conn *zk.Conn, name string) error {
	told := ""
	for {
		text, _, changed, err := conn.GetW(configPath)
		if err == nil && string(text) != told {
			told = string(text)
			if err := out.print(configEntry(name, told)); err != nil {
				return err
			}
		}
		// After an error there is nothing to be told by, so it is read again.
		var again <-chan time.Time
		if err != nil {
			changed, again = nil, time.After(readPace)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-again:
		}
	}
}

// configEntry names the members of a configuration by their Pods, which the
// servers' host names begin with. One that cannot be read is trouble: nothing
// could be judged without it.
func configEntry(member, text string) history.Entry {
	membership, err := zkconfig.ParseMembership(text)
	if err != nil {
		return history.Entry{Kind: history.Trouble, Member: member, Text: fmt.Sprintf("configuration %q: %v", text, err)}
	}
	return history.Entry{Kind: history.Committed, Member: member, Config: &history.Config{
		Version: membership.Version, Voters: podNames(membership.Voters()), Observers: podNames(membership.Observers()),
	}}
}

func podNames(servers []zkconfig.Server) []string {
	out := make([]string, 0, len(servers))
	for _, server := range servers {
		pod, _, _ := strings.Cut(server.Addresses[0].Host, ".")
		out = append(out, pod)
	}
	return out
}
