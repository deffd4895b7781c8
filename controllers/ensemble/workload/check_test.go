package workload_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// TestWrongSpecs checks that each wrong spec yields no object at all, and a
// message that names the field and the way out.
func TestWrongSpecs(t *testing.T) {
	t.Parallel()
	config := func(key string) func(*v1alpha1.ZooKeeperEnsembleSpec) {
		return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Config = map[string]string{key: "x"} }
	}
	memory := func(request, limit string) func(*v1alpha1.ZooKeeperEnsembleSpec) {
		return func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Pod.Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(request)}
			s.Pod.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(limit)}
		}
	}
	bad := "Not A Name"
	cases := []struct {
		name   string
		change func(*v1alpha1.ZooKeeperEnsembleSpec)
		want   []string
	}{
		{"a data directory", config("dataDir"), []string{"spec.config[dataDir]", "Use spec.storage.data"}},
		{"a log directory", config("dataLogDir"), []string{"spec.config[dataLogDir]", "Use spec.storage.log"}},
		{"a server line", config("server.1"), []string{"spec.config[server.1]", "Use spec.replicas"}},
		{"a weight", config("weight.1"), []string{"spec.config[weight.1]", "Remove the key"}},
		{"blank disks that vote", config("db.autocreate"), []string{"spec.config[db.autocreate]", "Remove the key"}},
		{"reconfiguration for all", config("skipACL"), []string{"spec.config[skipACL]", "Remove the key"}},
		{"an own super-user", config("DigestAuthenticationProvider.superDigest"), []string{"superDigest", "Remove the key"}},
		{"other four-letter words", config("4lw.commands.whitelist"), []string{"4lw.commands.whitelist"}},
		{"observers with ids too high for old TTL nodes", func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Observers.Replicas = 28
			s.Config = map[string]string{"emulate353TTLNodes": "true"}
		}, []string{"spec.observers.replicas", "use 27 observers at most"}},
		{"a heap as large as the memory", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.JVM.HeapMiB = 1024 }, []string{"spec.jvm.heapMiB", "1024 MiB", "lower the heap"}},
		{"memory for no heap", memory("100Mi", "100Mi"), []string{"spec.pod.resources", "raise the memory limit"}},
		{"a request above the limit", memory("2Gi", "1Gi"), []string{"spec.pod.resources.requests[memory]", "is more than the limit 1Gi"}},
		{"a label that is none", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Labels = map[string]string{bad: ""} }, []string{"spec.pod.labels"}},
		{"a label value that is none", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Labels = map[string]string{"a": "b c"} }, []string{"spec.pod.labels"}},
		{"an annotation that is none", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Annotations = map[string]string{bad: ""} }, []string{"spec.pod.annotations"}},
		{"a variable that is none", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Env = []corev1.EnvVar{{Name: "a=b"}} }, []string{"spec.pod.env[0].name"}},
		{"a variable with two values", func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Pod.Env = []corev1.EnvVar{{Name: "A", Value: "b", ValueFrom: &corev1.EnvVarSource{}}}
		}, []string{"spec.pod.env[0].valueFrom", "remove one of them"}},
		{"a buffer of nothing", javaFlag("-Djute.maxbuffer=16"), []string{"spec.jvm.flags[0]", "1048575 or more"}},
		{"a buffer with a unit", javaFlag("-Djute.maxbuffer=4m"), []string{"spec.jvm.flags[0]", "1048575 or more"}},
		{"two flags in one JMX port", variable("JMXPORT", "9010 -Dzookeeper.enforce.auth.enabled=true"), []string{"spec.pod.env[0].value", "must hold no blanks", "use spec.jvm.flags"}},
		{"two flags behind a tab", variable("JMXSSL", "false\t-Dzookeeper.x=1"), []string{"spec.pod.env[0].value"}},
		{"two flags behind a line break", variable("JMXAUTH", "false\n-Dzookeeper.x=1"), []string{"spec.pod.env[0].value"}},
		{"another variable in a JMX port", variable("JMXPORT", "$(OTHER)"), []string{"spec.pod.env[0].value", "no $"}},
		{"a JMX port from a Secret", func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Pod.Env = []corev1.EnvVar{{Name: "JMXPORT", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{}}}}
		}, []string{"spec.pod.env[0].valueFrom", "must be a fieldRef"}},
		{"a node label that is none", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Placement.NodeSelector = map[string]string{bad: ""} }, []string{"spec.placement.nodeSelector"}},
		{"a priority class that is none", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Placement.PriorityClassName = bad }, []string{"spec.placement.priorityClassName"}},
		{"a toleration of nothing", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Placement.Tolerations = []corev1.Toleration{{}} }, []string{"spec.placement.tolerations[0].operator"}},
		{"a toleration with a value too many", func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Placement.Tolerations = []corev1.Toleration{{Key: "a", Operator: corev1.TolerationOpExists, Value: "b"}}
		}, []string{"spec.placement.tolerations[0].value"}},
		{"a data class that is none", func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Storage.Data.StorageClassName = &bad }, []string{"spec.storage.data.storageClassName"}},
		{"a log class that is none", func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Storage.Log = &v1alpha1.Volume{StorageClassName: &bad}
		}, []string{"spec.storage.log.storageClassName"}},
		{"two things at once", func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Config = map[string]string{"dataDir": "/x", "skipACL": "yes"}
		}, []string{"spec.config[dataDir]", "spec.config[skipACL]"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			objects, err := workload.Build(input(c.change))
			if err == nil {
				t.Fatal("the spec was accepted")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message does not say %q:\n%v", want, err)
				}
			}
			if objects != (workload.Objects{}) {
				t.Error("a wrong spec yields some of the objects")
			}
			if _, hashErr := workload.TemplateHash(input(c.change)); hashErr == nil {
				t.Error("a wrong spec has a template hash")
			}
		})
	}
}

