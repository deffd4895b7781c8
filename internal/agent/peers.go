package agent

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/zkclient/fourletter"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// peersTimeout bounds how long a first start waits for servers that are not there.
const peersTimeout = time.Second

// anyServes asks all servers at once. One that does not answer counts as not
// serving, because in a formation nobody answers at first.
func anyServes(ctx context.Context, servers []zkconfig.Server) bool {
	ctx, cancel := context.WithTimeout(ctx, peersTimeout)
	defer cancel()
	answers := make(chan bool, len(servers))
	for _, server := range servers {
		go func() {
			addr := net.JoinHostPort(server.Addresses[0].Host, strconv.Itoa(server.ClientPort))
			monitor, err := fourletter.Mntr(ctx, addr)
			answers <- err == nil && monitor.Serving()
		}()
	}
	for range servers {
		if <-answers {
			return true
		}
	}
	return false
}
