// Command kubectl-zk checks and explains ZooKeeper configuration, as the kubectl
// plugin "kubectl zk" or as a plain program.
package main

import (
	"os"

	"github.com/zkensemble/zookeeper-operator/internal/plugin"
)

func main() {
	os.Exit(plugin.Main(os.Args[1:]))
}
