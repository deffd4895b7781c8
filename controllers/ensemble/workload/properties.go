package workload

import (
	"maps"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

// Defaults returns what the operator sets in every zoo.cfg, paths and members
// aside. Those that the catalogue gives to users can be set otherwise. The values
// never change within an API version: a change would restart servers.
func Defaults() zkconfig.Properties {
	return zkconfig.PropertiesOf(map[string]string{
		"tickTime":                  "2000",
		"initLimit":                 "30",
		"syncLimit":                 "5",
		"autopurge.snapRetainCount": "3",
		"autopurge.purgeInterval":   "6",
		// A member that was cut off asks for the leader at least this often; the
		// server's own minute would be added to every repair.
		"fastleader.maxNotificationInterval": "5000",
		// A leader whose voters have given up on it would wait for them for
		// initLimit × tickTime, and nothing is committed meanwhile (ZOOKEEPER-3109).
		"leader.maxTimeToWaitForEpoch": "2000",
		// The address of a Pod that is gone answers nothing at all, so whoever
		// still takes it for the leader's would try for initLimit × tickTime.
		"connectToLearnerMasterLimit": "2",
		// A blank disk must never vote unless its member was granted that.
		"db.autocreate": "false",
		// These three are the server's own defaults. A system property that comes in
		// by another way than zoo.cfg has no effect where zoo.cfg sets it too.
		"forceSync":            "yes",   // or acknowledged writes are not on disk
		"skipACL":              "no",    // or everyone may reconfigure
		"snapshot.trust.empty": "false", // or lost snapshots go unnoticed
		// A single standalone server could neither be reconfigured nor grow.
		"standaloneEnabled": "false",
		"reconfigEnabled":   "true",
		// By its default access rule, anyone could replace the database.
		"admin.enableServer":     "false",
		"4lw.commands.whitelist": "srvr,mntr,ruok,isro",
	})
}

// Properties are the properties of zoo.cfg as the ConfigMap holds them: the
// operator's defaults, the user's own over them, and over those what no user may
// set. The server list, the super-user's digest and the place of the dynamic file
// are added by the agent inside the Pod.
func Properties(e *v1alpha1.ZooKeeperEnsemble) zkconfig.Properties {
	return propertiesWith(e, e.Spec.Config)
}

func propertiesWith(e *v1alpha1.ZooKeeperEnsemble, users map[string]string) zkconfig.Properties {
	values := map[string]string{}
	defaults := Defaults()
	for _, p := range defaults {
		values[p.Key] = p.Value
	}
	maps.Copy(values, users)
	for _, p := range defaults {
		if definition, ok := catalogue.Lookup(p.Key); ok && definition.Owner == catalogue.Operator {
			values[p.Key] = p.Value
		}
	}
	values["dataDir"], values["dataLogDir"] = member.DataDir, logDir(e)
	return zkconfig.PropertiesOf(values)
}

// Effective is the configuration that the servers of an ensemble read: its
// properties and a server list. What is checked, compared and rendered is this one.
// The list is that of a new ensemble; which servers there are now is the servers'
// own business, and makes no difference to the properties.
func Effective(e *v1alpha1.ZooKeeperEnsemble) lint.Config {
	return withServers(e, Properties(e))
}

// withServers completes properties, which alone are no configuration of one of
// several servers.
func withServers(e *v1alpha1.ZooKeeperEnsemble, properties zkconfig.Properties) lint.Config {
	static := append(zkconfig.Properties{}, properties...)
	for _, server := range FormationMembership(Input{Ensemble: e, Replicas: e.Spec.Replicas}).Servers {
		static = append(static, zkconfig.Property{Key: server.Key(), Value: server.Value()})
	}
	return lint.Config{Static: static}
}
