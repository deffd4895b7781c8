package lint_test

import (
	"fmt"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

func ExampleValidate() {
	properties, err := zkconfig.Parse(`
dataDir=/data
dataLogDir=/datalog
clientPort=2181
tickTime=2000
initLimit=10
syncLimit=2000
autopurge.purgeInterval=6
admin.enableServer=false
server.1=zk-0:2888:3888
server.2=zk-1:2888:3888
server.3=zk-2:2888:3888
`)
	if err != nil {
		panic(err)
	}
	for _, finding := range lint.Validate(lint.Config{Static: properties}, zkconfig.Version{Major: 3, Minor: 9, Patch: 5}) {
		fmt.Printf("line %d: %s: %s\n", finding.Line, finding.Severity, finding)
	}
	// Output:
	// line 7: error: syncLimit: 2000 ticks of 2000 ms are 1h6m40s: for so long a hung leader stops all writes and a hung follower stays in the quorum. Fix: Write syncLimit=5.
}

func ExampleParseMembership() {
	membership, err := zkconfig.ParseMembership("server.2=b:2888:3888;2181\nserver.1=a:2888:3888;2181\nversion=100000000\n")
	if err != nil {
		panic(err)
	}
	fmt.Print(membership)
	fmt.Println("majority:", zkconfig.Majority(len(membership.Voters())))
	// Output:
	// server.1=a:2888:3888:participant;0.0.0.0:2181
	// server.2=b:2888:3888:participant;0.0.0.0:2181
	// version=100000000
	// majority: 2
}

func ExampleUpgrade() {
	advice := catalogue.Upgrade(zkconfig.Version{Major: 3, Minor: 7, Patch: 2}, zkconfig.Version{Major: 3, Minor: 9, Patch: 5})
	fmt.Printf("%s: %s\n", advice.Verdict, advice.Reason)
	// Output:
	// refused: only neighbouring lines were ever tested together: go to 3.8 first
}

func ExampleNearest() {
	fmt.Println(catalogue.Nearest("autopurge.purgeInteval"))
	// Output:
	// autopurge.purgeInterval
}