// javaFlag gives the servers one flag.
func javaFlag(text string) func(*v1alpha1.ZooKeeperEnsembleSpec) {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.JVM.Flags = []string{text} }
}

// TestWarnings makes each unwise choice alone: it is accepted, and named with its
// field and the way back.
func TestWarnings(t *testing.T) {
	t.Parallel()
	if got := workload.Warnings(input().Ensemble); got != nil {
		t.Errorf("an ensemble that chooses nothing is warned: %q", got)
	}
	for _, off := range []string{"true", "yes", "False", " ", "0"} {
		if got := workload.Warnings(input(variable("JMXDISABLE", off)).Ensemble); got != nil {
			t.Errorf("JMX is off with JMXDISABLE=%q, and yet: %q", off, got)
		}
	}
	root, no := int64(0), false
	for name, c := range map[string]struct {
		choose func(*v1alpha1.ZooKeeperEnsembleSpec)
		want   string
	}{
		"an even number": {func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Replicas = 4 }, "spec.replicas: "},
		"no budget":      {func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Disruption.Budget = v1alpha1.BudgetNone }, "spec.disruption.budget: "},
		"no policy":      {func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Network.Policy = v1alpha1.NetworkPolicyDisabled }, "spec.network.policy: "},
		"JMX":            {variable("JMXDISABLE", "false"), "spec.pod.env: "},
		"JMX by nothing": {variable("JMXDISABLE", ""), "spec.pod.env: "},
		"JMX by another": {variable("JMXDISABLE", "$(ANOTHER)"), "spec.pod.env: "},
		"JMX by a Secret": {func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Pod.Env = []corev1.EnvVar{{Name: "JMXDISABLE", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{Key: "jmx"}}}}
		}, "spec.pod.env: "},
		"JMX by a flag": {func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.JVM.Flags = []string{"-Dcom.sun.management.jmxremote.port=9010"}
		}, "spec.jvm.flags: "},
		"a debugger":     {func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.JVM.Flags = []string{"-agentlib:jdwp=server=y"} }, "spec.jvm.flags: "},
		"an old version": {func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Version = "3.7.2" }, "spec.version: 3.7.2 lacks the fix of CVE-2024-23944"},
		"a total":        {func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Config = map[string]string{"maxCnxns": "1000"} }, "spec.config: maxCnxns: "},
		"root": {func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Pod.SecurityContext = &corev1.PodSecurityContext{RunAsUser: &root, RunAsNonRoot: &no}
		}, "spec.pod.securityContext: "},
		"no system calls": {func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Pod.SecurityContext = &corev1.PodSecurityContext{SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeUnconfined}}
		}, "spec.pod.securityContext: "},
	} {
		got := workload.Warnings(input(c.choose).Ensemble)
		if len(got) != 1 || !strings.HasPrefix(got[0], c.want) || !strings.Contains(got[0], "Fix: ") {
			t.Errorf("%s: warned of %q, want %q", name, got, c.want)
		}
		if _, err := workload.Build(input(c.choose)); err != nil {
			t.Errorf("%s is refused: %v", name, err)
		}
	}
}

// variable adds one environment variable.
func variable(name, value string) func(*v1alpha1.ZooKeeperEnsembleSpec) {
	return func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		s.Pod.Env = append(s.Pod.Env, corev1.EnvVar{Name: name, Value: value})
	}
}

// TestManagementIsConfigured checks what a specification may say about JMX.
func TestManagementIsConfigured(t *testing.T) {
	t.Parallel()
	podIP := func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		s.Pod.Env = append(s.Pod.Env, corev1.EnvVar{Name: "JMXHOSTNAME", ValueFrom: &corev1.EnvVarSource{
			FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"},
		}})
	}
	in := input(variable("JMXDISABLE", "false"), variable("JMXPORT", "9010"), variable("JMXSSL", ""), podIP)
	if _, err := workload.Build(in); err != nil {
		t.Error(err)
	}
}

// TestOperatorPropertiesAreOwned checks that no property which the operator sets
// can be set by a user as well, who would see it silently overwritten.
func TestOperatorPropertiesAreOwned(t *testing.T) {
	t.Parallel()
	defaults := map[string]bool{
		"tickTime": true, "initLimit": true, "syncLimit": true, "fastleader.maxNotificationInterval": true, "connectToLearnerMasterLimit": true,
		"autopurge.snapRetainCount": true, "autopurge.purgeInterval": true,
		"leader.maxTimeToWaitForEpoch": true,
	}
	for _, property := range workload.Properties(input().Ensemble) {
		_, err := workload.Build(input(func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Config = map[string]string{property.Key: property.Value}
		}))
		if refused := err != nil; refused == defaults[property.Key] {
			t.Errorf("%s is a default that may be overridden: %v; refused: %v", property.Key, defaults[property.Key], err)
		}
	}
}
