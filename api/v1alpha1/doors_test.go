package v1alpha1_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// variable adds one environment variable.
func variable(v corev1.EnvVar) func(*v1alpha1.ZooKeeperEnsemble) {
	return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Env = append(s.Pod.Env, v) })
}

// from is a variable of the given source.
func from(name string, source corev1.EnvVarSource) func(*v1alpha1.ZooKeeperEnsemble) {
	return variable(corev1.EnvVar{Name: name, ValueFrom: &source})
}

// TestOwnedPropertiesHaveOneDoor tries every way round spec.config and
// spec.jvm, where properties, flags and the heap are checked.
func TestOwnedPropertiesHaveOneDoor(t *testing.T) {
	secret := corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "x"}, Key: "x"}}
	value := func(name, value string) func(*v1alpha1.ZooKeeperEnsemble) {
		return variable(corev1.EnvVar{Name: name, Value: value})
	}
	const flagsField = "use spec.jvm.flags, and spec.config"
	cases := []struct {
		name    string
		change  func(*v1alpha1.ZooKeeperEnsemble)
		refused string
	}{
		{"variables of every Java virtual machine", env("JAVA_TOOL_OPTIONS"), flagsField},
		{"variables of the java command", env("JDK_JAVA_OPTIONS"), flagsField},
		{"variables of HotSpot", env("_JAVA_OPTIONS"), flagsField},
		{"variables of OpenJ9", env("OPENJ9_JAVA_OPTIONS"), flagsField},
		{"variables of OpenJ9, by their older name", env("IBM_JAVA_OPTIONS"), flagsField},
		{"such a variable from a Secret", from("JAVA_TOOL_OPTIONS", secret), flagsField},
		{"the script's own flags", env("JVMFLAGS"), "use spec.config"},
		{"the script's main class", env("ZOOMAIN"), "use spec.config"},
		{"which scripts are found", env("PATH"), "use spec.config"},
		{"what every script reads first", env("BASH_ENV"), "use spec.config"},

		{"a file of arguments", flags("@/conf/flags"), "flags are not read from a file"},
		{"a file of HotSpot flags", flags("-XX:Flags=/conf/flags"), "flags are not read from a file"},
		{"a file of options", flags("-XX:VMOptionsFile=/conf/flags"), "flags are not read from a file"},
		{"a file of OpenJ9 options", flags("-Xoptionsfile=/conf/flags"), "flags are not read from a file"},
		{"a system property of ZooKeeper", flags("-Dzookeeper.forceSync=no"), "use spec.config"},
		{"the heap by its oldest flag", flags("-mx8g"), "use jvm.heapMiB"},
		{"the end of a server that is out of memory", flags("-XX:-ExitOnOutOfMemoryError"), "remove the flag"},

		{"JMX turned on", value("JMXDISABLE", "false"), ""},
		{"another Java of the image", value("JAVA_HOME", "/opt/java"), ""},
		{"more classes of the image", value("CLASSPATH", "/opt/plugins/*"), ""},
		{"a variable that is no option of Java", value("MY_JAVA_OPTS", "-Dx=1"), ""},
		{"own system properties", flags("-Djute.maxbuffer=4194304", "-Dmy.flag=@x", "-Xlog:gc", "-XX:+UseZGC"), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			judge(t, server.Create(t.Context(), ensemble(c.change), client.DryRunAll), c.refused)
		})
	}
}

// TestRootIsChosenTwice checks that nobody gets servers that run as root, or that
// cannot run, by half a choice.
func TestRootIsChosenTwice(t *testing.T) {
	context := func(user *int64, nonRoot *bool) func(*v1alpha1.ZooKeeperEnsemble) {
		return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Pod.SecurityContext = &corev1.PodSecurityContext{RunAsUser: user, RunAsNonRoot: nonRoot}
		})
	}
	root, other, yes, no := int64(0), int64(2000), true, false
	const refused = "write runAsNonRoot: false as well"
	for _, c := range []struct {
		name    string
		change  func(*v1alpha1.ZooKeeperEnsemble)
		refused string
	}{
		{"an empty context", context(nil, nil), ""},
		{"another user", context(&other, nil), ""},
		{"root alone", context(&root, nil), refused},
		{"root that must not be root", context(&root, &yes), refused},
		{"root, and said so", context(&root, &no), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			judge(t, server.Create(t.Context(), ensemble(c.change), client.DryRunAll), c.refused)
		})
	}
}
