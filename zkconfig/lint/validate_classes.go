package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
)

// shippedClasses come with ZooKeeper and can be named in zoo.cfg.
var shippedClasses = []string{
	"org.apache.zookeeper.audit.Log4jAuditLogger",
	"org.apache.zookeeper.audit.Slf4jAuditLogger",
	defaultMetricsProvider,
	"org.apache.zookeeper.metrics.impl.NullMetricsProvider",
	"org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider",
	nioFactory,
	nettyFactory,
	"org.apache.zookeeper.server.auth.DigestAuthenticationProvider",
	"org.apache.zookeeper.server.auth.EnsembleAuthenticationProvider",
	"org.apache.zookeeper.server.auth.IPAuthenticationProvider",
	"org.apache.zookeeper.server.auth.KeyAuthenticationProvider",
	"org.apache.zookeeper.server.auth.SASLAuthenticationProvider",
	x509Provider,
	"org.apache.zookeeper.server.auth.znode.groupacl.X509ZNodeGroupAclProvider",
	"org.apache.zookeeper.server.watch.WatchManager",
	"org.apache.zookeeper.server.watch.WatchManagerOptimized",
}

const (
	nioFactory   = "org.apache.zookeeper.server.NIOServerCnxnFactory"
	nettyFactory = "org.apache.zookeeper.server.NettyServerCnxnFactory"
)

func (c checker) checkClass(e *entry) {
	if slices.Contains(shippedClasses, e.Value) {
		return
	}
	if class := meantClass(e.definition, e.Value); class != e.Value {
		c.wrong(UnknownClass, e.Key, fmt.Sprintf("%s is not the name of the class. %s", quoted(e), e.definition.Breaks), fmt.Sprintf("Write %s=%s", e.Key, class))
		return
	}
	c.risky(UnknownClass, e.Key, fmt.Sprintf("%s does not come with ZooKeeper. %s", quoted(e), e.definition.Breaks), "Make sure that the class is on the class path of every member.")
}

// sameClass reports whether name most likely means class: its short name, or
// the full one with a typing mistake.
func sameClass(class, name string) bool {
	short := class[strings.LastIndexByte(class, '.')+1:]
	return strings.EqualFold(short, name) || catalogue.TypingDistance(class, name, 2) <= 2
}

// meantClass returns the full name of a class of ZooKeeper, and any other value
// as it is.
func meantClass(d *catalogue.Definition, value string) string {
	if d.Type != catalogue.Class {
		return value
	}
	for _, class := range shippedClasses {
		if sameClass(class, value) {
			return class
		}
	}
	return value
}

// unquoted takes the quotes off that some put around a value.
func unquoted(value string) (bare string, quotes bool) {
	if len(value) < 2 || value[0] != value[len(value)-1] || value[0] != '"' && value[0] != '\'' {
		return value, false
	}
	return value[1 : len(value)-1], true
}
