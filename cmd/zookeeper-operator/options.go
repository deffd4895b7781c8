package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// options are the operator's flags and environment.
type options struct {
	agentImage      string
	clusterDomain   string
	watchNamespaces string
	namespace       string
	release         string
	takeOver        bool
	leaderElect     bool
	metricsAddress  string
	probeAddress    string
}

func defaults() options {
	return options{
		clusterDomain:  "cluster.local",
		namespace:      os.Getenv("POD_NAMESPACE"),
		release:        "zookeeper-operator",
		metricsAddress: ":8080",
		probeAddress:   ":8081",
	}
}

func (o *options) bind(flags *flag.FlagSet) {
	flags.StringVar(&o.agentImage, "agent-image", o.agentImage, "image that carries the agent, normally the operator's own (required)")
	flags.StringVar(&o.clusterDomain, "cluster-domain", o.clusterDomain, "DNS domain of the cluster; it becomes part of every server's address, so a change reaches only ensembles that have not served yet")
	flags.StringVar(&o.watchNamespaces, "watch-namespaces", o.watchNamespaces, "namespaces to look after, separated by commas; all when empty")
	flags.StringVar(&o.release, "release", o.release, "name of this installation in its namespace; the ensembles that it keeps name both, and no other operator changes them")
	flags.BoolVar(&o.takeOver, "take-over", o.takeOver, "take over every ensemble that another operator keeps, each once in the life of this process")
	flags.BoolVar(&o.leaderElect, "leader-elect", o.leaderElect, "let one of several Pods of this installation work at a time")
	flags.StringVar(&o.metricsAddress, "metrics-bind-address", o.metricsAddress, "address of the metrics, 0 for none")
	flags.StringVar(&o.probeAddress, "health-probe-bind-address", o.probeAddress, "address of the health probes")
}

// longestRelease is the length of the longest name that Helm gives a release.
const longestRelease = 53

// check refuses what the operator cannot work with.
func (o *options) check() error {
	switch {
	case o.agentImage == "":
		return errors.New("--agent-image is missing: name the image that carries the agent, normally the operator's own")
	case o.namespace == "":
		return errors.New("POD_NAMESPACE is not set: it must be the namespace of the operator's Pod")
	case len(validation.IsDNS1123Label(o.namespace)) > 0:
		return fmt.Errorf("POD_NAMESPACE is %q: it must be the namespace of the operator's Pod", o.namespace)
	case len(o.release) > longestRelease || len(validation.IsDNS1123Subdomain(o.release)) > 0:
		return fmt.Errorf("--release is %q: name the installation in lower-case letters, digits, '-' and '.', at most %d of them", o.release, longestRelease)
	case o.clusterDomain == "":
		return errors.New("--cluster-domain is empty: name the DNS domain of the cluster, such as cluster.local")
	}
	return nil
}

// namespaces are those to look after, none for all.
func (o *options) namespaces() []string {
	return strings.FieldsFunc(o.watchNamespaces, func(r rune) bool { return r == ',' || r == ' ' })
}
