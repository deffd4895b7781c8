// Command zookeeper-agent is process 1 of each member.
package main

import (
	"context"
	"os"

	"github.com/zkensemble/zookeeper-operator/internal/agent"
)

func main() {
	os.Exit(agent.Command(context.Background(), os.Args[1:]))
}
